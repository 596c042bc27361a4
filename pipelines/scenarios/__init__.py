"""Scenario files and their results on a published edition."""
