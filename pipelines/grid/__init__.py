"""Observations go in; counts by indicator, nationality, cell and period come out, and what was known when."""
