"""The same facts as still pictures for the briefing."""
