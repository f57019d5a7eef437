"""`skutwin doctor`: whether an installation can work here, and what mends it where it cannot."""
