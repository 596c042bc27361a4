"""From places to cells: which cells a block's figures belong to, the finest reporter of each first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.grid.aggregate import SUPERSEDED, Block
from pipelines.grid.encode import Places, cell_shares, shrink_to_history
from pipelines.ingest.daily.axes import DailyAxes, DailyBlock
from pipelines.ingest.daily.block_sums import DailySums
from pipelines.ingest.daily.index_sums import REASONS
from pipelines.observations.schema import MISSING_REASONS, PLACE_KINDS

OUT_OF_REACH = "point out of reach of every segment"
STOOD_FOR = {"point": "segment"}  # a point was put on its segment when its table was taken


@dataclass(frozen=True)
class CellEntry:
    """One cell that a place feeds."""

    place: int
    cell: int
    weight: float
    rank: int  # 0 = finest place kind
    spread: bool  # the place feeds other cells too


def places_of(axes: DailyAxes, region: Region) -> Places:
    """Cells and shares of each place on the axes, before any history."""
    frame = pd.DataFrame(
        {
            "place_kind": [STOOD_FOR.get(kind, kind) for kind, _, _ in axes.places],
            "place": [name for _, name, _ in axes.places],
            "route": [route or None for _, _, route in axes.places],
            "lon": np.nan,
            "lat": np.nan,
        }
    )
    places = cell_shares(frame, region)
    reasons = [
        OUT_OF_REACH if not name else reason for (_, name, _), reason in zip(axes.places, places.reasons, strict=True)
    ]
    return replace(places, reasons=tuple(reasons))


def with_history(places: Places, by_place: np.ndarray) -> Places:
    """Shares by what single cells reported (`grid/allocation_shares.py`), learnt from the indicator with most counts.

    Args:
        places: Shares before any history.
        by_place: Counts, shape (indicator, place).
    """
    single = places.size == 1
    if not single.any() or places.stated.all():
        return places
    leading = by_place[np.argmax(by_place[:, single].sum(axis=1))]
    return shrink_to_history(places, places.cells[places.first[single]], leading[single])


def entries_of(places: Places, axes: DailyAxes) -> list[CellEntry]:
    """The cells of all places, finest place kinds first."""
    found = [
        CellEntry(p, int(places.cells[k]), float(places.weights[k]), PLACE_KINDS.index(axes.places[p][0]), size > 1)
        for p, (first, size) in enumerate(zip(places.first.tolist(), places.size.tolist(), strict=True))
        for k in range(first, first + size)
    ]
    return sorted(found, key=lambda e: e.rank)


def cell_block(sums: DailySums, span: DailyBlock, places: Places, entries: Sequence[CellEntry], *, cells: int) -> Block:
    """A block of the cube from the sums of its places.

    Args:
        sums: What was reported, by place.
        span: The block's periods.
        places: Shares, and the reasons of places without a cell.
        entries: `entries_of(places, …)`.
        cells: Cells of the region.
    """
    starts = np.array(span.edges[:-1]) - span.first_day
    lengths = np.diff(span.edges)
    by_period = np.add.reduceat(sums.totals, starts, axis=0)  # (period, indicator, place)
    best, days, hidden = _finest(sums, starts, entries, cells=cells)
    shape = days.shape
    total, spread, superseded = np.zeros(shape), np.zeros(shape), np.zeros(shape[1])
    any_spread = np.zeros(shape, dtype=bool)
    speaks = {id(e): best[:, :, e.cell] == e.rank for e in entries}
    for e in entries:
        amount = by_period[:, :, e.place] * e.weight
        kept = np.where(speaks[id(e)], amount, 0.0)
        total[:, :, e.cell] += kept
        superseded += (amount - kept).sum(axis=0)
        if e.spread:
            spread[:, :, e.cell] += kept
            heard = np.logical_or.reduceat(sums.reported[:, :, e.place], starts, axis=0)
            any_spread[:, :, e.cell] |= speaks[id(e)] & heard
    known = best >= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        allocated = np.where(total > 0, spread / total, np.where(any_spread, 1.0, 0.0))
    count = _by_nationality(sums, entries, speaks, total=np.where(known, total, np.nan))
    ledger = _ledger(by_period, places, superseded, on_grid=total.sum(axis=(0, 2)))
    return Block(
        count=count,
        missing=np.where(known & ~hidden, 0, _reasons(sums, starts, entries, best)).astype(np.uint8).transpose(1, 2, 0),
        coverage=(days / lengths[:, None, None]).astype(np.float32).transpose(1, 2, 0),
        allocated=np.where(known, allocated, 0.0).astype(np.float32).transpose(1, 2, 0),
        ledger=ledger,
    )


def _finest(
    sums: DailySums, starts: np.ndarray, entries: Sequence[CellEntry], *, cells: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the finest place kind with a report: its rank, the days it told in full, and whether it told any in part.

    Shapes (period, indicator, cell); a rank of -1 = no report. A day told in part counts as not reported.
    """
    n_days, indicators, _ = sums.totals.shape
    best = np.full((len(starts), indicators, cells), -1)
    days = np.zeros((len(starts), indicators, cells))
    hidden = np.zeros(best.shape, dtype=bool)
    for rank in sorted({e.rank for e in entries}):
        heard, in_part = (np.zeros((n_days, indicators, cells), dtype=bool) for _ in range(2))
        for e in (e for e in entries if e.rank == rank):
            heard[:, :, e.cell] |= sums.reported[:, :, e.place]
            in_part[:, :, e.cell] |= sums.incomplete[:, :, e.place]
        first = (best < 0) & np.logical_or.reduceat(heard, starts, axis=0)
        best[first] = rank
        days[first] = np.add.reduceat(heard & ~in_part, starts, axis=0, dtype=float)[first]
        hidden[first] = np.logical_or.reduceat(in_part, starts, axis=0)[first]
    return best, days, hidden


