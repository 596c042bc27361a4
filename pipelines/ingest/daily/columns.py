"""A part of a daily table as numbers: what its runs tell of, and its rows' columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ingest.daily.axes import DailyAxes, DailyBlock, DailyPiece
from pipelines.ingest.daily.index_sums import REASONS, RunSums, sums_from_text
from pipelines.ingest.daily.layout import DICTIONARIES
from pipelines.ingest.daily.row_index import Runs, runs_from_text

SLICE_ROWS = 2**15  # so that what is computed of a slice stays in the processor's cache


@dataclass(frozen=True)
class Columns:
    """Rows in stretches (runs) of one day, indicator and place, TOTAL apart from the nationalities."""

    cell: np.ndarray  # (run,) position in the block's (day, indicator, place), int64
    total: np.ndarray  # (run,) bool
    first: np.ndarray  # (run,) position of its first row, int64
    count: np.ndarray  # (row,) float64, NaN = missing
    nationality: np.ndarray | None  # (row,) code on the axis
    as_of: np.ndarray | None  # (row,) days since 1970
    assumed: np.ndarray | None  # (row,) bool
    missing: np.ndarray | None  # (row,) reason code, 0 = none stated; None where none is stated
    line: np.ndarray | None  # (row,)

    @property
    def rows(self) -> np.ndarray:
        """Rows of each run."""
        return np.diff(self.first, append=len(self.count))

    def by_row(self, values: np.ndarray) -> np.ndarray:
        """What is known of runs, for each row."""
        return np.repeat(values, self.rows)

    def slices(self) -> Iterator[tuple[slice, slice]]:
        """Slices of whole runs, about `SLICE_ROWS` rows each, and their rows."""
        rows = len(self.count)
        edges = np.unique(np.searchsorted(self.first, np.arange(0, rows, SLICE_ROWS)))
        edges = edges[edges < len(self.first)]
        ends = [*edges[1:].tolist(), len(self.first)]
        for first, end in zip(edges.tolist(), ends, strict=True):
            last_row = int(self.first[end]) if end < len(self.first) else rows
            yield slice(first, end), slice(int(self.first[first]), last_row)

    def chosen(self, positions: np.ndarray) -> Self:
        """Some rows, given so that those of one run follow each other."""
        cell, total = (self.by_row(v)[positions] for v in (self.cell, self.total))
        starts = np.r_[True, (cell[1:] != cell[:-1]) | (total[1:] != total[:-1])][: len(cell)]
        first = np.flatnonzero(starts)
        by_row = (self.nationality, self.as_of, self.assumed, self.missing, self.line)
        return type(self)(
            cell[first],
            total[first],
            first,
            self.count[positions],
            *(None if v is None else v[positions] for v in by_row),
        )


def read_sums(piece: DailyPiece, axes: DailyAxes, block: DailyBlock) -> tuple[np.ndarray, np.ndarray, RunSums]:
    """What the runs of a part add up to, without its rows.

    Args:
        piece: Which one.
        axes: What the codes mean.
        block: The block it is read for.

    Returns:
        Each run's position in the block's (day, indicator, place), whether it is a published TOTAL, and its sums.

    Raises:
        ValueError: the part is not what the delivery's manifest says.
    """
    metadata = pq.read_metadata(piece.path)
    runs = runs_from_text(metadata.metadata)
    _require_rows(piece, runs, metadata.num_rows)
    return _cells(runs, piece, axes, block), runs.total, sums_from_text(metadata.metadata)


def read_columns(
    piece: DailyPiece, axes: DailyAxes, block: DailyBlock, *, nationalities: bool, dated: bool, lines: bool = False
) -> Columns:
    """Read a part.

    Args:
        piece: Which one.
        axes: What the codes mean.
        block: The block it is read for.
        nationalities: Whether the nationalities are wanted.
        dated: Whether `as_of` is wanted.
        lines: Whether the lines in the delivered file are wanted.

    Raises:
        ValueError: the part is not what the delivery's manifest says.
    """
    names = ["count", *(["nationality"] if nationalities else []), *(["missing_reason"] if piece.part.gaps else [])]
    names += [*(["as_of", "as_of_assumed"] if dated else []), *(["line"] if lines else [])]
    file = pq.ParquetFile(piece.path, read_dictionary=[d for d in DICTIONARIES if d in names], memory_map=True)
    runs = runs_from_text(file.metadata.metadata)
    table = file.read_row_group(0, columns=names, use_threads=False).combine_chunks()
    column = {name: table.column(name).chunk(0) for name in names}
    _require_rows(piece, runs, len(table))
    return Columns(
        cell=_cells(runs, piece, axes, block),
        total=runs.total,
        first=runs.first,
        count=column["count"].to_numpy(),
        nationality=_codes(column["nationality"], axes.nationalities, piece=piece) if nationalities else None,
        as_of=column["as_of"].cast(pa.int32()).to_numpy() if dated else None,
        assumed=column["as_of_assumed"].to_numpy(zero_copy_only=False) if dated else None,
        missing=_codes(column["missing_reason"], REASONS, piece=piece) if piece.part.gaps else None,
        line=column["line"].to_numpy() if lines else None,
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Rows of several parts one after the other, read with the same options."""
    before = np.cumsum([0, *(len(p.count) for p in parts)])[:-1]
    some = any(p.missing is not None for p in parts)

    def all_of(name: str) -> np.ndarray | None:
        """One column of all parts; None where they have none."""
        columns = [getattr(p, name) for p in parts]
        return None if columns[0] is None else np.concatenate(columns)

    return Columns(
        cell=np.concatenate([p.cell for p in parts]),
        total=np.concatenate([p.total for p in parts]),
        first=np.concatenate([p.first + start for p, start in zip(parts, before, strict=True)]),
        count=np.concatenate([p.count for p in parts]),
        nationality=all_of("nationality"),
        as_of=all_of("as_of"),
        assumed=all_of("assumed"),
        missing=np.concatenate([np.zeros(len(p.count), np.int32) if p.missing is None else p.missing for p in parts])
        if some
        else None,
        line=all_of("line"),
    )


