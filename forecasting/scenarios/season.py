"""The season of what comes in, for scenarios that shift it."""

import numpy as np

from forecasting.base.contracts import SEASON_PERIODS

HARMONICS = 2
MIN_YEARS = 2.0


def entry_season(counts: np.ndarray, position: np.ndarray, *, freq: str) -> np.ndarray | None:
    """Mean log deviation by position of the year (position,), of the entries together.

    Least squares of log1p counts on two harmonics of the year beside a line; the profile has mean 0.

    Args:
        counts: Of the entries together (time,), NaN = unknown.
        position: Share of the year at which each period begins (time,), in [0, 1).
        freq: "W" or "M".

    Returns:
        The profile at the 52 weeks or 12 months; None with less than two years of known periods.
    """
    known = np.isfinite(counts)
    if known.sum() < MIN_YEARS * SEASON_PERIODS[freq]:
        return None
    line = np.linspace(-1.0, 1.0, len(counts))
    design = np.column_stack([np.ones(len(counts)), line, _waves(position)])
    found = np.linalg.lstsq(design[known], np.log1p(counts[known]), rcond=None)[0]
    positions = np.arange(round(SEASON_PERIODS[freq])) / round(SEASON_PERIODS[freq])
    profile: np.ndarray = _waves(positions) @ found[2:]
    return profile - profile.mean()


def _waves(position: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * position[:, None] * np.arange(1, HARMONICS + 1)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
