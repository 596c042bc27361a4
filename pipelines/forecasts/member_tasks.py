"""Forecasts of one indicator at many cutoffs: pure functions of `forecasting`, mapped over Dask futures.

Tasks go in groups; what a group gives is kept as it is complete, and not made a second time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Future
from scipy.sparse import csr_array

from forecasting.members.peers import peer_quantiles
from forecasting.members.run_members import (
    Failure,
    Members,
    join_members,
    joint_quantiles,
    member_plan,
    member_quantiles,
    stack_members,
)
from forecasting.models.registry import PANEL_MODELS
from geo.region.region import Event
from pipelines.compute.checkpoints import Checkpoints, digest_of
from pipelines.compute.workers import Workers

BLOCK_UNITS = 6  # units a task of every member (a second's work): small enough to keep every worker busy to the end
LIGHT_UNITS = 48  # units a task of the cheap members: with 6, sending took longer than the work
MAX_TASKS = 4000  # of a run; where there would be more, a task takes more units
JOINT_UNITS = 1000  # that a model of all units sees at once, 2 GiB at ten years of weeks; more take several fits
N_DRAWS = 1000

Histories = Mapping[pd.Timestamp, tuple[xr.Dataset, bool]]  # cutoff → (unit, time), whether of real vintages alone
Slot = tuple[int, str]  # number of the cutoff; joint, members or peers


@dataclass(frozen=True)
class AtCutoff:
    """What was known of all units at a cutoff, and what each member said then."""

    origin_date: pd.Timestamp
    history: xr.Dataset  # (unit, time)
    members: Members  # (member, unit, horizon, quantile)
    peers: Members | None
    real_vintages: bool
    late: frozenset[str] = frozenset()  # partners whose forecast came when its first target period was over

    def by_model(self, combination: xr.DataArray) -> dict[str, xr.DataArray]:
        """Quantiles (unit, horizon, quantile) of the combination, called `routecast`, of each member and each peer."""
        groups = [g.quantiles for g in (self.members, self.peers) if g is not None]
        single = {str(m): g.sel(member=m, drop=True) for g in groups for m in g["member"].to_numpy()}
        return {"routecast": combination, **single}


@dataclass(frozen=True)
class Distinct:
    """Units with a history, and for each the first unit with the very same cells: equal series are computed once."""

    active: list[str]
    same_as: dict[str, str]  # active unit → representative

    @property
    def representatives(self) -> list[str]:
        """Each series once, in the order of the units."""
        return list(dict.fromkeys(self.same_as.values()))

    def shared_by(self, members: Members, units: list[str]) -> Members:
        """Every unit with its representative's forecasts."""
        same = [self.same_as[u] for u in units]
        values, drivers = members.quantiles.sel(unit=same).assign_coords(unit=units), members.attribution
        drivers = None if drivers is None else drivers.sel(unit=same).assign_coords(unit=units)
        return Members(values, members.failures, drivers)


@dataclass(frozen=True)
class MemberRequest:
    """What to forecast, and with what."""

    levels: Mapping[str, str]  # unit → level
    horizon: int
    seed: int
    full: bool  # every member, or the cheap ones
    events: tuple[Event, ...]
    peer_units: frozenset[str] = frozenset()
    explain: bool = False  # whether the newest cutoff's medians are split into parts
    max_tasks: int = MAX_TASKS
    turns: Sequence[int] = ()  # of each cutoff: a fit serves equal turns // `refit_every`; empty: counted back

    def plan(self, history: xr.Dataset, *, turn: int = 0) -> dict[str, list[str]]:
        """Unit → models."""
        levels = [self.levels[str(u)] for u in history["unit"].to_numpy()]
        return member_plan(history, levels, full=self.full, turn=turn)

    def turns_of(self, cutoffs: int) -> Sequence[int]:
        """The turn of each of so many cutoffs."""
        return self.turns or range(cutoffs - 1, -1, -1)


@dataclass(frozen=True)
class TaskGroup:
    """Forecasts of some models at some cutoffs."""

    name: str
    kind: str  # joint (models that see many units at once), members or peers
    numbers: Sequence[int]  # of the cutoffs, one result each
    units: Sequence[str]  # that blocks are joined over, in this order
    made_from: str  # digest of all that decides the forecasts
    futures: list[Future] = field(default_factory=list)  # empty where it was kept from a run before
    kept: list[Members] | None = None

    def result(self) -> list[Members]:
        """One entry per cutoff; the tasks must be done."""
        if self.kept is not None:
            return self.kept
        blocks = [future.result() for future in self.futures]
        each = blocks if self.kind == "joint" else [[block] for block in blocks]
        if len(each) == 1 and self.kind == "joint":
            return list(each[0])
        return [join_members(parts, units=self.units) for parts in zip(*each, strict=True)]


