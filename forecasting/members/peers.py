"""The peers: what an analyst would take today, five `statsforecast` models on log1p counts, and their mean."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS, NotApplicable, require_history
from forecasting.base.quantile_functions import LEVELS
from forecasting.members.run_members import Failure, Members, members_of, one_thread
from forecasting.models.per_series import Series, require_known, series_of
from geo.region.region import PERIODS_A_YEAR

PEERS = ("AutoETS", "AutoTheta", "AutoARIMA", "AutoCES", "MSTL")
PEER_MEAN = "peer_mean"
SEASON_LENGTH = {"W": 1, "M": 12}  # the one that finds anything in weeks is MSTL, with 52
MIN_PERIODS = 10


def peer_quantiles(history: xr.Dataset, *, horizon: int, peers: Sequence[str] = PEERS) -> Members:
    """Forecasts of the peers and of their quantile-wise mean on log1p, named `peer_mean` (design §6).

    Inner gaps are bridged by straight lines on the log1p scale, unknown periods at the start are cut, and quantiles
    below zero are zero. A peer that fails on a unit is left out there, of the mean too, and named.
    """
    require_history(history)
    units = [str(unit) for unit in history["unit"].to_numpy()]
    logs = np.full((len(peers), len(units), horizon, len(LEVELS)), np.nan)
    failures = []
    with one_thread():
        for j, unit in enumerate(units):
            for i, peer in enumerate(peers):
                try:
                    logs[i, j] = _log_quantiles(peer, series_of(history, unit), horizon)
                except Exception as error:  # noqa: BLE001 (a peer's fault must not stop the comparison; it is named)
                    failures.append(Failure(peer, unit, f"{type(error).__name__}: {error}"))
    logs = np.concatenate([logs, _mean(logs)[None]])
    return members_of([*peers, PEER_MEAN], units, np.expm1(logs), failures)


def _mean(logs: np.ndarray) -> np.ndarray:
    """Mean over the peers that have a forecast; NaN where none has."""
    known = np.isfinite(logs)
    n = known.sum(axis=0)
    return np.where(n > 0, np.where(known, logs, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)


def _log_quantiles(peer: str, series: Series, horizon: int) -> np.ndarray:
    """Log1p quantiles (horizon, 23) ≥ 0."""
    require_known(series, periods=MIN_PERIODS)
    filled = series.filled
    model = _models(series.freq, len(filled))[peer]()
    intervals = sorted({_interval(level) for level in QUANTILE_LEVELS if level != 0.5})
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # numerical notes of the libraries below
        forecast = model.forecast(y=filled, h=horizon + series.gap, level=intervals)
    logs = np.stack([_column(forecast, level) for level in QUANTILE_LEVELS], axis=-1)[series.gap :]
    if not np.isfinite(logs).all():
        raise NotApplicable("its forecast is not finite")
    return np.sort(np.maximum(logs, 0.0), axis=-1)


def _models(freq: str, n_periods: int) -> Mapping[str, Callable[[], Any]]:
    """The peers by name, in the settings of design §6. The import takes seconds and is paid only where they run."""
    from statsforecast.models import MSTL, AutoARIMA, AutoCES, AutoETS, AutoTheta  # noqa: PLC0415

    season = SEASON_LENGTH[freq]
    year = PERIODS_A_YEAR[freq] if n_periods >= 2 * PERIODS_A_YEAR[freq] else 1
    return {
        "AutoETS": lambda: AutoETS(season_length=season),
        "AutoTheta": lambda: AutoTheta(season_length=season),
        "AutoARIMA": lambda: AutoARIMA(season_length=season, approximation=True, nmodels=30),
        "AutoCES": lambda: AutoCES(season_length=season),
        "MSTL": lambda: MSTL(season_length=year, trend_forecaster=AutoETS(model="ZZN")),
    }


def _interval(level: float) -> float:
    return round(100 * abs(2 * level - 1), 6)


def _column(forecast: Mapping[str, np.ndarray], level: float) -> np.ndarray:
    """The forecast at one quantile level, out of the keys `mean`, `lo-<interval>`, `hi-<interval>`."""
    if level == 0.5:
        return np.asarray(forecast["mean"])
    side = "lo" if level < 0.5 else "hi"
    matching = [key for key in forecast if key.startswith(side) and float(key.split("-")[1]) == _interval(level)]
    return np.asarray(forecast[matching[0]])
