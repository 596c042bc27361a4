"""Counts by nationality go in; what may be shown of them comes out."""
