"""One unit's history as a per-series model sees it, and the frame that all per-series models share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import SEASON_PERIODS, ContractError
from forecasting.base.quantile_functions import LEVELS, MEDIAN, at_ranks
from forecasting.base.random_streams import random_stream
from forecasting.base.reason_parts import PARTS, recent_mean_log, split
from geo.region.region import Event, Freq

CAP_FROM = 12  # known periods; the largest of fewer says less of what may come, so the cap lies higher


class NotApplicable(ValueError):  # noqa: N818 (it is an answer, not a fault of ours)
    """A model cannot speak for this series; the message says why."""


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
    """Cut one unit's series out of a history.

    Raises:
        Refusal: the unit has no known period.
    """
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
        recent=float(recent_mean_log(counts[None])[0]),
    )


def require_known(series: Series, *, periods: int, max_gap: int) -> None:
    """Refuse a series with too few known periods, or one that fell silent too long before the cutoff.

    Raises:
        Refusal: fewer than `periods` known, or a gap before the cutoff longer than `max_gap` periods.
    """
    if len(series.known) < periods:
        raise NotApplicable(f"needs {periods} known periods, has {len(series.known)}")
    if series.gap > max_gap:
        raise NotApplicable(f"no report in the last {series.gap} periods (at most {max_gap})")


def require_history(history: xr.Dataset) -> None:
    """Check a history at the seam.

    Raises:
        ContractError: `count` is not (unit, time), `freq` is unknown, or a count is negative or infinite.
    """
    counts = history["count"]
    if counts.dims != ("unit", "time"):
        raise ContractError(f"history: count must have dims (unit, time), got {counts.dims}.")
    if history.attrs.get("freq") not in SEASON_PERIODS:
        raise ContractError(f'history: attrs["freq"] must be W or M, got {history.attrs.get("freq")!r}.')
    bad = np.isinf(counts.to_numpy()) | (counts.to_numpy() < 0)
    if bad.any():
        units = list(counts["unit"].to_numpy()[bad.any(axis=1)][:3])
        raise ContractError(f"history: counts must be finite and ≥ 0; {int(bad.sum())} are not, e.g. in {units}.")


class PerSeriesForecaster(ABC):
    """A model of one series at a time: it gives log1p quantiles, the frame does the rest.

    Draws of one unit keep their rank over the horizons as a random walk would; between units they are independent
    (`forecasting.combine.couple` couples them).
    """

    name: str
    cap_factor: float = 3.0  # no quantile above this multiple of the largest count seen; 10 cost 5–8 % natural WIS

    def __init__(self, events: Sequence[Event] = (), *, explain: bool = False) -> None:
        self.events = tuple(events)
        self.explain = explain
        self.moved: Mapping[str, np.ndarray] | None = None  # of the last series, see `log_quantiles`
        self._parts: list[np.ndarray] = []

    @abstractmethod
    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:
        """Log1p quantiles (horizon, 23) counted from the last known period of the series.

        Where `explain` is set, a model that can tell how its median moves besides its level leaves that in `moved`:
        part (`forecasting.base.reason_parts`) → log1p units (horizon,) since the last four periods before the cutoff.

        Raises:
            Refusal: the model cannot speak for this series.
        """

    def parts(self) -> np.ndarray:
        """Parts (unit, horizon, part) of the medians that `quantiles` gave last; NaN where they can't be split.

        They add up to log1p of the median less log1p of the mean of the last four periods.
        """
        return np.stack(self._parts)

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), NaN = unknown."""
        require_history(history)
        self._history = history
        return self

    def quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        """Quantiles (unit, horizon, quantile), counts per period, finite, ≥ 0 and non-decreasing.

        Raises:
            Refusal: the model cannot speak for one of the units.
        """
        units = self._history["unit"].to_numpy()
        self._parts = []
        values = [self.speak(series_of(self._history, unit), horizon, seed) for unit in units]
        return xr.DataArray(
            np.stack(values),
            dims=("unit", "horizon", "quantile"),
            coords={"unit": units, "horizon": np.arange(1, horizon + 1), "quantile": LEVELS},
        )

    def draw(self, horizon: int, n_draws: int, seed: int) -> xr.DataArray:
        """Predictive draws (unit, horizon, draw), counts per period, finite and ≥ 0.

        Raises:
            Refusal: the model cannot speak for one of the units.
        """
        quantiles = self.quantiles(horizon, seed)
        values = [
            at_ranks(
                q.to_numpy(), random_walk_ranks(horizon, n_draws, random_stream(seed, str(unit), self.name, "draw"))
            )
            for unit, q in zip(quantiles["unit"].to_numpy(), quantiles, strict=True)
        ]
        coords = {"unit": quantiles["unit"], "horizon": quantiles["horizon"]}
        return xr.DataArray(np.stack(values), dims=("unit", "horizon", "draw"), coords=coords)

    def speak(self, series: Series, horizon: int, seed: int) -> np.ndarray:
        """Quantiles (horizon, 23) of one series, counts per period, finite, ≥ 0 and non-decreasing.

        Raises:
            Refusal: the model cannot speak for it.
        """
        self.moved = None
        logs = self.log_quantiles(series, horizon + series.gap, seed)[series.gap :]
        if not np.isfinite(logs).all():
            raise NotApplicable("its forecast is not finite")
        ceiling = self.cap_factor * series.largest * max(1.0, CAP_FROM / len(series.known))
        counts = np.minimum(np.expm1(np.clip(logs, 0.0, np.log1p(ceiling))), ceiling)
        counts = np.maximum.accumulate(counts, axis=-1)
        if self.explain:
            self._parts.append(self._split(series, logs[:, MEDIAN], np.log1p(counts[:, MEDIAN])))
        return counts

    def _split(self, series: Series, median: np.ndarray, published: np.ndarray) -> np.ndarray:
        if self.moved is None:
            return np.full((len(median), len(PARTS)), np.nan)
        return split(median, published, series.recent, {k: v[series.gap :] for k, v in self.moved.items()})


def random_walk_ranks(horizon: int, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Stratified ranks (horizon, draw) whose order over the horizons is that of a random walk."""
    steps = np.cumsum(rng.standard_normal((horizon, n_draws)), axis=0)
    return (steps.argsort(axis=1).argsort(axis=1) + 0.5) / n_draws
