"""Models that learn from all units at once: features of (unit, cutoff, horizon), and the frame of such models."""

from abc import abstractmethod
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.attribution import DRIVERS, last_mean_log
from forecasting.base.contracts import MAX_GAP, NEAR_PERIODS, NotApplicable, PanelForecaster, require_history
from forecasting.base.quantile_functions import LEVELS, MEDIAN, quantile_array
from forecasting.base.random_streams import random_stream
from geo.region.region import PERIODS_A_YEAR, Freq

MIN_ROWS = 100
MAX_ROWS = 20_000  # a random part of more, so that the cost of a fit is bounded; 30,000 scored alike (USBP)
CAP_FACTOR = 3.0  # no quantile above this multiple of the unit's largest count, as in `per_series`
LAGS = {"M": (1, 2, 3), "W": (1, 2, 4)}
WINDOWS = {"M": (3, 6, 12), "W": (4, 13, 52)}
SEASONS = {"M": 12, "W": 13}  # positions of the year whose usual deviation is learnt
# What each feature tells of, in the order of `samples` (`forecasting.base.attribution`).
STATE_DRIVERS = (*["level"] * 8, *["volatility"] * 3, *["level"] * 2)
FEATURE_DRIVERS = (*STATE_DRIVERS, *["season"] * 6, "common", "season", "season")
SEASON_MEMORY = 0.85  # a year's weight in the usual deviation relative to the next one
SETTLING = 0.3  # weight of a period in the settled level; 0.2 and 0.45 scored 0.3 and 0.4 % worse (routes)


@dataclass(frozen=True)
class Panel:
    """Log1p counts of all units on one time axis."""

    logs: np.ndarray  # (unit, time), gaps bridged by straight lines and carried forward; NaN before the first known
    known: np.ndarray  # (unit, time), whether the period was reported
    months: np.ndarray  # month (1 … 12) of each period, fractional for weeks: position of the year × 12 + 1
    freq: Freq


@dataclass(frozen=True)
class Samples:
    """One row per (unit, cutoff, horizon)."""

    features: np.ndarray  # (row, feature), NaN = not known then
    base: np.ndarray  # log1p count at the cutoff (row,)
    settled: np.ndarray  # change that a seasonal smoothing expects: to the level, by the season (row, 2); 0 = no past
    change: np.ndarray  # log1p count at the target less the base (row,), NaN = not known (yet)
    unit: np.ndarray  # position of the unit (row,)
    horizon: np.ndarray  # periods ahead (row,)

    def only(self, rows: np.ndarray) -> Self:
        """Some of the rows."""
        return type(self)(*(getattr(self, each.name)[rows] for each in fields(self)))


def panel_of(history: xr.Dataset) -> Panel:
    """Lay out a history (`count` (unit, time), NaN = unknown)."""
    logs = np.log1p(np.asarray(history["count"].transpose("unit", "time").to_numpy(), dtype=float))
    known = np.isfinite(logs)
    position = np.arange(logs.shape[1])
    filled = np.full_like(logs, np.nan)
    for row, (values, there) in enumerate(zip(logs, known, strict=True)):
        if there.any():
            first = int(np.argmax(there))
            filled[row, first:] = np.interp(position[first:], position[there], values[there])
    times = pd.DatetimeIndex(history["time"].to_numpy())
    return Panel(filled, known, 1 + 12 * (times.dayofyear.to_numpy() - 1) / 365.25, history.attrs["freq"])


