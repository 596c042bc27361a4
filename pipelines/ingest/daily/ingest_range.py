"""One range of a delivered table into parts of the store: what one Dask task of the door does."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.locate.lookup import segment_index
from geo.region.region import Region
from pipelines.ingest.daily.fast_validation import KINDS, number_rules, screen
from pipelines.ingest.daily.layout import DICTIONARIES, LAYOUT, NO_UPPER, Part, write_part
from pipelines.ingest.daily.read_ranges import FileRange, read_range
from pipelines.ingest.daily.row_index import Place
from pipelines.ingest.daily.sort_rows import REPEATED, Ordered, put_in_order
from pipelines.ingest.door.validate import validate
from pipelines.ingest.reading.personal_data import require_no_persons
from pipelines.ingest.reading.tables import rejected_rows
from pipelines.ingest.sources.csv import figures_of
from pipelines.observations.vintages import state_as_of
from pipelines.store.periods import day_numbers

SOURCE = "daily"


@dataclass(frozen=True)
class Taken:
    """What became of a range; lines count from the range's first one."""

    parts: tuple[Part, ...]
    places: frozenset[Place]
    nationalities: frozenset[str]
    indicators: frozenset[str]
    first: int  # days since 1970 of the rows in the parts
    last: int
    others: pd.DataFrame  # figures that are not daily, not of a point, crossing point or segment, or stocks
    rejected: pd.DataFrame
    lines: int
    sha256: str


def take_range(part: FileRange, number: int, *, region: Region, folder: Path, today: date) -> Taken:
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
    rules = number_rules(rows.table, file=part.path.name)
    screened = screen(rows.table, region, today=int(day_numbers(pd.DatetimeIndex([today]))[0]), rules=rules)
    fine = screened.fine
    tables = [_fine_rows(screened.columns, lines, fine)]
    others, rejected = pd.DataFrame(), [_broken(rows.broken)]
    if not fine.all():
        slow = _as_text(rows.table, np.flatnonzero(~fine), lines)
        _require_no_persons(part.path, slow)
        checked = validate(figures_of(slow, rules), region, source=SOURCE, file=part.path.name, today=today)
        rejected.append(checked.rejected)
        late, others = _divided(checked.observations, region)
        tables.append(late)
    ordered = [put_in_order(t, region.freq) for t in tables if len(t)]
    rejected += [_repeated(t, o.repeats) for t, o in zip((t for t in tables if len(t)), ordered, strict=True)]
    refused = pd.concat([r for r in rejected if len(r)] or rejected[:1], ignore_index=True)
    return Taken(
        parts=tuple(p for k, o in enumerate(ordered) for p in _write(o, folder, number=2 * number + k)),
        places=frozenset(p for o in ordered for p in o.runs.places),
        nationalities=frozenset(name for o in ordered for name in o.nationalities),
        indicators=frozenset(name for o in ordered for name in o.runs.indicators),
        first=min((int(o.runs.day.min()) for o in ordered), default=2**31),
        last=max((int(o.runs.day.max()) for o in ordered), default=-(2**31)),
        others=others,
        rejected=refused,
        lines=rows.lines,
        sha256=rows.sha256,
    )


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


def _require_no_persons(path: Path, rows: pd.DataFrame) -> None:
    """Refuse the file if a cell that would go to quarantine, or into its reason, looks like contact or document data.

    The head of a file has been looked at; this is for what comes later. One such cell is enough.
    """
    texts = [
        c
        for c in ("indicator", "place_kind", "place", "route", "nationality", "period", "missing_reason", "status")
        if c in rows
    ]
    for column in texts:
        for value in rows[column].unique():
            require_no_persons(path, {column: [value]})


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


def _repeated(table: pa.Table, rows: np.ndarray) -> pd.DataFrame:
    gone = table.select(["line", "indicator", "count"]).take(pa.array(rows)).to_pandas()
    reason = pd.Series(REPEATED, index=gone.index, dtype=object)
    return rejected_rows(gone["line"], reason, indicator=gone["indicator"].astype(object), count=gone["count"])


def _write(ordered: Ordered, folder: Path, *, number: int) -> list[Part]:
    """A part for each group of periods."""
    edges = np.flatnonzero(np.diff(ordered.group, prepend=ordered.group[0] - 1, append=ordered.group[-1] + 1))
    rows = np.r_[ordered.runs.first, len(ordered.table)]
    return [
        write_part(
            ordered.table.slice(rows[a], rows[b] - rows[a]),
            ordered.runs.between(a, b),
            folder,
            group=int(ordered.group[a]),
            number=number,
        )
        for a, b in pairwise(edges.tolist())
    ]
