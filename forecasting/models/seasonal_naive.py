"""Seasonal naive on log1p counts, with the errors it has shown."""

import numpy as np

from forecasting.base.attribution import movement
from forecasting.base.contracts import NotApplicable
from forecasting.base.quantile_functions import sample_quantiles
from forecasting.models.per_series import PerSeriesForecaster, Series, past_changes, require_known
from geo.region.region import PERIODS_A_YEAR

MIN_ERRORS = 12


class SeasonalNaive(PerSeriesForecaster):
    """Same period of last year ± the differences over a year that the series has shown, both signs."""

    name = "seasonal_naive"
    title = "seasonal naive"
    prior_weight = 0.1
    needs_data = False
    main_only = False

    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:  # noqa: ARG002 (no randomness)
        """Refused with less than a year and twelve periods known, or when silent for half a year."""
        lag = PERIODS_A_YEAR[series.freq]
        require_known(series, periods=lag + MIN_ERRORS)
        errors = past_changes(series.log_counts, lag)
        if len(errors) < MIN_ERRORS:
            raise NotApplicable(f"needs {MIN_ERRORS} periods known a year apart, has {len(errors)}")
        years = (np.arange(horizon) // lag + 1)[:, None]
        centre = _last_year(series, np.arange(1, horizon + 1), lag)[:, None]
        self.movements = {"season": movement(lambda steps: _last_year(series, steps, lag), horizon, series.gap)}
        spread = sample_quantiles(np.concatenate([errors, -errors]))
        return centre + np.sqrt(years) * spread


def _last_year(series: Series, steps: np.ndarray, lag: int) -> np.ndarray:
    """Log1p counts a year before steps from the last known period, beyond a year the same again."""
    wrapped = np.where(steps > 0, (steps - 1) % lag + 1, steps)
    return series.filled[len(series.filled) - 1 - lag + wrapped]
