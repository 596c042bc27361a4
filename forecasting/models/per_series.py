"""One unit's history as a per-series model sees it, and the frame that all per-series models share."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.attribution import DRIVERS, split_change
from forecasting.base.contracts import MAX_GAP, SEASON_PERIODS, Forecaster, NotApplicable, last_mean, require_history
from forecasting.base.count_width import newly_begun, with_own_width
from forecasting.base.quantile_functions import MEDIAN, quantile_array
from geo.region.region import Event, Freq

CAP_FROM = 12  # known periods; the largest of fewer says less of what may come, so the cap lies higher


@dataclass(frozen=True)
class Series:
    """Known history of one unit, from its first to its last known period."""

    unit: str
    log_counts: np.ndarray  # log1p of counts per period (time,), NaN = unknown
    times: pd.DatetimeIndex  # first days of these periods
    gap: int  # unknown periods between the last known one and the cutoff
    freq: Freq
    cutoff: pd.Timestamp
    recent: float  # log1p of the mean of the last four periods before the cutoff; NaN where none of them is known

    @property
    def season(self) -> float:
        """Periods a year: 12 or 52.18."""
        return SEASON_PERIODS[self.freq]

    @property
    def known(self) -> np.ndarray:
        """The known log1p counts, without gaps."""
        return self.log_counts[~np.isnan(self.log_counts)]

    @property
    def filled(self) -> np.ndarray:
        """Log1p counts with inner gaps bridged by straight lines (for models that cannot skip a period)."""
        unknown = np.isnan(self.log_counts)
        if not unknown.any():
            return self.log_counts
        position = np.arange(len(self.log_counts))
        return np.interp(position, position[~unknown], self.log_counts[~unknown])

    @property
    def largest(self) -> float:
        """Largest count seen, per period."""
        return float(np.round(np.expm1(self.known.max()), 9))


def series_of(history: xr.Dataset, unit: str) -> Series:
    """Cut one unit's series out of a history; not applicable where it has no known period."""
    position = history.indexes["unit"].get_loc(unit)
    counts = history["count"].to_numpy()[position].astype(float)
    known = np.flatnonzero(~np.isnan(counts))
    if not len(known):
        raise NotApplicable("no known period")
    first, last = known[0], known[-1] + 1
    times = pd.DatetimeIndex(history["time"].to_numpy())
    return Series(
        unit=unit,
        log_counts=np.log1p(counts[first:last]),
        times=times[first:last],
        gap=int(len(counts) - last),
        freq=history.attrs["freq"],
        cutoff=times[-1],
        recent=float(np.log1p(last_mean(counts))),
    )


def past_changes(log_counts: np.ndarray, lag: int) -> np.ndarray:
    """Known differences of log1p counts (time,) over `lag` periods; of a series that moves, without those of silence.

    Example:
        >>> past_changes(np.log1p([0.0, 0, 0, 1]), 1).round(2).tolist()
        [0.69]
    """
    before, after = log_counts[:-lag], log_counts[lag:]
    silent = (before == 0) & (after == 0) & (log_counts[-1] > 0)
    return (after - before)[np.isfinite(after - before) & ~silent]


def require_known(series: Series, *, periods: int) -> None:
    """Refuse (`NotApplicable`) a series with too few known periods, or with a longer gap before the cutoff."""
    if len(series.known) < periods:
        raise NotApplicable(f"needs {periods} known periods, has {len(series.known)}")
    if series.gap > MAX_GAP[series.freq]:
        raise NotApplicable(f"no report in the last {series.gap} periods (at most {MAX_GAP[series.freq]})")


class PerSeriesForecaster(Forecaster):
    """A model of one series at a time: it gives log1p quantiles, the frame does the rest."""

    cap_factor: float = 3.0  # no quantile above this multiple of the largest count seen; 10 cost 5–8 % natural WIS

    def __init__(self, events: Sequence[Event] = (), *, explain: bool = False) -> None:
        self.events = tuple(events)
        self.explain = explain
        self.movements: Mapping[str, np.ndarray] | None = None  # of the last series, see `log_quantiles`
        self._drivers: list[np.ndarray] = []

    @abstractmethod
    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:
        """Log1p quantiles (horizon, 23) counted from the last known period of the series.

        Where `explain` is set, a model that can tell how its median moves besides its level leaves that in `movements`:
        driver (`forecasting.base.attribution`) → log1p units (horizon,) since the last four periods before the cutoff.

        Raises:
            NotApplicable: the model cannot forecast this series.
        """

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), NaN = unknown."""
        require_history(history)
        self._history = history
        return self

    def quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        """Quantiles (unit, horizon, quantile) of every unit; see `Forecaster`."""
        units = self._history["unit"].to_numpy()
        self._drivers = []
        values = [self.forecast_one(series_of(self._history, unit), horizon, seed) for unit in units]
        return quantile_array(np.stack(values), units)

    def attribution(self) -> np.ndarray:
        """Drivers (unit, horizon, driver) of the medians that were given last; see `Forecaster`."""
        return np.stack(self._drivers)

    def forecast_one(self, series: Series, horizon: int, seed: int) -> np.ndarray:
        """Quantiles (horizon, 23) of one series, counts per period, ≥ 0 and non-decreasing; or `NotApplicable`."""
        self.movements = None
        logs = self.log_quantiles(series, horizon + series.gap, seed)[series.gap :]
        if not np.isfinite(logs).all():
            raise NotApplicable("its forecast is not finite")
        ceiling = self.cap_factor * series.largest * max(1.0, CAP_FROM / len(series.known))
        counts = np.minimum(np.expm1(np.clip(logs, 0.0, np.log1p(ceiling))), ceiling)
        counts = np.maximum.accumulate(counts, axis=-1)
        if newly_begun(np.expm1(series.log_counts)):
            counts = with_own_width(counts)
        if self.explain:
            self._drivers.append(self._attributed(series, logs[:, MEDIAN], np.log1p(counts[:, MEDIAN])))
        return counts

    def _attributed(self, series: Series, median: np.ndarray, published: np.ndarray) -> np.ndarray:
        if self.movements is None:
            return np.full((len(median), len(DRIVERS)), np.nan)
        return split_change(median, published, series.recent, {k: v[series.gap :] for k, v in self.movements.items()})
