"""The embedded sample: a synthetic Western Balkans data set, made by a seeded script. It describes nothing real."""

from __future__ import annotations

from pipelines.sample.files import Sample, write_sample

__all__ = ["Sample", "write_sample"]
