"""How files are read, and what is refused at the door."""
