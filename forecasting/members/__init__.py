"""A history goes in, one forecast per member comes out: which models speak for which units, run in turn."""