def samples(panel: Panel, cutoffs: np.ndarray, horizon: int) -> Samples:
    """Features of every unit at cutoffs (positions of the last period seen), and what came 1 … horizon later."""
    states = _states(panel)[:, cutoffs]
    year, n_units, end = PERIODS_A_YEAR[panel.freq], *panel.logs.shape
    usual = _usual_deviations(panel)
    back = _settled_level(panel, usual)[:, cutoffs] - panel.logs[:, cutoffs]
    looks_ahead = int(panel.freq == "W")
    smooth = _centred_mean(panel.logs) if looks_ahead else panel.logs
    rows = []
    for h in range(1, horizon + 1):
        whole = year * -(-(h + looks_ahead) // year)  # the smoothed past of a year ago is over by the cutoff
        ago, target = _at(smooth, cutoffs - whole), _at(smooth, cutoffs + h - whole)
        season = _season_of(panel, cutoffs, h)
        now = np.take_along_axis(usual[:, cutoffs], _season_of(panel, cutoffs, 0)[None, :, None], axis=2)[..., 0]
        then = np.take_along_axis(usual[:, cutoffs], season[None, :, None], axis=2)[..., 0]
        angle = 2 * np.pi * (panel.months[cutoffs] - 1 + 12 * h / year) / 12
        ahead = [
            target - panel.logs[:, cutoffs],
            target - ago,
            _at(smooth, cutoffs + h - 2 * whole) - _at(smooth, cutoffs - 2 * whole),
            *(then - now, then, usual[:, cutoffs].std(axis=-1)),
            *(np.broadcast_to(each, ago.shape) for each in (np.full(len(cutoffs), h), np.sin(angle), np.cos(angle))),
        ]
        seen = cutoffs + h < end
        came = np.where(seen & _at(panel.known, cutoffs + h, False), _at(panel.logs, cutoffs + h), np.nan)
        features = np.concatenate([states, np.stack(ahead, axis=-1)], axis=-1)
        settled = np.nan_to_num(np.stack([back, then - now], axis=-1))
        rows.append((features, settled, came - panel.logs[:, cutoffs], np.full((n_units, len(cutoffs)), h)))
    features, settled, change, horizons = (np.concatenate(part, axis=1) for part in zip(*rows, strict=True))
    base = np.tile(panel.logs[:, cutoffs], (1, horizon))
    unit = np.broadcast_to(np.arange(n_units)[:, None], base.shape)
    flat = features.reshape(base.size, len(FEATURE_DRIVERS)), base.ravel(), settled.reshape(base.size, 2)
    return Samples(*flat, change.ravel(), unit.ravel(), horizons.ravel().astype(int))


def _states(panel: Panel) -> np.ndarray:
    """What is known of each unit at each period whatever the horizon (unit, time, feature)."""
    logs, year = panel.logs, PERIODS_A_YEAR[panel.freq]
    steps = np.abs(np.diff(logs, axis=1, prepend=np.nan))
    count = np.cumsum(np.isfinite(logs), axis=1)
    yearly = _running_mean(logs, year)
    _, middle, long = WINDOWS[panel.freq]
    return np.stack(
        [
            logs,
            *(_lagged(logs, k) - logs for k in LAGS[panel.freq]),
            *(_running_mean(logs, k) - logs for k in WINDOWS[panel.freq]),
            _lagged(yearly, year) - yearly,
            _running_mean(steps, middle),
            _running_mean(steps, long),
            np.sqrt(np.nancumsum(steps**2, axis=1) / np.maximum(count - 1, 1)),
            np.nancumsum(logs, axis=1) / np.maximum(count, 1) - logs,
            np.fmax.accumulate(logs, axis=1) - logs,
        ],
        axis=-1,
    )


def _usual_deviations(panel: Panel) -> np.ndarray:
    """How far each position of the year usually lies from the year's level, as known then (unit, time, position).

    The deviation of a period is known half a year later, when the centred yearly mean is. Older years count less.
    """
    year, n_seasons = PERIODS_A_YEAR[panel.freq], SEASONS[panel.freq]
    half = year // 2
    running = _running_mean(panel.logs, year)
    centred = (running[:, half:] + _lagged(running, 1)[:, half:]) / 2  # of period t at column t, known at t + half
    deviation = panel.logs[:, : centred.shape[1]] - centred
    position = _season_of(panel, np.arange(panel.logs.shape[1]), 0)
    total, weight = (np.zeros((len(panel.logs), n_seasons)) for _ in range(2))
    found = np.zeros((*panel.logs.shape, n_seasons))
    for t in range(half, panel.logs.shape[1]):
        new, at = deviation[:, t - half], position[t - half]
        there = np.isfinite(new)
        total[there, at] = total[there, at] * SEASON_MEMORY + new[there]
        weight[there, at] = weight[there, at] * SEASON_MEMORY + 1
        found[:, t] = total / (weight + 1)  # shrunk as by one more year without deviation
    return found


def _settled_level(panel: Panel, usual: np.ndarray) -> np.ndarray:
    """Log1p count to expect of each period's position of the year, were the level the smoothed one (unit, time).

    Source:
        Simple exponential smoothing, of counts without their season: Gardner (2006), Int. J. Forecasting 22, 637–666.
    """
    periods = np.arange(panel.logs.shape[1])
    season = usual[:, periods, _season_of(panel, periods, 0)]
    level = np.full(len(panel.logs), np.nan)
    found = np.full_like(panel.logs, np.nan)
    for t, new in enumerate((panel.logs - season).T):
        level = np.where(np.isfinite(level), level + SETTLING * (new - level), new)
        found[:, t] = level + season[:, t]
    return found


def _season_of(panel: Panel, periods: np.ndarray, ahead: int) -> np.ndarray:
    """Position of the year of some periods, `ahead` further on."""
    share = (panel.months[periods] - 1) / 12 + ahead / PERIODS_A_YEAR[panel.freq]
    return np.asarray((share % 1 * SEASONS[panel.freq] + 0.25).astype(int) % SEASONS[panel.freq])


def _at(values: np.ndarray, periods: np.ndarray, outside: float = np.nan) -> np.ndarray:
    """Columns of `values` at some periods; `outside` before the first and after the last."""
    inside = (periods >= 0) & (periods < values.shape[1])
    return np.where(inside, values[:, np.clip(periods, 0, values.shape[1] - 1)], outside)


def _lagged(values: np.ndarray, lag: int) -> np.ndarray:
    return _at(values, np.arange(values.shape[1]) - lag)


def _running_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Mean of the last `window` periods; NaN where one of them is."""
    total = np.cumsum(np.nan_to_num(values), axis=1)
    known = np.cumsum(np.isfinite(values), axis=1)
    before, known_before = (np.nan_to_num(_lagged(each.astype(float), window)) for each in (total, known))
    return np.where(known - known_before == window, (total - before) / window, np.nan)


def _centred_mean(values: np.ndarray) -> np.ndarray:
    """Mean of a period, the one before and the one after; at the end of the last two."""
    positions = np.arange(values.shape[1])
    around = np.stack([_at(values, positions + k) for k in (-1, 0, 1)])
    there = np.isfinite(around)
    return np.where(there[1], np.where(there, around, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1), np.nan)


class PooledForecaster(PanelForecaster):
    """Learns changes of log1p counts over (unit, cutoff, horizon) from all units' histories; direct, not iterated.

    `fit` learns; `update` gives a newer history to forecast from without learning anew, so that a backtest need not
    refit at every cutoff. Horizons of half a year are learnt by themselves, so that they are the same however far a run
    looks (Frontex' months 1–6 are 1 % worse where they are learnt with months 7–12); those beyond by a second model,
    with all of them.
    """

    _beyond: "PooledForecaster | None" = None  # forecasts beyond half a year

    @abstractmethod
    def learn(self, rows: Samples, seed: int) -> None:
        """Learn `rows.change` from `rows.features`; every change is known."""

    @abstractmethod
    def changes(self, rows: Samples) -> np.ndarray:
        """Quantiles of the change (row, 23), log1p units, finite and non-decreasing."""

    @abstractmethod
    def change_drivers(self, rows: Samples) -> np.ndarray:
        """Drivers (row, driver) that add up to the median of the change, log1p units."""

    def attribution(self) -> np.ndarray:
        """Drivers (unit, horizon, driver) of the medians that were given last; see `Forecaster`."""
        if self._beyond is None:
            return self._drivers()
        near = self._drivers()
        return np.concatenate([near, self._beyond._drivers()[:, near.shape[1] :]], axis=1)

    def _drivers(self) -> np.ndarray:
        rows, medians = self._forecast
        shape = (self._seen.sizes["unit"], -1, len(DRIVERS))
        drivers = self.change_drivers(rows)
        drivers[:, DRIVERS.index("other")] += medians - rows.base - drivers.sum(axis=1)  # limits
        drivers[:, DRIVERS.index("level")] += rows.base - last_mean_log(self._seen)[rows.unit]
        return drivers.reshape(shape)

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), NaN = unknown; what is learnt serves the first horizon that is asked for."""
        require_history(history)
        self._taught, self._seen, self._horizon, self._beyond = history, history, 0, None
        return self

    def update(self, history: xr.Dataset) -> Self:
        """Forecast from a history of the same units that goes on; nothing is learnt from it."""
        require_history(history)
        self._seen = history
        return self

    def quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        """Quantiles (unit, horizon, quantile); NaN for a unit silent too long; refused with too little to learn."""
        near = NEAR_PERIODS[self._seen.attrs["freq"]]
        if horizon <= near:
            self._beyond = None
            return self._quantiles(horizon, seed)
        found = self._quantiles(near, seed)
        if self._beyond is None:
            self._beyond = type(self)().fit(self._taught)
        beyond = self._beyond.update(self._seen)._quantiles(horizon, seed)
        return xr.concat([found, beyond.isel(horizon=slice(near, None))], dim="horizon")

    def _quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        if self._horizon != horizon:
            self.learn(_training_rows(self._taught, horizon, seed), seed)
            self._horizon = horizon
        panel = panel_of(self._seen)
        end = panel.logs.shape[1]
        rows = samples(panel, np.array([end - 1]), horizon)
        logs = rows.base[:, None] + self.changes(rows)
        largest = np.nanmax(np.where(panel.known, panel.logs, -np.inf), axis=1, initial=0.0)
        ceiling = np.log1p(CAP_FACTOR * np.expm1(np.maximum(largest, 0.0)))[rows.unit, None]
        counts = np.expm1(np.clip(np.maximum.accumulate(logs, axis=1), 0.0, ceiling))
        gap = np.where(panel.known.any(axis=1), np.argmax(panel.known[:, ::-1], axis=1), end)
        counts[gap[rows.unit] > MAX_GAP[panel.freq]] = np.nan
        self._forecast = rows, np.log1p(counts[:, MEDIAN])
        return quantile_array(counts.reshape(-1, horizon, len(LEVELS)), self._seen["unit"].to_numpy())


def _training_rows(history: xr.Dataset, horizon: int, seed: int) -> Samples:
    """Rows whose target is known by the end of the history, from the time on when something of a unit is known."""
    panel = panel_of(history)
    end = panel.logs.shape[1]
    first = min(2 * PERIODS_A_YEAR[panel.freq], end // 2)
    rows = samples(panel, np.arange(first, end - 1), horizon)
    usable = np.flatnonzero(np.isfinite(rows.change) & np.isfinite(rows.base))
    if len(usable) < MIN_ROWS:
        raise NotApplicable(f"needs {MIN_ROWS} known changes to learn from, has {len(usable)}")
    if len(usable) > MAX_ROWS:
        rng = random_stream(seed, str(history["time"].to_numpy()[-1]), "pooled rows")
        usable = np.sort(rng.choice(usable, MAX_ROWS, replace=False))
    return rows.only(usable)
