"""A history or a figure made fit: recent figures completed, coarse ones shared out."""
