"""Forecasts and stated assessments go in; bands, pressure points, tables of the four Ps come out."""
