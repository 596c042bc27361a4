"""A part of a daily table as integer columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.daily.layout import DICTIONARIES
from pipelines.observations import MISSING_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.daily.axes import Axes, Block, Piece

# A dictionary may list what no row uses; a row that uses what the axes do not list gets a position far below zero.
UNLISTED = -(2**40)
SLICE_ROWS = 2**15  # so that what is computed of a slice stays in the processor's cache


@dataclass(frozen=True)
class Coded:
    """A dictionary column, decoded where it is looked at: a slice stays in the cache, the whole would not."""

    codes: np.ndarray  # (distinct value,) code on the axis, int64: what bincount wants
    index: np.ndarray  # (row,)

    def __getitem__(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Codes of some rows."""
        # "clip" skips the check of bounds that arrow has made
        return np.take(self.codes, self.index[chosen], mode="clip")

    def whole(self) -> np.ndarray:
        """Codes of all rows."""
        return self[slice(None)]


@dataclass(frozen=True)
class Columns:
    """Rows of one part as integers, all of shape (row,)."""

    indicator: Coded  # codes on the axes
    place: Coded
    origin: Coded | None  # None where not asked for
    day: np.ndarray  # days after the block's first one, int32
    count: np.ndarray  # float64, NaN = missing
    as_of: np.ndarray | None  # days since 1970
    assumed: np.ndarray | None
    missing: Coded | None  # reason code, 0 = none stated
    line: np.ndarray | None


def read_columns(piece: Piece, axes: Axes, block: Block, *, origins: bool, dated: bool, lines: bool = False) -> Columns:
    """Read a part.

    Args:
        piece: Which one.
        axes: What the codes mean.
        block: The block it is read for.
        origins: Whether the origins are wanted.
        dated: Whether `as_of` is wanted.
        lines: Whether the lines in the delivered file are wanted.
    """
    plain = piece.part.plain
    names = ["indicator", "place", "period_start", "count"]
    names += ["origin"] if origins else []
    names += [] if plain else ["place_kind", "route", "missing_reason"]
    names += ["as_of", "as_of_assumed"] if dated else []
    names += ["line"] if lines else []
    file = pq.ParquetFile(piece.path, read_dictionary=[d for d in DICTIONARIES if d in names], memory_map=True)
    table = file.read_row_group(0, columns=names, use_threads=False).combine_chunks()
    column = {name: table.column(name).chunk(0) for name in names}
    assumed = column["as_of_assumed"].to_numpy(zero_copy_only=False) if dated else None
    return Columns(
        indicator=_codes(column["indicator"], axes.indicators),
        place=_plain_places(column["place"], piece.part.kind, axes) if plain else _places(column, axes),
        origin=_codes(column["origin"], axes.origins) if origins else None,
        day=_days(column["period_start"]) - np.int32(block.first_day),
        count=column["count"].to_numpy(),
        as_of=_days(column["as_of"]) if dated else None,
        assumed=assumed,
        missing=None if plain else _codes(column["missing_reason"], ("", *MISSING_REASONS)),
        line=column["line"].to_numpy() if lines else None,
    )


def slices(rows: int) -> Iterator[slice]:
    """Slices of at most `SLICE_ROWS`."""
    for first in range(0, rows, SLICE_ROWS):
        yield slice(first, first + SLICE_ROWS)


def _codes(column: pa.DictionaryArray, axis: Sequence[str]) -> Coded:
    code = {name: i for i, name in enumerate(axis)}
    codes = [code.get(name, UNLISTED) for name in column.dictionary.to_pylist()]
    return Coded(np.array(codes, dtype=np.int64), column.indices.to_numpy())


def _plain_places(column: pa.DictionaryArray, kind: str, axes: Axes) -> Coded:
    code = {place: i for i, place in enumerate(axes.places)}
    names = column.dictionary.to_pylist()
    codes = [code.get((kind, name, ""), UNLISTED) for name in names]
    return Coded(np.array(codes, dtype=np.int64), column.indices.to_numpy())


def _places(column: dict[str, pa.DictionaryArray], axes: Axes) -> Coded:
    """Codes of (place_kind, place, route): through a small table of the combinations."""
    code = {place: i for i, place in enumerate(axes.places)}
    kinds, names, routes = (column[c].dictionary.to_pylist() for c in ("place_kind", "place", "route"))
    kind, name, route = (column[c].indices.to_numpy() for c in ("place_kind", "place", "route"))
    table = [code.get((k, n, r), UNLISTED) for k in kinds for n in names for r in routes]
    index = (kind.astype(np.int64) * len(names) + name) * len(routes) + route
    return Coded(np.array(table, dtype=np.int64), index)


def _days(column: pa.Array) -> np.ndarray:
    return column.cast(pa.int32()).to_numpy()
