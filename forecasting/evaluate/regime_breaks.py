"""Regime breaks: a control chart on past forecasts says where the present has left the pattern they know."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xarray as xr
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from forecasting.base.quantile_functions import LEVELS, MEDIAN, SCORES

MEMORY = 0.4  # weight of the newest period in both charts; smaller ones missed closures that come at once
TWO_YEARS = {"W": 104, "M": 24}
SHIFT_RUN, COVERAGE_RUN = 2.0, 9.0  # mean run to a false alarm, in two-year spans: both together 0.6 per two years
RELEASE = 0.5  # a raised flag falls when the statistic is below half its limit
WIDER = 1.5  # times the log distance from the median, in flagged units; 1.25 … 2 did alike in the replay
MAX_SCORE = 4.0  # normal scores are bounded: one wild figure must not be remembered for a year
PRIOR_PAIRS = 30  # successive scores before their correlation is believed half
_OUTER = int(np.argmin(np.abs(LEVELS - 0.9)))  # beyond the outermost level the slope from here goes on


def monitor(past: Sequence[tuple[np.datetime64, xr.DataArray]], history: xr.Dataset) -> xr.Dataset:
    """Two control charts for each unit, over all periods of the history.

    Each period is held against the newest forecast made before it: the normal score of its place in that forecast's
    distribution. `shift`: a two-sided EWMA of the scores. `coverage`: a one-sided EWMA of the normal score of their
    size, which rises when figures lie outside on either side. Limits follow from the mean run to a false alarm under a
    calibrated forecast; where several periods rest on one forecast, their scores go together, and the limits are wider
    by what successive scores of one forecast have in common. Unknown periods move nothing.

    Args:
        past: (first day of the last period seen, quantiles (unit, horizon, quantile)), in any order.
        history: `count` (unit, time), NaN = unknown.

    Returns:
        `score`, `shift`, `coverage` (÷ limit), `shift_flag`, `coverage_flag`, all (unit, time).

    Source:
        Roberts (1959), Technometrics 1, 239–250; limits: Lucas & Saccucci (1990), Technometrics 32, 1–12; correlated
        scores: Schmid (1997), in the book Frontiers in Statistical Quality Control 5, 115–125.
    """
    score, lead = newest_scores(past, history)
    size = np.clip(ndtri(np.clip(2.0 * ndtr(np.abs(score)) - 1.0, 1e-9, 1.0 - 1e-9)), -MAX_SCORE, MAX_SCORE)
    years = TWO_YEARS[history.attrs["freq"]]
    charts = {"shift": np.abs(_ewma(score, lead)) / ewma_limit(SHIFT_RUN * years)}
    charts["coverage"] = np.maximum(_ewma(size, lead), 0.0) / ewma_limit(COVERAGE_RUN * years)
    found = {"score": score, **charts, **{f"{name}_flag": _flags(chart) for name, chart in charts.items()}}
    coords = {"unit": history["unit"].to_numpy(), "time": history["time"].to_numpy()}
    return xr.Dataset({name: (("unit", "time"), values) for name, values in found.items()}, coords=coords)


def newest_scores(
    past: Sequence[tuple[np.datetime64, xr.DataArray]], history: xr.Dataset
) -> tuple[np.ndarray, np.ndarray]:
    """Normal score (unit, time) of each period in the newest forecast made before it, and that one's lead (time).

    NaN and lead 0 where there is no forecast; NaN where the count is not known.
    """
    counts = history["count"].transpose("unit", "time").to_numpy()
    times = history["time"].to_numpy()
    score, lead = np.full(counts.shape, np.nan), np.zeros(len(times), dtype=int)
    for origin, forecast in sorted(past, key=lambda one: one[0]):
        first = int(np.searchsorted(times, origin, side="right"))
        ahead = counts[:, first : first + forecast.sizes["horizon"]]
        n = ahead.shape[1]
        quantiles = forecast.reindex(unit=history["unit"].to_numpy()).transpose("unit", "horizon", "quantile")
        score[:, first : first + n] = normal_scores(ahead, quantiles.to_numpy()[:, :n])
        lead[first : first + n] = np.arange(1, n + 1)
    return score, lead


def normal_scores(observed: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Standard normal scores (…) of counts' places in predictive distributions (…, 23), within ±4; NaN if unknown.

    The place of a count is the mean of the probabilities below y − ½ and y + ½. Between levels log1p counts are
    interpolated in the normal score. Beyond the outermost level the mean slope of the outer tenth goes on, at most as
    fast as Poisson counts would: where nothing ever came, one crossing is rare, not a wonder.

    Source:
        Czado et al. (2009), Biometrics 65, 1254–1261 (non-randomised PIT for counts).

    Example:
        >>> abs(float(normal_scores(np.array(1e6), np.linspace(0.9e6, 1.1e6, 23)))) < 0.01
        True
    """
    known = np.isfinite(observed) & np.isfinite(quantiles).all(axis=-1)
    y = np.where(known, observed, 0.0)
    levels = np.where(known[..., None], quantiles, 0.0)
    place = (ndtr(_score_at(y - 0.5, levels)) + ndtr(_score_at(y + 0.5, levels))) / 2
    return np.where(known, np.clip(ndtri(place), -MAX_SCORE, MAX_SCORE), np.nan)


