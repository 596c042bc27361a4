"""Forecasts under way, in pieces that are kept as they are finished: what is complete is not made a second time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xarray as xr
from distributed import Future

from forecasting.members.run_members import Failure, Members, join_members
from pipelines.compute.checkpoints import Work
from pipelines.compute.progress import Progress, completed

Slot = tuple[int, str]  # number of the cutoff; joint, members or peers


@dataclass(frozen=True)
class TaskGroup:
    """Forecasts of some models at some cutoffs."""

    name: str
    kind: str  # joint (models that see many units at once), members or peers
    numbers: Sequence[int]  # of the cutoffs, one result each
    units: Sequence[str]  # that blocks are joined over, in this order
    futures: list[Future]  # empty where it was kept from a run before
    found: list[Members] | None = None

    def result(self) -> list[Members]:
        """One entry per cutoff; the tasks must be done."""
        if self.found is not None:
            return self.found
        blocks = [future.result() for future in self.futures]
        each = blocks if self.kind == "joint" else [[block] for block in blocks]
        if len(each) == 1 and self.kind == "joint":
            return list(each[0])
        return [join_members(parts, units=self.units) for parts in zip(*each, strict=True)]


def start_piece(
    name: str,
    kind: str,
    numbers: Sequence[int],
    *,
    units: Sequence[str],
    submit: Callable[[], list[Future]],
    work: Work,
) -> TaskGroup:
    """Submit a piece's tasks, unless it was kept."""
    kept = work.load(name)
    if kept is None:
        return TaskGroup(name, kind, numbers, units, submit())
    return TaskGroup(name, kind, numbers, units, [], [_members(d) for d in kept])


def finish_pieces(
    pieces: Sequence[TaskGroup], *, progress: Progress, stage: str, work: Work
) -> dict[Slot, list[Members]]:
    """Wait for the pieces and keep each as it is complete; what was kept before counts as done."""
    done: dict[Slot, list[Members]] = {}
    piece_of = {future: piece for piece in pieces for future in piece.futures}
    missing = {piece.name: len(piece.futures) for piece in pieces}
    for piece in pieces:
        if piece.found is not None:
            _sort_in(piece, piece.found, done)
    for future in completed(list(piece_of), progress, stage):
        piece = piece_of.pop(future)
        missing[piece.name] -= 1
        if missing[piece.name] == 0:
            result = piece.result()
            work.keep(piece.name, [_dataset(m) for m in result])
            _sort_in(piece, result, done)
            piece.futures.clear()  # the workers may forget them
    return done


def _sort_in(piece: TaskGroup, result: Sequence[Members], done: dict[Slot, list[Members]]) -> None:
    for number, members in zip(piece.numbers, result, strict=True):
        done.setdefault((number, piece.kind), []).append(members)


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
