"""`protection.parquet` and `deaths.parquet`: places against need, deaths and missing by segment and sea area."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.region import PERIODS_A_YEAR, Region
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.histories.unit_history import spread_share
from pipelines.store.periods import target_starts

DEATHS = "deaths_missing"
BED_INDICATORS = ("reception", "referral")  # how indicators of places begin
LEVELS = ("total", "segment")


def protection_table(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> pd.DataFrame:
    """Reception and referral places: one row per (indicator, unit, horizon) of segments and the whole region.

    Columns: `need_q10, need_q50, need_q90` (places expected to be occupied), `capacity`, `capacity_owner`,
    `capacity_as_of`, `shortfall` (expected places lacking), `shortfall_q90`, `exceedance_probability`; `occupied_last`
    with `occupied_period`, the newest report.
    """
    found = [
        r for r in results if r.indicator.startswith(BED_INDICATORS) and region.indicators[r.indicator].kind == "stock"
    ]
    parts = [_places(r, units, region, origin_date) for r in found]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"indicator": pd.Series(dtype=str)})


def _places(result: IndicatorForecast, units: pd.DataFrame, region: Region, origin_date: pd.Timestamp) -> pd.DataFrame:
    table = _units_of(result, units)
    chosen = table["unit"].to_list()
    value = result.value.sel(unit=chosen)
    horizon = value.sizes["horizon"]
    need = {f"need_q{q * 100:.0f}": value.sel(quantile=q).to_numpy().ravel() for q in (0.1, 0.5, 0.9)}
    capacity = np.repeat(result.capacity.sel(unit=chosen).to_numpy(), horizon)
    stated = {c.segment: c for c in region.capacities if c.indicator == result.indicator}
    owners = [stated[s].owner if s in stated else "" for s in table["segment"]]
    dates = [stated[s].as_of.isoformat() if s in stated else "" for s in table["segment"]]
    last, period = _newest(result.history["reported"].sel(unit=chosen))
    return (
        table.loc[table.index.repeat(horizon)]
        .reset_index(drop=True)
        .assign(
            indicator=result.indicator,
            horizon=np.tile(value["horizon"].to_numpy(), len(chosen)),
            target_start=np.tile(target_starts(origin_date, horizon, region.freq), len(chosen)),
            **need,
            capacity=capacity,
            capacity_owner=np.repeat(owners, horizon),
            capacity_as_of=np.repeat(dates, horizon),
            shortfall=result.threat["expected_excess"].sel(unit=chosen).to_numpy().ravel(),
            shortfall_q90=np.maximum(need["need_q90"] - capacity, 0.0),
            exceedance_probability=result.exceedance_probability.sel(unit=chosen).to_numpy().ravel(),
            occupied_last=np.repeat(last, horizon),
            occupied_period=np.repeat(period, horizon),
        )
    )


def deaths_table(results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Deaths and missing: one row per segment or sea area with figures, and the whole region.

    Columns: `last_4`, `last_year` (sums of the known periods of the last four and of the last year; NaN where none was
    known), `known_4`, `known_year` (how many were known), `spread_year` (share of the year's figure that was given for
    a coarser place, or for several routes together, and spread by shares), `newest_period`, `all_time`,
    `first_period`; reported counts, never estimates.
    """
    result = next((r for r in results if r.indicator == DEATHS), None)
    if result is None:
        return pd.DataFrame({"unit": pd.Series(dtype=str)})
    table = _units_of(result, units)
    counts = result.history["reported"].sel(unit=table["unit"].to_list()).transpose("unit", "time")
    values, year = counts.to_numpy(), PERIODS_A_YEAR[region.freq]
    _, newest = _newest(counts)
    times = pd.DatetimeIndex(counts["time"].to_numpy())
    first = [times[np.isfinite(row)][0] if np.isfinite(row).any() else pd.NaT for row in values]
    return table.assign(
        last_4=_known_sum(values[:, -4:]),
        known_4=np.isfinite(values[:, -4:]).sum(axis=1),
        last_year=_known_sum(values[:, -year:]),
        spread_year=spread_share(result.history, table["unit"].to_list(), year),
        known_year=np.isfinite(values[:, -year:]).sum(axis=1),
        all_time=_known_sum(values),
        first_period=first,
        newest_period=newest,
    )


def _known_sum(values: np.ndarray) -> np.ndarray:
    """Sum of the known counts of each unit (unit,); NaN where none is known: no report is not a zero."""
    result: np.ndarray = np.where(np.isfinite(values).any(axis=1), np.nansum(values, axis=1), np.nan)
    return result


def _units_of(result: IndicatorForecast, units: pd.DataFrame) -> pd.DataFrame:
    known = set(result.value["unit"].to_numpy())
    rows = units[units["level"].isin(LEVELS) & units["unit"].isin(known)]
    return rows[["unit", "level", "name", "segment", "from_country", "to_country"]].reset_index(drop=True)


def _newest(counts: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """The newest known figure of each unit and its period; NaN and NaT where none is."""
    values = counts.transpose("unit", "time").to_numpy()
    times = counts["time"].to_numpy()
    known = np.isfinite(values)
    at = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    has = known.any(axis=1)
    last = np.where(has, values[np.arange(len(at)), at], np.nan)
    return last, np.where(has, times[at], np.datetime64("NaT"))
