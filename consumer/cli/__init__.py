"""The command line: thin wiring of typer to functions that live elsewhere.

Each command imports what it needs when it runs, so that `skutwin --help` is quick.
"""
