"""The edition's tables of risk beside `risk.parquet`: stated inputs, points, protection, prosecution, alerts, …."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from forecasting.risk.alerts import COLUMNS as ALERT_COLUMNS, find_alerts
from forecasting.risk.allocation import allocate_beds
from forecasting.risk.hot_spots import hot_spots
from geo.region.region import Region
from geo.region.risk_inputs import PARTS, AlertRule, Assessment, Budget, ImpactLevel
from geo.region.units import assessments_of, deciding, segment_graph
from pipelines.editions.edition import Edition
from pipelines.forecasts.result import IndicatorForecast
from pipelines.risk.pressure_points import points_table
from pipelines.risk.protection_and_prosecution import deaths_table, prosecution_table, protection_table

DAYS = {"W": 7, "M": 30}
INPUT_COLUMNS = "unit part kind level value owner as_of stated_for decides".split()
CLUSTER_COLUMNS = "indicator unit segment expected gi_z gi_p gi_q moran moran_p moran_q moran_kind hot".split()
BUDGET_COLUMNS = (
    "indicator unit name horizon budget owner as_of capacity places shortfall_before shortfall_after next_value"
).split()
LEVEL = 0.05  # false discovery rate of clusters
ORDER = 2  # neighbours up to this order: along a line two neighbours alone can't tell a cluster from chance


def risk_tables(
    results: Sequence[IndicatorForecast],
    units: pd.DataFrame,
    region: Region,
    *,
    origin_date: pd.Timestamp,
    risk: pd.DataFrame,
    earlier: Edition | None,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Tables by file stem, of results with their published bands; one that has nothing to say is empty, never absent.

    `earlier` is the newest edition of an earlier period, for the alerts that it showed; `seed` that of permutations.
    """
    points = [points_table(r, units, region, origin_date=origin_date) for r in results]
    shown = pd.DataFrame(columns=list(ALERT_COLUMNS)) if earlier is None else earlier.table("alerts")
    days = DAYS[region.freq]
    return {
        "assessments": assessment_rows(region, units),
        "points": pd.concat(points, ignore_index=True),
        "protection": protection_table(results, units, region, origin_date=origin_date),
        "deaths": deaths_table(results, units, region),
        "prosecution": prosecution_table(results, units, region),
        "clusters": clusters_table(results, region, seed=seed),
        "allocation": allocation_table(results, units, region),
        "alerts": find_alerts(pd.DataFrame(risk), region.alert_rules, shown, origin_date=origin_date, days=days),
    }


def assessment_rows(region: Region, units: pd.DataFrame) -> pd.DataFrame:
    """What was stated of each unit: vulnerability, impact, and Article 34's impact level to compare with.

    Columns `INPUT_COLUMNS`; `decides` marks the entry that speaks for its part. A part without a row is missing.
    """
    rows: list[tuple[Any, ...]] = []
    for unit in units["unit"]:
        for part in PARTS:
            found = assessments_of(region, unit, part)
            rows += [
                (unit, a.part, a.kind, a.level, a.value, a.owner, a.as_of.isoformat(), a.place, a is deciding(found))
                for a in found
            ]
        rows += [
            (unit, "article_34", "impact_level", i.level, None, i.owner, i.as_of.isoformat(), unit, False)
            for i in region.impact_levels
            if unit == f"border:{i.border}"
        ]
    table = pd.DataFrame(rows, columns=INPUT_COLUMNS)
    return table.astype({"value": float, "decides": bool})


def risk_inputs(region: Region) -> list[dict[str, Any]]:
    """What the pack or a command states for the risk, as plain values: part of what decides an edition."""
    inputs: tuple[Assessment | ImpactLevel | AlertRule | Budget, ...] = (
        *region.assessments,
        *region.impact_levels,
        *region.alert_rules,
        *region.budgets,
    )
    return [{**asdict(s), "as_of": s.as_of.isoformat()} for s in inputs]


def _stacked(parts: Sequence[pd.DataFrame], columns: Sequence[str], *, texts: Sequence[str]) -> pd.DataFrame:
    """The tables that have rows, one below the other; without any, the columns alone."""
    filled = [p for p in parts if len(p)]
    if not filled:
        return pd.DataFrame({c: pd.Series(dtype=str if c in texts else float) for c in columns})
    return pd.concat(filled, ignore_index=True)[list(columns)]


def clusters_table(results: Sequence[IndicatorForecast], region: Region, *, seed: int) -> pd.DataFrame:
    """`clusters.parquet`: where expected counts cluster over the segment graph, and only where that is no chance.

    Segments whose Gi* or local Moran is significant at a false discovery rate of 5 %, of flows; else no row.
    `expected`: mean count a period over the outlook, what the statistics are of.
    """
    flows = [r for r in results if region.indicators[r.indicator].kind == "flow"]
    parts = [_clusters(r, region, seed) for r in flows] if any(s.neighbours for s in region.segments) else []
    return _stacked(parts, CLUSTER_COLUMNS, texts=("indicator", "unit", "hot"))


def _clusters(result: IndicatorForecast, region: Region, seed: int) -> pd.DataFrame:
    means = result.mean.mean("horizon").to_series()
    means = means[[str(u).startswith("segment:") for u in means.index]].dropna()
    values = means.set_axis([str(u).partition(":")[2] for u in means.index])
    found = hot_spots(values, segment_graph(region).higher_order(ORDER, lower_order=True), seed=seed)
    if found.empty:
        return found
    found = found[(found["gi_q"] <= LEVEL) | (found["moran_q"] <= LEVEL)].rename_axis("segment").reset_index()
    expected = values.loc[found["segment"]].to_numpy()
    return found.assign(indicator=result.indicator, unit="segment:" + found["segment"], expected=expected)


def allocation_table(results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """`allocation.parquet`: a stated budget of places, shared out to where it saves most expected shortfall.

    One row per (budget, segment with a capacity), for the period in which most places are expected to lack. Columns:
    `capacity` (as planned, the status quo), `places` (further ones), `shortfall_before`, `shortfall_after` (expected
    places lacking), `next_value` (what one more place would still save). Empty without a stated budget.
    """
    by_id = {r.indicator: r for r in results}
    parts = [_budget_rows(by_id[b.indicator], b, units) for b in region.budgets if b.indicator in by_id]
    return _stacked(parts, BUDGET_COLUMNS, texts=("indicator", "unit"))


def _budget_rows(result: IndicatorForecast, budget: Budget, units: pd.DataFrame) -> pd.DataFrame:
    chosen = [u for u in units.loc[units["level"].eq("segment"), "unit"] if u in result.threat["unit"].to_numpy()]
    capacity = result.capacity.sel(unit=chosen)
    planned = [u for u, known in zip(chosen, np.isfinite(capacity.to_numpy()), strict=True) if known]
    if not planned or result.draws is None:
        return pd.DataFrame()
    excess = result.threat["expected_excess"].sel(unit=planned).sum("unit")
    horizon = int(excess["horizon"].to_numpy()[int(excess.to_numpy().argmax())])
    need = result.draws.sel(unit=planned, horizon=horizon).transpose("unit", "draw").to_numpy()
    places = capacity.sel(unit=planned).to_numpy()
    shares = allocate_beds(need, places, budget.places)
    stated = {"budget": budget.places, "owner": budget.owner, "as_of": budget.as_of.isoformat()}
    names = units.set_index("unit")["name"].loc[planned].to_numpy()
    table = pd.DataFrame({"indicator": budget.indicator, "unit": planned, "name": names, "horizon": horizon, **stated})
    return table.assign(capacity=places, **asdict(shares))
