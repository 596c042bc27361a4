"""The main job: aggregate, forecast with a backtest, assess, publish (design §3)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipelines.compute.checkpoints import Work, open_work
from pipelines.compute.cluster import cluster
from pipelines.compute.progress import Progress
from pipelines.compute.versions import code_version, library_versions
from pipelines.editions.edition import earlier_edition
from pipelines.forecasts.by_nationality import forecast_nationalities, of_nationalities
from pipelines.forecasts.indicator import Job, forecast_indicators
from pipelines.forecasts.member_tasks import MAX_TASKS
from pipelines.forecasts.partner_members import partner_summary
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.histories.run_inputs import RunInputs, load_run_inputs
from pipelines.ingest.daily.layout import delivery_checksums, list_deliveries
from pipelines.ingest.partners.store import PartnerForecast, load_partners
from pipelines.jobs.edition_content import _content, _of_period_before
from pipelines.jobs.run_log import RunLog, peak_memory_mib, run_log
from pipelines.jobs.settings import RunSettings
from pipelines.observations.batches import input_checksums, list_inputs
from pipelines.observations.schema import TOTAL, DataRefusedError
from pipelines.publish.edition.publish import (
    Published,
    Renderer,
    equal_edition,
    fingerprint,
    pack_checksum,
    publish,
    show_again,
)
from pipelines.risk.assessments import with_stated
from pipelines.risk.bands import apply_band_rules, apply_band_rules_to_nationality
from pipelines.risk.tables import risk_inputs
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store


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
        results = [
            apply_band_rules(r, region, before)
            if r.nationality == TOTAL
            else apply_band_rules_to_nationality(r, region)
            for r in results
        ]
        inputs = [*list_inputs(store, region.id), *list_deliveries(store.daily(region.id))]
        content = _content(settings, knowledge, results, identity=identity, earlier=earlier, inputs=inputs)
        content = replace(content, manifest={**content.manifest, "partners": partner_summary(partners, region.freq)})
        log.progress("publish", 0, 1)
        published = publish(content, store, render=render, run_info=lambda: log.report(work))
        work.clear()
        return _result(published, log.report(work))


def _forecasts(
    settings: RunSettings, store: Store, partners: list[PartnerForecast], *, work: Work, log: RunLog
) -> tuple[RunInputs, list[IndicatorForecast]]:
    """What needs the workers: aggregation, and every indicator's histories, backtest and forecast."""
    with cluster(settings.scheduler, workers=settings.workers) as client:
        log.progress("aggregate", 0, 1)
        knowledge = load_run_inputs(
            store, settings.region, as_of=settings.as_of, strict_vintages=settings.strict_vintages, client=client
        )
        job = Job(knowledge.origin_date, settings.periods, settings.seed, settings.cutoffs, settings.step)
        job = replace(job, max_tasks=MAX_TASKS // len(knowledge.histories))
        jobs = {i: replace(job, full=i == knowledge.main_indicator) for i in knowledge.histories}
        results = forecast_indicators(
            knowledge.built.cube,
            knowledge.histories,
            knowledge.known,
            jobs=jobs,
            client=client,
            progress=log.progress,
            partners=partners,
            work=work,
        )
        nationalities = of_nationalities(knowledge.known, as_of=settings.as_of, until=knowledge.origin_date)
        results += forecast_nationalities(nationalities, jobs, client=client, progress=log.progress, work=work)
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


def _result(published: Published, report: Mapping[str, Any] | None = None) -> RunResult:
    counts: dict[str, int] = {}
    for failure in published.edition.manifest["failures"]:
        counts[failure["member"]] = counts.get(failure["member"], 0) + 1
    substitutes = [f"{member} ({n} unit{'s' if n > 1 else ''})" for member, n in sorted(counts.items())]
    return RunResult(published, substitutes, degraded="baseline" in counts, report=report)
