"""Ten everyday questions over three layouts of the same events: `python -m bench.lake`."""
