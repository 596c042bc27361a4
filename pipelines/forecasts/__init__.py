"""Histories go in; an indicator's forecast and backtest come out, its members run as Dask tasks."""
