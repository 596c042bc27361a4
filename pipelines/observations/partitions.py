"""How rows lie in a batch's files: in order of time, in row groups that end where groups of periods end.

A row group holds figures of days and weeks, or longer ones, never both, and whole groups of periods (four ISO weeks, or
a month); so what touches a stretch of time is read off Parquet's own statistics. A column without a gap in a file is
written as one that can't have any: it is read three times as fast.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geo.region.region import Freq
from pipelines.observations.schema import SCHEMA

TEXTS = tuple(f.name for f in SCHEMA if pa.types.is_string(f.type))
SHORT = ("D", "W")  # periods that hold no other period's first day but days
GROUP_WEEKS = 4
GROUP_ROWS = 50_000  # at least in a row group, where the file has as many
_MAX_ROWS = 2**21
_TEXT = pa.dictionary(pa.int32(), pa.string())
_EPOCH_MONDAY = -3  # 1969-12-29, days since 1970
CODED = pa.schema([pa.field(f.name, _TEXT if f.name in TEXTS else f.type, nullable=f.nullable) for f in SCHEMA])


@dataclass(frozen=True)
class Partition:
    """A row group of a batch's file, by its statistics; days since 1970."""

    path: Path
    row_group: int
    rows: int
    first: int  # least and largest `period_start`
    last: int
    long: bool  # figures longer than a week
    as_of_first: int
    as_of_last: int
    sources: tuple[str, str]  # least and largest
    gaps: bool  # whether any count is missing

    def touches(self, first: int, last: int) -> bool:
        """Whether it may hold a figure that begins between two days."""
        return self.first <= last and first <= self.last


def period_groups(days: np.ndarray, freq: Freq) -> np.ndarray:
    """Which group of periods each day (since 1970) belongs to, int64; groups begin where periods begin."""
    if freq == "W":
        return (np.asarray(days, dtype=np.int64) - _EPOCH_MONDAY) // (7 * GROUP_WEEKS)
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def write_partitions(path: Path, rows: pa.Table, freq: Freq, *, metadata: dict[bytes, bytes]) -> None:
    """Write rows of `SCHEMA` (texts may be dictionary-encoded) in order of time, cut where groups of periods end."""
    ordered, group = in_time_order(rows, freq)
    with pq.ParquetWriter(path, _file_schema(ordered, metadata), compression="zstd", compression_level=1) as writer:
        edges = row_group_edges(group)
        for first, end in itertools.pairwise(edges):
            writer.write_table(ordered.slice(first, end - first).cast(writer.schema), row_group_size=_MAX_ROWS)
        if len(edges) == 1:
            writer.write_table(ordered.cast(writer.schema))


def in_time_order(rows: pa.Table, freq: Freq) -> tuple[pa.Table, np.ndarray]:
    """Rows by length of period (short, long) and first day, otherwise as they stand; and each row's group, int64."""
    days = rows.column("period_start").cast(pa.int32()).to_numpy()
    long = is_long(rows)
    key = days.astype(np.int64) + (np.int64(1) << 32) * long
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        rows, days, long = rows.take(pa.array(order)), days[order], long[order]
    return rows, period_groups(days, freq) + (np.int64(1) << 32) * long


def is_long(rows: pa.Table) -> np.ndarray:
    """Whether each row's period is longer than a week, bool."""
    period = rows.column("period").combine_chunks()
    period = period.dictionary_encode() if not pa.types.is_dictionary(period.type) else period
    period = pa.chunked_array([period]).unify_dictionaries().combine_chunks() if len(rows) else period
    coded = period.chunk(0) if isinstance(period, pa.ChunkedArray) else period
    known = np.array([name not in SHORT for name in coded.dictionary.to_pylist()] or [False])
    return np.take(known, coded.indices.to_numpy())


def row_group_edges(group: np.ndarray) -> list[int]:
    """Where row groups begin, and the number of rows: whole groups of periods, short and long ones apart."""
    rows = len(group)
    starts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist()] if rows else []
    edges = starts[:1]
    for start in starts[1:]:
        turns = (group[start] >> 32 > 0) != (group[start - 1] >> 32 > 0)
        if turns or start - edges[-1] >= GROUP_ROWS:
            edges.append(start)
    return [*edges, rows]


def _file_schema(rows: pa.Table, metadata: dict[bytes, bytes]) -> pa.Schema:
    fields = [CODED.field(n).with_nullable(rows.column(n).null_count > 0) for n in SCHEMA.names]
    return pa.schema(fields, metadata=metadata)


def list_partitions(paths: Iterable[Path]) -> list[Partition]:
    """The row groups of batch files, from their footers."""
    return [p for path in paths for p in _partitions_of(path)]


def _partitions_of(path: Path) -> list[Partition]:
    metadata = pq.read_metadata(path)
    position = {metadata.schema.column(i).name: i for i in range(len(metadata.schema))}
    found = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if not group.num_rows:
            continue
        stats = {c: group.column(i).statistics for c, i in position.items()}
        first, last = (_day(v) for v in (stats["period_start"].min, stats["period_start"].max))
        known_first, known_last = (_day(v) for v in (stats["as_of"].min, stats["as_of"].max))
        found.append(
            Partition(
                path=path,
                row_group=number,
                rows=group.num_rows,
                first=first,
                last=last,
                long=any(p not in SHORT for p in (stats["period"].min, stats["period"].max)),
                as_of_first=known_first,
                as_of_last=known_last,
                sources=(str(stats["source"].min), str(stats["source"].max)),
                gaps=bool(stats["count"].null_count),
            )
        )
    return found


def _day(value: Any) -> int:  # noqa: ANN401 - what Parquet gives for a date
    return int(np.datetime64(value, "D").astype(np.int64))


def read_partitions(partitions: Sequence[Partition], columns: Sequence[str]) -> pa.Table:
    """Rows of partitions one after the other; texts dictionary-encoded, with one dictionary a column."""
    tables = []
    for path in dict.fromkeys(p.path for p in partitions):
        numbers = [p.row_group for p in partitions if p.path == path]
        file = pq.ParquetFile(path, read_dictionary=[c for c in columns if c in TEXTS], memory_map=True)
        schema = pa.schema([CODED.field(c).with_nullable(True) for c in columns])
        rows = file.read_row_groups(numbers, columns=list(columns), use_threads=False)
        tables.append(rows.select(columns).cast(schema))
    whole = pa.concat_tables(tables) if tables else pa.schema([CODED.field(c) for c in columns]).empty_table()
    return whole.unify_dictionaries().combine_chunks()


def to_frame(rows: pa.Table) -> pd.DataFrame:
    """Rows as the canonical table of pandas: texts as objects, dates at midnight."""
    return rows.select(SCHEMA.names).cast(SCHEMA).to_pandas(date_as_object=False)
