"""Sources from the internet: files land in the drop folder, whole and looked at, or not at all."""
