"""Dead letters: making them, stopping when there are too many, showing them and sending them again."""
