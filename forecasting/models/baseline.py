"""The baseline: a random walk on the log1p scale with symmetrised empirical increments; always published."""

import numpy as np
from scipy.special import ndtri

from forecasting.base.quantile_functions import sample_quantiles, stratified_ranks
from forecasting.models.per_series import PerSeriesForecaster, Series, past_changes

MIN_INCREMENTS = 8  # below, a normal spread of PRIOR_SD per √period fills up
PRIOR_SD = 0.5  # log1p units, about the median one-month increment of the Frontex routes


class Baseline(PerSeriesForecaster):
    """Last known count ± the differences over h periods that the series has shown, both signs.

    h-step differences and not sums of one-step ones: on the Frontex routes they score 0.479 against 0.507, on the USBP
    sectors 0.309 against 0.310 (WIS of log1p counts, protocol of design §6).
    """

    name = "baseline"
    title = "baseline"
    prior_weight = 0.6
    needs_data = False
    main_only = False
    cap_factor = 2.0  # design §5: tails end at twice the historical maximum (higher while few periods are known)

    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:  # noqa: ARG002 (no randomness)
        """Log1p quantiles (horizon, 23)."""
        last = series.log_counts[-1]
        self.movements = {}  # all level
        return np.stack([last + sample_quantiles(_increments(series.log_counts, h)) for h in range(1, horizon + 1)])


def _increments(log_counts: np.ndarray, step: int) -> np.ndarray:
    """Symmetrised differences over `step` periods; over half the history at most, then scaled by the root of time."""
    lag = min(step, max(1, len(log_counts) // 2))
    steps = past_changes(log_counts, lag) * np.sqrt(step / lag)
    both = np.concatenate([steps, -steps])
    lacking = MIN_INCREMENTS - len(steps)
    if lacking <= 0:
        return both
    return np.concatenate([both, PRIOR_SD * np.sqrt(step) * ndtri(stratified_ranks(2 * lacking))])
