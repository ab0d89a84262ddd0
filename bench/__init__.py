"""Measurements of the server beside floors of its own: `make bench`, or `python -m bench.run --help`."""