@dataclass(frozen=True)
class Pending:
    """Forecasts of one indicator that are under way."""

    histories: Histories  # of the active units
    distinct: Distinct
    groups: list[TaskGroup]


def distinct_units(units: Sequence[str], summing: csr_array, ever_known: np.ndarray) -> Distinct:
    """Find the units with a history and those that share one.

    Args:
        units: Unit ids, the rows of `summing`.
        summing: (unit, cell) 0/1.
        ever_known: (cell,) whether the cell was ever reported.
    """
    rows = summing[:, np.flatnonzero(ever_known)]
    rows.sort_indices()
    cells = [rows.indices[begin:end].tobytes() for begin, end in pairwise(rows.indptr)]
    first: dict[bytes, str] = {}
    same_as = {u: first.setdefault(c, u) for u, c in zip(units, cells, strict=True) if c}
    return Distinct(list(same_as), same_as)


def submit_forecasts(histories: Histories, distinct: Distinct, request: MemberRequest, workers: Workers) -> Pending:
    """Start every planned member (and the peers, where asked for) at every cutoff; equal series are computed once."""
    histories = {d: (history.sel(unit=distinct.active), real) for d, (history, real) in histories.items()}
    units = distinct.representatives
    seen = [history[["count"]].sel(unit=units) for history, _real in histories.values()]  # all that rides in tasks
    groups = _joint_groups(seen, units, request, workers) if request.full else []  # the dearest first
    for number, history in enumerate(seen):
        groups += _block_groups(history, number, len(seen), request, workers=workers)
    return Pending(histories, distinct, groups)


