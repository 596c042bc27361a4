"""The frame of models that learn from all units at once: one fit serves every unit and horizon."""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
import xarray as xr

from forecasting.base.quantile_functions import LEVELS, MEDIAN, at_ranks
from forecasting.base.random_streams import random_stream
from forecasting.base.reason_parts import PARTS, recent_log
from forecasting.models.panel import Samples, panel_of, samples
from forecasting.models.per_series import NotApplicable, random_walk_ranks, require_history
from geo.region.region import PERIODS_A_YEAR

MIN_ROWS = 100
MAX_ROWS = 20_000  # a random part of more, so that the cost of a fit is bounded; 30,000 scored alike (USBP)
MAX_GAP = {"W": 26, "M": 6}
CAP_FACTOR = 3.0  # no quantile above this multiple of the unit's largest count, as in `series`


class PooledForecaster(ABC):
    """Learns changes of log1p counts over (unit, cutoff, horizon) from all units' histories; direct, not iterated.

    `fit` learns; `update` gives a newer history to forecast from without learning anew, so that a backtest need not
    refit at every cutoff.
    """

    name: str

    @abstractmethod
    def learn(self, rows: Samples, seed: int) -> None:
        """Learn `rows.change` from `rows.features`; every change is known."""

    @abstractmethod
    def changes(self, rows: Samples) -> np.ndarray:
        """Quantiles of the change (row, 23), log1p units, finite and non-decreasing."""

    def contributions(self, rows: Samples) -> np.ndarray | None:  # noqa: ARG002 (a model may override it)
        """Parts (row, part) that add up to the median of the change, log1p units; None where it can't be split."""
        return None

    def parts(self) -> np.ndarray:
        """Parts (unit, horizon, part) of the medians that `quantiles` gave last; NaN where they can't be split.

        They add up to log1p of the median less log1p of the mean of the last four periods.
        """
        rows, medians = self._spoken
        shape = (self._seen.sizes["unit"], -1, len(PARTS))
        parts = self.contributions(rows)
        if parts is None:
            return np.full((len(medians), len(PARTS)), np.nan).reshape(shape)
        parts[:, PARTS.index("other")] += medians - rows.base - parts.sum(axis=1)  # limits
        parts[:, PARTS.index("level")] += rows.base - recent_log(self._seen)[rows.unit]
        return parts.reshape(shape)

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), NaN = unknown; what is learnt serves the first horizon that is asked for."""
        require_history(history)
        self._taught, self._seen, self._horizon = history, history, 0
        return self

    def update(self, history: xr.Dataset) -> Self:
        """Forecast from a history of the same units that goes on; nothing is learnt from it."""
        require_history(history)
        self._seen = history
        return self

    def quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        """Quantiles (unit, horizon, quantile), counts per period; NaN for a unit that fell silent too long ago.

        Raises:
            Refusal: there is too little to learn from.
        """
        if self._horizon != horizon:
            self.learn(_lesson(self._taught, horizon, seed), seed)
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
        self._spoken = rows, np.log1p(counts[:, MEDIAN])
        units = self._seen["unit"].to_numpy()
        return xr.DataArray(
            counts.reshape(len(units), horizon, len(LEVELS)),
            dims=("unit", "horizon", "quantile"),
            coords={"unit": units, "horizon": np.arange(1, horizon + 1), "quantile": LEVELS},
        )

    def draw(self, horizon: int, n_draws: int, seed: int) -> xr.DataArray:
        """Predictive draws (unit, horizon, draw), counts per period, finite and ≥ 0.

        Raises:
            Refusal: there is too little to learn from, or a unit fell silent too long ago.
        """
        quantiles = self.quantiles(horizon, seed)
        if not np.isfinite(quantiles.to_numpy()).all():
            raise NotApplicable("a unit has no recent report")
        values = [
            at_ranks(
                q.to_numpy(), random_walk_ranks(horizon, n_draws, random_stream(seed, str(unit), self.name, "draw"))
            )
            for unit, q in zip(quantiles["unit"].to_numpy(), quantiles, strict=True)
        ]
        coords = {"unit": quantiles["unit"], "horizon": quantiles["horizon"]}
        return xr.DataArray(np.stack(values), dims=("unit", "horizon", "draw"), coords=coords)


def _lesson(history: xr.Dataset, horizon: int, seed: int) -> Samples:
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
