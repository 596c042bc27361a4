"""Forecasters: each behind the protocol of `forecasting.contracts`, each by itself."""
