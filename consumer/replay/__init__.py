"""Real listings from a file to a broker, for trials and measurements: `skutwin replay`."""
