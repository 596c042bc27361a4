"""Does one series move before another? Cross-correlation of differenced log series, against shifted copies."""

from dataclasses import dataclass

import numpy as np

MIN_PAIRS = 24  # known pairs of differences; with fewer nothing is told
LEVEL = 0.05
TINY = 1e-12  # a variance of log changes below is none, but for rounding


@dataclass(frozen=True)
class LeadLag:
    """What two series say of each other."""

    lag: int | None  # periods by which the first series follows the second (negative: it leads); None: no lead to tell
    correlation: float  # at that lag, or the strongest found
    p_value: float  # share of shifted copies with as strong a correlation at any lag; NaN where too few pairs
    band: float  # strength that only 5 % of the shifted copies reach at any lag
    n_pairs: int  # known pairs of differences at lag 0


def lead_lag(first: np.ndarray, second: np.ndarray, *, max_lag: int) -> LeadLag:
    """Lag of `first` behind `second` with the strongest correlation of the changes of log1p counts.

    Both are counts of the same periods (time), NaN = unknown. There is a lag only where fewer than 5 % of circularly
    shifted copies reach such a correlation at any of the lags: shifting keeps each series' own rhythm, so that two
    seasonal series are not taken for a lead.

    Source:
        Random-shift test: Lotwick & Silverman (1982), J. R. Stat. Soc. B 44; the maximum over lags as in Westfall &
        Young (1993), Resampling-Based Multiple Testing.
    """
    a, b = (np.diff(np.log1p(x)) for x in (first, second))
    n_pairs = int((np.isfinite(a) & np.isfinite(b)).sum())
    nothing = LeadLag(None, float("nan"), float("nan"), float("nan"), n_pairs)
    shifts = np.arange(2 * max_lag + 1, len(a) - 2 * max_lag)
    if n_pairs < MIN_PAIRS or len(shifts) < 1 / LEVEL:
        return nothing
    found = _correlations(a[None], b, max_lag)[0]
    if not np.isfinite(found).any():
        return nothing
    best = int(np.nanargmax(np.abs(found)))
    copies = a[(np.arange(len(a)) - shifts[:, None]) % len(a)]
    strongest = np.nan_to_num(np.abs(_correlations(copies, b, max_lag)), nan=0.0).max(axis=1)
    p_value = float((1 + (strongest >= abs(found[best]) - 1e-12).sum()) / (1 + len(shifts)))
    band = float(np.quantile(strongest, 1 - LEVEL))
    lag = best - max_lag if p_value <= LEVEL else None
    return LeadLag(lag, float(found[best]), p_value, band, n_pairs)


def _correlations(copies: np.ndarray, b: np.ndarray, max_lag: int) -> np.ndarray:
    """Correlation of a[t + lag] with b[t] for each copy a (copy, time) and lag −max_lag … max_lag (copy, lag).

    Over the pairs that are known; NaN where a lag has too few of them, or one side never changes.
    """
    return np.stack([_pairwise(*_lagged(copies, b, lag)) for lag in range(-max_lag, max_lag + 1)], axis=1)


def _lagged(copies: np.ndarray, b: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    return (copies[:, lag:], b[: len(b) - lag]) if lag >= 0 else (copies[:, :lag], b[-lag:])


def _pairwise(copies: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlations (copy,), all copies at once by sums over the known pairs."""
    x, y = np.nan_to_num(copies), np.nan_to_num(b)
    x_known, y_known = np.isfinite(copies).astype(float), np.isfinite(b).astype(float)
    n = x_known @ y_known
    with np.errstate(invalid="ignore", divide="ignore"):
        x_mean, y_mean = (x @ y_known) / n, (x_known @ y) / n
        covariance = x @ y - n * x_mean * y_mean
        x_square, y_square = x**2 @ y_known - n * x_mean**2, x_known @ y**2 - n * y_mean**2
        scale = np.sqrt(np.maximum(x_square, 0.0) * np.maximum(y_square, 0.0))
        found = covariance / scale
    flat = np.minimum(x_square, y_square) <= TINY * n
    return np.asarray(np.where((n >= MIN_PAIRS) & ~flat, found, np.nan))