def _joint_groups(
    seen: list[xr.Dataset], units: list[str], request: MemberRequest, workers: Workers
) -> list[TaskGroup]:
    """The models that see all units (or `JOINT_UNITS` of them) at once, a group per fit; the dearest first."""
    plans = [request.plan(history) for history in seen]
    newest, turns = len(seen) - 1, request.turns_of(len(seen))

    def submit(model: str, numbers: list[int], options: Mapping[str, Any]) -> list[Future]:
        """A model at some cutoffs that one fit serves."""
        futures = []
        for block in _blocks(units, JOINT_UNITS):
            histories = [seen[n].sel(unit=block) for n in numbers]
            planned, levels = [{u: plans[n][u] for u in block} for n in numbers], {u: request.levels[u] for u in block}
            made = workers.client.submit(joint_quantiles, model, histories, planned, levels, **options, pure=False)
            futures.append(made)
        return futures

    groups = []
    for model in sorted(PANEL_MODELS.values(), key=lambda m: -m.refit_every):
        served: dict[int, list[int]] = {}
        for n, turn in enumerate(turns):
            served.setdefault(turn // model.refit_every, []).append(n)
        for _, numbers in sorted(served.items(), reverse=True):
            options = {"horizon": request.horizon, "seed": request.seed}
            options["explain"] = request.explain and newest in numbers
            group = TaskGroup(
                name=f"{_group_name(seen[numbers[-1]])}-{model.name}",
                kind="joint",
                numbers=numbers,
                units=units,
                made_from=digest_of(
                    model.name, options, request.levels, *(seen[n] for n in numbers), [plans[n] for n in numbers]
                ),
            )
            groups.append(start_group(group, partial(submit, model.name, numbers, options), kept=workers.kept))
    return groups


def _block_groups(
    history: xr.Dataset, number: int, cutoffs: int, request: MemberRequest, *, workers: Workers
) -> list[TaskGroup]:
    """The members (and peers) of one cutoff, each a group of blocks of units."""
    plan = request.plan(history, turn=request.turns_of(cutoffs)[number])
    options = {"horizon": request.horizon, "seed": request.seed, "explain": request.explain and number == cutoffs - 1}
    units = [str(u) for u in history["unit"].to_numpy()]
    compared = [u for u in units if u in request.peer_units]
    size = block_size(len(units), cutoffs, request.max_tasks, least=BLOCK_UNITS if request.full else LIGHT_UNITS)
    submit = workers.client.submit

    def members() -> list[Future]:
        """Every planned member on blocks of units."""
        blocks = [(history.sel(unit=b), {u: plan[u] for u in b}) for b in _blocks(units, size)]
        return [submit(member_quantiles, h, p, events=request.events, **options, pure=False) for h, p in blocks]

    def peers() -> list[Future]:
        """The peers on blocks of units."""
        blocks = [history.sel(unit=b) for b in _blocks(compared, block_size(len(units), cutoffs, request.max_tasks))]
        return [submit(peer_quantiles, h, horizon=request.horizon, pure=False) for h in blocks]

    name, kept = _group_name(history), workers.kept
    made_from = digest_of(options, [str(e) for e in request.events], plan, history)
    started = [start_group(TaskGroup(f"{name}-members", "members", [number], units, made_from), members, kept=kept)]
    if compared:
        made_from = digest_of("peers", options, compared, history)
        started.append(
            start_group(TaskGroup(f"{name}-peers", "peers", [number], compared, made_from), peers, kept=kept)
        )
    return started


def start_group(group: TaskGroup, submit: Callable[[], list[Future]], *, kept: Checkpoints) -> TaskGroup:
    """A group with its tasks submitted, unless its result was kept."""
    found = kept.load(group.name, made_from=group.made_from)
    if found is None:
        return replace(group, futures=submit())
    return replace(group, kept=[_members(d) for d in found])


def collect_forecasts(pending: Pending, workers: Workers) -> list[AtCutoff]:
    """One entry per cutoff, in order, over all active units; the workers may forget what they made."""
    indicator = str(next(iter(pending.histories.values()))[0].attrs["indicator"])
    done = finish_groups(pending.groups, f"forecasts of {indicator.replace('_', ' ')}", workers)
    pending.groups.clear()
    active, same_as = pending.distinct.active, pending.distinct.same_as
    collected = []
    for number, (date, (history, real)) in enumerate(pending.histories.items()):
        every = stack_members([*done[number, "members"], *done.get((number, "joint"), [])])
        peers = None
        if (number, "peers") in done:
            (found,) = done[number, "peers"]
            ran = {str(u) for u in found.quantiles["unit"].to_numpy()}
            peers = pending.distinct.shared_by(found, [u for u in active if same_as[u] in ran])
        members = pending.distinct.shared_by(every, active)
        collected.append(AtCutoff(date, history, members, peers, real))
    return collected


def finish_groups(groups: Sequence[TaskGroup], stage: str, workers: Workers) -> dict[Slot, list[Members]]:
    """Wait for the groups and keep each as it is complete; what was kept before counts as done."""
    done: dict[Slot, list[Members]] = {}

    def sort_in(group: TaskGroup, result: Sequence[Members]) -> None:
        """Add a group's results to those of their cutoffs."""
        for number, members in zip(group.numbers, result, strict=True):
            done.setdefault((number, group.kind), []).append(members)

    group_of = {future: group for group in groups for future in group.futures}
    missing = {group.name: len(group.futures) for group in groups}
    for group in groups:
        if group.kept is not None:
            sort_in(group, group.kept)
    for future in workers.completed(list(group_of), stage):
        group = group_of.pop(future)
        missing[group.name] -= 1
        if missing[group.name] == 0:
            result = group.result()
            workers.kept.keep(group.name, [_dataset(m) for m in result], made_from=group.made_from)
            sort_in(group, result)
            group.futures.clear()  # the workers may forget them
    return done


def _dataset(members: Members) -> xr.Dataset:
    arrays = {"quantiles": members.quantiles}
    if members.attribution is not None:
        arrays["attribution"] = members.attribution
    failures = [[f.member, f.unit, f.reason] for f in members.failures]
    return xr.Dataset(arrays, attrs={"failures": failures})


def _members(dataset: xr.Dataset) -> Members:
    attribution = dataset["attribution"].rename(None) if "attribution" in dataset else None
    quantiles = dataset["quantiles"].rename(None)
    if attribution is not None:
        quantiles = quantiles.drop_vars("part", errors="ignore")
    return Members(quantiles, [Failure(*f) for f in dataset.attrs["failures"]], attribution)


def _group_name(history: xr.Dataset) -> str:
    return f"{history.attrs['indicator']}-{pd.Timestamp(history['time'].to_numpy()[-1]):%Y-%m-%d}"


def block_size(units: int, cutoffs: int, max_tasks: int, *, least: int = BLOCK_UNITS) -> int:
    """Units a task: few, so that every worker is busy to the end, but so many that the tasks stay bounded.

    Example:
        >>> block_size(150, 11, 4000), block_size(100_000, 11, 4000)
        (6, 276)
    """
    return max(least, -(-units // max(max_tasks // cutoffs, 1)))


def _blocks(units: Sequence[str], size: int) -> list[list[str]]:
    """Blocks with every n-th unit, so that dear upper units are shared out among them."""
    number = -(-len(units) // size)
    return [list(units[i::number]) for i in range(number)]
