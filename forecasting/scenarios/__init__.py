"""What if: stated assumptions moved along the route graph, draw by draw."""
