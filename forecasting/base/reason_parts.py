"""What can move a forecast, and the level that its change is counted from."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

PARTS = (
    "late_reports",  # what the nowcast adds to the counts as reported
    "level",  # own counts of late: momentum, and the way back to what is usual
    "season",
    "neighbours",  # counts at the places before and behind on the routes
    "route",  # how the whole route moves
    "events",  # dated events of the pack
    "volatility",  # how unsteady the counts are: the middle of a skewed range lies below its mean
    "common",  # what all places usually do over such a time
    "other_models",  # members that can't be split
    "calibration",
    "alignment",  # brought into line with the forecasts of the levels above and below
    "other",  # limits, and whatever has no name
)
RECENT_PERIODS = 4  # "the last weeks" that a change is counted from


def recent_log(history: xr.Dataset, variable: str = "count") -> np.ndarray:
    """Log1p of each unit's mean over the known ones of the last four periods (unit,); NaN where none is known."""
    return recent_mean_log(history[variable].transpose("unit", "time").to_numpy())


def recent_mean_log(counts: np.ndarray) -> np.ndarray:
    """The same from counts (unit, time)."""
    last = counts[:, -RECENT_PERIODS:]
    known = np.isfinite(last)
    number = known.sum(axis=1)
    mean = np.where(known, last, 0.0).sum(axis=1) / np.maximum(number, 1)
    return np.log1p(np.where(number > 0, mean, np.nan))


def movement(season: Callable[[np.ndarray], np.ndarray], steps: int, gap: int) -> np.ndarray:
    """How a season moves from the last four periods before the cutoff to each step (step,), log1p units.

    Args:
        season: Its value at offsets from the last known period (1 = the period after it).
        steps: Steps from the last known period on; the first `gap` of them lie before the cutoff.
        gap: Unknown periods between the last known one and the cutoff.
    """
    recent = season(np.arange(gap + 1 - RECENT_PERIODS, gap + 1))
    return np.asarray(season(np.arange(1, steps + 1)) - recent.mean())


def split(median: np.ndarray, published: np.ndarray, recent: float, moved: Mapping[str, np.ndarray]) -> np.ndarray:
    """Parts (horizon, part) of a member's change: what it names, the level, and what its limits took.

    A model of a level and movements around it: what the movements leave of the change is the level's.

    Args:
        median: The model's median (horizon,), log1p units.
        published: The same after its limits.
        recent: Log1p count that the change is counted from.
        moved: Part → movement since the last four periods (horizon,), log1p units.
    """
    parts = np.zeros((len(median), len(PARTS)))
    for name, values in moved.items():
        parts[:, PARTS.index(name)] = values
    parts[:, PARTS.index("level")] += median - recent - parts.sum(axis=1)
    parts[:, PARTS.index("other")] += published - median
    return parts


def log_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Counts per log1p unit on the way from b to a: (expm1 a − expm1 b) / (a − b), the slope where they are equal.

    With it parts that add up on the log scale become counts that add up.

    Args:
        a: Log1p counts.
        b: Log1p counts, broadcast against `a`.

    Source:
        Ang (2004), Energy Policy 32, 1131–1139 (logarithmic mean Divisia index, additive).

    Example:
        >>> float(log_mean(np.log1p(np.array(30.0)), np.log1p(np.array(10.0))) * np.log(31 / 11)).__round__(9)
        20.0
    """
    apart = a - b
    near = np.abs(apart) < 1e-12
    slope = np.expm1(np.where(near, 1.0, apart)) / np.where(near, 1.0, apart)
    return np.asarray(np.exp(b) * np.where(near, 1.0, slope))
