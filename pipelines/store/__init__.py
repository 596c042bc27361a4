"""Bytes go in; whole, locked, checksummed files come out, each at its place; periods as first days."""
