"""An edition goes in; what readers ask of it comes out: facts, ranking, rows of risk."""