def _require_rows(piece: DailyPiece, runs: Runs, rows: int) -> None:
    if not runs.rows.sum() == piece.part.rows == rows:
        raise ValueError(f"{piece.path}: expected {piece.part.rows} rows, got {rows}. Ingest its file again.")


def _cells(runs: Runs, piece: DailyPiece, axes: DailyAxes, block: DailyBlock) -> np.ndarray:
    """Position of each run in the block's (day, indicator, place)."""
    indicator = _known(runs.indicators, axes.indicators, runs.indicator, piece=piece)
    place = _known(runs.places, axes.places, runs.place, piece=piece)
    return np.asarray(((runs.day - block.first_day) * len(axes.indicators) + indicator) * len(axes.places) + place)


def _codes(column: pa.DictionaryArray, axis: Sequence[str], *, piece: DailyPiece) -> np.ndarray:
    """Codes on an axis, int32."""
    return _known(tuple(column.dictionary.to_pylist()), tuple(axis), column.indices.to_numpy(), piece=piece)


def _known(names: tuple[object, ...], axis: tuple[object, ...], index: np.ndarray, *, piece: DailyPiece) -> np.ndarray:
    """Codes on an axis of rows that name what is on it; a list of names may hold more than the rows name."""
    codes = _on_axis(names, axis)
    found = np.take(codes, index, mode="clip")  # "clip" skips the check of bounds that arrow has made
    if codes.min() < 0 and found.min() < 0:
        raise ValueError(
            f"{piece.path}: a row names what the delivery's manifest does not list. Ingest its file again."
        )
    return found


@lru_cache(maxsize=256)
def _on_axis(names: tuple[object, ...], axis: tuple[object, ...]) -> np.ndarray:
    code = {name: i for i, name in enumerate(axis)}
    return np.array([code.get(name, -1) for name in names], dtype=np.int32)
