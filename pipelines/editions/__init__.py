"""A published edition's folder goes in; its verified tables come out, and how two of them differ."""
