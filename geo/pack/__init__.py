"""A folder of reference data goes in; a checked region, or all that is wrong with it, comes out."""
