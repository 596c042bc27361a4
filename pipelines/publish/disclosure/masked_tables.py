"""An edition's tables for a profile: every table is named here with what masks its columns; others stay behind."""

from collections.abc import Callable, Mapping

import pandas as pd

from pipelines.editions.edition import Edition
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.masked_forecast import holds_segments
from pipelines.publish.disclosure.profile_view import View

PUBLISHED_MODELS = ("routecast", "baseline")  # the others repeat older figures: last year's, the last weeks'
_QUANTILES = ("q025", "q10", "q25", "q50", "q75", "q90", "q975")
_RUNGS = ("moderate", "high", "very_high")
# column → the flag of `View.by_unit` or `View.by_horizon` that lets it out
RISK = {
    **dict.fromkeys((*_QUANTILES, "mean", "exceedance_probability", "expected_excess"), ("shown",)),
    "surge_probability": ("shown", "recent_exact"),
    "trend_percent": ("shown", "recent_exact"),
    "baseline_q50": ("last_exact", "weekly"),
    "last_mean": ("recent_exact",),
    **{f"{part}_{rung}": ("window_exact", "shown") for part in ("chance", "limit") for rung in _RUNGS},
}
POINTS = {
    **dict.fromkeys(
        ("peak_chance", "peak_excess", "total_excess", "peak_q50", "expected_periods_above"), ("all_shown",)
    ),
    "peak_surge": ("recent_exact", "all_shown"),
}
NEEDS = dict.fromkeys(
    ("need_q10", "need_q50", "need_q90", "shortfall", "shortfall_q90", "exceedance_probability"), ("shown",)
)
LOADS = dict.fromkeys(("q10", "q50", "q90", "mean"), ("shown",))
DEATHS = {
    "last_4": ("recent_exact",),
    "last_year": ("year_exact",),
    "spread_year": ("year_exact",),
    "all_time": ("past_exact",),
}


def masked_tables(edition: Edition, view: View) -> dict[str, pd.DataFrame]:
    """The tables as a profile sees them, by file stem. Withheld figures are NaN, rows of other levels are left out."""
    makers: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "points": lambda t: _masked(t, POINTS, view),
        "protection": lambda t: _occupied(_masked(t, NEEDS, view), view),
        "prosecution": lambda t: _masked(t, LOADS, view),
        "deaths": lambda t: _masked(t.assign(indicator="deaths_missing"), DEATHS, view).drop(columns="indicator"),
        "clusters": lambda t: _masked(t, {"expected": ("all_shown",)}, view),
        "assessments": lambda t: t if holds_segments(view) else t.iloc[0:0],
        "alerts": lambda t: t.iloc[0:0],  # rules and budgets are the institution's own
        "allocation": lambda t: t.iloc[0:0],
        "surge_scores": lambda t: t[t["level"].isin(view.rule.levels)],
        "surge_reliability": lambda t: t[t["level"].isin(view.rule.levels)],
        "scores": lambda t: _scored(t[t["model"].isin(PUBLISHED_MODELS)], view),
        "backtest": lambda t: _scored(t if view.rule.mean_of_periods == 1 else t.iloc[0:0], view),
        "forecasts": lambda t: _long(t, view),
    }
    found = {"risk": _masked(edition.risk, RISK, view)}
    for name, make in makers.items():
        if (edition.folder / f"{name}.parquet").is_file():
            table = pd.read_parquet(edition.folder / f"{name}.parquet")
            found[name] = make(table).reset_index(drop=True) if len(table) else table
    return found


def _masked(table: pd.DataFrame, columns: Mapping[str, tuple[str, ...]], view: View) -> pd.DataFrame:
    """The rows of the profile's levels, each column blank where a flag that it needs does not stand."""
    flags = view.by_unit().assign(weekly=view.rule.mean_of_periods == 1)
    table = table[table["unit"].isin(set(view.units))].reset_index(drop=True)
    seen = table[["indicator", "unit"]].merge(flags, on=["indicator", "unit"], how="left", sort=False)
    if "horizon" in table:
        keys = ["indicator", "unit", "horizon"]
        wanted = table[keys].assign(horizon=table["horizon"].astype("int64"))
        seen["shown"] = wanted.merge(view.by_horizon(), on=keys, how="left", sort=False)["shown"]
    for column, needed in columns.items():
        if column in table:
            allowed = seen[list(needed)].eq(True).all(axis=1)
            table[column] = table[column].where(allowed.to_numpy())
    return table


def _occupied(table: pd.DataFrame, view: View) -> pd.DataFrame:
    """`occupied_last` is an observed figure of one period."""
    index = (pd.Index(view.forecast[d].to_numpy()) for d in ("indicator", "unit"))
    indicator, unit = (i.get_indexer(table[c]) for i, c in zip(index, ("indicator", "unit"), strict=True))
    time = pd.DatetimeIndex(view.forecast["time"].to_numpy()).get_indexer(pd.DatetimeIndex(table["occupied_period"]))
    seen = (time >= 0) & view.exact[indicator, unit, time] & (view.rule.mean_of_periods == 1)
    return table.assign(occupied_last=table["occupied_last"].where(seen))


def _scored(table: pd.DataFrame, view: View) -> pd.DataFrame:
    return table[view.scored_rows(table, _unit(table["location"]))]


def _long(table: pd.DataFrame, view: View) -> pd.DataFrame:
    """The exchange table: what is published and the baseline, in the total of nationalities."""
    table = table[table["model_id"].isin(PUBLISHED_MODELS) & table["nationality"].eq(TOTAL)].reset_index(drop=True)
    keys = pd.DataFrame(
        {"indicator": table["target"], "unit": _unit(table["location"]), "horizon": table["horizon"].astype("int64")}
    )
    shown = keys.merge(view.by_horizon(), how="left", sort=False)["shown"].eq(True)
    last = keys.merge(view.by_unit(), on=["indicator", "unit"], how="left", sort=False)["last_exact"].eq(True)
    baseline = table["model_id"].eq("baseline")
    weekly = view.rule.mean_of_periods == 1
    return table[(shown & ~baseline) | (baseline & last & weekly)]


def _unit(location: pd.Series) -> pd.Series:
    """Units of locations: a segment's id stands without its prefix."""
    plain = location.isin(["total", "headline"]) | location.str.contains(":")
    return location.where(plain, "segment:" + location)
