"""Add a block's daily figures up: what one Dask task does."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.ingest.daily.axes import DailyAxes, DailyBlock, DailyPiece
from pipelines.ingest.daily.columns import Columns, joined, read_columns, read_sums
from pipelines.ingest.daily.index_sums import REASONS, RunSums, add_runs
from pipelines.ingest.daily.vintages import DailyRows, VintageRule, known_mask, newest


@dataclass(frozen=True)
class DailySums:
    """What was reported in a block, by place."""

    totals: np.ndarray  # (day, indicator, place) float64; of days without a report 0
    reported: np.ndarray  # (day, indicator, place) bool
    missing: np.ndarray  # (day, indicator, place) uint8: of a part of the total without a count, code of `REASONS`
    incomplete: np.ndarray  # (day, indicator, place) bool: a part of the total is not told, or was printed as `<5`
    nationalities: (
        np.ndarray | None
    )  # (indicator, nationality, place, period) float64, NaN = unknown; TOTAL only as stated
    newest: np.ndarray | None  # (day, indicator, place) int64: newest `as_of` of the day's rows, -1 = none
    assumed: np.ndarray | None  # (day, indicator, place) bool: whether any of them is assumed
    negative_rest: float  # by how much nationalities exceed their published totals


def add_block(
    block: DailyBlock, axes: DailyAxes, *, nationalities: bool, known: VintageRule, dated: bool = False
) -> DailySums:
    """Add the figures of a block that were known on a day.

    Totals and nationalities are never added together: where a day's total is published it counts, and a positive rest
    over the nationalities becomes `UNK`; where none is, the nationalities' sum is the total.

    Args:
        block: Periods and parts.
        axes: What the codes mean.
        nationalities: Whether the nationalities' planes are wanted.
        known: Which vintages count.
        dated: Whether the dates of the figures are wanted.
    """
    sums = _Accumulator(block, axes, nationalities=nationalities, dated=dated)
    for pieces in meetings(block):
        if len({p.delivery for p in pieces}) == 1:
            _stream(pieces, block, axes, sums, known=known)
        else:
            _meet(pieces, block, axes, sums, known=known)
    return sums.finish()


def meetings(block: DailyBlock) -> list[list[DailyPiece]]:
    """Parts whose days overlap stand together: only there can the same figure be told twice."""
    found: list[list[DailyPiece]] = []
    end = -1
    for piece in sorted(block.pieces, key=lambda p: (p.part.first, p.delivery, p.part.file)):
        if not found or piece.part.first > end:
            found.append([])
        found[-1].append(piece)
        end = max(end, piece.part.last) if len(found[-1]) > 1 else piece.part.last
    return found


class _Accumulator:
    """Dense planes that runs of rows are added into."""

    def __init__(self, block: DailyBlock, axes: DailyAxes, *, nationalities: bool, dated: bool) -> None:
        self.shape = (block.days, len(axes.indicators), len(axes.places))
        self.dated = dated
        self.parts, self.parts_seen = np.zeros(self.shape), np.zeros(self.shape, dtype=bool)
        if axes.mixed:
            self.published = np.zeros(self.shape)
            self.published_seen, self.published_said, self.published_in_part = (
                np.zeros(self.shape, dtype=bool) for _ in range(3)
            )
            self.published_missing = np.zeros(self.shape, dtype=np.uint8)
        self.mixed = axes.mixed
        self.missing = np.zeros(self.shape, dtype=np.uint8)
        self.incomplete = np.zeros(self.shape, dtype=bool)
        self.newest = np.full(self.shape if dated else 0, -1, dtype=np.int64)
        self.assumed = np.zeros(self.shape if dated else 0, dtype=bool)
        self.period = block.period_of_day
        # a run's rows lie side by side, and so do the periods that the runs of a place go through
        self.plane = (*self.shape[1:], len(block.edges) - 1, len(axes.nationalities))
        self.by_nationality = np.zeros(self.plane) if nationalities else None
        self.by_nationality_seen = np.zeros(self.plane if nationalities else 0, dtype=bool)

    def add(self, rows: Columns) -> None:
        """Add the rows of a part."""
        if not len(rows.count):
            return
        dates = {"as_of": rows.as_of, "assumed": rows.assumed} if self.dated else {}
        self.add_sums(rows.cell, rows.total, add_runs(rows.first, rows.count, missing=rows.missing, **dates))
        if self.by_nationality is not None and rows.nationality is not None:
            self._add_nationalities(self.by_nationality, rows, rows.nationality)

    def add_sums(self, cell: np.ndarray, total: np.ndarray, sums: RunSums) -> None:
        """Add what runs add up to.

        Args:
            cell: Position in (day, indicator, place), shape (run,).
            total: Whether it is a published TOTAL, shape (run,).
            sums: The runs' sums.
        """
        if self.dated and sums.as_of is not None and sums.assumed is not None:
            np.maximum.at(self.newest.reshape(-1), cell, sums.as_of)
            self.assumed.reshape(-1)[cell[sums.assumed]] = True
        if self.mixed:
            self.published_said.reshape(-1)[cell[total]] = True
        published = total & self.mixed
        in_part = _lacks_a_part(sums)
        self.incomplete.reshape(-1)[cell[~published & in_part]] = True
        planes = [(~published, self.parts, self.parts_seen, self.missing)]
        if published.any():
            self.published_in_part.reshape(-1)[cell[published & in_part]] = True
            planes.append((published, self.published, self.published_seen, self.published_missing))
        for mine, plane, plane_seen, plane_missing in planes:
            np.add.at(plane.reshape(-1), cell[mine], sums.count[mine])
            plane_seen.reshape(-1)[cell[mine & sums.known]] = True
            silent = mine & (sums.missing > 0)
            np.maximum.at(plane_missing.reshape(-1), cell[silent], sums.missing[silent])

    def _add_nationalities(self, plane: np.ndarray, rows: Columns, nationality: np.ndarray) -> None:
        indicators, places, periods, nationalities = self.plane
        day, rest = np.divmod(rows.cell, indicators * places)
        base = (rest * periods + self.period[day]) * nationalities
        size = rows.rows
        flat, seen = plane.reshape(-1), self.by_nationality_seen.reshape(-1)
        for runs, mine in rows.slices():
            key = np.repeat(base[runs], size[runs])
            key += nationality[mine]
            count = rows.count[mine]
            known = ~np.isnan(count)
            if not known.all():
                key, count = key[known], count[known]
            np.add.at(flat, key, count)
            seen[key] = True

    def finish(self) -> DailySums:
        """The planes, with totals and nationalities made to agree."""
        totals, seen, negative = self.parts, self.parts_seen, 0.0
        if self.mixed:
            totals = np.where(self.published_said, self.published, self.parts)
            seen = np.where(self.published_said, self.published_seen, self.parts_seen)
            both = self.published_seen & self.parts_seen
            rest = np.where(both, self.published - self.parts, 0.0)
            negative = float(-rest[rest < 0].sum())
            # a published total does not hang on its nationalities
            self.missing = np.where(self.published_said, self.published_missing, self.missing)
            self.incomplete = np.where(self.published_said, self.published_in_part, self.incomplete)
            self._add_unknown(np.maximum(rest, 0.0))
        nationalities = None
        if self.by_nationality is not None:
            self.by_nationality[~self.by_nationality_seen] = np.nan
            nationalities = self.by_nationality.transpose(0, 3, 1, 2)
        newest, assumed = (self.newest, self.assumed) if self.dated else (None, None)
        return DailySums(totals, seen, self.missing, self.incomplete, nationalities, newest, assumed, negative)

    def _add_unknown(self, rest: np.ndarray) -> None:
        """A positive rest of a day's published total is of unknown nationality."""
        if self.by_nationality is None or not rest.any():
            return
        starts = np.flatnonzero(np.r_[True, np.diff(self.period) > 0])
        by_period = np.add.reduceat(rest, starts, axis=0).transpose(1, 2, 0)  # (indicator, place, period)
        self.by_nationality[..., -1] += by_period  # UNK is the last one
        self.by_nationality_seen[..., -1] |= by_period > 0


