"""Forecasters: a history goes in, quantiles (unit, horizon, quantile) come out; one protocol, each by itself."""
