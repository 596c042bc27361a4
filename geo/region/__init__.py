"""What a region is, as values: segments, routes, cells, units, capacities, rules of risk and disclosure."""
