"""The main job, from the store to a published edition: load, forecast with a backtest, assess, publish (design §3)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from forecasting.evaluate.scores import pooled_ratio
from geo.region.region import Capacity, Region
from geo.region.risk_inputs import Assessment, ImpactLevel
from geo.region.units import unit_table
from pipelines.compute.checkpoints import checkpoints
from pipelines.compute.cluster import cluster
from pipelines.compute.versions import code_version, library_versions
from pipelines.compute.workers import Progress, Workers
from pipelines.editions.edition import Edition, earlier_edition
from pipelines.forecasts.indicators import ForecastRequest, forecast_all
from pipelines.forecasts.judgement_members import judgements_digest, load_judgements
from pipelines.forecasts.partner_members import partner_summary
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.run_inputs import KnownFigures, RunInputs, known_figures, load_inputs, stored_checksums
from pipelines.ingest.inbox.drop_folder import SourceProblem, problem_rows
from pipelines.jobs.run_log import peak_memory_mib, run_log
from pipelines.observations.file_accounts import account_checksums, account_rows, current_accounts
from pipelines.observations.schema import TOTAL
from pipelines.publish.edition.publish import (
    Content,
    Published,
    Renderer,
    equal_edition,
    fingerprint,
    pack_checksum,
    publish,
    region_part,
    show_again,
)
from pipelines.publish.edition.quality import quality_report
from pipelines.publish.edition.tables import (
    draws_dataset,
    forecast_dataset,
    forecasts_tables,
    nationality_risk_tables,
    risk_table,
)
from pipelines.risk.bands import apply_band_rules, with_assessments
from pipelines.risk.outlook import outlook_table
from pipelines.risk.tables import risk_inputs, risk_tables
from pipelines.store.ledger import head, require_complete
from pipelines.store.paths import Store
from pipelines.store.periods import period_name, shift
from records.database import exists, open_database
from records.decisions import assessment_history

STATED = {"capacities": Capacity, "assessments": Assessment, "impact_levels": ImpactLevel}
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
        """The horizon: what is asked for, what the pack says, or 12 weeks or 6 months."""
        return self.horizon or self.region.horizon or DEFAULT_HORIZON[self.region.freq]

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
        DatabaseError: the database is out of reach.
        DamagedError: something that was taken in or published is missing or changed.
        EditionError: the edition that this one would be compared with is not what was published.
    """
    require_complete(store, settings.region.id)
    region = assessed_region(settings.region, store.database, as_of=settings.as_of)
    settings = replace(settings, region=region)
    with run_log(store.logs, region.id, listener=progress) as log:
        judgements = load_judgements(store.database, region.id, as_of=settings.as_of)
        delivered = {**stored_checksums(store, region.id), **account_checksums(store, region.id)}
        delivered |= judgements_digest(judgements)
        identity = edition_identity(settings, delivered)
        code = fingerprint({name: identity[name] for name in ("code_version", "libraries", "pack")})
        with checkpoints(store.work(region.id), fingerprint(identity), code=code) as kept:
            equal = equal_edition(store, region.id, fingerprint(identity))
            if equal is not None:
                return run_result(show_again(store, region.id, equal))
            with cluster(settings.scheduler, workers=settings.workers) as client:
                log.progress("aggregate", 0, 1)
                as_of, strict = settings.as_of, settings.strict_vintages
                inputs = load_inputs(store, region, client, as_of=as_of, strict_vintages=strict)
                figures = known_figures(inputs, region, as_of=as_of, strict_vintages=strict, folder=kept.folder)
                request = ForecastRequest(settings.periods, settings.seed, settings.cutoffs, settings.step)
                workers = Workers(client, log.progress, kept)
                forecasts = forecast_all(figures, inputs.partners, request, workers, judgements=judgements)
                log.peak_memory_mib["worker"] = max(client.run(peak_memory_mib, on_error="ignore").values(), default=0)
            log.progress("settle", 0, 1)
            earlier = earlier_edition(store, region.id, figures.origin_date)
            earlier = earlier and earlier.require_intact()
            before = edition_of_period_before(earlier, figures.origin_date, region)
            results = [apply_band_rules(f, region, before) for f in forecasts]
            past = {"earlier": earlier, "before": before}
            content = edition_content(settings, inputs, figures, results, identity=identity, **past)
            log.progress("publish", 0, 1)
            published = publish(
                content, store, render=render, run_info=lambda: {**log.report(kept), "ledger": head(store)}
            )
            return run_result(published, log.report(kept))


