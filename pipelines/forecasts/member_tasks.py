"""Forecasts of one indicator at many cutoffs: pure functions of `forecasting`, mapped over Dask futures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client, Future
from scipy.sparse import csr_array

from forecasting.members.peers import peer_quantiles
from forecasting.members.run_members import Members, joint_quantiles, member_plan, member_quantiles, stack_members
from forecasting.models.registry import PANEL_MODELS
from geo.region.region import Event
from pipelines.compute.checkpoints import KEEP_NOTHING, Work
from pipelines.compute.progress import Progress
from pipelines.forecasts.task_groups import TaskGroup, finish_pieces, start_piece

BLOCK_UNITS = 6  # units a task: small enough to keep every worker busy to the end
MAX_TASKS = 4000  # of a run; where there would be more, a task takes more units
JOINT_UNITS = 1000  # that a model of all units sees at once, 2 GiB at ten years of weeks; more take several fits
N_DRAWS = 1000


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
class MemberRequest:
    """What to forecast, and with what."""

    levels: Mapping[str, str]  # unit → level
    horizon: int
    seed: int
    full: bool  # every member, or the cheap ones
    events: tuple[Event, ...]
    peer_units: frozenset[str]
    explain: bool = False  # whether the newest cutoff's medians are split into parts
    max_tasks: int = MAX_TASKS


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


@dataclass(frozen=True)
class Pending:
    """Forecasts of one indicator that are under way."""

    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]]
    distinct: Distinct
    pieces: list[TaskGroup]
    work: Work


def submit_forecasts(
    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]],
    distinct: Distinct,
    wanted: MemberRequest,
    *,
    client: Client,
    work: Work = KEEP_NOTHING,
) -> Pending:
    """Start every planned member (and the peers, where wanted) at every cutoff; equal series are computed once."""
    pieces = _joint_pieces(histories, distinct.representatives, wanted, client=client, work=work)  # the dearest first
    for number, date in enumerate(histories):
        history = _series(histories[date][0], distinct.representatives)
        pieces += _block_pieces(history, number, len(histories), wanted, client=client, work=work)
    return Pending(histories, distinct, pieces, work)


def _block_pieces(
    history: xr.Dataset, number: int, cutoffs: int, wanted: MemberRequest, *, client: Client, work: Work
) -> list[TaskGroup]:
    """The members (and peers) of one cutoff, each a piece of blocks of units."""
    plan = _plan(history, wanted, cutoffs_ago=cutoffs - 1 - number)
    options = {"horizon": wanted.horizon, "seed": wanted.seed, "events": wanted.events}
    options["explain"] = wanted.explain and number == cutoffs - 1
    units = [str(u) for u in history["unit"].to_numpy()]
    compared = [u for u in units if u in wanted.peer_units]
    size = block_size(len(units), cutoffs, wanted.max_tasks)

    def members() -> list[Future]:
        """Every planned member on blocks of units."""
        return [
            client.submit(member_quantiles, history.sel(unit=b), {u: plan[u] for u in b}, **options, pure=False)
            for b in _blocks(units, size)
        ]

    def peers() -> list[Future]:
        """The peers on blocks of units."""
        return [
            client.submit(peer_quantiles, history.sel(unit=b), horizon=wanted.horizon, pure=False)
            for b in _blocks(compared, size)
        ]

    name, ours = _piece_name(history), {"work": work}
    started = [start_piece(f"{name}-members", "members", [number], units=units, submit=members, **ours)]
    if compared:
        started.append(start_piece(f"{name}-peers", "peers", [number], units=compared, submit=peers, **ours))
    return started


def collect_forecasts(pending: Pending, progress: Progress) -> list[AtCutoff]:
    """One entry per cutoff, in order, over all active units."""
    stage = f"forecasts of {_indicator_of(pending.histories).replace('_', ' ')}"
    done = finish_pieces(pending.pieces, progress=progress, stage=stage, work=pending.work)
    return [
        _gather(date, n, done, distinct=pending.distinct, histories=pending.histories)
        for n, date in enumerate(pending.histories)
    ]


def _joint_pieces(
    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]],
    kept: list[str],
    wanted: MemberRequest,
    *,
    client: Client,
    work: Work,
) -> list[TaskGroup]:
    """The models that see all units (or `JOINT_UNITS` of them) at once, a piece per fit; the dearest first."""
    if not wanted.full:
        return []
    seen = [_series(history, kept) for history, _real in histories.values()]
    plans = [_plan(history, wanted) for history in seen]
    newest = len(seen) - 1

    def submit(model: str, numbers: list[int]) -> list[Future]:
        """A model at some cutoffs that one fit serves."""
        options = {"horizon": wanted.horizon, "seed": wanted.seed, "explain": wanted.explain and newest in numbers}
        return [
            client.submit(
                joint_quantiles,
                model,
                [seen[n].sel(unit=g) for n in numbers],
                [{u: plans[n][u] for u in g} for n in numbers],
                {u: wanted.levels[u] for u in g},
                **options,
                pure=False,
            )
            for g in _blocks(kept, JOINT_UNITS)
        ]

    pieces = []
    for model in sorted(PANEL_MODELS.values(), key=lambda m: -m.refit_every):
        for group in np.unique((newest - np.arange(len(seen))) // model.refit_every):
            numbers = [n for n in range(len(seen)) if (newest - n) // model.refit_every == group]
            name, start = f"{_piece_name(seen[numbers[-1]])}-{model.name}", partial(submit, model.name, numbers)
            pieces.append(start_piece(name, "joint", numbers, units=kept, submit=start, work=work))
    return pieces


def _series(history: xr.Dataset, units: list[str]) -> xr.Dataset:
    """What members look at, which is all that rides in their tasks."""
    return history[["count"]].sel(unit=units)


def _piece_name(history: xr.Dataset) -> str:
    return f"{history.attrs['indicator']}-{pd.Timestamp(history['time'].to_numpy()[-1]):%Y-%m-%d}"


def _gather(
    date: pd.Timestamp,
    number: int,
    done: Mapping[tuple[int, str], list[Members]],
    *,
    distinct: Distinct,
    histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]],
) -> AtCutoff:
    history, real = histories[date]
    spoken = [*done[number, "members"], *done.get((number, "joint"), [])]
    members = _spread(stack_members(spoken), distinct, distinct.active)
    peers = None
    if (number, "peers") in done:
        (found,) = done[number, "peers"]
        ran = {str(u) for u in found.quantiles["unit"].to_numpy()}
        peers = _spread(found, distinct, [u for u in distinct.active if distinct.same_as[u] in ran])
    return AtCutoff(date, history.sel(unit=distinct.active), members, peers, real)


def _spread(members: Members, distinct: Distinct, units: list[str]) -> Members:
    """Give every unit its representative's forecasts."""
    values = members.quantiles.sel(unit=[distinct.same_as[u] for u in units]).assign_coords(unit=units)
    drivers = members.attribution
    if drivers is not None:
        drivers = drivers.sel(unit=[distinct.same_as[u] for u in units]).assign_coords(unit=units)
    return Members(values, members.failures, drivers)


def _plan(history: xr.Dataset, wanted: MemberRequest, *, cutoffs_ago: int = 0) -> dict[str, list[str]]:
    levels = [wanted.levels[str(u)] for u in history["unit"].to_numpy()]
    return member_plan(history, levels, full=wanted.full, cutoffs_ago=cutoffs_ago)


def block_size(units: int, cutoffs: int, max_tasks: int) -> int:
    """Units a task: few, so that every worker is busy to the end, but so many that the tasks stay bounded.

    Example:
        >>> block_size(150, 11, 4000), block_size(100_000, 11, 4000)
        (6, 276)
    """
    return max(BLOCK_UNITS, -(-units // max(max_tasks // cutoffs, 1)))


def _blocks(units: Sequence[str], size: int) -> list[list[str]]:
    """Blocks with every n-th unit, so that dear upper units are shared out among them."""
    number = -(-len(units) // size)
    return [list(units[i::number]) for i in range(number)]


def _indicator_of(histories: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]]) -> str:
    return str(next(iter(histories.values()))[0].attrs["indicator"])
