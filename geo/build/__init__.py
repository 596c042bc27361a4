"""Outlines of countries and crossing points go in; a region pack comes out."""
