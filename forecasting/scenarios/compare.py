"""Scenarios beside the baseline and beside each other, from common draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.quantile_functions import quantiles_of
from forecasting.combine.dependence import sum_draws
from forecasting.risk.bands import NO_BAND, hold_bands, pressure_bands, raise_bands
from forecasting.risk.exceedance import above
from geo.region.region import RiskRules

SHOWN = {"q025": 0.025, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q975": 0.975}


def unit_draws(cells: np.ndarray, summing: csr_array, units: Sequence[str]) -> xr.DataArray:
    """Draws of units (unit, horizon, draw) from those of the cells (cell, horizon, draw), NaN without a forecast."""
    horizons = np.arange(1, cells.shape[1] + 1)
    draws = xr.DataArray(cells, dims=("unit", "horizon", "draw"), coords={"horizon": horizons})
    return sum_draws(draws, summing, units)


def quantile_columns(draws: xr.DataArray, prefix: str = "") -> pd.DataFrame:
    """One row per unit and horizon: `unit, horizon` and quantiles `q025 … q975`, with a prefix."""
    quantiles = quantiles_of(draws.to_numpy(), list(SHOWN.values()))
    return pd.DataFrame(
        {
            "unit": np.repeat(draws["unit"].to_numpy(), draws.sizes["horizon"]),
            "horizon": np.tile(draws["horizon"].to_numpy(), draws.sizes["unit"]),
            **{prefix + name: quantiles[..., i].ravel() for i, name in enumerate(SHOWN)},
        }
    )


def difference_columns(scenario: xr.DataArray, other: xr.DataArray) -> pd.DataFrame:
    """One row per unit and horizon: scenario − other, draw by draw.

    Args:
        scenario: (unit, horizon, draw), counts per period.
        other: The same draws without the assumptions, or under others.

    Returns:
        `unit, horizon`, `difference_q025 … difference_q975`, `difference_mean`, and `probability_higher`,
        `probability_lower`: shares of draws in which the scenario is strictly above or below.
    """
    difference = scenario - other
    values = difference.to_numpy()
    table = quantile_columns(difference, "difference_")
    table["difference_mean"] = values.mean(axis=-1).ravel()
    unknown = np.isnan(values).any(axis=-1)
    for name, hits in (("probability_higher", values > 0), ("probability_lower", values < 0)):
        table[name] = np.where(unknown, np.nan, hits.mean(axis=-1)).ravel()
    return table


@dataclass(frozen=True)
class PublishedBands:
    """What an edition published of these units: scenarios' bands follow the same rules, and the baseline's are its own.

    Attributes:
        threat: Bands from the threat, held against flicker, int8 (unit, horizon); −1 withheld or none.
        stated: "vulnerability", "impact" → level of each unit, None where nobody stated one.
    """

    threat: np.ndarray
    stated: Mapping[str, Sequence[str | None]]


def risk_columns(
    draws: xr.DataArray, capacity: np.ndarray, *, history: xr.Dataset, rules: RiskRules, published: PublishedBands
) -> pd.DataFrame:
    """Band, probability of exceeding the planned capacity, and by how much, in the order of `difference_table`.

    Bands are withheld where the edition's are, held against flicker by the edition's (as its own are by those of the
    edition before), and raised by what was stated.

    Args:
        draws: (unit, horizon, draw).
        capacity: (unit, horizon), counts per period, NaN where no plan exists.
        history: `count` (unit, time) of these units.
        rules: The pack's.
        published: What the edition published of these units.

    Returns:
        `pressure_band` (0 … 3, −1 none), `exceedance_probability`, `excess_mean`, `excess_q90` (counts above capacity;
        NaN without one), all (unit × horizon).
    """
    bands = np.full(capacity.shape, -1, dtype=np.int8)
    changes = np.flatnonzero([True, *_differs(capacity)])
    for first, last in zip(changes, [*changes[1:], capacity.shape[1]], strict=True):
        planned = xr.DataArray(capacity[:, first], dims="unit", coords={"unit": draws["unit"].to_numpy()})
        part, own = draws.isel(horizon=slice(first, last)), published.threat[:, first:last]
        found = pressure_bands(part, history, planned, rules=rules)
        plain = np.where(own == NO_BAND, NO_BAND, found["pressure_band"].to_numpy())
        chances, limits = found["rung_probability"].to_numpy(), found["rung_limit"].to_numpy()
        held = hold_bands(plain, own, chances, limits=limits, margin=rules.hysteresis_margin)
        bands[:, first:last] = raise_bands(held, published.stated, rules)[0]
    excess = above(draws.to_numpy(), capacity[:, :, None])
    unknown = np.isnan(excess).any(axis=-1)
    return pd.DataFrame(
        {
            "pressure_band": bands.ravel(),
            "exceedance_probability": np.where(unknown, np.nan, (excess > 0).mean(axis=-1)).ravel(),
            "excess_mean": excess.mean(axis=-1).ravel(),
            "excess_q90": np.quantile(excess, 0.9, axis=-1).ravel(),
        }
    )


def _differs(capacity: np.ndarray) -> np.ndarray:
    """Whether any capacity differs from the period before (horizon − 1,)."""
    before, after = np.nan_to_num(capacity[:, :-1], nan=-1.0), np.nan_to_num(capacity[:, 1:], nan=-1.0)
    result: np.ndarray = (before != after).any(axis=0)
    return result
