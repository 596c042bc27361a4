"""Forecasts of one indicator at many cutoffs: pure functions of `forecasting`, mapped over Dask futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from distributed import as_completed

from forecasting.joint_members import boosted_quantiles, endemic_quantiles
from forecasting.members import Members, join_members, member_quantiles, stack_members
from forecasting.peers import peer_quantiles
from forecasting.plan import member_plan
from pipelines.cutoffs import history_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr
    from distributed import Client, Future
    from scipy.sparse import csr_array

    from geo.region import Event, Region
    from pipelines.grid import Grid
    from pipelines.harmonise import Rows

    Progress = Callable[[str, int, int], None]

BLOCK_UNITS = 6  # units a task: small enough to keep every worker busy to the end
PROPHET_EVERY = 6  # cutoffs between refits of the dear model (design §5)
JOINT_EVERY = 3  # cutoffs that one fit of the boosted trees serves; it learns at the first of them
N_DRAWS = 1000


@dataclass(frozen=True)
class Known:
    """What the rows and the grid are, shared by every task of a run."""

    rows: Rows
    grid: Grid
    region: Region
    strict_vintages: bool
    zero_within_span: tuple[str, ...]


@dataclass(frozen=True)
class AtCutoff:
    """What was known of all units at a cutoff, and what each member said then."""

    origin_date: pd.Timestamp
    history: xr.Dataset  # (unit, time)
    members: Members  # (member, unit, horizon, quantile)
    peers: Members | None
    real_vintages: bool
    late: frozenset[str] = frozenset()  # partners whose forecast came when its first target period was over


@dataclass(frozen=True)
class Distinct:
    """Units with a history, and for each the first unit with the very same cells: equal series are computed once."""

    active: list[str]
    same_as: dict[str, str]  # active unit → representative

    @property
    def representatives(self) -> list[str]:
        """Each series once, in the order of the units."""
        return list(dict.fromkeys(self.same_as.values()))


@dataclass(frozen=True)
class Wanted:
    """What to forecast, and with what."""

    levels: Mapping[str, str]  # unit → level
    horizon: int
    seed: int
    full: bool  # every member, or the cheap ones
    events: tuple[Event, ...]
    peer_units: frozenset[str]
    explain: bool = False  # whether the newest cutoff's medians are split into parts


def distinct_units(units: Sequence[str], summing: csr_array, ever_known: np.ndarray) -> Distinct:
    """Find the units with a history and those that share one.

    Args:
        units: Unit ids, the rows of `summing`.
        summing: (unit, cell) 0/1.
        ever_known: (cell,) whether the cell was ever reported.
    """
    rows = summing.toarray()[:, ever_known]
    first: dict[bytes, str] = {}
    same_as = {u: first.setdefault(row.tobytes(), u) for u, row in zip(units, rows, strict=True) if row.any()}
    return Distinct(list(same_as), same_as)


def submit_histories(
    dates: Sequence[pd.Timestamp], known: Known, indicator: str, *, client: Client
) -> dict[pd.Timestamp, Future]:
    """What was known at each cutoff, rebuilt from the vintages; one task per cutoff."""
    shared = client.scatter(known, broadcast=True)
    return {date: client.submit(_history_task, shared, indicator, date, pure=False) for date in dates}


def collect_histories(
    futures: Mapping[pd.Timestamp, Future], progress: Progress
) -> dict[pd.Timestamp, tuple[xr.Dataset, bool]]:
    """The histories (unit, time) of `submit_histories`, and whether each rests on real vintages alone."""
    _tracked(list(futures.values()), progress, "as known at the cutoffs")
    return {date: future.result() for date, future in futures.items()}


def _history_task(known: Known, indicator: str, origin_date: pd.Timestamp) -> tuple[xr.Dataset, bool]:
    return history_at(
        known.rows,
        known.grid,
        known.region,
        indicator=indicator,
        origin_date=origin_date,
        strict_vintages=known.strict_vintages,
        zero_within_span=known.zero_within_span,
    )


@dataclass(frozen=True)
class Pending:
    """Forecasts of one indicator that are under way."""

    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]]
    distinct: Distinct
    joint: dict[Future, list[int]]  # with the numbers of the cutoffs
    single: dict[Future, tuple[int, str]]  # number of the cutoff; members or peers


def submit_forecasts(
    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]], distinct: Distinct, wanted: Wanted, *, client: Client
) -> Pending:
    """Start every planned member (and the peers, where wanted) at every cutoff; equal series are computed once."""
    kept = distinct.representatives
    dates = list(histories)
    joint = _joint_tasks(histories, kept, wanted, client=client)  # the dearest first
    futures: dict[Future, tuple[int, str]] = {}
    for number, date in enumerate(dates):
        history = histories[date][0].sel(unit=kept)
        plan = _plan(history, wanted, with_prophet=(len(dates) - 1 - number) % PROPHET_EVERY == 0)
        options = {"horizon": wanted.horizon, "seed": wanted.seed, "events": wanted.events}
        options["explain"] = wanted.explain and number == len(dates) - 1
        for block in _blocks(kept):
            part = history.sel(unit=block)
            mine = {u: plan[u] for u in block}
            futures[client.submit(member_quantiles, part, mine, **options, pure=False)] = (number, "members")
        for block in _blocks([u for u in kept if u in wanted.peer_units]):
            future = client.submit(peer_quantiles, history.sel(unit=block), horizon=wanted.horizon, pure=False)
            futures[future] = (number, "peers")
    return Pending(histories, distinct, joint, futures)


def collect_forecasts(pending: Pending, progress: Progress) -> list[AtCutoff]:
    """One entry per cutoff, in order, over all active units."""
    done: dict[tuple[int, str], list[Members]] = {}
    stage = f"forecasts of {_indicator_of(pending.histories)}"
    for future in _tracked([*pending.joint, *pending.single], progress, stage):
        if future in pending.joint:
            for number, members in zip(pending.joint[future], future.result(), strict=True):
                done.setdefault((number, "joint"), []).append(members)
        else:
            done.setdefault(pending.single[future], []).append(future.result())
    return [
        _gather(date, n, done, distinct=pending.distinct, histories=pending.histories)
        for n, date in enumerate(pending.histories)
    ]


def _joint_tasks(
    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]], kept: list[str], wanted: Wanted, *, client: Client
) -> dict[Future, list[int]]:
    """Tasks of the models that see all units at once, each with the numbers of its cutoffs; the dearest first."""
    if not wanted.full:
        return {}
    seen = [history.sel(unit=kept) for history, _real in histories.values()]
    plans = [_plan(history, wanted, with_prophet=False) for history in seen]
    options = {"horizon": wanted.horizon, "seed": wanted.seed, "pure": False}
    futures: dict[Future, list[int]] = {}
    newest = len(seen) - 1
    for group in np.unique((newest - np.arange(len(seen))) // JOINT_EVERY):
        numbers = [n for n in range(len(seen)) if (newest - n) // JOINT_EVERY == group]
        parts = [seen[n] for n in numbers], [plans[n] for n in numbers]
        explain = wanted.explain and newest in numbers
        futures[client.submit(boosted_quantiles, *parts, explain=explain, **options)] = numbers
    for number, (history, plan) in enumerate(zip(seen, plans, strict=True)):
        explain = wanted.explain and number == newest
        task = client.submit(endemic_quantiles, history, plan, dict(wanted.levels), explain=explain, **options)
        futures[task] = [number]
    return futures


def _gather(
    date: pd.Timestamp,
    number: int,
    done: Mapping[tuple[int, str], list[Members]],
    *,
    distinct: Distinct,
    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]],
) -> AtCutoff:
    history, real = histories[date]
    each = join_members(done[number, "members"], units=distinct.representatives)
    members = _spread(stack_members([each, *done.get((number, "joint"), [])]), distinct, distinct.active)
    peers = None
    if (number, "peers") in done:
        blocks = done[number, "peers"]
        ran = {str(u) for b in blocks for u in b.quantiles["unit"].to_numpy()}
        kept = [u for u in distinct.representatives if u in ran]
        peers = _spread(
            join_members(blocks, units=kept), distinct, [u for u in distinct.active if distinct.same_as[u] in ran]
        )
    return AtCutoff(date, history.sel(unit=distinct.active), members, peers, real)


def _spread(members: Members, distinct: Distinct, units: list[str]) -> Members:
    """Give every unit its representative's forecasts."""
    values = members.quantiles.sel(unit=[distinct.same_as[u] for u in units]).assign_coords(unit=units)
    if members.parts is None:
        return Members(values, members.failures)
    parts = members.parts.sel(unit=[distinct.same_as[u] for u in units]).assign_coords(unit=units)
    return Members(values, members.failures, parts)


def _plan(history: xr.Dataset, wanted: Wanted, *, with_prophet: bool) -> dict[str, list[str]]:
    levels = [wanted.levels[str(u)] for u in history["unit"].to_numpy()]
    plan = member_plan(history, levels, full=wanted.full)
    return plan if with_prophet else {u: [m for m in ms if m != "prophet"] for u, ms in plan.items()}


def _blocks(units: Sequence[str]) -> list[list[str]]:
    """Blocks with every n-th unit, so that dear upper units are shared out among them."""
    number = -(-len(units) // BLOCK_UNITS)
    return [list(units[i::number]) for i in range(number)]


def _tracked(futures: list[Future], progress: Progress, stage: str) -> list[Future]:
    """The futures as they complete, told to the person who waits; a failed one raises where its result is read."""
    finished = []
    for future in as_completed(futures):
        finished.append(future)
        progress(stage, len(finished), len(futures))
    return finished


def _indicator_of(histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]]) -> str:
    return str(next(iter(histories.values()))[0].attrs["indicator"]).replace("_", " ")
