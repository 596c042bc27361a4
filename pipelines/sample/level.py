"""How many people come: season, shocks, and the yearly level that gives the published order of magnitude."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from pipelines.sample import settings
from pipelines.sample.noise import shift_path, wander

_ROUNDS = 40


def entry_season(weeks: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Season, shocks and a wandering level of the entries (time), around 1."""
    angle = 2 * np.pi * (weeks.dayofyear.to_numpy() / 7 - settings.ENTRY_PEAK_WEEK) / 52.18
    season = settings.ENTRY_SEASON * (np.cos(angle) + 0.2 * np.cos(2 * angle))
    result: np.ndarray = np.exp(
        season + shift_path(settings.SHIFTS, "ENTRIES", weeks) + wander(rng, (len(weeks),), sd=0.16, memory=0.93)
    )
    return result


def air_arrivals(weeks: pd.DatetimeIndex) -> np.ndarray:
    """Arrivals by air under the visa policy of 2022 (nationality, time)."""
    height = settings.AIR_PEAK * shift_path([settings.AIR], settings.AIR.target, weeks)
    return np.asarray(settings.NATIONALITY_MIX["air"])[:, None] * height


def fit_level(
    weeks: pd.DatetimeIndex, expected: Callable[[np.ndarray], np.ndarray], targets: Mapping[int, float]
) -> np.ndarray:
    """The level of entries (time) whose expected yearly figures meet the targets.

    A broken line on the log scale, one point per year, moved by iterative proportional fitting.

    Args:
        weeks: Mondays.
        expected: From a level (time) to the expected headline figure (time), NaN outside the reported weeks.
        targets: Calendar year → sum of the weeks that begin in it.
    """
    years = np.array(sorted(targets))
    points = weeks[0].toordinal() + (weeks - weeks[0]).days.to_numpy()
    knots = np.array([pd.Timestamp(int(y), 7, 1).toordinal() for y in years])
    log_level = np.full(len(years), 6.0)
    year_of = (weeks + pd.Timedelta(days=3)).year.to_numpy()
    for _ in range(_ROUNDS):
        figure = expected(np.exp(np.interp(points, knots, log_level)))
        sums = np.array([np.nansum(figure[year_of == y]) for y in years])
        log_level += 0.7 * np.log(np.array([targets[y] for y in years]) / np.maximum(sums, 1e-9))
    return np.exp(np.interp(points, knots, log_level))
