"""The weekly job: files from a drop folder into the store, and what to tell of it."""
