"""One range of a delivered table into parts of the store: what one Dask task of the door does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.lookup import segment_index
from pipelines.daily.layout import DICTIONARIES, LAYOUT, NO_UPPER, Part, part_groups, write_part
from pipelines.daily.ranges import Range, read_range
from pipelines.daily.screen import KINDS, screen
from pipelines.periods import day_numbers
from pipelines.sources.csv import figures_of
from pipelines.sources.tables import rejected_rows
from pipelines.validate import validate
from pipelines.vintages import state_as_of

if TYPE_CHECKING:
    from pathlib import Path

    from geo.region import Region
    from pipelines.daily.layout import Place

SOURCE = "daily"


@dataclass(frozen=True)
class Taken:
    """What became of a range; lines count from the range's first one."""

    parts: tuple[Part, ...]
    places: frozenset[Place]
    origins: frozenset[str]
    indicators: frozenset[str]
    first: int  # days since 1970 of the rows in the parts
    last: int
    count: float  # of the rows in the parts
    others: pd.DataFrame  # figures that are not daily, not of a point, crossing point or segment, or stocks
    rejected: pd.DataFrame
    lines: int
    sha256: str


def take_range(part: Range, number: int, *, region: Region, folder: Path, today: date) -> Taken:
    """Check a range's rows and write the good ones into parts.

    Args:
        part: Which range.
        number: Its position in the delivery.
        region: The pack.
        folder: Where the parts go.
        today: Day of ingestion.
    """
    rows = read_range(part)
    lines = _row_lines(len(rows.table), [n for n, _ in rows.broken])
    screened = screen(rows.table, region, today=int(day_numbers(pd.DatetimeIndex([today]))[0]))
    fine = screened.fine
    tables = [_fine_rows(screened.columns, lines, fine)]
    others, rejected = pd.DataFrame(), [_broken(rows.broken)]
    if not fine.all():
        slow = _as_text(rows.table, np.flatnonzero(~fine), lines)
        checked = validate(figures_of(slow), region, source=SOURCE, file=part.path.name, today=today)
        rejected.append(checked.rejected)
        late, others = _divided(checked.observations, region)
        tables.append(late)
    parts, facts = _write(tables, number, region=region, folder=folder)
    refused = pd.concat([r for r in rejected if len(r)] or rejected[:1], ignore_index=True)
    return Taken(parts, *facts, others, refused, rows.lines, rows.sha256)


def _row_lines(rows: int, broken: list[int]) -> np.ndarray:
    """Position in the range of each row that could be read."""
    out = np.arange(rows + len(broken), dtype=np.int64)
    return np.delete(out, broken)[:rows] if broken else out


def _broken(broken: list[tuple[int, str]]) -> pd.DataFrame:
    kept = [(line, reason) for line, reason in broken if reason]
    lines = pd.Series([line for line, _ in kept], dtype="int64")
    return rejected_rows(lines, pd.Series([reason for _, reason in kept], dtype=object))


def _fine_rows(columns: dict[str, pa.Array], lines: np.ndarray, fine: np.ndarray) -> pa.Table:
    table = pa.table({**columns, "line": pa.array(lines)})
    return table if fine.all() else table.filter(pa.array(fine))


def _as_text(table: pa.Table, positions: np.ndarray, lines: np.ndarray) -> pd.DataFrame:
    """Rows as the text cells that `sources.csv` reads."""
    taken = table.take(pa.array(positions)).to_pandas()
    text = pd.DataFrame({c: _texts(taken[c]) for c in taken.columns})
    blank = (text == "").all(axis=1)  # a blank line is no row
    return text.assign(line=lines[positions])[~blank].reset_index(drop=True)


def _texts(column: pd.Series) -> pd.Series:
    values = column.astype(object)
    if pd.api.types.is_float_dtype(column.dtype):
        return values.map(lambda v: "" if pd.isna(v) else f"{v:.17g}")
    return values.where(column.notna(), "").astype(str).str.removesuffix(" 00:00:00").str.strip()


