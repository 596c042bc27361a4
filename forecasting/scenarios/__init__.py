"""Draws and stated assumptions go in; the moved draws come out, draw by draw along the route graph."""
