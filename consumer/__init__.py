"""The stream: from a new listing to a match event, exactly once."""
