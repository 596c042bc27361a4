"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("routecast", deadline=None)  # machines are noisy: time is for the benchmarks
settings.load_profile("routecast")
