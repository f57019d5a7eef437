"""The rules: a history and a reading in, violations with their story out. Pure."""
