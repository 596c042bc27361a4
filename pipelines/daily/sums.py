"""Add a block's daily figures up: what one Dask task does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.daily.columns import Coded, Columns, read_columns, slices
from pipelines.daily.vintages import Rows, known_mask, newest

if TYPE_CHECKING:
    from pipelines.daily.axes import Axes, Block, Piece
    from pipelines.daily.vintages import Known


@dataclass(frozen=True)
class Sums:
    """What was reported in a block, by place."""

    totals: np.ndarray  # (day, indicator, place) float64; of days without a report 0
    reported: np.ndarray  # (day, indicator, place) bool
    missing: np.ndarray  # (day, indicator, place) uint8: reason stated for a day without a count, 0 = none
    origins: np.ndarray | None  # (indicator, origin, place, period) float64, NaN = unknown; TOTAL only as stated
    newest: np.ndarray | None  # (day, indicator, place) int64: newest `as_of` of the day's rows, -1 = none
    assumed: np.ndarray | None  # (day, indicator, place) bool: whether any of them is assumed
    negative_rest: float  # by how much origins exceed their published totals


def add_block(block: Block, axes: Axes, *, origins: bool, known: Known, dated: bool = False) -> Sums:
    """Add the figures of a block that were known on a day.

    Totals and origins are never added together: where a day's total is published it counts, and a positive rest over
    the origins becomes `UNK`; where none is, the origins' sum is the total.

    Args:
        block: Periods and parts.
        axes: What the codes mean.
        origins: Whether the origins' planes are wanted.
        known: Which vintages count.
        dated: Whether the dates of the figures are wanted.
    """
    sums = _Accumulator(block, axes, origins=origins, dated=dated)
    for pieces in _meetings(block):
        if len({p.delivery for p in pieces}) == 1:
            _stream(pieces, block, axes, sums, known=known)
        else:
            _meet(pieces, block, axes, sums, known=known)
    return sums.finish()


def _meetings(block: Block) -> list[list[Piece]]:
    """Parts whose days overlap stand together: only there can deliveries tell of the same figure."""
    found: list[list[Piece]] = []
    end = -1
    for piece in sorted(block.pieces, key=lambda p: (p.part.first, p.delivery, p.part.file)):
        if not found or piece.part.first > end:
            found.append([])
        found[-1].append(piece)
        end = max(end, piece.part.last) if len(found[-1]) > 1 else piece.part.last
    return found


class _Accumulator:
    """Dense planes that rows are added into; time comes first, so that rows in order touch a small stretch of them."""

    def __init__(self, block: Block, axes: Axes, *, origins: bool, dated: bool) -> None:
        self.shape = (block.days, len(axes.indicators), len(axes.places))
        self.needs_origin = origins or axes.mixed
        self.dated = dated
        self.parts, self.parts_seen = np.zeros(self.shape), np.zeros(self.shape, dtype=bool)
        if axes.mixed:
            self.published = np.zeros(self.shape)
            self.published_seen, self.published_said = (np.zeros(self.shape, dtype=bool) for _ in range(2))
        self.mixed = axes.mixed
        self.missing = np.zeros(self.shape, dtype=np.uint8)
        self.newest = np.full(self.shape if dated else 0, -1, dtype=np.int64)
        self.assumed = np.zeros(self.shape if dated else 0, dtype=bool)
        self.period = block.period_of_day
        self.plane = (len(block.edges) - 1, len(axes.indicators), len(axes.origins), len(axes.places))
        self.by_origin = np.zeros(self.plane) if origins else None
        self.by_origin_seen = np.zeros(self.plane if origins else 0, dtype=bool)

    def add(self, rows: Columns, chosen: slice | np.ndarray) -> None:
        """Add some rows of a part."""
        count = rows.count[chosen]
        cell = (rows.indicator[chosen], rows.place[chosen], rows.day[chosen])
        origin = rows.origin[chosen] if self.needs_origin and rows.origin is not None else None
        if rows.as_of is not None and rows.assumed is not None and self.dated:
            key = self._key(cell)
            np.maximum.at(self.newest.reshape(-1), key, rows.as_of[chosen].astype(np.int64))
            self.assumed.reshape(-1)[key[rows.assumed[chosen]]] = True
        silent = np.isnan(count)
        if silent.any():
            self._add_silence(rows, chosen, silent, origin=origin)
            cell = (cell[0][~silent], cell[1][~silent], cell[2][~silent])
            count, origin = count[~silent], None if origin is None else origin[~silent]
        if not len(count):
            return
        self._add_totals(self._key(cell), count, origin)
        if self.by_origin is not None and origin is not None:
            self._add_origins(self.by_origin, cell, origin=origin, count=count)

    def _key(self, cell: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
        indicator, place, day = cell
        key = day * np.int64(self.shape[1])
        key += indicator
        key *= self.shape[2]
        key += place
        return key

    def _add_silence(
        self, rows: Columns, chosen: slice | np.ndarray, silent: np.ndarray, *, origin: np.ndarray | None
    ) -> None:
        """Rows without a count: their reason, and whether a total was published as missing."""
        key = self._key((rows.indicator[chosen][silent], rows.place[chosen][silent], rows.day[chosen][silent]))
        if rows.missing is not None:
            self.missing.reshape(-1)[key] = rows.missing[chosen][silent]
        if self.mixed and origin is not None:
            self.published_said.reshape(-1)[key[origin[silent] == 0]] = True

    def _add_totals(self, key: np.ndarray, count: np.ndarray, origin: np.ndarray | None) -> None:
        if not self.mixed or origin is None:
            _add(self.parts, self.parts_seen, key, count)
            return
        total = origin == 0
        _add(self.published, self.published_seen, key[total], count[total])
        self.published_said.reshape(-1)[key[total]] = True
        _add(self.parts, self.parts_seen, key[~total], count[~total])

    def _add_origins(
        self,
        plane: np.ndarray,
        cell: tuple[np.ndarray, np.ndarray, np.ndarray],
        *,
        origin: np.ndarray,
        count: np.ndarray,
    ) -> None:
        indicator, place, day = cell
        key = np.take(self.period, day, mode="clip")
        key *= self.plane[1]
        key += indicator
        key *= self.plane[2]
        key += origin
        key *= self.plane[3]
        key += place
        _add(plane, self.by_origin_seen, key, count)

    def finish(self) -> Sums:
        """The planes, with totals and origins made to agree."""
        totals, seen, negative = self.parts, self.parts_seen, 0.0
        if self.mixed:
            totals = np.where(self.published_said, self.published, self.parts)
            seen = np.where(self.published_said, self.published_seen, self.parts_seen)
            both = self.published_seen & self.parts_seen
            rest = np.where(both, self.published - self.parts, 0.0)
            negative = float(-rest[rest < 0].sum())
            self._add_unknown(np.maximum(rest, 0.0))
        origins = None
        if self.by_origin is not None:
            self.by_origin[~self.by_origin_seen] = np.nan
            origins = self.by_origin.transpose(1, 2, 3, 0)
        newest, assumed = (self.newest, self.assumed) if self.dated else (None, None)
        return Sums(totals, seen, self.missing, origins, newest, assumed, negative)

    def _add_unknown(self, rest: np.ndarray) -> None:
        """What the origins leave of a published total is of unknown origin."""
        if self.by_origin is None:
            return
        by_period = np.add.reduceat(rest, np.flatnonzero(np.diff(self.period, prepend=-1)), axis=0)
        self.by_origin[:, :, -1] += by_period
        self.by_origin_seen[:, :, -1] |= by_period > 0


def _add(plane: np.ndarray, seen: np.ndarray, key: np.ndarray, count: np.ndarray) -> None:
    """Add counts at positions of a plane: `bincount` over the stretch of it that the rows touch."""
    if not len(key):
        return
    first, last = int(key.min()), int(key.max())
    if first < 0:
        raise ValueError("daily part: a row names what the delivery's manifest does not list; ingest the file again.")
    key -= first
    plane.reshape(-1)[first : last + 1] += np.bincount(key, weights=count, minlength=last - first + 1)
    seen.reshape(-1)[first : last + 1][key] = True


def _stream(pieces: list[Piece], block: Block, axes: Axes, sums: _Accumulator, *, known: Known) -> None:
    """Parts of one delivery: no figure twice, so rows are added as they come."""
    for piece in pieces:
        part = piece.part
        undecided = known.day is not None and (max(part.as_of_last, part.last) > known.day)
        options = {"origins": sums.needs_origin, "dated": sums.dated or undecided}
        rows = read_columns(piece, axes, block, **options)
        for chosen in slices(part.rows):
            if not undecided:
                sums.add(rows, chosen)
                continue
            delay = np.array(axes.delays)[rows.indicator[chosen]]
            end = rows.day[chosen] + block.first_day
            as_of = end if rows.as_of is None else rows.as_of[chosen]
            mask = known_mask(end, as_of, delay, known=known)
            sums.add(rows, np.arange(chosen.start, chosen.start + len(mask))[mask])


def _meet(pieces: list[Piece], block: Block, axes: Axes, sums: _Accumulator, *, known: Known) -> None:
    """Parts of several deliveries: of each figure the newest vintage alone is added."""
    rows = [read_columns(p, axes, block, origins=True, dated=True) for p in pieces]
    size = [len(r.day) for r in rows]
    coded = {
        name: np.concatenate(
            [np.zeros(n, np.int64) if c is None else c.whole() for c, n in zip(column, size, strict=True)]
        )
        for name, column in (
            (name, [getattr(r, name) for r in rows]) for name in ("indicator", "place", "origin", "missing")
        )
    }
    plain = {n: np.concatenate([getattr(r, n) for r in rows]) for n in ("day", "count", "as_of", "assumed")}
    del rows
    figure = coded["indicator"] * len(axes.origins) + coded["origin"]
    figure = (figure * len(axes.places) + coded["place"]) * block.days + plain["day"]
    kinds = np.array([kind == "point" for kind, _, _ in axes.places])
    vintages = Rows(
        figure=figure,
        indicator=coded["indicator"],
        end=plain["day"].astype(np.int64) + block.first_day,
        delivery=np.repeat([p.delivery for p in pieces], size),
        ingested=np.repeat([p.ingested for p in pieces], size),
        as_of=plain["as_of"],
        assumed=plain["assumed"],
        adds=kinds[coded["place"]],
    )
    positions, dates = newest(vintages, axes, known=known)
    same: dict[str, Any] = {name: Coded(np.arange(codes.max() + 1), codes) for name, codes in coded.items()}
    columns = Columns(**same, day=plain["day"], count=plain["count"], as_of=dates, assumed=plain["assumed"], line=None)
    for chosen in slices(len(positions)):
        sums.add(columns, positions[chosen])
