"""Whether two listings are the same product: features, calibrated probability, and the reasons."""
