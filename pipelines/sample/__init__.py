"""The embedded sample: a synthetic Western Balkans data set, made by a seeded script. It describes nothing real."""

from pipelines.sample.files import SEED, Sample, write_sample
from pipelines.sample.planning import with_demonstration_inputs

__all__ = ["SEED", "Sample", "with_demonstration_inputs", "write_sample"]
