"""The science: pure functions of (history, settings, seed). No files, network, clock, Dask or page."""
