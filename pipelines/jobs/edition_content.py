"""What a run hands to publishing: tables and facts of all indicators."""

from typing import Any

import numpy as np
import pandas as pd

from forecasting.evaluate.scores import pooled_ratio
from geo.region.units import unit_table
from pipelines.editions.edition import Edition
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.histories.run_inputs import RunInputs, edition_period
from pipelines.ingest.inbox.drop_folder import problem_rows
from pipelines.jobs.settings import RunSettings
from pipelines.observations.schema import TOTAL
from pipelines.publish.edition.publish import Content, fingerprint, region_part
from pipelines.publish.edition.quality import quality_report
from pipelines.publish.edition.tables import (
    draws_dataset,
    forecast_dataset,
    forecasts_table,
    nationality_risk_tables,
    risk_table,
)
from pipelines.risk.tables import risk_tables
from pipelines.store.periods import period_name, shift


def _content(
    settings: RunSettings,
    knowledge: RunInputs,
    results: list[IndicatorForecast],
    *,
    identity: dict[str, Any],
    earlier: Edition | None,
    inputs: list[dict[str, str]],
) -> Content:
    region, origin = settings.region, knowledge.origin_date
    before = _of_period_before(earlier, knowledge)
    units = unit_table(region)
    every, results = results, [r for r in results if r.nationality == TOTAL]
    forecast = forecast_dataset(every, units, region, origin_date=origin)
    risk = risk_table(results, units, region, origin_date=origin)
    tables = {
        "risk": risk,
        **nationality_risk_tables(every, units, region, origin_date=origin),
        "forecasts": forecasts_table(every, units, region, origin_date=origin),
        "scores": _stacked(results, "scores"),
        "backtest": _stacked(results, "backtest"),
        "surge_scores": _stacked(results, "surge_scores"),
        "surge_reliability": _stacked(results, "surge_reliability"),
        "exceedance_reliability": _stacked(results, "exceedance_reliability"),
        **risk_tables(results, units, region, origin_date=origin, risk=risk, earlier=earlier, seed=settings.seed),
    }
    quality = quality_report(
        knowledge.built,
        knowledge.observations,
        knowledge.quarantine,
        region=region,
        origin_date=origin,
        as_of=knowledge.as_of,
    )
    quality["source_problems"] = problem_rows(settings.source_problems, quality["sources"])
    quality["corrections"] = [c.model_dump(mode="json") for c in knowledge.corrections]
    manifest = {
        **region_part(region),
        **{k: identity[k] for k in ("settings", "seed", "code_version", "libraries")},
        "fingerprint": fingerprint(identity),
        "origin_date": f"{origin:%Y-%m-%d}",
        "as_of": f"{knowledge.as_of:%Y-%m-%d}",
        "synthetic": knowledge.synthetic,
        "inputs": inputs,
        "conservation": quality["conservation"],
        "unallocated": quality["unallocated"],
        "members": _members_by_level(results, units),
        "failures": [{"indicator": r.indicator, "nationality": r.nationality, **f} for r in every for f in r.failures],
        "compared_with": _compared_with(before, results, period_name(shift(origin, -1, region.freq), region.freq)),
        "edition_before": _named(earlier),
        "forecast_nationalities": {o: any(r.nationality == o for r in every) for o in region.forecast_nationalities},
        "headline_skill": {r.indicator: _finite(pooled_ratio(r.scores)) for r in results},
        "cutoffs": {r.indicator: int(r.scores["origin_date"].nunique()) for r in results},
        "vintages": sorted({str(v) for r in results for v in r.scores["vintages"].unique()}),
    }
    main = results[0]
    draws = None if main.draws is None else draws_dataset(main.draws, region, indicator=main.indicator)
    return Content(edition_period(knowledge), manifest, knowledge.built.cube, forecast, tables, quality, draws)


def _stacked(results: list[IndicatorForecast], name: str) -> pd.DataFrame:
    frames = [getattr(r, name).assign(indicator=r.indicator) for r in results]
    filled = [f for f in frames if not f.empty] or frames[:1]
    return pd.concat(filled, ignore_index=True)


def _members_by_level(results: list[IndicatorForecast], units: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Indicator → level → members that spoke for at least one unit of it."""
    level = units.set_index("unit")["level"]
    found: dict[str, dict[str, list[str]]] = {}
    for result in results:
        spoke = np.isfinite(result.members.isel(horizon=0).sel(quantile=0.5).transpose("member", "unit").to_numpy())
        levels = level.reindex(result.members["unit"].to_numpy()).to_numpy()
        names = result.members["member"].to_numpy()
        found[result.indicator] = {
            str(one): [str(m) for m, row in zip(names, spoke, strict=True) if row[levels == one].any()]
            for one in dict.fromkeys(levels)
        }
    return found


def _of_period_before(edition: Edition | None, knowledge: RunInputs) -> Edition | None:
    """The edition if it is of the period before: what readers saw last time."""
    previous = shift(knowledge.origin_date, -1, knowledge.known.region.freq)
    is_it = edition is not None and edition.manifest["origin_date"] == f"{previous:%Y-%m-%d}"
    return edition if is_it else None


def _compared_with(before: Edition | None, results: list[IndicatorForecast], previous: str) -> dict[str, str | None]:
    if before is not None:
        return {"kind": "edition", "id": before.id}
    if any((r.previous_band >= 0).any() for r in results):
        return {"kind": "replay", "id": previous}
    return {"kind": "none", "id": None}


def _named(edition: Edition | None) -> dict[str, str] | None:
    """The earlier edition that held bands and silenced alerts: an input like any other."""
    return None if edition is None else {"id": edition.id, "fingerprint": str(edition.manifest["fingerprint"])}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
