"""An existing catalogue taken in at once: `skutwin backfill`."""
