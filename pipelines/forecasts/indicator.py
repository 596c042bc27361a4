"""One indicator from its cube to its forecast: cutoffs, members, assembly, scores, risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client
from scipy.sparse import csr_array

from forecasting.combine.assemble import JointForecast, PastForecast, assemble, learn
from forecasting.combine.attribution import attribution
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.compute.checkpoints import Work
from pipelines.compute.progress import Progress, completed
from pipelines.forecasts.backtest_scores import broken_regimes, evidence, flagged, settled
from pipelines.forecasts.exceedance_scores import exceedance_reliability
from pipelines.forecasts.member_tasks import (
    MAX_TASKS,
    N_DRAWS,
    AtCutoff,
    MemberRequest,
    Pending,
    collect_forecasts,
    distinct_units,
    submit_forecasts,
)
from pipelines.forecasts.partner_members import with_partners
from pipelines.forecasts.publishable import assess, planned_capacity
from pipelines.forecasts.result import IndicatorForecast
from pipelines.forecasts.saved_results import keep_result, kept_result
from pipelines.grid.histories.cutoff_tasks import collect_histories, submit_histories
from pipelines.grid.histories.cutoffs import count_back
from pipelines.grid.histories.unit_history import cell_history
from pipelines.grid.known_rows import KnownRows
from pipelines.ingest.partners.store import PartnerForecast
from pipelines.store.periods import shift

SENT_UNITS = 2_000  # larger regions are put together here: their draws would be too much for a worker (docs/service.md)
MIN_SEEN = {"W": 26, "M": 24}  # periods that a backtest cutoff must have behind it


@dataclass(frozen=True)
class Job:
    """What is asked of every indicator."""

    origin_date: pd.Timestamp
    horizon: int
    seed: int
    cutoffs: int
    step: int
    full: bool = False
    max_tasks: int = MAX_TASKS


@dataclass(frozen=True)
class Started:
    """An indicator whose forecasts are under way."""

    history: xr.Dataset
    job: Job
    ever: np.ndarray  # (cell,) whether the cell was ever reported
    dates: list[pd.Timestamp]  # the backtest's cutoffs
    pending: Pending


def forecast_indicators(
    cube: xr.Dataset,
    histories: Mapping[str, xr.Dataset],
    known: KnownRows,
    *,
    jobs: Mapping[str, Job],
    client: Client,
    progress: Progress,
    partners: Sequence[PartnerForecast] = (),
    work: Work,
) -> list[IndicatorForecast]:
    """Backtest, forecast and assess the indicators; while one is put together, the workers go on with the next.

    Args:
        cube: The newest cube.
        histories: Indicator → `unit_history_of(cube, …)`, up to the origin date.
        known: What the tasks share.
        jobs: Indicator → origin date, horizon, seed and the backtest's shape.
        client: Where tasks run.
        progress: Told of every finished task.
        partners: Forecasts of other institutions that were received by the day of the run.
        work: Where histories and forecasts are kept as they are finished, and found by the run after a killed one.
    """
    done = {i: kept for i in histories if (kept := kept_result(i, work)) is not None}
    left = {i: h for i, h in histories.items() if i not in done}
    past = {
        i: submit_histories(_past_dates(h, known.region, jobs[i]), known, i, client=client, work=work)
        for i, h in left.items()
    }
    started = [
        _start(cube, h, known, job=jobs[i], client=client, past=collect_histories(past[i], progress, work), work=work)
        for i, h in left.items()
    ]
    finishing = []
    for one in started:
        at = with_partners(collect_forecasts(one.pending, progress), partners, strict_vintages=known.strict_vintages)
        one.pending.pieces.clear()  # the workers may forget them
        made = partial(put_together, at, one.history, region=known.region, job=one.job, ever=one.ever, dates=one.dates)
        if one.history.sizes["unit"] <= SENT_UNITS:
            finishing.append(client.submit(made, pure=False, priority=1))
        else:
            _keep(made(), done, work)
    for future in completed(finishing, progress, "put together"):
        _keep(future.result(), done, work)
    return [done[i] for i in histories]


def _keep(result: IndicatorForecast, done: dict[str, IndicatorForecast], work: Work) -> None:
    keep_result(result, work)
    done[result.indicator] = result


def _past_dates(history: xr.Dataset, region: Region, job: Job) -> list[pd.Timestamp]:
    """The backtest's cutoffs, and the period before the newest one, to compare with."""
    previous = shift(job.origin_date, -1, region.freq)
    dates = backtest_dates(history, region, job)
    return [*dates, *([previous] if previous not in dates and _seen(history, previous) else [])]


