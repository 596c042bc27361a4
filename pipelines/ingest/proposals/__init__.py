"""A table that nobody described: looked at, and a mapping proposed with its reasons and a preview."""
