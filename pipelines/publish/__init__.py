"""Forecasts, risk and quality go in; a sealed edition comes out, and what is derived from it for others."""
