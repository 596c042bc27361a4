"""Tables of protection (places against need, deaths and missing) and of prosecution (cases, victims, reports).

Cases of smuggling and of false documents, identified victims and reports are never derived from crossings: an indicator
without figures has a row that says so, and nothing else.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.risk.exceedance import above
from forecasting.risk.lead_lag import LEVEL, lead_lag
from geo.region.region import PERIODS_A_YEAR, Region
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.unit_histories import shared_out_share
from pipelines.store.periods import target_starts

BED_INDICATORS = ("reception", "referral")  # how indicators of places begin
DEATHS = "deaths_missing"
CASES = ("smuggling_cases", "false_documents", "thb_victims_identified", "iff_reports")
CROSSINGS = "irregular_crossings"
MAX_LAG = {"W": 8, "M": 4}
MIN_COUNTS = 100  # cases in all: with fewer no lead could show, and the test is the table's dearest part


def counts_beds(indicator: str, region: Region) -> bool:
    """Whether an indicator is a stock of occupied beds."""
    return indicator.startswith(BED_INDICATORS) and getattr(region.indicators.get(indicator), "kind", "") == "stock"


def protection_table(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> pd.DataFrame:
    """Reception and referral places: one row per (indicator, unit, horizon) of segments and the whole region.

    Columns: `need_q10, need_q50, need_q90` (places expected to be occupied), `capacity`, `capacity_owner`,
    `capacity_as_of`, `shortfall` (expected places lacking), `shortfall_q90`, `exceedance_probability`; `occupied_last`
    with `occupied_period`, the newest report.
    """
    found = [r for r in results if counts_beds(r.indicator, region)]
    parts = [_places(r, units, region, origin_date) for r in found]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"indicator": pd.Series(dtype=str)})


def _places(result: IndicatorForecast, units: pd.DataFrame, region: Region, origin_date: pd.Timestamp) -> pd.DataFrame:
    table = _units_of(result, units)
    chosen = table["unit"].to_list()
    value = result.value.sel(unit=chosen)
    horizon = value.sizes["horizon"]
    stated = {c.segment: c for c in region.capacities if c.indicator == result.indicator}
    last, period = _newest(result.history["reported"].sel(unit=chosen))
    of_unit: dict[str, Any] = {
        "capacity": result.capacity.sel(unit=chosen).to_numpy(),
        "capacity_owner": [stated[s].owner if s in stated else "" for s in table["segment"]],
        "capacity_as_of": [stated[s].as_of.isoformat() if s in stated else "" for s in table["segment"]],
    }
    need = {f"need_q{q * 100:.0f}": value.sel(quantile=q).to_numpy().ravel() for q in (0.1, 0.5, 0.9)}
    capacity = {name: np.repeat(values, horizon) for name, values in of_unit.items()}
    rows = table.loc[table.index.repeat(horizon)].reset_index(drop=True)
    return rows.assign(
        indicator=result.indicator,
        horizon=np.tile(value["horizon"].to_numpy(), len(chosen)),
        target_start=np.tile(target_starts(origin_date, horizon, region.freq), len(chosen)),
        **need,
        **capacity,
        shortfall=result.threat["expected_excess"].sel(unit=chosen).to_numpy().ravel(),
        shortfall_q90=above(need["need_q90"], capacity["capacity"]),
        exceedance_probability=result.exceedance_probability.sel(unit=chosen).to_numpy().ravel(),
        occupied_last=np.repeat(last, horizon),
        occupied_period=np.repeat(period, horizon),
    )


def deaths_table(results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Deaths and missing: one row per segment or sea area with figures, and the whole region.

    Columns: `last_4`, `last_year` (sums of the known periods of the last four and of the last year; NaN where none was
    known), `known_4`, `known_year` (how many were known), `spread_year` (share of the year's figure that was given for
    a coarser place, or for several routes together, and shared out), `newest_period`, `all_time`, `first_period`;
    reported counts, never estimates.
    """
    result = next((r for r in results if r.indicator == DEATHS), None)
    if result is None:
        return pd.DataFrame({"unit": pd.Series(dtype=str)})
    table = _units_of(result, units)
    counts = result.history["reported"].sel(unit=table["unit"].to_list()).transpose("unit", "time")
    values, year = counts.to_numpy(), PERIODS_A_YEAR[region.freq]
    known, times = np.isfinite(values), pd.DatetimeIndex(counts["time"].to_numpy())
    return table.assign(
        last_4=_known_sum(values[:, -4:]),
        known_4=known[:, -4:].sum(axis=1),
        last_year=_known_sum(values[:, -year:]),
        spread_year=shared_out_share(result.history, table["unit"].to_list(), year),
        known_year=known[:, -year:].sum(axis=1),
        all_time=_known_sum(values),
        first_period=[times[row][0] if row.any() else pd.NaT for row in known],
        newest_period=_newest(counts)[1],
    )


