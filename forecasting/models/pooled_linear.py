"""A ridge regression over all units, one per horizon, with a scale that follows each unit's volatility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.marginals import LEVELS
from forecasting.models.pooled import PooledForecaster

if TYPE_CHECKING:
    from forecasting.models.panel import Samples

PENALTY = 0.05  # of the squared coefficients of standardised features, per row
VOLATILITY = slice(8, 11)  # features: mean absolute steps of two windows, root mean squared step
NOT_LINEAR = 3  # the last features: horizon, sine and cosine of the season (each horizon has its own regression)
FLOOR = 0.05  # log1p units; a unit that never moved is not surely constant
SMALL_ERROR = 0.02  # log1p units


class PooledLinear(PooledForecaster):
    """Weighted ridge for the centre, log-linear scale, empirical quantiles of the scaled errors of all units.

    Source:
        Hoerl & Kennard (1970), Technometrics 12; multiplicative heteroscedasticity: Harvey (1976), Econometrica 44.
    """

    name = "pooled_linear"

    def learn(self, rows: Samples, seed: int) -> None:  # noqa: ARG002 (no randomness)
        """Fit the regression of every horizon."""
        self._fits = {int(h): _Fit(rows.only(np.flatnonzero(rows.horizon == h))) for h in np.unique(rows.horizon)}

    def changes(self, rows: Samples) -> np.ndarray:
        """Quantiles of the change (row, 23)."""
        found = np.empty((len(rows.base), len(LEVELS)))
        for h, fit in self._fits.items():
            mine = np.flatnonzero(rows.horizon == h)
            found[mine] = fit.quantiles(rows.only(mine))
        return found


class _Fit:
    """One horizon's regression."""

    def __init__(self, rows: Samples) -> None:
        design = _design(rows)
        self._spread = np.where(design.std(axis=0) > 0, design.std(axis=0), 1.0)
        weight = np.exp(-2 * _log_volatility(rows))
        weight /= weight.mean()
        scaled = design / self._spread
        normal = scaled.T @ (scaled * weight[:, None])
        penalty = np.full(len(normal), PENALTY * len(rows.base))
        penalty[-1] = 0.0  # the intercept
        self._slopes = np.linalg.solve(normal + np.diag(penalty), scaled.T @ (weight * rows.change))
        errors = rows.change - scaled @ self._slopes
        self._scale = np.linalg.lstsq(_scale_design(rows), np.log(np.abs(errors) + SMALL_ERROR), rcond=None)[0]
        self._errors = np.quantile(errors / np.exp(_scale_design(rows) @ self._scale), LEVELS)

    def quantiles(self, rows: Samples) -> np.ndarray:
        centre = _design(rows) / self._spread @ self._slopes
        found: np.ndarray = centre[:, None] + np.exp(_scale_design(rows) @ self._scale)[:, None] * self._errors
        return found


def _design(rows: Samples) -> np.ndarray:
    """Features that mean a level or a change of log1p counts, and an intercept; what was not known is no change."""
    kept = np.nan_to_num(np.delete(rows.features[:, :-NOT_LINEAR], VOLATILITY, axis=1))
    return np.concatenate([kept, np.ones((len(kept), 1))], axis=1)


def _log_volatility(rows: Samples) -> np.ndarray:
    steps = rows.features[:, VOLATILITY]
    there = np.isfinite(steps)
    mean = np.where(there, steps, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.asarray(np.log(np.maximum(mean, FLOOR)))


def _scale_design(rows: Samples) -> np.ndarray:
    return np.stack([np.ones_like(rows.base), _log_volatility(rows), np.nan_to_num(rows.base)], axis=1)
