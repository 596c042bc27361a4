"""The main job: aggregate, forecast with a backtest, assess, publish (design §3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecasting.skill import pooled_ratio
from geo.units import unit_table
from pipelines.by_origin import forecast_origins, of_origins
from pipelines.cell_draws import draws_dataset
from pipelines.cluster import cluster
from pipelines.daily.layout import delivery_checksums, list_deliveries
from pipelines.editions import checksum, earlier_edition
from pipelines.engine import MAX_TASKS
from pipelines.indicator import Job, forecast_indicators
from pipelines.knowledge import Knowledge, edition_period, gather
from pipelines.manifest import code_version, fingerprint, library_versions, pack_checksum, region_part
from pipelines.observation_store import input_checksums, list_inputs
from pipelines.observations import TOTAL, DataRefusedError
from pipelines.partners.keep import load_partners
from pipelines.partners.members import partner_summary
from pipelines.periods import period_name, shift
from pipelines.publish import Content, Published, equal_edition, publish, show_again
from pipelines.quality import quality_report
from pipelines.risk_tables import risk_inputs, risk_tables
from pipelines.run_log import peak_memory_mib, run_log
from pipelines.settle import settle_bands, settle_origin
from pipelines.source_problems import problem_rows
from pipelines.stated import with_stated
from pipelines.tables import forecast_dataset, forecasts_table, origin_risk_tables, risk_table
from pipelines.work import open_work

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.region import Region
    from pipelines.editions import Edition
    from pipelines.partners.keep import PartnerForecast
    from pipelines.pieces import Progress
    from pipelines.publish import Renderer
    from pipelines.results import IndicatorForecast
    from pipelines.run_log import RunLog
    from pipelines.source_problems import SourceProblem
    from pipelines.store import Store
    from pipelines.work import Work

DEFAULT_HORIZON = {"W": 12, "M": 6}


@dataclass(frozen=True)
class RunSettings:
    """What a run is asked to do."""

    region: Region
    horizon: int | None = None
    seed: int = 1
    as_of: date | None = None
    cutoffs: int = 10
    step: int = 4
    strict_vintages: bool = False
    scheduler: str | None = None
    workers: int | None = None
    source_problems: tuple[SourceProblem, ...] = ()  # sources that gave nothing usable: the edition says so

    @property
    def periods(self) -> int:
        """The horizon, by default 12 weeks or 6 months."""
        return self.horizon or DEFAULT_HORIZON[self.region.freq]

    def deciding(self) -> dict[str, Any]:
        """What can change an edition's bytes; where the tasks run is not among it."""
        problems = {"source_problems": {p.source: p.problem for p in sorted(self.source_problems)}}
        return {
            "horizon": self.periods,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "cutoffs": self.cutoffs,
            "step": self.step,
            "strict_vintages": self.strict_vintages,
            **(problems if self.source_problems else {}),
        }


@dataclass(frozen=True)
class RunResult:
    """What a run published, and what a person should hear of it."""

    published: Published
    substitutes: list[str]  # "member (n units)"
    degraded: bool
    report: Mapping[str, Any] | None = None  # how the run went; None: an equal edition was there


def run_edition(settings: RunSettings, store: Store, *, render: Renderer, progress: Progress) -> RunResult:
    """Run the main job and publish an edition; equal inputs, settings, seed and code publish nothing new.

    Raises:
        DataRefusedError: there are no figures to forecast.
    """
    settings = replace(settings, region=with_stated(settings.region, store, as_of=settings.as_of))
    region = settings.region
    with run_log(store, region.id, told=progress) as log:
        identity = _identity(settings, store)
        work = open_work(store, region.id, fingerprint(identity))
        known_edition = equal_edition(store, region.id, fingerprint(identity))
        if known_edition is not None:
            work.clear()
            return _result(show_again(store, region.id, known_edition))
        partners = load_partners(store, region.id, as_of=settings.as_of)
        knowledge, results = _forecasts(settings, store, partners, work=work, log=log)
        log.progress("settle", 0, 1)
        earlier = earlier_edition(store, region.id, knowledge.origin_date)
        before = _of_period_before(earlier, knowledge)
        results = [settle_bands(r, region, before) if r.origin == TOTAL else settle_origin(r, region) for r in results]
        inputs = [*list_inputs(store, region.id), *list_deliveries(store.daily(region.id))]
        content = _content(settings, knowledge, results, identity=identity, earlier=earlier, inputs=inputs)
        content = replace(content, manifest={**content.manifest, "partners": partner_summary(partners, region.freq)})
        log.progress("publish", 0, 1)
        published = publish(content, store, render=render, run_info=lambda: log.report(work))
        work.clear()
        return _result(published, log.report(work))


