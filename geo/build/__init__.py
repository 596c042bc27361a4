"""Scripts that derive the built-in packs from public sources."""
