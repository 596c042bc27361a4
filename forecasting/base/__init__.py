"""Contracts that all models share: quantile levels, seeds by name, quantile functions, parts of a forecast."""
