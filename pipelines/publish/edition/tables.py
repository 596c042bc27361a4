"""An edition's data sets and tables from the run's results (design §4.3–4.5)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import BANDS, DRAW_STEP, QUANTILE_LEVELS, last_mean
from geo.region.region import Region
from geo.region.units import cell_units, location_of
from pipelines.forecasts.result import IndicatorForecast
from pipelines.observations.schema import TOTAL
from pipelines.store.periods import period_ends, target_starts

REPORT_PERIODS = {"W": 52, "M": 24}
_RISK_LEVELS = {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
_TASK = ("origin_date", "target", "nationality", "horizon", "location", "target_end_date")
FORECASTS_COLUMNS = [*_TASK, "output_type", "output_type_id", "value", "model_id"]
_UNIT_COLUMNS = ("level", "name", "segment", "route", "border", "from_country", "to_country")


def forecast_dataset(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> xr.Dataset:
    """`forecast.zarr`: all indicators on all units, NaN where a unit has no history of an indicator.

    Nationalities that the pack asks for lie along `nationality` beside the total, in the variables that have it; how
    good their forecasts are is in `nationality_skill` and `nationality_no_better`.
    """
    horizon = results[0].value.sizes["horizon"]
    starts = target_starts(origin_date, horizon, region.freq)
    merged = _with_other_nationalities(_of_nationality(results, TOTAL, units), results, units)
    described = {column: ("unit", units[column].astype(str).to_numpy(dtype=str)) for column in _UNIT_COLUMNS}
    merged = merged.assign_coords(described).assign_coords(
        target_start=("horizon", starts),
        target_end=("horizon", period_ends(starts, region.freq)),
    )
    merged = merged.assign_coords(
        {d: merged[d].astype(str) for d in ("indicator", "nationality", "unit", "part") if d in merged}
    )
    merged["pressure_band"].attrs["flag_meanings"] = " ".join(BANDS)
    return merged.assign_attrs(region=region.id, freq=region.freq, origin_date=f"{origin_date:%Y-%m-%d}")


def _of_nationality(results: Sequence[IndicatorForecast], nationality: str, units: pd.DataFrame) -> xr.Dataset:
    own = [r for r in results if r.nationality == nationality]
    parts = [_indicator_dataset(r, units["unit"].tolist()) for r in own]
    return xr.concat(parts, dim=pd.Index([r.indicator for r in own], name="indicator"), join="outer")


def _with_other_nationalities(
    totals: xr.Dataset, results: Sequence[IndicatorForecast], units: pd.DataFrame
) -> xr.Dataset:
    """The forecasts of the totals with those of single nationalities beside them; unchanged where there are none."""
    nationalities = list(dict.fromkeys(r.nationality for r in results if r.nationality != TOTAL))
    if not nationalities:
        return totals
    every = [totals, *(_of_nationality(results, o, units) for o in nationalities)]
    shared = [str(name) for name, variable in totals.items() if "nationality" in variable.dims]
    beside = xr.concat([one[shared] for one in every], dim="nationality", join="outer")
    earned = {}
    for name, fill in (("skill", np.nan), ("no_better", True)):
        each = [one[name].expand_dims(nationality=one["nationality"]) for one in every]
        joined = xr.concat(each, dim="nationality", join="outer", fill_value=fill)
        earned[f"nationality_{name}"] = joined.transpose("indicator", "nationality", ...)
    return xr.merge([totals.drop_vars(["nationality", *shared]), beside.assign(earned)], join="outer")


def _indicator_dataset(result: IndicatorForecast, units: list[str]) -> xr.Dataset:
    by_nationality = {
        "value": result.value,
        "baseline": result.baseline,
        "mean": result.mean,
        "exceedance_probability": result.exceedance_probability,
        "surge_probability": result.surge_probability,
        "expected_excess": result.threat["expected_excess"],
        "history": result.history["reported"],
        "nowcast": result.history["count"],
        "nowcast_sd": result.history["nowcast_sd"],
    }
    if result.reasons is not None:
        by_nationality |= {name: result.reasons[name] for name in ("reason", "reason_counts", "reference")}
    by_unit = {"unit": result.value["unit"], "horizon": result.value["horizon"]}
    data = xr.Dataset(
        {
            **{name: array.expand_dims(nationality=[result.nationality]) for name, array in by_nationality.items()},
            "capacity": result.capacity,
            "threat": result.threat["threat_band"],  # codes: 0 low … 3 very high, −1 none
            "vulnerability": result.threat["vulnerability"],
            "impact": result.threat["impact"],
            "pressure_band": xr.DataArray(result.band, dims=("unit", "horizon"), coords=by_unit),
            "skill": result.skill,
            "no_better": result.no_better,
            "regime_break": ("unit", result.regime_break),
            "coverage": result.history["known_share"],
        }
    ).reindex(unit=units)
    codes = ("pressure_band", "threat", "vulnerability", "impact")
    filled = {code: data[code].fillna(-1).astype(np.int8) for code in codes}
    filled |= {flag: data[flag].fillna(0).astype(bool) for flag in ("no_better", "regime_break")}
    return data.assign(filled)


def nationality_risk_tables(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> dict[str, pd.DataFrame]:
    """`risk_nationalities.parquet`: the risk table's rows of single nationalities, without shapes."""
    nationalities = list(dict.fromkeys(r.nationality for r in results if r.nationality != TOTAL))
    tables = []
    for nationality in nationalities:
        own = risk_table([r for r in results if r.nationality == nationality], units, region, origin_date=origin_date)
        tables.append(pd.DataFrame(own.drop(columns="geometry", errors="ignore")).assign(nationality=nationality))
    return {"risk_nationalities": pd.concat(tables, ignore_index=True)} if tables else {}


