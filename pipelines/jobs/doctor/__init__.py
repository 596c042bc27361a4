"""Is everything in place for the next run? One finding a subject, each with what to do."""
