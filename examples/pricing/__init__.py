"""The lowest rival price of each listing, from match events."""
