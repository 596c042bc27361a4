"""Seeded randomness and smooth paths over the weeks."""

import zlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from pipelines.sample.settings import Shift


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Randomness of one purpose: more draws for one leave the others as they are."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(purpose.encode())]))


def monday(week: str) -> pd.Timestamp:
    """First day of an ISO week.

    >>> monday("2020-W01")
    Timestamp('2019-12-30 00:00:00')
    """
    year, number = week.split("-W")
    return pd.Timestamp.fromisocalendar(int(year), int(number), 1)


def wander(rng: np.random.Generator, shape: tuple[int, ...], *, sd: float, memory: float) -> np.ndarray:
    """Stationary autoregressive paths along the last axis, standard deviation `sd`, lag-one correlation `memory`."""
    steps = rng.standard_normal(shape) * sd * np.sqrt(1 - memory**2)
    steps[..., 0] /= np.sqrt(1 - memory**2)
    result: np.ndarray = lfilter([1.0], [1.0, -memory], steps, axis=-1)
    return result


def shift_path(shifts: Iterable[Shift], target: str, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Sum of a target's shifts (time), each rising and fading linearly over its ramp."""
    path = np.zeros(len(weeks))
    for shift in shifts:
        if shift.target == target:
            path += shift.change * _ramp(weeks, shift.start, shift.ramp_weeks)
            if shift.end is not None:
                path -= shift.change * _ramp(weeks, shift.end, shift.ramp_weeks)
    return path


def _ramp(weeks: pd.DatetimeIndex, start: str, ramp_weeks: int) -> np.ndarray:
    since = (weeks - monday(start)).days.to_numpy() / 7
    return np.clip((since + 1) / ramp_weeks, 0.0, 1.0)
