"""Reference geography: region packs, segments, routes, units, point and place look-up."""
