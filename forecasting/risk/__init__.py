"""Draws go in; exceedance, bands, alerts, hot spots, lead times and shared-out budgets come out."""
