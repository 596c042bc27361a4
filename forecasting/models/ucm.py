"""Unobserved components (`statsmodels`) on log1p counts: a wandering level and a season of two harmonics."""

import warnings

import numpy as np

from forecasting.base.attribution import movement
from forecasting.base.contracts import NotApplicable
from forecasting.base.quantile_functions import SCORES
from forecasting.models.per_series import PerSeriesForecaster, Series, require_known
from geo.region.disclosure import COARSE

HARMONICS = 2
WINDOW = {"W": 260, "M": 60}  # five years
SEASONAL_FROM = {"W": 104, "M": 24}  # two full years
MIN_PERIODS = 10
MAX_ITERATIONS = 30


class UCM(PerSeriesForecaster):
    """Local level plus fixed harmonics of the year; unknown periods are skipped by the Kalman filter.

    Only the last five years teach it: on the USBP sectors it then scores 0.94 × the baseline, with the whole history
    1.05 ×; on the Frontex routes 0.84 × either way (first 20 of 30 cutoffs).
    """

    name = "ucm"
    title = "unobserved components"
    prior_weight = 0.1
    learns = True
    levels = COARSE

    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:  # noqa: ARG002 (analytic)
        """Normal around the mean forecast; refused where too short, silent too long, constant, or the fit fails."""
        require_known(series, periods=MIN_PERIODS)
        recent = series.log_counts[-WINDOW[series.freq] :]
        known = recent[~np.isnan(recent)]
        if len(known) < MIN_PERIODS or np.ptp(known) == 0:
            raise NotApplicable("the last five years are constant, or nearly unknown")
        seasonal = len(recent) >= SEASONAL_FROM[series.freq]
        mean, sd, waves = _forecast(recent, horizon, period=series.season if seasonal else None)
        season = {"season": movement(lambda steps: _season(steps, waves, series.season), horizon, series.gap)}
        self.movements = season if seasonal else {}
        return mean[:, None] + sd[:, None] * SCORES


def _season(steps: np.ndarray, waves: np.ndarray, period: float) -> np.ndarray:
    """The fixed harmonics at steps from the last known period, from their states there (two for each)."""
    angles = 2 * np.pi * np.outer(steps, np.arange(1, len(waves) // 2 + 1)) / period
    return np.asarray(np.cos(angles) @ waves[0::2] + np.sin(angles) @ waves[1::2])


def _forecast(
    log_counts: np.ndarray, horizon: int, *, period: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and standard deviation of log1p counts per horizon, and the states of the harmonics at the end."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415 - slow to import

    season = [{"period": period, "harmonics": HARMONICS}] if period else None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # convergence: a poor optimum is still scored in the backtest
        try:
            fixed = [False] if season else None
            model = UnobservedComponents(
                log_counts, level="local level", freq_seasonal=season, stochastic_freq_seasonal=fixed
            )
            fit = model.fit(disp=False, maxiter=MAX_ITERATIONS, cov_type="none")
            forecast = fit.get_forecast(horizon)
            waves = np.asarray(fit.filtered_state)[1:, -1]  # after the level
            return np.asarray(forecast.predicted_mean), np.sqrt(np.asarray(forecast.var_pred_mean)), waves
        except (ValueError, np.linalg.LinAlgError) as error:
            raise NotApplicable(f"the fit failed: {error}") from error