def risk_table(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> pd.DataFrame:
    """`risk.parquet`: one row per (indicator, unit, horizon); segments carry their geometry where there is one."""
    table = pd.concat([_risk_rows(r, region, origin_date) for r in results], ignore_index=True)
    table = units[["unit", *_UNIT_COLUMNS]].merge(table, on="unit", how="inner", sort=False)
    order = {r.indicator: i for i, r in enumerate(results)}
    position = {u: i for i, u in enumerate(units["unit"])}
    table = table.sort_values(
        ["indicator", "unit", "horizon"], key=lambda c: c.map(order if c.name == "indicator" else position).fillna(c)
    ).reset_index(drop=True)
    if not region.has_geometry:
        return table
    shapes = {s.id: s.geometry for s in region.segments}
    lines = [
        shapes.get(s) if level == "segment" else None for s, level in zip(table["segment"], table["level"], strict=True)
    ]
    return gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4326")


def _risk_rows(result: IndicatorForecast, region: Region, origin_date: pd.Timestamp) -> pd.DataFrame:
    value = result.value
    n_units, horizon = value.sizes["unit"], value.sizes["horizon"]
    starts = target_starts(origin_date, horizon, region.freq)
    last = last_mean(result.history["count"].transpose("unit", "time").to_numpy())
    median = value.sel(quantile=0.5).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        trend = np.where(last[:, None] > 0, 100.0 * (median / last[:, None] - 1.0), np.nan)
    columns: dict[str, object] = {
        "indicator": result.indicator,
        "unit": np.repeat(value["unit"].to_numpy(), horizon),
        "horizon": np.tile(np.arange(1, horizon + 1), n_units),
        "target_start": np.tile(starts, n_units),
        "target_end": np.tile(period_ends(starts, region.freq), n_units),
        **{name: value.sel(quantile=level).to_numpy().ravel() for name, level in _RISK_LEVELS.items()},
        "mean": result.mean.to_numpy().ravel(),
        "baseline_q50": result.baseline.sel(quantile=0.5).to_numpy().ravel(),
        "capacity": np.repeat(result.capacity.to_numpy(), horizon),
        "exceedance_probability": result.exceedance_probability.to_numpy().ravel(),
        "surge_probability": result.surge_probability.to_numpy().ravel(),
        "pressure_band": _band_names(result.band),
        "band_basis": result.basis.ravel(),
        **threat_columns(result),
        "previous_band": _band_names(result.previous_band),
        "last_mean": np.repeat(last, horizon),
        "trend_percent": trend.ravel(),
        "skill": result.skill.to_numpy().ravel(),
        "no_better": result.no_better.to_numpy().ravel(),
        "regime_break": np.repeat(result.regime_break, horizon),
        "reported_share": np.repeat(_reported_share(result.history, region), horizon),
    }
    return pd.DataFrame(columns)


def _band_names(codes: np.ndarray) -> np.ndarray:
    """Words of bands, flat; None for −1."""
    return np.array([*BANDS, None], dtype=object)[codes.ravel()]


def threat_columns(result: IndicatorForecast) -> dict[str, np.ndarray]:
    """Columns of the risk table, one value per (unit, horizon): the three parts, the rule and the chances behind it.

    `chance_moderate`, `chance_high`, `chance_very_high`: probability of exceeding what that band asks to be exceeded,
    the planned capacity or a percentile of the own past; `limit_…` is how probable it must be.
    """
    threat, horizon = result.threat, result.band.shape[1]
    columns = {
        "expected_excess": threat["expected_excess"].to_numpy().ravel(),
        "threat_band": _band_names(threat["threat_band"].to_numpy()),
        "vulnerability": np.repeat(_band_names(threat["vulnerability"].to_numpy()), horizon),
        "impact": np.repeat(_band_names(threat["impact"].to_numpy()), horizon),
        "band_rule": threat["band_rule"].to_numpy().ravel(),
    }
    for rung, name in enumerate(BANDS[1:]):
        columns[f"chance_{name}"] = threat["rung_probability"].to_numpy()[rung].ravel()
        columns[f"limit_{name}"] = np.repeat(threat["rung_limit"].to_numpy()[rung], horizon)
    return columns


def _reported_share(history: xr.Dataset, region: Region) -> np.ndarray:
    recent = history["count"].isel(time=slice(-REPORT_PERIODS[region.freq], None))
    return np.isfinite(recent.transpose("unit", "time").to_numpy()).mean(axis=1)


def forecasts_tables(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> Iterator[pd.DataFrame]:
    """`forecasts.parquet` piece by piece: hub-style long table of what is published, the baseline and each member."""
    level = dict(zip(units["unit"], units["level"], strict=True))
    for result in results:
        models = {"routecast": result.value, "baseline": result.baseline}
        members = [str(m) for m in result.members["member"].to_numpy() if m not in models]
        models |= {m: result.members.sel(member=m, drop=True) for m in members}
        for model, array in models.items():
            rows = quantile_rows(array, level, region=region, origin_date=origin_date)
            facts = {"target": result.indicator, "nationality": result.nationality, "model_id": model}
            yield rows.assign(**facts)[FORECASTS_COLUMNS]


def quantile_rows(
    array: xr.DataArray, level: dict[str, str], *, region: Region, origin_date: pd.Timestamp
) -> pd.DataFrame:
    """Long rows of one model's quantiles (unit, horizon, quantile); units without a forecast are left out."""
    chosen = [u for u in array["unit"].to_numpy() if not (level[u] == "cell" and len(region.routes) == 1)]
    values = array.sel(unit=chosen).transpose("unit", "horizon", "quantile")
    horizon = values.sizes["horizon"]
    ends = period_ends(target_starts(origin_date, horizon, region.freq), region.freq)
    index = pd.MultiIndex.from_product(
        [[location_of(u) for u in chosen], range(1, horizon + 1), [f"{q:g}" for q in QUANTILE_LEVELS]],
        names=["location", "horizon", "output_type_id"],
    )
    table = pd.DataFrame({"value": values.to_numpy().ravel()}, index=index).dropna().reset_index()
    table["target_end_date"] = pd.DatetimeIndex(ends[table["horizon"].to_numpy() - 1])
    return table.assign(origin_date=origin_date, nationality=TOTAL, output_type="quantile")


def draws_dataset(unit_draws: xr.DataArray, region: Region, *, indicator: str) -> xr.Dataset:
    """Draws of the cells out of those of all units, so that a scenario can move them (design §4.3, §4.5).

    Args:
        unit_draws: (unit, horizon, draw), counts per period; units without a forecast are NaN or absent.
        region: The pack the units are of.
        indicator: What is counted.

    Returns:
        `draws` (cell, horizon, draw), all of the region in its order, in steps of `DRAW_STEP`; NaN without a forecast.
    """
    values = unit_draws.reindex(unit=cell_units(region)).to_numpy()
    return xr.Dataset(
        {"draws": (("cell", "horizon", "draw"), np.rint(values / DRAW_STEP) * DRAW_STEP)},
        coords={"cell": [c.id for c in region.cells], "horizon": unit_draws["horizon"].to_numpy()},
        attrs={"indicator": indicator, "region": region.id, "pack_version": region.pack_version},
    )


def write_draws(draws: xr.Dataset, folder: Path) -> None:
    """Write `draws.zarr`: whole hundredths of a count in 32 bits, −1 where there is no forecast."""
    encoding = {"draws": {"dtype": "int32", "scale_factor": DRAW_STEP, "_FillValue": -1}}
    draws.to_zarr(folder / "draws.zarr", mode="w", consolidated=False, zarr_format=2, encoding=encoding)
