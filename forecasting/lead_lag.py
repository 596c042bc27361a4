"""Does one series move before another? Cross-correlation of differenced log series, against shifted copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_PAIRS = 24  # known pairs of differences; with fewer nothing is told
LEVEL = 0.05


@dataclass(frozen=True)
class LeadLag:
    """What two series say of each other.

    Attributes:
        lag: Periods by which the first series follows the second (negative: it leads); None: no lead to tell.
        correlation: At that lag, or the strongest found.
        p_value: Share of shifted copies with a correlation at least as strong at any lag; NaN where too few pairs.
        band: Strength that only 5 % of the shifted copies reach at any lag.
        n_pairs: Known pairs of differences at lag 0.
    """

    lag: int | None
    correlation: float
    p_value: float
    band: float
    n_pairs: int


def lead_lag(first: np.ndarray, second: np.ndarray, *, max_lag: int) -> LeadLag:
    """Lag of `first` behind `second` with the strongest correlation of the changes of log1p counts.

    Args:
        first: Counts per period (time), NaN = unknown.
        second: Counts of the same periods.
        max_lag: Longest lead or lag that is looked at, periods.

    Returns:
        A lag only where fewer than 5 % of the circularly shifted copies reach such a correlation at any of the lags:
        shifting keeps each series' own rhythm, so that two seasonal series are not taken for a lead.

    Source:
        Random-shift test: Lotwick & Silverman (1982), J. R. Stat. Soc. B 44; the maximum over lags as in Westfall &
        Young (1993), Resampling-Based Multiple Testing.
    """
    a, b = (np.diff(np.log1p(x)) for x in (first, second))
    n_pairs = int((np.isfinite(a) & np.isfinite(b)).sum())
    shifts = np.arange(2 * max_lag + 1, len(a) - 2 * max_lag)
    if n_pairs < MIN_PAIRS or len(shifts) < 1 / LEVEL:
        return LeadLag(None, float("nan"), float("nan"), float("nan"), n_pairs)
    found = _correlations(a, b, max_lag)
    if not np.isfinite(found).any():
        return LeadLag(None, float("nan"), float("nan"), float("nan"), n_pairs)
    best = int(np.nanargmax(np.abs(found)))
    strongest = np.array([_strongest(np.roll(a, s), b, max_lag) for s in shifts])
    p_value = float((1 + (strongest >= abs(found[best]) - 1e-12).sum()) / (1 + len(shifts)))
    band = float(np.quantile(strongest, 1 - LEVEL))
    lag = best - max_lag if p_value <= LEVEL else None
    return LeadLag(lag, float(found[best]), p_value, band, n_pairs)


def _strongest(a: np.ndarray, b: np.ndarray, max_lag: int) -> float:
    return float(np.nan_to_num(np.abs(_correlations(a, b, max_lag)), nan=0.0).max())


def _correlations(a: np.ndarray, b: np.ndarray, max_lag: int) -> np.ndarray:
    """Correlation of a[t + lag] with b[t] for lags −max_lag … max_lag; NaN where a lag has too few pairs."""
    return np.array([_pairwise(*_lagged(a, b, lag)) for lag in range(-max_lag, max_lag + 1)])


def _lagged(a: np.ndarray, b: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    return (a[lag:], b[: len(b) - lag]) if lag >= 0 else (a[:lag], b[-lag:])


def _pairwise(a: np.ndarray, b: np.ndarray) -> float:
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < MIN_PAIRS:
        return float("nan")
    x, y = a[known] - a[known].mean(), b[known] - b[known].mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y / scale) if scale > 0 else float("nan")
