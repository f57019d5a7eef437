"""Services behind skutwin, to be taken as they are or copied from."""