def _by_nationality(
    sums: DailySums, entries: Sequence[CellEntry], speaks: dict[int, np.ndarray], *, total: np.ndarray
) -> np.ndarray:
    """Counts (indicator, nationality, cell, period); TOTAL from the days' resolved totals."""
    total = total.transpose(1, 2, 0)
    if sums.nationalities is None:
        return total[:, None]
    out = np.full((*sums.nationalities.shape[:2], *total.shape[1:]), np.nan)
    for number, wave in enumerate(_waves(entries)):
        cells = [e.cell for e in wave]
        plane = sums.nationalities[:, :, [e.place for e in wave]]
        weights = np.array([e.weight for e in wave])
        if (weights != 1).any():
            plane = plane * weights[:, None]
        silent = ~np.array([speaks[id(e)] for e in wave]).transpose(2, 0, 1)  # (indicator, entry, period)
        if silent.any():
            plane = np.where(silent[:, None], np.nan, plane)
        out[:, :, cells] = plane if number == 0 else _added(out[:, :, cells], plane)
    out[:, 0] = total
    return out


def _added(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Sum of what is known on either side; NaN where neither is."""
    both = np.nan_to_num(left) + np.nan_to_num(right)
    return np.where(np.isnan(left) & np.isnan(right), np.nan, both)


def _waves(entries: Sequence[CellEntry]) -> list[list[CellEntry]]:
    """Entries in groups that name no cell twice, so that a group is added at once."""
    waves: list[list[CellEntry]] = []
    for e in entries:
        free = next((w for w in waves if e.cell not in {f.cell for f in w}), None)
        if free is None:
            waves.append(free := [])
        free.append(e)
    return waves


def _reasons(sums: DailySums, starts: np.ndarray, entries: Sequence[CellEntry], best: np.ndarray) -> np.ndarray:
    """Reason codes of the cube that the finest place kind stated, else 1 (not reported), (period, indicator, cell)."""
    stated = np.zeros(best.shape, dtype=np.uint8)
    if sums.missing.any():
        for rank in sorted({e.rank for e in entries}):
            mine = np.zeros(best.shape, dtype=np.uint8)
            for e in (e for e in entries if e.rank == rank):
                said = np.maximum.reduceat(sums.missing[:, :, e.place], starts, axis=0)
                mine[:, :, e.cell] = np.maximum(mine[:, :, e.cell], said)
            speaks = (best == rank) | ((best < 0) & (stated == 0))
            stated[speaks] = mine[speaks]
    return CUBE_CODES[np.maximum(stated, 1)]


CUBE_CODES = np.array([0, *(MISSING_REASONS.index(name) + 1 for name in REASONS[1:])], dtype=np.uint8)


def _ledger(by_period: np.ndarray, places: Places, superseded: np.ndarray, *, on_grid: np.ndarray) -> pd.DataFrame:
    rows = [(i, "", float(v)) for i, v in enumerate(on_grid)]
    rows += [(i, SUPERSEDED, float(v)) for i, v in enumerate(superseded)]
    by_place = by_period.sum(axis=0)
    rows += [
        (i, places.reasons[p], float(by_place[i, p]))
        for p in np.flatnonzero(places.size == 0)
        for i in range(len(by_place))
    ]
    table = pd.DataFrame(rows, columns=["indicator", "reason", "count"])
    return table[table["count"] != 0]
