"""What an operator asks a running process: its metrics and whether it is well."""