def _score_at(x: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Normal score (…) of the probability below x (…)."""
    at = np.maximum(x, 0.0)
    logs = np.log1p(quantiles) + 1e-9 * np.arange(len(LEVELS))  # ties parted
    here = np.log1p(at)
    left = np.clip((logs <= here[..., None]).sum(axis=-1) - 1, 0, len(LEVELS) - 2)
    low, high = (np.take_along_axis(logs, (left + i)[..., None], axis=-1)[..., 0] for i in (0, 1))
    inside = SCORES[left] + (here - low) / (high - low) * (SCORES[left + 1] - SCORES[left])
    above = SCORES[-1] + _beyond(at, quantiles[..., -1], quantiles[..., _OUTER])
    below = -SCORES[-1] - _beyond(at, quantiles[..., 0], quantiles[..., len(LEVELS) - 1 - _OUTER])
    score = np.where(here > logs[..., -1], above, np.where(here < logs[..., 0], below, inside))
    return np.clip(np.where(x < 0, -np.inf, score), -9.0, 9.0)


def _beyond(x: np.ndarray, end: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """How many standard deviations x lies beyond an outermost quantile, ≥ 0."""
    slope = np.abs(np.log1p(end) - np.log1p(inner)) / (SCORES[-1] - SCORES[_OUTER])
    as_before = np.abs(np.log1p(x) - np.log1p(end)) / np.maximum(slope, 1e-6)
    as_poisson = 2.0 * np.abs(np.sqrt(x + 0.375) - np.sqrt(end + 0.375))
    return np.minimum(as_before, as_poisson)


def _ewma(score: np.ndarray, lead: np.ndarray) -> np.ndarray:
    """EWMA (unit, time) of scores in units of its standard deviation under a calibrated forecast."""
    state, variance, shared = (np.zeros(len(score)) for _ in range(3))
    rho = _correlation(score, lead)
    out = np.zeros(score.shape)
    for t in range(_first(np.isfinite(score)), score.shape[1]):
        known = np.isfinite(score[:, t])
        common = (rho if lead[t] > 1 else 0.0) * shared  # of the state before with this score
        variance = np.where(
            known, (1 - MEMORY) ** 2 * variance + MEMORY**2 + 2 * MEMORY * (1 - MEMORY) * common, variance
        )
        shared = np.where(known, (1 - MEMORY) * common + MEMORY, shared)
        state = np.where(known, (1 - MEMORY) * state + MEMORY * np.nan_to_num(score[:, t]), state)
        out[:, t] = state / np.sqrt(np.where(variance > 0, variance, 1.0))
    return out


def _first(there: np.ndarray) -> int:
    """The first period in which anything is there (unit, time): before the oldest forecast nothing is followed."""
    times = np.flatnonzero(there.any(axis=0))
    return int(times[0]) if len(times) else there.shape[1]


def _correlation(score: np.ndarray, lead: np.ndarray) -> float:
    """What successive scores of one forecast have in common, 0 … 0.95, pooled over units; few pairs: less."""
    follows = (lead[1:] > 1) & (lead[1:] == lead[:-1] + 1)
    before, after = score[:, :-1][:, follows], score[:, 1:][:, follows]
    both = np.isfinite(before) & np.isfinite(after)
    n = int(both.sum())
    size = float((before[both] ** 2).sum() + (after[both] ** 2).sum()) / 2
    if n == 0 or size == 0:
        return 0.0
    raw = float((before[both] * after[both]).sum()) / size
    return float(np.clip(raw * n / (n + PRIOR_PAIRS), 0.0, 0.95))


def _flags(chart: np.ndarray) -> np.ndarray:
    """Raised at 1, kept until the chart falls below `RELEASE` (unit, time)."""
    flags = np.zeros(chart.shape, dtype=bool)
    state = np.zeros(len(chart), dtype=bool)
    for t in range(_first(chart != 0), chart.shape[1]):
        state = np.where(state, chart[:, t] >= RELEASE, chart[:, t] >= 1.0)
        flags[:, t] = state
    return flags


@lru_cache(maxsize=8)
def ewma_limit(run_periods: float) -> float:
    """Limit of the two-sided EWMA, in its asymptotic standard deviations, with this mean run to a false alarm."""
    return float(brentq(lambda limit: np.log(average_run_periods(limit) / run_periods), 0.5, 5.0, xtol=1e-6))


def average_run_periods(limit: float, *, memory: float = MEMORY, states: int = 101) -> float:
    """Mean number of periods until a two-sided EWMA of independent standard normal scores passes its limit.

    Source:
        Markov chain of Brook & Evans (1972), Biometrika 59, 539–549, as used by Lucas & Saccucci (1990).
    """
    reach = limit * np.sqrt(memory / (2 - memory))
    step = 2 * reach / states
    centres = -reach + step * (np.arange(states) + 0.5)
    upper = (centres[None, :] + step / 2 - (1 - memory) * centres[:, None]) / memory
    stay = ndtr(upper) - ndtr(upper - step / memory)
    return float(np.linalg.solve(np.eye(states) - stay, np.ones(states))[states // 2])


def widened(quantiles: xr.DataArray, flagged: np.ndarray) -> xr.DataArray:
    """Quantiles of flagged units moved 1.5 times as far from their median on the log1p scale; others as they are."""
    logs = np.log1p(quantiles.to_numpy())
    median = logs[..., MEDIAN : MEDIAN + 1]
    wide = np.expm1(np.maximum(median + WIDER * (logs - median), 0.0))
    return quantiles.copy(data=np.where(np.asarray(flagged)[:, None, None], wide, quantiles.to_numpy()))
