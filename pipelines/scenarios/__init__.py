"""A scenario file and an edition go in; changed draws, their differences, needs and bands come out."""
