"""How rows lie in a batch's files: in order of time, in row groups that end where groups of periods end.

A row group holds figures of days and weeks, or longer ones, never both, and whole groups of periods (four ISO weeks, or
a month); so what touches a stretch of time is read off Parquet's own statistics. A column without a gap in a file is
written as one that can't have any: it is read three times as fast. Texts have no statistics, which would take longer
than all the rest (those without any value have, and `period` where a file holds longer figures).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geo.region.region import Freq
from pipelines.observations.schema import SCHEMA
from pipelines.store.checksums import checksum_file
from pipelines.store.periods import day_number, day_numbers

TEXTS = tuple(f.name for f in SCHEMA if pa.types.is_string(f.type))
SHORT = ("D", "W")  # lengths of period that are no longer than any region's step
GROUP_WEEKS = 4
GROUP_ROWS = 50_000  # at least in a row group, where the file has as many
_MAX_ROWS = 2**21
_LONG = np.int64(1) << 32  # added to the group of a longer figure
_STATISTICS = ["period_start", "as_of", "as_of_assumed", "count", "count_upper", "lon", "lat"]
_EPOCH_MONDAY = -3  # 1969-12-29, days since 1970
_TEXT = pa.dictionary(pa.int32(), pa.string())
CODED = pa.schema([pa.field(f.name, _TEXT if f.name in TEXTS else f.type) for f in SCHEMA])  # rows in memory


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
    gaps: bool  # whether any count is missing

    def touches(self, first: int, last: int) -> bool:
        """Whether it may hold a figure that begins between two days."""
        return self.first <= last and first <= self.last


def period_groups(days: np.ndarray, freq: Freq) -> np.ndarray:
    """Which group of periods each day (since 1970) belongs to, int64; groups begin where periods begin."""
    if freq == "W":
        return (np.asarray(days, dtype=np.int64) - _EPOCH_MONDAY) // (7 * GROUP_WEEKS)
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def groups_of(partition: Partition, freq: Freq) -> list[int]:
    """The groups of periods that a partition may hold rows of, as `in_time_order` numbers them."""
    first, last = (int(g) for g in period_groups(np.array([partition.first, partition.last]), freq))
    return [g + int(_LONG) * long for long in {False, partition.long} for g in range(first, last + 1)]


def groups_of_frame(figures: pd.DataFrame, freq: Freq) -> np.ndarray:
    """Each figure's group, as `in_time_order` numbers them, int64."""
    long = ~figures["period"].isin(SHORT).to_numpy()
    return period_groups(day_numbers(figures["period_start"]), freq) + _LONG * long


def is_long(group: int) -> bool:
    """Whether a group, as `in_time_order` numbers them, is of figures longer than a week."""
    return group >= int(_LONG) // 2


def in_time_order(rows: pa.Table, freq: Freq) -> tuple[pa.Table, np.ndarray]:
    """Rows by length of period (short, long) and first day, otherwise as they stand; and each row's group, int64."""
    key = rows.column("period_start").cast(pa.int32()).to_numpy()
    period = rows.column("period").combine_chunks()
    long = np.array([name not in SHORT for name in period.dictionary.to_pylist()], dtype=bool)
    lengths = np.take(long, period.indices.to_numpy()) if long.any() else np.zeros(len(rows), dtype=bool)
    if long.any():
        key = key + _LONG * lengths
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        rows, key, lengths = rows.take(pa.array(order)), key[order], lengths[order]
    days = rows.column("period_start").cast(pa.int32()).to_numpy()
    return rows, period_groups(days, freq) + _LONG * lengths


def row_group_edges(group: np.ndarray) -> list[int]:
    """Where row groups begin, and the number of rows: whole groups of periods, short and long ones apart."""
    edges = [0]
    for start in (np.flatnonzero(np.diff(group)) + 1).tolist():
        if is_long(group[start]) != is_long(group[start - 1]) or start - edges[-1] >= GROUP_ROWS:
            edges.append(start)
    return [*edges, len(group)]


def partition_bytes(ordered: pa.Table, group: np.ndarray, *, metadata: dict[bytes, bytes]) -> pa.Buffer:
    """A file of rows in the order of `in_time_order`."""
    fields = [f.with_nullable(ordered.column(f.name).null_count > 0) for f in CODED]
    empty = [n for n in TEXTS if ordered.column(n).null_count == len(ordered)]  # they cost nothing
    statistics = [*_STATISTICS, *empty, *(["period"] if len(group) and is_long(group[-1]) else [])]
    options = {"compression": "zstd", "compression_level": 1, "write_statistics": statistics}
    with pa.BufferOutputStream() as stream:
        with pq.ParquetWriter(stream, pa.schema(fields, metadata=metadata), **options) as writer:
            for first, end in pairwise(row_group_edges(group)):
                part = ordered.slice(first, end - first).select(CODED.names)
                writer.write_table(part.cast(writer.schema), row_group_size=_MAX_ROWS)
        return stream.getvalue()


def write_part(path: Path, data: pa.Buffer) -> None:
    """Write a file of a batch that is not published yet, with its checksum; who publishes flushes them."""
    checksum_file(path).write_text(hashlib.sha256(data).hexdigest() + "\n", encoding="ascii")
    path.write_bytes(data)


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
        start, known, count, period = (
            group.column(position[c]).statistics for c in ("period_start", "as_of", "count", "period")
        )
        days = [day_number(d) for d in (start.min, start.max, known.min, known.max)]
        long = period is not None and period.has_min_max and any(p not in SHORT for p in (period.min, period.max))
        found.append(
            Partition(path, number, group.num_rows, days[0], days[1], long, days[2], days[3], count.null_count > 0)
        )
    return found


def read_partitions(partitions: Sequence[Partition], columns: Sequence[str] = CODED.names) -> pa.Table:
    """Rows of partitions one after the other; texts dictionary-encoded, with one dictionary a column."""
    schema = pa.schema([CODED.field(c) for c in columns])
    tables = [schema.empty_table()]
    for path in dict.fromkeys(p.path for p in partitions):
        numbers = [p.row_group for p in partitions if p.path == path]
        file = pq.ParquetFile(path, read_dictionary=[c for c in columns if c in TEXTS], memory_map=True)
        rows = file.read_row_groups(numbers, columns=list(columns), use_threads=False)
        tables.append(rows.select(columns).cast(schema))
    return joined(tables)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one after the other, in one chunk and with one dictionary a column."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def days_of(rows: pa.Table) -> tuple[int, int]:
    """First and last day on which a figure of some rows begins, since 1970."""
    days = rows.column("period_start").cast(pa.int32()).to_numpy()
    return int(days.min()), int(days.max())


def between(rows: pa.Table, first: int, last: int) -> pa.Table:
    """Rows whose period begins between two days since 1970, both included."""
    start = rows.column("period_start")
    return rows.filter(pc.and_(pc.greater_equal(start, _date(first)), pc.less_equal(start, _date(last))))


def _date(day: int) -> pa.Scalar:
    return pa.scalar(date.fromordinal(date(1970, 1, 1).toordinal() + day), pa.date32())


def to_coded(observations: pd.DataFrame) -> pa.Table:
    """The canonical table of pandas as rows whose texts are dictionary-encoded."""
    rows = pa.Table.from_pandas(observations[SCHEMA.names], schema=SCHEMA, preserve_index=False)
    return rows.cast(CODED)


def to_frame(rows: pa.Table) -> pd.DataFrame:
    """Rows as the canonical table of pandas: texts as objects, dates at midnight."""
    return rows.select(SCHEMA.names).cast(SCHEMA).to_pandas(date_as_object=False)
