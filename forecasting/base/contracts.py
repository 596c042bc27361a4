"""The contracts of the science: quantile levels, the forecaster protocol, what valid draws are."""

from typing import Protocol, Self, runtime_checkable

import numpy as np
import xarray as xr

# The 23 levels of the hubs (design §4.3).
QUANTILE_LEVELS: tuple[float, ...] = (
    0.01,
    0.025,
    0.05,
    0.1,
    0.15,
    0.2,
    0.25,
    0.3,
    0.35,
    0.4,
    0.45,
    0.5,
    0.55,
    0.6,
    0.65,
    0.7,
    0.75,
    0.8,
    0.85,
    0.9,
    0.95,
    0.975,
    0.99,
)
SEASON_PERIODS = {"W": 365.25 / 7, "M": 12.0}
BANDS = ("low", "moderate", "high", "very_high")


class ContractError(ValueError):
    """Data at a seam between rooms is not what the contract says."""


@runtime_checkable
class Forecaster(Protocol):
    """One protocol for one series, many at once, and spatial models."""

    name: str

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), float64, NaN = unknown; `attrs["freq"]` is "W" or "M"."""
        ...

    def draw(self, horizon: int, n_draws: int, seed: int) -> xr.DataArray:
        """Predictive draws (unit, horizon, draw), counts per period, finite and ≥ 0; horizon coordinate 1 … horizon."""
        ...


def require_valid_draws(draws: xr.DataArray, *, who: str) -> None:
    """Refuse draws that are not finite and non-negative: they would hide a risk or invent one.

    Raises:
        ContractError: dims differ from (unit, horizon, draw), or a draw is NaN, infinite or negative.
    """
    if draws.dims != ("unit", "horizon", "draw"):
        raise ContractError(f"{who}: draws must have dims (unit, horizon, draw), got {draws.dims}.")
    bad = ~np.isfinite(draws.values) | (draws.values < 0)
    if bad.any():
        units = draws["unit"].values[bad.any(axis=(1, 2))][:3]
        raise ContractError(f"{who}: draws must be finite and ≥ 0; {int(bad.sum())} are not, e.g. in {list(units)}.")
