"""What all rooms of the science agree on: quantile levels, the last weeks, histories, and what a model is."""

from typing import Protocol, Self, runtime_checkable

import numpy as np
import xarray as xr

# The 23 levels of the hubs (design §4.3).
QUANTILE_LEVELS: tuple[float, ...] = (
    *(0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45),
    *(0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99),
)
SEASON_PERIODS = {"W": 365.25 / 7, "M": 12.0}
NEAR_PERIODS = {"W": 26, "M": 6}  # half a year; horizons beyond it are far: fewer past forecasts have come true
MAX_GAP = {"W": 26, "M": 6}  # unknown periods before the cutoff; after more a model refuses
LAST_PERIODS = 4  # "the last weeks" that a change, a trend and a surge are counted from
ALL_HORIZONS = 0  # the horizon of rows that hold all of them together
BANDS = ("low", "moderate", "high", "very_high")
DRAW_STEP = 0.01  # counts; joint draws are whole steps, which makes their file three times as small


class ContractError(ValueError):
    """Data at a seam between rooms is not what the contract says."""


class NotApplicable(ValueError):  # noqa: N818 (it is an answer, not a fault of ours)
    """A model cannot forecast this series; the message says why."""


@runtime_checkable
class Forecaster(Protocol):
    """One protocol for one series, many at once, and spatial models. What a model is, it states in its own file."""

    name: str  # published id
    title: str  # what readers call it
    prior_weight: float = 1.0  # in the combination, before any skill is known
    far_share: float = 1.0  # of the prior weight that is left beyond half a year
    learns: bool = False  # it estimates much from the past, so that it counts for less where little is known
    on_trial: bool = False  # it must earn its part in the combination, level by level
    levels: tuple[str, ...] = ()  # that it forecasts; none named: all
    needs_data: bool = True  # only units with enough non-zero periods
    main_only: bool = True  # only main indicators, for it is dear
    forecast_every: int = 1  # cutoffs of a backtest from one of its forecasts to the next
    joint: bool = False  # it sees all units at once (`PanelForecaster`)

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), float64, NaN = unknown; `attrs["freq"]` is "W" or "M"."""
        ...

    def quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        """Quantiles (unit, horizon, quantile), counts per period, ≥ 0, non-decreasing; horizon coordinate 1 … horizon.

        Raises:
            NotApplicable: the model can't forecast one of the units.
        """
        ...

    def attribution(self) -> np.ndarray:
        """What moves the medians that `quantiles` gave last (unit, horizon, driver); NaN where it can't be told.

        The drivers add up to log1p of the median less log1p of the mean of the last four periods.
        """
        ...


class PanelForecaster(Forecaster, Protocol):
    """A model that sees all units at once."""

    joint: bool = True
    refit_every: int = 1  # cutoffs of a backtest that one fit serves
    fits_by_level: bool = False  # a fit for the units of each level, or one for all units

    def update(self, history: xr.Dataset) -> Self:
        """Forecast from a history that goes on; a model that has not learnt to do so learns anew."""
        return self.fit(history)

    @staticmethod
    def refusals(history: xr.Dataset) -> dict[str, str]:  # noqa: ARG004 (a model may override it)
        """Units that it can't take, and why."""
        return {}


def whole_counts(draws: np.ndarray) -> np.ndarray:
    """Counts as they are compared with a capacity or a limit: whole, halves up.

    Draws come back from a log scale: 100 of 100 places may stand there as 100.00000000000003 and exceed nothing.

    Example:
        >>> whole_counts(np.array([100.00000000000003, 299.9999999999999, 0.5, 0.4])).tolist()
        [100.0, 300.0, 1.0, 0.0]
    """
    return np.asarray(np.floor(draws + 0.5))


def whole_percent(probability: float | np.ndarray) -> np.ndarray:
    """A probability in the whole per cents that readers see, halves up; what is decided by a chance is decided on it.

    Example:
        >>> whole_percent(np.array([0.394, 0.399, 0.005])).tolist()
        [39.0, 40.0, 1.0]
    """
    return np.asarray(np.floor(100.0 * np.asarray(probability, dtype=float) + 0.5 + 1e-9))


def reaches(probability: float | np.ndarray, limit: float | np.ndarray) -> np.ndarray:
    """Whether a probability, as readers see it, is at least a limit; an unknown one is not.

    Example:
        >>> reaches(np.array([0.399, 0.394, np.nan]), 0.4).tolist()
        [True, False, False]
    """
    return np.asarray(whole_percent(probability) >= 100.0 * np.asarray(limit) - 1e-9)


def last_mean(counts: np.ndarray) -> np.ndarray:
    """Mean of the known ones among the last four periods, shape (…, time) → (…); NaN where none is known.

    Example:
        >>> last_mean(np.array([[90.0, 9, np.nan, 5, np.nan], [9, *[np.nan] * 4]])).tolist()
        [7.0, nan]
    """
    last = counts[..., -LAST_PERIODS:]
    known = np.isfinite(last)
    number = known.sum(axis=-1)
    return np.where(number > 0, np.where(known, last, 0.0).sum(axis=-1) / np.maximum(number, 1), np.nan)


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
