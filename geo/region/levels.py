"""Levels of units, from the total down to the cell."""

pass


LEVELS = ("total", "headline", "route", "border", "segment", "cell")