def _known_sum(values: np.ndarray) -> np.ndarray:
    """Sum of the known counts of each unit (unit,); NaN where none is known: no report is not a zero."""
    result: np.ndarray = np.where(np.isfinite(values).any(axis=1), np.nansum(values, axis=1), np.nan)
    return result


def _units_of(result: IndicatorForecast, units: pd.DataFrame) -> pd.DataFrame:
    """The whole region and the segments that have a forecast."""
    known = set(result.value["unit"].to_numpy())
    rows = units[units["level"].isin(("total", "segment")) & units["unit"].isin(known)]
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


def prosecution_table(results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """One row per (indicator, unit, horizon) of the whole region and its borders; `state` is `data` or `no data`.

    Columns: `q10, q50, q90` and `mean`, the forecast per period; `known_periods`; of the whole history and so the same
    for each horizon: `lag_periods` (positive: it follows crossings, negative: it leads; NaN: no lead to tell),
    `lag_correlation`, `lag_p_value`, `lag_q_value` (corrected for the borders tested), `lag_band`, `lag_pairs`.
    """
    by_id = {r.indicator: r for r in results}
    parts = [_cases(i, by_id, units, region) for i in CASES if i in region.indicators]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"indicator": pd.Series(dtype=str)})


def _cases(indicator: str, by_id: dict[str, IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    result = by_id.get(indicator)
    known = set() if result is None else {str(u) for u in result.value["unit"].to_numpy()}
    chosen = units[units["level"].isin(("total", "border"))]
    frames = []
    for unit, level, name in zip(chosen["unit"], chosen["level"], chosen["name"], strict=True):
        who = {"indicator": indicator, "unit": unit, "level": level, "name": name}
        if result is None or unit not in known:
            frames.append(pd.DataFrame([{**who, "state": "no data"}]))
        else:
            frames.append(_rows(result, by_id.get(CROSSINGS), unit, region).assign(**who, state="data"))
    table = corrected_lags(pd.concat(frames, ignore_index=True))
    return table.astype({"horizon": "Int64"}) if "horizon" in table else table  # whole numbers beside rows without


def corrected_lags(table: pd.DataFrame) -> pd.DataFrame:
    """Leads and lags of the borders are told only where they stand among all borders that were tested at once.

    `lag_q_value`: of borders by Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289–300; of the whole region, which
    is one test, the p-value itself. With few shifted copies no p-value can be small enough for many borders: then
    none is told.
    """
    if "lag_p_value" not in table:
        return table
    tested = table.dropna(subset=["lag_p_value"]).drop_duplicates("unit").set_index("unit")
    q_value = tested["lag_p_value"].copy()
    borders = tested["level"].eq("border")
    if borders.any():
        from scipy.stats import false_discovery_control  # noqa: PLC0415 - slow to import

        q_value[borders] = false_discovery_control(tested.loc[borders, "lag_p_value"])
    adjusted = table["unit"].map(q_value)
    return table.assign(lag_q_value=adjusted, lag_periods=table["lag_periods"].where(adjusted.le(LEVEL)))


def _rows(result: IndicatorForecast, crossings: IndicatorForecast | None, unit: str, region: Region) -> pd.DataFrame:
    one = result.value.sel(unit=unit)
    counts = result.history["reported"].sel(unit=unit).to_numpy()
    return pd.DataFrame(
        {
            "horizon": one["horizon"].to_numpy(),
            **{name: one.sel(quantile=q).to_numpy() for name, q in (("q10", 0.1), ("q50", 0.5), ("q90", 0.9))},
            "mean": result.mean.sel(unit=unit).to_numpy(),
            "known_periods": int(np.isfinite(counts).sum()),
            **_lead(counts, crossings, unit, region),
        }
    )


def _lead(counts: np.ndarray, crossings: IndicatorForecast | None, unit: str, region: Region) -> dict[str, float]:
    names = ("lag_periods", "lag_correlation", "lag_p_value", "lag_band")
    if crossings is None or unit not in crossings.history["unit"].to_numpy() or np.nansum(counts) < MIN_COUNTS:
        return {**dict.fromkeys(names, np.nan), "lag_pairs": 0}
    other = crossings.history["reported"].sel(unit=unit).to_numpy()
    found = lead_lag(counts, other, max_lag=MAX_LAG[region.freq])
    lag = np.nan if found.lag is None else float(found.lag)
    values = (lag, found.correlation, found.p_value, found.band)
    return {**dict(zip(names, values, strict=True)), "lag_pairs": found.n_pairs}
