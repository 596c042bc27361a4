"""The cube goes in; what was known of each unit at each cutoff comes out: all that a run starts from."""
