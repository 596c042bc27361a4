"""The page on scenarios: its list, its form, what it computes, and what it shows."""
