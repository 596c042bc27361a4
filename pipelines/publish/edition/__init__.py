"""Forecasts, risk and quality go in; the tables and manifest of an edition come out, written and sealed."""
