"""All input and output and all parallelism, room by room along the data's path."""