def assessed_region(region: Region, database: str, *, as_of: date | None) -> Region:
    """The pack with what was stated on the dashboard, as dated up to a day (None: all)."""
    if not exists(database):
        return region
    history = assessment_history(open_database(database), region.id)
    return with_assessments(region, [a for a in history if as_of is None or a.as_of <= as_of])


def edition_identity(settings: RunSettings, inputs: Mapping[str, str]) -> dict[str, Any]:
    """Everything that decides an edition's bytes."""
    return {
        "inputs": dict(inputs),
        "settings": settings.deciding(),
        "seed": settings.seed,
        "region": settings.region.id,
        "pack": pack_checksum(settings.region),
        "capacities": stated_inputs(settings.region)["capacities"],
        "risk_inputs": risk_inputs(settings.region),
        "code_version": code_version(),
        "libraries": library_versions(),
    }


def stated_inputs(region: Region) -> dict[str, list[dict[str, Any]]]:
    """What was planned and judged of places, as plain values: it may come from a command, not from the pack."""
    return {name: [{**asdict(s), "as_of": s.as_of.isoformat()} for s in getattr(region, name)] for name in STATED}


def with_stated_inputs(region: Region, stated: Mapping[str, Sequence[Mapping[str, Any]]]) -> Region:
    """The pack with what an edition was made with."""
    read: dict[str, Any] = {n: tuple(STATED[n](**_dated(s)) for s in entries) for n, entries in stated.items()}
    return replace(region, **read)