_CLOSED, _SUPPRESSED = REASONS.index("closed"), REASONS.index("suppressed")


def _lacks_a_part(sums: RunSums) -> np.ndarray:
    """Whether what the rows of a run add up to is a lower bound only, shape (run,).

    One of them was printed as `<5`, or had no figure beside others that had; of a closed place there is none to miss.
    """
    return np.asarray((sums.missing == _SUPPRESSED) | (sums.known & (sums.missing > 0) & (sums.missing != _CLOSED)))


def _stream(
    pieces: list[DailyPiece], block: DailyBlock, axes: DailyAxes, sums: _Accumulator, *, known: VintageRule
) -> None:
    """Parts of one delivery: no figure twice, so rows are added as they lie."""
    for piece in pieces:
        part = piece.part
        undecided = known.day is not None and (max(part.as_of_last, part.last) > known.day)
        if sums.by_nationality is None and not undecided:
            sums.add_sums(*read_sums(piece, axes, block))
            continue
        options = {"nationalities": sums.by_nationality is not None, "dated": sums.dated or undecided}
        rows = read_columns(piece, axes, block, **options)
        sums.add(rows if not undecided else rows.chosen(_known(rows, block, axes, known=known)))


def _known(rows: Columns, block: DailyBlock, axes: DailyAxes, *, known: VintageRule) -> np.ndarray:
    """Positions of the rows of a single delivery that were known."""
    indicator, _, day = _parted(rows.cell, axes)
    end, delay = rows.by_row(day) + block.first_day, rows.by_row(np.array(axes.delays)[indicator])
    return np.flatnonzero(known_mask(end, end if rows.as_of is None else rows.as_of, delay, known=known))


def _parted(cell: np.ndarray, axes: DailyAxes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indicator, place and day of positions in (day, indicator, place)."""
    rest, place = np.divmod(cell, len(axes.places))
    day, indicator = np.divmod(rest, len(axes.indicators))
    return indicator, place, day


def _meet(
    pieces: list[DailyPiece], block: DailyBlock, axes: DailyAxes, sums: _Accumulator, *, known: VintageRule
) -> None:
    """Parts of several deliveries: of each figure the newest vintage alone is added."""
    parts = [read_columns(p, axes, block, nationalities=True, dated=True) for p in pieces]
    size = [len(p.count) for p in parts]
    rows = joined(parts)
    del parts
    if rows.nationality is None or rows.as_of is None or rows.assumed is None:
        raise ValueError("vintages need nationalities and dates.")
    indicator, place, day = (rows.by_row(v) for v in _parted(rows.cell, axes))
    kinds = np.array([kind == "point" for kind, _, _ in axes.places])
    vintages = DailyRows(
        figure=rows.by_row(rows.cell) * len(axes.nationalities) + rows.nationality,  # a run's figures follow each other
        indicator=indicator,
        end=day + block.first_day,
        delivery=np.repeat([p.delivery for p in pieces], size),
        ingested=np.repeat([p.ingested for p in pieces], size),
        as_of=rows.as_of,
        assumed=rows.assumed,
        adds=kinds[place],
    )
    positions, dates = newest(vintages, axes, known=known)
    sums.add(replace(rows, as_of=dates).chosen(positions))
