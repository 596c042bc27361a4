"""Counts go in; the cells to withhold come out, so that none can be worked out from the others."""
