"""Forecasts and outcomes go in; scores, skill, reliability and breaks of regime come out."""