def _forecasts(
    settings: RunSettings, store: Store, partners: list[PartnerForecast], *, work: Work, log: RunLog
) -> tuple[Knowledge, list[IndicatorForecast]]:
    """What needs the workers: aggregation, and every indicator's histories, backtest and forecast."""
    with cluster(settings.scheduler, workers=settings.workers) as client:
        log.progress("aggregate", 0, 1)
        knowledge = gather(
            store, settings.region, as_of=settings.as_of, strict_vintages=settings.strict_vintages, client=client
        )
        job = Job(knowledge.origin_date, settings.periods, settings.seed, settings.cutoffs, settings.step)
        job = replace(job, max_tasks=MAX_TASKS // len(knowledge.histories))
        jobs = {i: replace(job, full=i == knowledge.main_indicator) for i in knowledge.histories}
        results = forecast_indicators(
            knowledge.built.cube, knowledge.histories, knowledge.known,
            jobs=jobs, client=client, progress=log.progress, partners=partners, work=work,
        )  # fmt: skip
        origins = of_origins(knowledge.known, as_of=settings.as_of, until=knowledge.origin_date)
        results += forecast_origins(origins, jobs, client=client, progress=log.progress, work=work)
        log.peak_memory_mib["worker"] = max(client.run(peak_memory_mib, on_error="ignore").values(), default=0)
    return knowledge, results


def _identity(settings: RunSettings, store: Store) -> dict[str, Any]:
    region = settings.region.id
    inputs = {**input_checksums(store, region), **delivery_checksums(store.daily(region))}
    if store.corrections(region).exists():
        inputs["corrections"] = checksum(store.corrections(region))
    if not inputs:
        raise DataRefusedError(
            f"{store.root}: no figures of region '{settings.region.id}'. Run 'routecast ingest' first."
        )
    return {
        "inputs": inputs,
        "settings": settings.deciding(),
        "seed": settings.seed,
        "region": settings.region.id,
        "pack": pack_checksum(settings.region),
        "capacities": [{**asdict(c), "as_of": c.as_of.isoformat()} for c in settings.region.capacities],
        "risk_inputs": risk_inputs(settings.region),
        "code_version": code_version(),
        "libraries": library_versions(),
    }


def _content(
    settings: RunSettings,
    knowledge: Knowledge,
    results: list[IndicatorForecast],
    *,
    identity: dict[str, Any],
    earlier: Edition | None,
    inputs: list[dict[str, str]],
) -> Content:
    region, origin = settings.region, knowledge.origin_date
    before = _of_period_before(earlier, knowledge)
    units = unit_table(region)
    every, results = results, [r for r in results if r.origin == TOTAL]
    forecast = forecast_dataset(every, units, region, origin_date=origin)
    risk = risk_table(results, units, region, origin_date=origin)
    tables = {
        "risk": risk,
        **origin_risk_tables(every, units, region, origin_date=origin),
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
        "failures": [{"indicator": r.indicator, "origin": r.origin, **f} for r in every for f in r.failures],
        "compared_with": _compared_with(before, results, period_name(shift(origin, -1, region.freq), region.freq)),
        "edition_before": _named(earlier),
        "forecast_origins": {o: any(r.origin == o for r in every) for o in region.forecast_origins},
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


def _of_period_before(edition: Edition | None, knowledge: Knowledge) -> Edition | None:
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


def _result(published: Published, report: Mapping[str, Any] | None = None) -> RunResult:
    counts: dict[str, int] = {}
    for failure in published.edition.manifest["failures"]:
        counts[failure["member"]] = counts.get(failure["member"], 0) + 1
    substitutes = [f"{member} ({n} unit{'s' if n > 1 else ''})" for member, n in sorted(counts.items())]
    return RunResult(published, substitutes, degraded="baseline" in counts, report=report)