def _dated(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {**stated, "as_of": date.fromisoformat(stated["as_of"])}


def edition_of_period_before(earlier: Edition | None, origin_date: pd.Timestamp, region: Region) -> Edition | None:
    """The earlier edition if it is of the period before: what readers saw last time."""
    previous = shift(origin_date, -1, region.freq)
    return earlier if earlier is not None and earlier.manifest["origin_date"] == f"{previous:%Y-%m-%d}" else None


def edition_content(
    settings: RunSettings,
    inputs: RunInputs,
    figures: KnownFigures,
    results: Sequence[IndicatorForecast],
    *,
    identity: Mapping[str, Any],
    earlier: Edition | None,
    before: Edition | None,
) -> Content:
    """What a run hands to publishing: tables and facts of all indicators, the totals' results first.

    `earlier` is the newest edition of an earlier period, `before` the same if it is of the period before.
    """
    region = settings.region
    origin_date = figures.origin_date
    dated = {"origin_date": origin_date, "as_of": figures.as_of}
    quality = quality_report(figures.built, inputs.observations, inputs.quarantine, region=region, **dated)
    quality["source_problems"] = problem_rows(settings.source_problems, quality["sources"])
    quality["files"] = account_rows(current_accounts(Store(inputs.root), region.id))
    quality["corrections"] = [c.model_dump(mode="json") for c in inputs.corrections]
    totals = [r for r in results if r.nationality == TOTAL]
    manifest = {
        **region_part(region),
        **{k: identity[k] for k in ("settings", "seed", "code_version", "libraries")},
        "fingerprint": fingerprint(identity),
        "origin_date": f"{origin_date:%Y-%m-%d}",
        "as_of": f"{figures.as_of:%Y-%m-%d}",
        "synthetic": inputs.synthetic,
        "inputs": list(inputs.files),
        "partners": partner_summary(inputs.partners, region.freq),
        "conservation": quality["conservation"],
        "unallocated": quality["unallocated"],
        "stated": stated_inputs(region),
        **forecast_facts(totals, results, region),
        "compared_with": compared_with(before, totals, origin_date, region),
        "edition_before": earlier and {"id": earlier.id, "fingerprint": earlier.manifest["fingerprint"]},
    }
    forecast = forecast_dataset(results, unit_table(region), region, origin_date=origin_date)
    tables = {
        **edition_tables(settings, results, origin_date, earlier=earlier),
        "forecasts": forecasts_tables(results, unit_table(region), region, origin_date=origin_date),
    }
    main = totals[0]
    draws = None if main.draws is None else draws_dataset(main.draws, region, indicator=main.indicator)
    return Content(figures.period, manifest, figures.built.whole(), forecast, tables, quality, draws)


def edition_tables(
    settings: RunSettings, results: Sequence[IndicatorForecast], origin_date: pd.Timestamp, *, earlier: Edition | None
) -> dict[str, pd.DataFrame]:
    """The edition's tables by file stem, all but that of the forecasts."""
    region, units = settings.region, unit_table(settings.region)
    totals = [r for r in results if r.nationality == TOTAL]
    risk = risk_table(totals, units, region, origin_date=origin_date)
    of_backtest = {}
    for name in ("scores", "backtest", "surge_scores", "surge_reliability", "exceedance_reliability"):
        frames = [getattr(r, name).assign(indicator=r.indicator) for r in totals]
        of_backtest[name] = pd.concat([f for f in frames if not f.empty] or frames[:1], ignore_index=True)
    dated = {"origin_date": origin_date}
    judged = [r.judged.assign(indicator=r.indicator) for r in totals if len(r.judged)]
    return {
        "risk": risk,
        **({"judged": pd.concat(judged, ignore_index=True)} if judged else {}),
        **nationality_risk_tables(results, units, region, **dated),
        **of_backtest,
        "outlook": outlook_table(totals, units, region, **dated),
        **risk_tables(totals, units, region, **dated, risk=risk, earlier=earlier, seed=settings.seed),
    }


def forecast_facts(
    totals: Sequence[IndicatorForecast], results: Sequence[IndicatorForecast], region: Region
) -> dict[str, Any]:
    """What the manifest says of the forecasts."""
    skill = {r.indicator: float(pooled_ratio(r.scores)) for r in totals}
    asked = region.forecast_nationalities
    return {
        "members": {r.indicator: _members_by_level(r, region) for r in totals},
        "failures": [
            {"indicator": r.indicator, "nationality": r.nationality, **f} for r in results for f in r.failures
        ],
        "forecast_nationalities": {o: any(r.nationality == o for r in results) for o in asked},
        "headline_skill": {i: ratio if np.isfinite(ratio) else None for i, ratio in skill.items()},
        "cutoffs": {r.indicator: int(r.scores["origin_date"].nunique()) for r in totals},
        "vintages": sorted({str(v) for r in totals for v in r.scores["vintages"].unique()}),
    }


def _members_by_level(result: IndicatorForecast, region: Region) -> dict[str, list[str]]:
    """Level → members that spoke for at least one unit of it."""
    spoke = np.isfinite(result.members.isel(horizon=0).sel(quantile=0.5).transpose("member", "unit").to_numpy())
    level = unit_table(region).set_index("unit")["level"]
    levels = level.reindex(result.members["unit"].to_numpy()).to_numpy()
    names = result.members["member"].to_numpy()
    return {
        str(one): [str(m) for m, row in zip(names, spoke, strict=True) if row[levels == one].any()]
        for one in dict.fromkeys(levels)
    }


def compared_with(
    before: Edition | None, totals: Sequence[IndicatorForecast], origin_date: pd.Timestamp, region: Region
) -> dict[str, str | None]:
    """What "since last time" means: the edition of the period before, or a replay of it."""
    if before is not None:
        return {"kind": "edition", "id": before.id}
    if any((r.previous_band >= 0).any() for r in totals):
        return {"kind": "replay", "id": period_name(shift(origin_date, -1, region.freq), region.freq)}
    return {"kind": "none", "id": None}


def run_result(published: Published, report: Mapping[str, Any] | None = None) -> RunResult:
    """What a person should hear: members that failed; degraded if the baseline did, or much of a file was refused."""
    counts: dict[str, int] = {}
    for failure in published.edition.manifest["failures"]:
        counts[failure["member"]] = counts.get(failure["member"], 0) + 1
    substitutes = [f"{member} ({n} unit{'s' if n > 1 else ''})" for member, n in sorted(counts.items())]
    refused = any(f["much_refused"] for f in published.edition.quality.get("files", ()))
    return RunResult(published, substitutes, degraded="baseline" in counts or refused, report=report)
