"""Checked rows go in; the one long table of figures comes out, with vintages, corrections and what was refused."""
