"""How complete a recent figure is by its age, learnt from how earlier figures were revised.

Sources:
    Mack (1993) and England & Verrall (2002), *Stochastic claims reserving in general insurance*: the chain ladder as an
    over-dispersed Poisson model; Bornhuetter & Ferguson (1972): the blend with an expected level. The blend here is the
    conjugate one: λ ~ Gamma(a, a/m), reported v ~ Poisson(pλ), still to come w ~ Poisson((1 − p)λ), so that
    E[v + w | v] = v + (1 − p)(a + v) / (a/m + p); a → 0 is the chain ladder v / p.
"""

from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from forecasting.base.quantile_functions import MEDIAN, SCORES

MIN_PAIRS = 15  # earlier figures that were followed to the end; fewer teach nothing
MIN_CHANGED = 10  # of them changed; a handful of corrections says nothing of the next figure
STRENGTHS = (0.0, 1.0, 4.0, 16.0, 64.0)  # a: how much the series' own level weighs against the reported count
SERIES_COUNTS = 200.0  # a series' own share weighs half once it has as many counts
FOLDS = 5
MIN_GAIN = 0.02  # a rule must be 2 % nearer to left-out final figures than the figures as reported
MIN_SHARE = 0.02
MAX_ERROR = 2.0  # log1p units of the newest figure; beyond, it says nothing and the members speak for themselves


@dataclass(frozen=True)
class Pairs:
    """Earlier figures at the age in question and what became of them; arrays of shape (pair,), oldest first."""

    reported: np.ndarray
    final: np.ndarray
    level: np.ndarray  # geometric mean of the series' figures before, NaN where there is none
    series: np.ndarray  # int code: who reports
    period: np.ndarray  # int code: for when


@dataclass(frozen=True)
class Sums:
    """Sums of reported and final counts by series; all arrays (series,), codes ascending."""

    series: np.ndarray
    reported: np.ndarray
    final: np.ndarray

    def share(self, series: np.ndarray, overall: float) -> np.ndarray:
        """Reported / final of each series code, shrunk to the overall share."""
        at = np.minimum(np.searchsorted(self.series, series), len(self.series) - 1)
        mine = self.series[at] == series
        reported, final = (np.where(mine, w[at], 0.0) for w in (self.reported, self.final))
        return np.maximum((reported + SERIES_COUNTS * overall) / (final + SERIES_COUNTS), MIN_SHARE)


@dataclass(frozen=True)
class Completion:
    """What is known of figures of one age."""

    pairs: int
    share: float  # reported / final, all pairs together
    strength: float | None  # a; None: figures are best taken as reported
    gain: float  # share of the error (left-out pairs) that completing saves; 0 where taken as reported
    dispersion: float  # variance of the error = dispersion × (expected + 1) ** power
    power: int
    own: Sums  # of each series, its reported and final counts


def learn_completion(pairs: Pairs) -> Completion:
    """Learn how complete figures of an age are, and whether completing them brings them nearer to the final ones.

    Each candidate is scored on left-out pairs, by the sums of each period: a small share that all figures lack adds up
    there, while most small figures are right as they are. The figures as reported win unless a candidate is clearly
    nearer both in counts and on the log scale. So a nowcast is used only where it has earned it.
    """
    n = len(pairs.final)
    if n < MIN_PAIRS:
        return Completion(n, 1.0, None, 0.0, 0.0, 1, _shares(pairs)[1])
    fold = np.arange(n) % FOLDS
    period = np.unique(pairs.period, return_inverse=True)[1]
    final = np.bincount(period, weights=pairs.final)
    asis = _errors(pairs.reported, period, final)
    best, strength, expected = 1.0, None, pairs.reported.astype(float)
    enough = int((pairs.reported != pairs.final).sum()) >= MIN_CHANGED
    folds = [
        (fold == k, _part(pairs, fold == k), _shares(_part(pairs, fold != k))) for k in range(FOLDS if enough else 0)
    ]
    for candidate in STRENGTHS if enough else ():
        values = np.empty(n)
        for own_fold, mine, rest in folds:
            values[own_fold] = _expected(mine, candidate, *rest)
        errors = _errors(values, period, final)
        if (errors < (1 - MIN_GAIN) * asis).all() and (errors / asis).mean() < best:
            best, strength, expected = float((errors / asis).mean()), candidate, values
    share, own = _shares(pairs)
    return Completion(n, share, strength, 1.0 - best, *_dispersion(expected, pairs.final), own)


