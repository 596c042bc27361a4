"""Forecasters: a history goes in, draws (unit, horizon, draw) come out; one protocol, each by itself."""
