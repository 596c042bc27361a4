"""A run's results on a small region, without any model: draws and histories are given."""

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.risk.bands import pressure_bands
from forecasting.risk.exceedance import exceedance_probability, expected_excess, unit_capacity
from forecasting.risk.surge import surge_probability
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.forecasts.published_forecast import capacities_of
from pipelines.forecasts.result import IndicatorForecast

ORIGIN = pd.Timestamp("2026-11-02")


def spread_draws(levels: list[list[float]], *, n: int = 200, spread: float = 0.3) -> np.ndarray:
    """Log-normal draws (cell, horizon, draw) around levels (cell, horizon), evenly spread and the same for all."""
    z = np.sort(np.random.default_rng(0).normal(0, spread, n))
    return np.array(levels, dtype=float)[:, :, None] * np.exp(z)


def make_result(
    region: Region, cell_draws: np.ndarray, cell_history: np.ndarray, *, indicator: str = "irregular_crossings"
) -> IndicatorForecast:
    """The forecast of one indicator, summed to every unit of the region.

    Args:
        region: With its capacities.
        cell_draws: (cell, horizon, draw), in the region's order of cells.
        cell_history: (cell, time) up to `ORIGIN`, NaN unknown; a unit's sum needs every cell.
        indicator: Which.
    """
    table, summing = unit_table(region), summing_matrix(region)
    units, horizon = table["unit"].to_list(), cell_draws.shape[1]
    coords = {"unit": units, "horizon": np.arange(1, horizon + 1)}
    dense = summing.toarray()
    draws = xr.DataArray(np.einsum("uc,chd->uhd", dense, cell_draws), dims=("unit", "horizon", "draw"), coords=coords)
    times = pd.date_range(end=ORIGIN, periods=cell_history.shape[1], freq="7D")
    counts = np.where(dense @ np.isnan(cell_history) > 0, np.nan, dense @ np.nan_to_num(cell_history))
    history = xr.Dataset(
        {n: (("unit", "time"), counts * factor) for n, factor in (("count", 1), ("reported", 1), ("shared_out", 0))},
        coords={"unit": units, "time": times},
        attrs={"freq": region.freq, "indicator": indicator},
    )
    cells = capacities_of(region, indicator, np.ones(len(region.cells), dtype=bool))
    capacity = xr.DataArray(unit_capacity(cells, summing), dims="unit", coords={"unit": units})
    bands = pressure_bands(draws, history, capacity, rules=region.risk)
    threat = bands[["rung_probability", "rung_limit"]].assign(expected_excess=expected_excess(draws, capacity))
    quantiles = draws.quantile(list(QUANTILE_LEVELS), dim="draw").transpose("unit", "horizon", "quantile")
    shape = (len(units), horizon)
    return IndicatorForecast(
        indicator=indicator,
        history=history,
        value=quantiles,
        baseline=quantiles,
        mean=draws.mean("draw"),
        members=quantiles.expand_dims(member=["baseline"]),
        exceedance_probability=exceedance_probability(draws, capacity),
        surge_probability=surge_probability(draws, history),
        capacity=capacity,
        band=bands["pressure_band"].to_numpy(),
        basis=np.repeat(bands["band_basis"].to_numpy()[:, None], horizon, axis=1),
        previous_band=np.full(shape, -1, dtype=np.int8),
        threat=threat,
        draws=draws,
        skill=draws.isel(draw=0, drop=True) * 0 + 0.8,
        no_better=draws.isel(draw=0, drop=True) < -1,
        regime_break=np.zeros(len(units), dtype=bool),
        scores=pd.DataFrame(),
        backtest=pd.DataFrame(),
        surge_scores=pd.DataFrame(),
        surge_reliability=pd.DataFrame(),
    )
