"""Stretches of periods that tasks work on, planned from Parquet's statistics, and their rows read as codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geo.locate.lookup import segment_index
from geo.region.region import Freq, Region
from pipelines.observations.partitions import TEXTS, Partition, to_coded
from pipelines.observations.schema import REASON_ORDER, SCHEMA, TOTAL
from pipelines.store.periods import day_numbers

BLOCK_ROWS = 1_000_000  # at most of a block of several periods; so a worker's memory does not grow with the table
REASONS = ("", *REASON_ORDER)  # a code is the position, so of several the largest stands
_EPOCH_MONDAY = -3  # 1969-12-29, days since 1970


class RowSeries(NamedTuple):
    """What rows that are added up have in common, beside their day; a point stands with those of its segment."""

    source: str
    indicator: str
    route: str | None
    place_kind: str
    place: str


@dataclass(frozen=True)
class RowBlock:
    """Consecutive periods and the partitions that touch them, in the order of ingestion."""

    edges: tuple[int, ...]  # first day of each period and the day after the last, days since 1970
    partitions: tuple[Partition, ...]
    corrections: pa.Table | None = None  # rows that follow those of the partitions, in `CODED`'s columns


@dataclass(frozen=True)
class CodedRows:
    """Rows to be added up, all arrays of shape (row,); a column that says the same everywhere has no stride."""

    code: np.ndarray  # series (position in `names`) × days of the block + day of the block, int64
    nationality: np.ndarray  # position in `nationalities`
    count: np.ndarray  # NaN = missing
    missing: np.ndarray  # position in `REASONS`
    as_of: np.ndarray  # days since 1970
    assumed: np.ndarray
    draft: np.ndarray
    batch: np.ndarray  # which of the partitions' files
    lon: np.ndarray  # of points; else NaN
    lat: np.ndarray
    names: tuple[RowSeries, ...]
    nationalities: tuple[str, ...]  # TOTAL first
    with_totals: bool  # whether any row may be a TOTAL
    days: int  # of the block

    @property
    def series(self) -> np.ndarray:
        """Position in `names`, shape (row,)."""
        return self.code // self.days

    def __len__(self) -> int:
        """Rows."""
        return len(self.count)

    def only(self, chosen: np.ndarray) -> "CodedRows":
        """Some of the rows (a mask or positions)."""
        kept: dict[str, Any] = {c: getattr(self, c)[chosen] for c in ARRAYS}
        return replace(self, **kept)

    @classmethod
    def joined(cls, parts: Sequence["CodedRows"]) -> "CodedRows":
        """Rows of several partitions of a block, one after the other."""
        whole: dict[str, Any] = {c: np.concatenate([getattr(p, c) for p in parts]) for c in ARRAYS}
        return replace(parts[0], **whole, with_totals=any(p.with_totals for p in parts))


ARRAYS = ("code", "nationality", "count", "missing", "as_of", "assumed", "draft", "batch", "lon", "lat")


def period_edges(first: int, end: int, freq: Freq) -> tuple[int, ...]:
    """First day (since 1970) of each period from number `first` up to `end`, and the day after the last."""
    numbers = np.arange(first, end + 1)
    if freq == "W":
        return tuple((numbers * 7 + _EPOCH_MONDAY).tolist())
    return tuple(numbers.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64).tolist())


def period_number(day: int, freq: Freq) -> int:
    """Which period a day is in: weeks since 1969-12-29, or months since 1970."""
    if freq == "W":
        return (day - _EPOCH_MONDAY) // 7
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64))


def plan_blocks(
    partitions: Sequence[Partition], freq: Freq, *, corrections: pd.DataFrame | None = None
) -> list[RowBlock]:
    """Blocks of 1, 2, 4, … periods, cut by the calendar until each holds few rows; stretches without a row have none.

    So a new batch leaves the blocks that it does not touch as they were, and no task grows with the table.

    Args:
        partitions: All of a region's, in the order of ingestion.
        freq: The region's.
        corrections: Rows that came last, in the canonical columns.
    """
    if not partitions:
        return []
    placed = [(p, period_number(p.first, freq), period_number(p.last, freq)) for p in partitions]
    first, last = min(f for _, f, _ in placed), max(n for _, _, n in placed)
    width = 1
    while first // width != last // width:
        width *= 2
    blocks = [
        RowBlock(period_edges(start, start + size, freq), parts)
        for start, size, parts in _cut(first // width * width, width, placed)
    ]
    if corrections is None or corrections.empty:
        return blocks
    days = day_numbers(corrections["period_start"])
    return [
        replace(b, corrections=to_coded(corrections[inside]) if inside.any() else None)
        for b in blocks
        for inside in [(days >= b.edges[0]) & (days < b.edges[-1])]
    ]


def _cut(
    start: int, width: int, placed: list[tuple[Partition, int, int]]
) -> Iterable[tuple[int, int, tuple[Partition, ...]]]:
    inside = [(p, f, n) for p, f, n in placed if f < start + width and n >= start]
    if not inside:
        return
    rows = sum(p.rows * (min(n + 1, start + width) - max(f, start)) / (n + 1 - f) for p, f, n in inside)
    if width == 1 or rows <= BLOCK_ROWS:
        yield start, width, tuple(p for p, _, _ in inside)
        return
    yield from _cut(start, width // 2, inside)
    yield from _cut(start + width // 2, width // 2, inside)


def read_block(block: RowBlock, region: Region) -> tuple[list[CodedRows], pa.Table]:
    """The rows of a block that are added up here, by partitions; the others as they are, in `SCHEMA`'s columns.

    Added up are the flows of single days. Stocks, and figures of weeks, months and longer, are few: they go on whole.
    """
    batches: dict[Path, int] = {}
    nationalities: dict[str, int] = {TOTAL: 0}
    read, others = [], []
    pieces = [(batch_of(p.path), _read(p, block)) for p in block.partitions]
    if block.corrections is not None:
        pieces.append((Path(), {name: _column(block.corrections.column(name)) for name in SCHEMA.names}))
    for path, columns in pieces:
        dense = _is_added_up(columns, region)
        if not dense.all():
            others.append(_table(columns, ~dense))
            columns = {name: _chosen(values, dense) for name, values in columns.items()}  # noqa: PLW2901 - the rest
        if len(columns["count"]):
            read.append(columns)
            columns["batch"] = batches.setdefault(path, len(batches))
    rest = pa.concat_tables(others) if others else SCHEMA.empty_table()
    codes, names = _codes(read, region, block)
    columns_of: list[dict[str, Any]] = [_coded(columns, nationalities) for columns in read]
    days = block.edges[-1] - block.edges[0]
    labels: dict[str, Any] = {"names": names, "nationalities": tuple(nationalities), "days": days}
    with_totals = [TOTAL in columns["nationality"].names for columns in read]
    rows = zip(columns_of, codes, with_totals, strict=True)
    return [CodedRows(code=code, **c, **labels, with_totals=total) for c, code, total in rows], rest


def batch_of(path: Path) -> Path:
    """Where a file's batch lies: a large one is a folder of several files."""
    return path.parent if path.stem.isdigit() else path


