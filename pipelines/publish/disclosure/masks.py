"""What of an edition's files a profile sees: variables and columns are named here with the flags that let them out.

The flags are those of `ProfileView.flags`. What is not named stays behind: a new table or column is inside until
somebody writes down what it is made of.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.disclosure import COARSE
from geo.region.region import Freq
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.profile_view import ProfileView
from pipelines.store.periods import target_starts

PUBLISHED_MODELS = ("routecast", "baseline")
CODES = ("pressure_band", "threat")  # −1: none
DIGITS = 4  # significant ones of what is computed; counts that were observed are whole as they are
COMPUTED = ("scores", "backtest", "forecasts")  # tables all of whose numbers are, but for the counts observed


def _let_out(names: str, *flags: str) -> dict[str, tuple[str, ...]]:
    """Columns that all these flags let out; without a flag they go out as they are."""
    return dict.fromkeys(names.split(), flags)


VARIABLES: Mapping[str, tuple[str, ...]] = {
    **_let_out("capacity vulnerability impact no_better regime_break coverage"),
    **_let_out("value mean exceedance_probability expected_excess skill pressure_band threat", "shown"),
    **_let_out("reason reason_counts surge_probability", "shown", "recent"),
    **_let_out("reference", "recent"),
    **_let_out("baseline", "shown", "weekly"),
}
_PLACE = _let_out("indicator unit level name segment route border from_country to_country state geometry")
_TARGET = _let_out("model location origin_date horizon target_start target_end vintages indicator")
TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "risk": {
        **_PLACE,
        **_let_out("horizon target_start target_end"),
        **_let_out("q025 q10 q25 q50 q75 q90 q975 mean exceedance_probability expected_excess", "shown"),
        **_let_out("baseline_q50", "shown", "weekly"),
        **_let_out("surge_probability trend_percent", "shown", "recent"),
        **_let_out("last_mean", "recent"),
        **_let_out("chance_moderate chance_high chance_very_high", "shown"),
        **_let_out("limit_moderate limit_high limit_very_high", "shown"),
        **_let_out("skill pressure_band band_basis threat_band band_rule previous_band", "shown"),
        **_let_out("capacity vulnerability impact no_better regime_break reported_share"),
    },
    "points": {
        **_PLACE,
        **_let_out("peak_chance peak_excess total_excess peak_q50 expected_periods_above", "shown"),
        **_let_out("peak_surge", "shown", "recent"),
        **_let_out("capacity lead_periods likely_from likely_run peak_horizon"),
        **_let_out("capacity_owner capacity_as_of alternatives rank"),
    },
    "protection": {
        **_PLACE,
        **_let_out("need_q10 need_q50 need_q90 shortfall shortfall_q90 exceedance_probability", "shown"),
        **_let_out("occupied_last", "exact", "weekly"),  # an observed figure, of `occupied_period`
        **_let_out("horizon target_start capacity capacity_owner capacity_as_of occupied_period"),
    },
    "prosecution": {
        **_PLACE,
        **_let_out("q10 q50 q90 mean", "shown"),
        **_let_out("horizon known_periods lag_periods lag_correlation lag_p_value lag_band lag_pairs lag_q_value"),
    },
    "deaths": {
        **_let_out("unit level name segment from_country to_country"),
        **_let_out("last_4", "recent"),
        **_let_out("last_year spread_year", "year"),
        **_let_out("all_time", "past"),
        **_let_out("known_4 known_year first_period newest_period"),
    },
    "clusters": {
        **_PLACE,
        **_let_out("expected", "shown"),
        **_let_out("gi_z gi_p gi_q moran moran_p moran_q moran_kind hot"),
    },
    "assessments": _let_out("unit part kind level value owner as_of stated_for decides"),
    "alerts": _let_out(
        "rule indicator unit measure horizon target_start probability q50 limit min_count state raised_on "
        "raised_probability owner as_of"
    ),
    "allocation": _let_out(
        "indicator unit name horizon budget owner as_of capacity places shortfall_before shortfall_after next_value"
    ),
    "surge_scores": _let_out(
        "model level horizon n surges brier brier_climatology brier_baseline skill skill_to_baseline indicator"
    ),
    "surge_reliability": _let_out(
        "model level horizon bin_low bin_high n mean_probability observed_share indicator "
        "cutoffs observed_low observed_high"
    ),
    "scores": {**_TARGET, **_let_out("wis_log1p wis ae covered_50 covered_95")},
    "backtest": {**_TARGET, **_let_out("q025 q25 q50 q75 q975 observed")},
    "forecasts": _let_out(
        "origin_date target nationality horizon location target_end_date output_type output_type_id value model_id"
    ),
}


def masked_forecast(view: ProfileView) -> xr.Dataset:
    """The forecast data set as a profile sees it, of all nationalities together.

    What is withheld is NaN; `withheld` (indicator, unit, time) tells it from what is unknown.
    """
    source = view.forecast.sel(nationality=[TOTAL])
    kept = {}
    for name in (name for name in VARIABLES if name in source):
        kept[name] = source[name].copy(data=_significant(source[name].to_numpy())) if VARIABLES[name] else source[name]
        for flag in VARIABLES[name]:
            kept[name] = kept[name].where(view.flags[flag], -1 if name in CODES else np.nan)
    chosen = xr.Dataset({n: a.transpose(*source[n].dims) for n, a in (kept | _histories(source, view)).items()})
    withheld = xr.DataArray(view.withheld, dims=("indicator", "unit", "time"))
    chosen = chosen.assign(withheld=withheld).assign_coords({n: c for n, c in source.coords.items() if n not in chosen})
    # how the source was stored is no part of it: another dtype may stand behind the same values now
    return chosen.sel(unit=view.units).assign_attrs(source.attrs).drop_encoding()


def _significant(values: np.ndarray) -> np.ndarray:
    """Numbers to `DIGITS` digits; texts and codes as they are."""
    if values.dtype.kind != "f":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        step = 10.0 ** (np.floor(np.log10(np.abs(values))) - DIGITS + 1)
        return np.where(values == 0, values, np.round(values / step) * step).astype(values.dtype)


def _histories(source: xr.Dataset, view: ProfileView) -> dict[str, xr.DataArray]:
    """Figures as reported and as completed; where a completion can't be shown, the figure stands as reported."""
    shown = view.flags["exact"].copy(data=view.history).expand_dims(nationality=[TOTAL])
    if "nowcast" not in source:
        return {"history": shown}
    completed = view.flags["exact"] & view.flags["weekly"]
    nowcast, spread = source["nowcast"].where(completed, shown), source["nowcast_sd"].where(completed)
    return {"history": shown, "nowcast": nowcast, "nowcast_sd": spread}


