"""The edition's tables of risk beside `risk.parquet`: stated inputs, points, protection, prosecution, alerts, …."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from forecasting.risk.alerts import COLUMNS, find_alerts
from geo.region.region import Region
from geo.region.risk_inputs import PARTS, AlertRule, Assessment, Budget, ImpactLevel
from geo.region.units import assessments_of, deciding
from pipelines.editions.edition import Edition
from pipelines.forecasts.result import IndicatorForecast
from pipelines.risk.allocation import allocation_table
from pipelines.risk.hot_spots import clusters_table
from pipelines.risk.pressure_points import points_table
from pipelines.risk.prosecution import prosecution_table
from pipelines.risk.protection import deaths_table, protection_table

DAYS = {"W": 7, "M": 30}
INPUT_COLUMNS = ("unit", "part", "kind", "level", "value", "owner", "as_of", "stated_for", "decides")


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
    """Tables by file stem; one that has nothing to say is empty, never absent.

    Args:
        results: With settled bands.
        units: `unit_table(region)`.
        region: The pack.
        origin_date: First day of the last observed period.
        risk: The edition's risk table.
        earlier: The newest edition of an earlier period, for the alerts that were told of.
        seed: Of permutations.
    """
    points = [points_table(r, units, region, origin_date=origin_date) for r in results]
    told = None if earlier is None else earlier.table("alerts")
    return {
        "assessments": stated_inputs(region, units),
        "points": pd.concat(points, ignore_index=True),
        "protection": protection_table(results, units, region, origin_date=origin_date),
        "deaths": deaths_table(results, units, region),
        "prosecution": prosecution_table(results, units, region),
        "clusters": clusters_table(results, region, seed=seed),
        "allocation": allocation_table(results, units, region),
        "alerts": find_alerts(
            pd.DataFrame(risk),
            region.alert_rules,
            pd.DataFrame(columns=list(COLUMNS)) if told is None else told,
            origin_date=origin_date,
            days=DAYS[region.freq],
        ),
    }


def stated_inputs(region: Region, units: pd.DataFrame) -> pd.DataFrame:
    """What was stated of each unit: vulnerability, impact, and Article 34's impact level to compare with.

    Columns `INPUT_COLUMNS`; `decides` marks the entry that speaks for its part. A part without a row is missing.
    """
    rows: list[dict[str, Any]] = []
    for unit in units["unit"]:
        for part in PARTS:
            found = assessments_of(region, unit, part)
            rows += [
                {
                    "unit": unit,
                    "part": a.part,
                    "kind": a.kind,
                    "level": a.level,
                    "value": a.value,
                    "owner": a.owner,
                    "as_of": a.as_of.isoformat(),
                    "stated_for": a.place,
                    "decides": a is deciding(found),
                }
                for a in found
            ]
        rows += [
            {
                "unit": unit,
                "part": "article_34",
                "kind": "impact_level",
                "level": i.level,
                "value": None,
                "owner": i.owner,
                "as_of": i.as_of.isoformat(),
                "stated_for": f"border:{i.border}",
                "decides": False,
            }
            for i in region.impact_levels
            if unit == f"border:{i.border}"
        ]
    table = pd.DataFrame(rows, columns=list(INPUT_COLUMNS))
    return table.astype({"value": float, "decides": bool})


def risk_inputs(region: Region) -> list[dict[str, Any]]:
    """What the pack or a command states for the risk, as plain values: part of what decides an edition."""
    stated: tuple[Assessment | ImpactLevel | AlertRule | Budget, ...] = (
        *region.assessments,
        *region.impact_levels,
        *region.alert_rules,
        *region.budgets,
    )
    return [{**asdict(s), "as_of": s.as_of.isoformat()} for s in stated]