class _Text(NamedTuple):
    """A column of texts: what its codes mean, and the codes, shape (row,)."""

    names: list[str | None]
    codes: np.ndarray


def _read(partition: Partition, block: RowBlock) -> dict[str, Any]:
    """The columns of a partition's rows inside a block; what Parquet's statistics say to be constant is not read."""
    file = pq.ParquetFile(partition.path, read_dictionary=list(TEXTS), memory_map=True)
    group = file.metadata.row_group(partition.row_group)
    stats = {group.column(i).path_in_schema: group.column(i).statistics for i in range(group.num_columns)}
    rows = group.num_rows
    constant = {name: s.min if not s.null_count else None for name, s in stats.items() if _is_constant(s, rows)}
    table = file.read_row_group(
        partition.row_group, columns=[c for c in SCHEMA.names if c not in constant], use_threads=False
    )
    if partition.first < block.edges[0] or partition.last >= block.edges[-1]:  # rows lie by day
        days = _numbers(table.column("period_start"))
        if (days[1:] < days[:-1]).any():  # a batch of an earlier version
            table = table.filter(pa.array((days >= block.edges[0]) & (days < block.edges[-1])))
        else:
            first, end = (int(np.searchsorted(days, edge)) for edge in (block.edges[0], block.edges[-1]))
            table = table.slice(first, end - first)
        rows = len(table)
    return {
        name: _constant(name, constant[name], rows) if name in constant else _column(table.column(name))
        for name in SCHEMA.names
    }