def _start(
    cube: xr.Dataset,
    history: xr.Dataset,
    known: KnownRows,
    *,
    job: Job,
    client: Client,
    past: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]],
    work: Work,
) -> Started:
    region = known.region
    units = unit_table(region)
    level = dict(zip(units["unit"], units["level"], strict=True))
    ever = np.isfinite(cell_history(cube, str(history.attrs["indicator"]))).any(axis=1)
    distinct = distinct_units(units["unit"].tolist(), summing_matrix(region), ever)
    wanted = MemberRequest(
        level,
        job.horizon,
        job.seed,
        job.full,
        tuple(region.events),
        frozenset(),
        explain=True,
        max_tasks=job.max_tasks,
    )
    pending = submit_forecasts({**past, job.origin_date: (history, False)}, distinct, wanted, client=client, work=work)
    return Started(history, job, ever, backtest_dates(history, region, job), pending)


def put_together(
    at: list[AtCutoff], history: xr.Dataset, *, region: Region, job: Job, ever: np.ndarray, dates: list[pd.Timestamp]
) -> IndicatorForecast:
    """An indicator's forecast from what its members said: combined, scored, held against capacity, explained.

    Args:
        at: The cutoffs in order, the last one the newest.
        history: The newest figures (unit, time).
        region: Capacities and rules.
        job: What was asked.
        ever: (cell,) whether the cell was ever reported.
        dates: The cutoffs that the backtest scores.
    """
    level = unit_table(region).set_index("unit")["level"].to_dict()
    previous = shift(job.origin_date, -1, region.freq)
    assembled = assemble_all(at, region, ever=ever, seed=job.seed)
    scored = [(a, s) for a, s in zip(at, assembled, strict=True) if a.origin_date in dates]
    found = evidence(scored, history, assembled[-1].quantiles, level=level)
    replay = next((s for a, s in zip(at, assembled, strict=True) if a.origin_date == previous), None)
    broken = broken_regimes(assembled, at[-1].history)
    result = assess(at[-1], assembled[-1], found, region=region, ever=ever, replay=replay, broken=broken)
    medians, summing = result.value.sel(quantile=0.5, drop=True), _active_summing(at[-1].history, region, ever)
    capacity = planned_capacity(region, at[-1].history, ever)
    chances = exceedance_reliability(scored, settled(history), capacity, level)
    why = attribution(at[-1].members, assembled[-1], at[-1].history, medians, summing=summing)
    return replace(result, reasons=why, exceedance_reliability=chances)


def backtest_dates(history: xr.Dataset, region: Region, job: Job) -> list[pd.Timestamp]:
    """Cutoffs of the backtest that have enough history behind them."""
    dates = count_back(job.origin_date, region, cutoffs=job.cutoffs, step=job.step, horizon=job.horizon)
    return [d for d in dates if _seen(history, d)]


def _seen(history: xr.Dataset, date: pd.Timestamp) -> bool:
    past = history["count"].sel(time=slice(None, date)).transpose("unit", "time").to_numpy()
    return int(np.isfinite(past).any(axis=0).sum()) >= MIN_SEEN[history.attrs["freq"]]


def assemble_all(at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int) -> list[JointForecast]:
    """Assemble the cutoffs in order; each learns only from earlier forecasts whose outcome it could know."""
    summing = _active_summing(at[0].history, region, ever)
    levels = unit_table(region).set_index("unit")["level"].loc[at[0].history["unit"].to_numpy()].tolist()
    past: list[PastForecast] = []
    out: list[JointForecast] = []
    for cutoff in at:
        state = learn(past, cutoff.history, levels)
        options = {"summing": summing, "levels": levels, "n_draws": N_DRAWS, "seed": seed, "state": state}
        broken = flagged(broken_regimes(out, cutoff.history))
        out.append(assemble(cutoff.members, cutoff.history, **options, broken=broken))
        past.append(out[-1].past)
    return out


def _active_summing(history: xr.Dataset, region: Region, ever: np.ndarray) -> csr_array:
    """The units of a history over the cells that ever reported, 0/1."""
    rows = unit_table(region).set_index("unit").index.get_indexer(history["unit"].to_numpy())
    return summing_matrix(region)[rows][:, np.flatnonzero(ever)]
