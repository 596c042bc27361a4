"""Pages: each selects, reads and draws; no number is made in them."""
