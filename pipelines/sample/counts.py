"""What is observed of the flow: detections, and the other indicators with their own leads, lags and noise."""

import numpy as np

from geo.region.region import Region
from pipelines.sample import settings
from pipelines.sample.shares import border_of


def expected_detections(passages: np.ndarray, region: Region) -> np.ndarray:
    """Expected detections (cell, nationality, time): the entered country finds its share of the passages."""
    share = [settings.DETECTION.get(c.to_country, settings.DEFAULT_DETECTION) for c in region.cells]
    return passages * np.array(share)[:, None, None]


def negative_binomial(mean: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Counts of a mean with variance mean + mean² / size."""
    drawn: np.ndarray = rng.negative_binomial(size, size / (size + np.maximum(mean, 1e-9)))
    return drawn.astype(float)


def detections_by_nationality(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Detections (cell, nationality, time): totals are over-dispersed, nationalities a multinomial split of them."""
    totals = negative_binomial(expected.sum(axis=1), settings.DISPERSION, rng).astype(np.int64)
    whole = np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
    shares = np.moveaxis(expected / whole, 1, -1)
    shares[shares.sum(axis=-1) <= 0] = 1 / expected.shape[1]
    split: np.ndarray = rng.multinomial(totals, shares / shares.sum(axis=-1, keepdims=True))
    return np.moveaxis(split, -1, 1).astype(float)


def shifted(flow: np.ndarray, lag_weeks: int) -> np.ndarray:
    """A flow (…, time) that arrives `lag_weeks` later (negative: earlier); the ends repeat."""
    at = np.clip(np.arange(flow.shape[-1]) - lag_weeks, 0, flow.shape[-1] - 1)
    moved: np.ndarray = flow[..., at]
    return moved


def deaths_rate(region: Region) -> np.ndarray:
    """Deaths and missing per detection (cell)."""
    return np.array([settings.DEATHS_PER_DETECTION.get(border_of(region, i), 0.0) for i in range(len(region.cells))])


def occupancy(inflow: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Occupied places (place, week): a share of the inflow comes, a part leaves each week, at most 8 % over full."""
    out = np.zeros_like(inflow)
    level = 0.5 * places
    for week in range(inflow.shape[1]):
        arriving = 0.14 * inflow[:, week] * rng.lognormal(0.0, 0.08, len(level))
        level = np.minimum(0.86 * level + arriving, 1.08 * places)
        out[:, week] = level
    return np.rint(out)