def masked_tables(tables: Mapping[str, pd.DataFrame], view: ProfileView) -> dict[str, pd.DataFrame]:
    """The tables as a profile sees them, by file stem. Withheld figures are NaN, rows of other levels are left out."""
    named = {name: tables[name] for name in TABLES if name in tables}
    return {name: _masked(name, table, view) if len(table) else table for name, table in named.items()}


def _masked(name: str, table: pd.DataFrame, view: ProfileView) -> pd.DataFrame:
    """The rows of the profile's levels, each column blank where a flag that it needs does not stand."""
    table = table[np.asarray(ROWS.get(name, _of_units)(table, view))].reset_index(drop=True)
    rows = table.assign(indicator="deaths_missing") if name == "deaths" else table
    if name == "protection":
        rows = rows.assign(time=pd.DatetimeIndex(rows["occupied_period"]))
    for column, flags in TABLES[name].items():
        if column in table and ("shown" in flags or (name in COMPUTED and column != "observed")):
            table[column] = _significant(table[column].to_numpy())
        if flags and column in table:
            table[column] = table[column].where(view.allows(flags, rows))
    return table[[column for column in table if column in TABLES[name]]]


def _of_units(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    return table["unit"].isin(set(view.units)).to_numpy()


def _with_forecast(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    return _of_units(table, view) & view.allows(("shown",), table)


def _of_levels(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    return table["level"].isin(view.rule.levels).to_numpy()


def _of_segments(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    """All rows or none: assessments say something of levels finer than borders."""
    return np.full(len(table), bool(set(view.rule.levels) - set(COARSE)))


def _inside(table: pd.DataFrame, _: ProfileView) -> np.ndarray:
    """No row: rules and budgets are the institution's own."""
    return np.zeros(len(table), dtype=bool)


def _scored(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    """Past forecasts of figures that are seen: what they are scored by is what came."""
    freq: Freq = view.forecast.attrs["freq"]
    most = int(table["horizon"].max())
    starts = {d: target_starts(pd.Timestamp(d), most, freq) for d in table["origin_date"].unique()}
    targets = [starts[d][h - 1] for d, h in zip(table["origin_date"], table["horizon"], strict=True)]
    rows = pd.DataFrame({"indicator": table["indicator"], "unit": _unit(table["location"])})
    return view.allows(("exact",), rows.assign(time=pd.DatetimeIndex(targets)))


def _scores(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    return table["model"].isin(PUBLISHED_MODELS).to_numpy() & _scored(table, view)


def _backtest(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    return _scored(table, view) & (view.rule.mean_of_periods == 1)


def _exchanged(table: pd.DataFrame, view: ProfileView) -> np.ndarray:
    """What is published and the baseline, in the total of nationalities."""
    rows = pd.DataFrame(
        {"indicator": table["target"], "unit": _unit(table["location"]), "horizon": table["horizon"].astype("int64")}
    )
    baseline = table["model_id"].eq("baseline").to_numpy()
    allowed = np.where(baseline, view.allows(VARIABLES["baseline"], rows), view.allows(VARIABLES["value"], rows))
    published = table["model_id"].isin(PUBLISHED_MODELS) & table["nationality"].eq(TOTAL)
    return allowed & published.to_numpy()


def _unit(location: pd.Series) -> pd.Series:
    """Units of locations: a segment's id stands without its prefix."""
    plain = location.isin(["total", "headline"]) | location.str.contains(":")
    return location.where(plain, "segment:" + location)


ROWS: Mapping[str, Callable[[pd.DataFrame, ProfileView], np.ndarray]] = {
    "points": _with_forecast,
    "clusters": _with_forecast,
    "assessments": _of_segments,
    "alerts": _inside,
    "allocation": _inside,
    "surge_scores": _of_levels,
    "surge_reliability": _of_levels,
    "scores": _scores,
    "backtest": _backtest,
    "forecasts": _exchanged,
}
