"""What drives a forecast away from the last weeks, and how drivers on the log scale become counts."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from forecasting.base.contracts import LAST_PERIODS, last_mean

DRIVERS = (
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


def last_mean_log(history: xr.Dataset, variable: str = "count") -> np.ndarray:
    """Log1p of each unit's `last_mean` (unit,)."""
    return np.log1p(last_mean(history[variable].transpose("unit", "time").to_numpy()))


def movement(season: Callable[[np.ndarray], np.ndarray], steps: int, gap: int) -> np.ndarray:
    """How a season moves from the last four periods before the cutoff to each step (step,), log1p units.

    It is given by offsets from the last known period (1: the one after it); `gap` steps lie before the cutoff.
    """
    recent = season(np.arange(gap + 1 - LAST_PERIODS, gap + 1))
    return np.asarray(season(np.arange(1, steps + 1)) - recent.mean())


def split_change(
    median: np.ndarray, published: np.ndarray, recent: float, movements: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Drivers (horizon, driver) of a member's change: what it names, its level (the rest), and what its limits took.

    Args:
        median: The model's median (horizon,), log1p units.
        published: The same after its limits.
        recent: Log1p count that the change is counted from.
        movements: Driver → movement since the last four periods (horizon,), log1p units.
    """
    drivers = np.zeros((len(median), len(DRIVERS)))
    for name, values in movements.items():
        drivers[:, DRIVERS.index(name)] = values
    drivers[:, DRIVERS.index("level")] += median - recent - drivers.sum(axis=1)
    drivers[:, DRIVERS.index("other")] += published - median
    return drivers


def log_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Counts per log1p unit on the way from b to a: (expm1 a − expm1 b) / (a − b), the slope where they are equal.

    With it what adds up on the log scale becomes counts that add up. Both are log1p counts, broadcast.

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
