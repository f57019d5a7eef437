"""Everything that is measured on real stores: `python -m bench.real_data DATA --help`."""