def complete(
    completion: Completion, reported: np.ndarray, level: np.ndarray, series: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Expected final counts and their error's standard deviation (figure,); as reported, and 0, with too few pairs.

    Args:
        completion: From `learn_completion`.
        reported: Counts as reported (figure,).
        level: Geometric mean of the series' figures before (figure,), NaN where there is none.
        series: Who reports (figure,), codes as in `Pairs`.
    """
    expected = reported.astype(float)
    if completion.strength is not None:
        pairs = Pairs(expected, expected, level, series, series)
        expected = _expected(pairs, completion.strength, completion.share, completion.own)
    return expected, np.sqrt(completion.dispersion * (expected + 1.0) ** completion.power)


def widen(quantiles: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """Forecasts (unit, horizon, quantile) widened by what is uncertain of the newest figures themselves.

    The variance of the newest known figure's error (log1p scale, `nowcast_sd` of the history) is added to each
    forecast's: as if it leant on that figure with weight one, which no member exceeds. Where a unit's last period is
    unknown, what the known ones of its parts may lack says nothing of the unit.
    """
    if "nowcast_sd" not in history:
        return quantiles
    counts = history["count"].transpose("unit", "time").to_numpy()
    known = np.isfinite(counts)
    newest = (np.arange(len(counts)), counts.shape[1] - 1 - known[:, ::-1].argmax(axis=1))
    sd = np.where(known, np.nan_to_num(history["nowcast_sd"].transpose("unit", "time").to_numpy()), 0.0)[newest]
    error = np.minimum(sd / (np.nan_to_num(counts[newest]) + 1.0), MAX_ERROR)
    if not error.any():
        return quantiles
    logs = np.log1p(quantiles.to_numpy())
    median = logs[..., MEDIAN : MEDIAN + 1]
    far = np.hypot(logs - median, error[:, None, None] * SCORES)  # of each level from the median
    moved = np.maximum(median + np.sign(SCORES) * far, 0.0)
    return quantiles.copy(data=np.expm1(moved))


def _shares(pairs: Pairs) -> tuple[float, Sums]:
    """Reported / final of all pairs, and each series' sums of the two."""
    total = float(pairs.final.sum())
    share = float(pairs.reported.sum() / total) if total > 0 else 1.0
    codes, position = np.unique(pairs.series, return_inverse=True)
    sums = [np.bincount(position, weights=w, minlength=len(codes)) for w in (pairs.reported, pairs.final)]
    return max(share, MIN_SHARE), Sums(codes, *sums)


def _expected(pairs: Pairs, strength: float, share: float, own: Sums) -> np.ndarray:
    v = pairs.reported
    p = own.share(pairs.series, share)
    level = np.where(np.isfinite(pairs.level), pairs.level, v / p) + 1e-9
    blended = v + (1 - p) * (strength + v) / (strength / level + p)
    return np.where(p < 1, blended, v / p)


def _errors(expected: np.ndarray, period: np.ndarray, final: np.ndarray) -> np.ndarray:
    """Mean absolute errors of the periods' sums, in counts and on the log1p scale.

    Args:
        expected: Of each pair.
        period: Number of each pair's period.
        final: Sums of what came (period,).
    """
    sums = np.bincount(period, weights=expected)
    return np.array([np.abs(sums - final).mean(), np.abs(np.log1p(sums) - np.log1p(final)).mean()])


def _dispersion(expected: np.ndarray, final: np.ndarray) -> tuple[float, int]:
    """Dispersion and power of the variance function that fits the errors better: quasi-Poisson or proportional."""
    square = (final - expected) ** 2
    found = []
    for power in (1, 2):
        base = (expected + 1.0) ** power
        dispersion = float((square / base).mean())
        likelihood = np.log(np.maximum(dispersion * base, 1e-12)).mean()
        found.append((likelihood, dispersion, power))
    _, dispersion, power = min(found)
    return dispersion, power


def _part(pairs: Pairs, chosen: np.ndarray) -> Pairs:
    return Pairs(*(getattr(pairs, f.name)[chosen] for f in fields(Pairs)))