def _chosen(values: Any, rows: np.ndarray) -> Any:  # noqa: ANN401 - a column of texts or numbers
    return _Text(values.names, values.codes[rows]) if isinstance(values, _Text) else values[rows]


def _is_constant(statistics: Any, rows: int) -> bool:  # noqa: ANN401 - pyarrow's own class
    if statistics is None or not statistics.has_null_count:
        return False
    if statistics.null_count == rows:
        return True
    return bool(not statistics.null_count and statistics.has_min_max and statistics.min == statistics.max)


def _constant(name: str, value: Any, rows: int) -> Any:  # noqa: ANN401 - what Parquet gives for a value
    if name in TEXTS:
        return _Text([None if value is None else str(value)], np.broadcast_to(np.int32(0), rows))
    if name in ("as_of", "period_start"):
        return np.broadcast_to(np.datetime64(value, "D").astype(np.int32), rows)
    if name == "as_of_assumed":
        return np.broadcast_to(np.bool_(value), rows)
    return np.broadcast_to(np.float64(np.nan if value is None else value), rows)


def _column(column: pa.ChunkedArray) -> Any:  # noqa: ANN401 - codes and names, or numbers
    if not pa.types.is_dictionary(column.type):
        return _numbers(column)
    chunk = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
    chunk = chunk.chunk(0) if isinstance(chunk, pa.ChunkedArray) else chunk
    names: list[str | None] = chunk.dictionary.to_pylist()
    if not chunk.null_count:
        return _Text(names, chunk.indices.to_numpy() if len(names) != 1 else np.broadcast_to(np.int32(0), len(chunk)))
    if chunk.null_count == len(chunk):
        return _Text([None], np.broadcast_to(np.int32(0), len(chunk)))
    return _Text([*names, None], pc.fill_null(chunk.indices, len(names)).to_numpy())


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    if column.null_count and not pa.types.is_boolean(column.type):
        column = column.cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False) if column.num_chunks != 1 else _one(column.chunk(0)))


def _one(chunk: pa.Array) -> np.ndarray:
    return np.asarray(chunk.to_numpy(zero_copy_only=False))


def _is_added_up(columns: dict[str, Any], region: Region) -> np.ndarray:
    period, indicator = columns["period"], columns["indicator"]
    flow = np.array([i in region.indicators and region.indicators[i].kind == "flow" for i in indicator.names])
    day = np.array([p == "D" for p in period.names])
    if flow.all() and day.all():
        return np.broadcast_to(np.bool_(True), len(period.codes))
    return np.asarray(flow[indicator.codes] & day[period.codes])


