"""More than it can take, then less, then for long: `python -m bench.load --help`."""