def _divided(observations: pd.DataFrame, region: Region) -> tuple[pa.Table, pd.DataFrame]:
    """Good rows that belong into parts, and those that the store holds as single figures."""
    flows = [i.id for i in region.indicators.values() if i.kind == "flow"]
    daily = observations["period"].eq("D") & observations["place_kind"].isin(KINDS)
    daily &= observations["indicator"].isin(flows)
    mine = observations[daily]
    if mine.empty:
        return LAYOUT.empty_table(), observations
    dated = state_as_of(mine, region).assign(line=mine["line"].to_numpy())
    points = (dated["place_kind"] == "point").to_numpy()
    place = dated["place"].astype(object).to_numpy()
    if points.any():
        lon, lat = (dated.loc[points, axis].to_numpy(float) for axis in ("lon", "lat"))
        found = segment_index(region).locate(lon, lat) if region.has_geometry else np.full(len(lon), -1)
        place[points] = [region.segments[i].id if i >= 0 else "" for i in found]
    table = pa.table(
        {
            **{c: pa.array(dated[c].where(dated[c].notna(), "").astype(str)) for c in DICTIONARIES if c != "place"},
            "place": pa.array(place, pa.string()),
            **{c: pa.array(pd.to_datetime(dated[c]).dt.date, pa.date32()) for c in ("period_start", "as_of")},
            "count": pa.array(dated["count"].to_numpy(float)),
            "count_upper": pa.array(dated["count_upper"].fillna(NO_UPPER).astype("int64")),
            "as_of_assumed": pa.array(dated["as_of_assumed"].to_numpy(bool)),
            "line": pa.array(dated["line"].to_numpy("int64")),
        }
    )
    return table, observations[~daily]


def _write(
    tables: list[pa.Table], number: int, *, region: Region, folder: Path
) -> tuple[tuple[Part, ...], tuple[frozenset[Place], frozenset[str], frozenset[str], int, int, float]]:
    parts: list[Part] = []
    places: set[Place] = set()
    origins: set[str] = set()
    indicators: set[str] = set()
    first, last, count = 2**31, -(2**31), 0.0
    for k, table in enumerate(t for t in tables if len(t)):
        start = table["period_start"].combine_chunks().cast(pa.int32()).to_numpy()
        first, last = min(first, int(start.min())), max(last, int(start.max()))
        count += float(np.nansum(table["count"].to_numpy()))
        for group, rows in _by_group(table, part_groups(start, region.freq)):
            parts.append(write_part(rows, folder, group=group, number=2 * number + k))
        encoded = {c: table[c].combine_chunks() for c in ("place_kind", "place", "route", "origin", "indicator")}
        distinct = {c: _distinct(v) for c, v in encoded.items()}
        origins |= set(distinct["origin"])
        indicators |= set(distinct["indicator"])
        places |= _place_triples(table)
    return tuple(parts), (frozenset(places), frozenset(origins), frozenset(indicators), first, last, count)


def _by_group(table: pa.Table, groups: np.ndarray) -> list[tuple[int, pa.Table]]:
    if groups.min() == groups.max():
        return [(int(groups[0]), table)]
    order = np.argsort(groups, kind="stable")
    sorted_ = groups[order]
    edges = np.r_[np.flatnonzero(np.r_[True, sorted_[1:] != sorted_[:-1]]), len(order)]
    ordered = table if (np.diff(groups) >= 0).all() else table.take(pa.array(order))
    return [(int(sorted_[a]), ordered.slice(a, b - a)) for a, b in pairwise(edges.tolist())]


def _distinct(column: pa.Array) -> list[str]:
    return [str(v) for v in column.unique().to_pylist()]


def _place_triples(table: pa.Table) -> set[Place]:
    """Distinct (place_kind, place, route), through one integer per row."""
    encoded = []
    for name in ("place_kind", "place", "route"):
        column = table[name].combine_chunks()
        encoded.append(column if pa.types.is_dictionary(column.type) else column.dictionary_encode())
    names = [c.dictionary.to_pylist() for c in encoded]
    kind, place, route = (c.indices.to_numpy().astype(np.int64) for c in encoded)
    sizes = [len(n) for n in names]
    code = (kind * sizes[1] + place) * sizes[2] + route
    seen = np.flatnonzero(np.bincount(code, minlength=int(np.prod(sizes))))
    return {
        (names[0][c // sizes[2] // sizes[1]], names[1][c // sizes[2] % sizes[1]], names[2][c % sizes[2]])
        for c in seen.tolist()
    }