def _table(columns: dict[str, Any], chosen: np.ndarray) -> pa.Table:
    """Rows as they are."""
    arrays = []
    for field in SCHEMA:
        values = columns[field.name]
        if isinstance(values, _Text):
            codes = pa.array(values.codes[chosen])
            arrays.append(pa.DictionaryArray.from_arrays(codes, pa.array(values.names, pa.string())).cast(pa.string()))
        else:
            numbers = values[chosen]
            gaps = np.isnan(numbers) if numbers.dtype.kind == "f" else None
            kind = pa.int32() if pa.types.is_date32(field.type) else field.type
            arrays.append(pa.array(numbers, mask=gaps).cast(kind).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _coded(columns: dict[str, Any], nationalities: dict[str, int]) -> dict[str, np.ndarray]:
    nationality, reason, status = columns["nationality"], columns["missing_reason"], columns["status"]
    on_axis = np.array([nationalities.setdefault(str(n), len(nationalities)) for n in nationality.names], np.int16)
    missing = _looked_up(np.array([REASONS.index(r or "") for r in reason.names], np.uint8), reason.codes)
    gaps = np.isnan(columns["count"])
    if gaps.any():
        missing = np.where(gaps & (missing == 0), np.uint8(REASONS.index("not_reported")), missing)
    return {
        "nationality": _looked_up(on_axis, nationality.codes),
        "count": columns["count"],
        "missing": missing,
        "as_of": columns["as_of"],
        "assumed": columns["as_of_assumed"],
        "draft": _looked_up(np.array([s != "final" for s in status.names]), status.codes),
        "batch": np.broadcast_to(np.int32(columns["batch"]), len(missing)),
        "lon": columns["lon"],
        "lat": columns["lat"],
    }


def _looked_up(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return np.broadcast_to(values[0], len(codes)) if len(values) == 1 else np.take(values, codes, mode="clip")


def _codes(
    pieces: Sequence[dict[str, Any]], region: Region, block: RowBlock
) -> tuple[list[np.ndarray], tuple[RowSeries, ...]]:
    """Series and day of each piece's rows in one number, int64; and what the series are."""
    texts = [[_located(c, region) if f == "place" else c[f] for f in RowSeries._fields] for c in pieces]
    words: list[dict[str | None, int]] = [{} for _ in RowSeries._fields]
    tables = [
        [np.array([w.setdefault(n, len(w)) for n in t.names], np.int32) for w, t in zip(words, piece, strict=True)]
        for piece in texts
    ]
    sizes = [max(len(w), 1) for w in words]
    kind = np.int32 if np.prod(sizes, dtype=object) < 2**31 else np.int64
    strides = np.cumprod([1, *sizes[::-1]])[-2::-1].astype(kind)
    mixed = []
    for piece, table in zip(texts, tables, strict=True):
        code = np.zeros(1, kind)
        for text, position, stride in zip(piece, table, strides, strict=True):
            code = code + _looked_up(position * stride, text.codes) if len(position) > 1 else code + position * stride
        mixed.append(code)
    seen = np.zeros(int(np.prod(sizes)), dtype=bool)
    for code in mixed:
        seen |= np.bincount(code, minlength=len(seen)) > 0
    found = np.flatnonzero(seen)
    labels = [list(w) for w in words]
    digits = np.array(np.unravel_index(found, sizes)).T.tolist()
    names = tuple(RowSeries(*(of[d] for of, d in zip(labels, row, strict=True))) for row in digits)
    start = np.zeros(len(seen), np.int64)
    start[found] = np.arange(len(found)) * (block.edges[-1] - block.edges[0]) - block.edges[0]
    return [start[c] + p["period_start"] for c, p in zip(mixed, pieces, strict=True)], names


def _located(columns: dict[str, Any], region: Region) -> _Text:
    """Places, a point as its segment, or as the reason why it has none."""
    place, kind = columns["place"], columns["place_kind"]
    if "point" not in kind.names:
        return place
    is_point = np.array([k == "point" for k in kind.names])[kind.codes]
    where, found = point_codes(columns["lon"][is_point], columns["lat"][is_point], region)
    codes = np.array(place.codes, np.int64)
    codes[is_point] = len(place.names) + found
    return _Text([*place.names, *where], codes)


def point_codes(lon: np.ndarray, lat: np.ndarray, region: Region) -> tuple[list[str], np.ndarray]:
    """Segment ids and the reasons why a point has none; and which of them each point gets, int64."""
    segments = [s.id for s in region.segments]
    if not region.has_geometry:
        return ["the region has no geometry to place a point"], np.zeros(len(lon), np.int64)
    index = segment_index(region)
    found = index.locate(lon, lat).astype(np.int64)
    lost = np.flatnonzero(found < 0)
    far = index.distance_m(lon[lost], lat[lost]) > 2 * index.max_distance_m
    found[lost] = len(segments) + far
    # few reasons for many points: those just out of reach may be slips, those far away belong elsewhere
    limit = index.max_distance_m / 1000
    reasons = [f"point {limit:.0f} to {2 * limit:.0f} km", f"point more than {2 * limit:.0f} km"]
    return [*segments, *(f"{r} from the nearest segment" for r in reasons)], found


def point_places(lon: np.ndarray, lat: np.ndarray, region: Region) -> list[str]:
    """The segment of each point, or the reason why it has none."""
    names, codes = point_codes(lon, lat, region) if len(lon) else ([], np.zeros(0, np.int64))
    return [names[c] for c in codes.tolist()]
