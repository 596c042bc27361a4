"""A history goes in, one forecast per member comes out: which models forecast which units, run in turn."""
