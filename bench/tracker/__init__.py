"""The tracker beside others from npm: bytes, start, longest tasks, what goes over the wire. `make bench` runs it."""
