"""Frontex's "monthly detections of illegal border-crossing": route × border type × nationality in wide months.

Its layouts over the years: months as `JAN2009` or as dates, a title row before the header or not, a footer row with the
vintage (`Source: FRAN data as of 03JUN25`) inside the column `Route` or on the sheet `Notes`. The route × month table
with a column `as_of` (several vintages in one CSV) is read as well. Counts are detections, not persons.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipelines.observations import Absence, DataRefusedError, Reading
from pipelines.origins import nearest_origins, origin_code
from pipelines.sources.tables import days, numbers, read_csv_text, rejected_rows
from pipelines.sources.workbooks import find_header, read_sheets, text

if TYPE_CHECKING:
    from pathlib import Path

    from geo.region import Region
    from pipelines.sources.workbooks import Cells

ID = "frontex"
ABSENCE: Absence = "missing"
INDICATORS = ("irregular_crossings",)
DESCRIPTION = "Frontex: monthly detections of illegal border-crossing by route and nationality."
LICENCE = "Frontex; name the source, ask before redistribution"
_ID_COLUMNS = ("route", "border type", "nationality")
_VINTAGE = re.compile(r"data as of\s+(\d{2})\s*([A-Z]{3})[A-Z]*\s*(\d{2,4})", re.IGNORECASE)
_KEYS = ["route_name", "nationality", "period_start"]


def read(path: Path, region: Region) -> Reading:  # noqa: ARG001 - every source is called alike
    """Read the workbook (or the CSV of route totals by vintage) into one figure per route, nationality and month.

    Land and sea rows of a route add up to its figure. Zeros in the wide table are reported zeros.

    Raises:
        DataRefusedError: no header row with `Route`, no month columns.
    """
    return _read_workbook(path) if zipfile.is_zipfile(path) else _read_vintages(path)


def _read_workbook(path: Path) -> Reading:
    sheets = read_sheets(path)
    found = find_header(sheets, lambda row: [text(c).lower() for c in row[:1]] == ["route"])
    if found is None:
        raise DataRefusedError(
            f"{path.name}: expected a row that begins with 'Route', found none on the sheets {', '.join(sheets)}. "
            "Is it Frontex's monthly detections workbook?"
        )
    name, position = found
    header, rows = sheets[name][position], sheets[name][position + 1 :]
    months = {i: start for i, cell in enumerate(header[3:], 3) if (start := _month(cell)) is not None}
    lacking = [c for c, cell in zip(_ID_COLUMNS, header, strict=False) if c not in text(cell).lower()]
    if lacking or not months:
        what = f"columns {', '.join(lacking)}" if lacking else "month columns such as JAN2009"
        raise DataRefusedError(
            f"{path.name}, sheet '{name}': expected {what} in row {position + 1}. Is it the right workbook?"
        )
    return _long(rows, months, first_line=position + 2, as_of=_vintage(sheets))


def _long(rows: Cells, months: dict[int, pd.Timestamp], *, first_line: int, as_of: pd.Timestamp | None) -> Reading:
    body = [(line, row) for line, row in enumerate(rows, first_line) if text(row[0]) and not _is_footer(row)]
    wide = pd.DataFrame(
        [[row[i] if i < len(row) else None for i in months] for _, row in body], columns=list(months.values())
    )
    wide["line"] = [line for line, _ in body]
    wide["route_name"] = [text(row[0]) for _, row in body]
    wide["nationality"] = [text(row[2]) for _, row in body]
    long = wide.melt(id_vars=["line", "route_name", "nationality"], var_name="period_start", value_name="cell")
    long["count"] = pd.to_numeric(long["cell"], errors="coerce")
    unreadable = long["count"].isna() & long["cell"].notna()
    codes = {n: origin_code(n) for n in long["nationality"].unique()}
    long["origin"] = long["nationality"].map(codes)
    unknown = {
        n: f"unknown nationality '{n}'; nearest: {', '.join(nearest_origins(n)) or 'none'}"
        for n, c in codes.items()
        if c is None
    }
    reasons = long["nationality"].map(unknown).fillna("")
    reasons[unreadable & (reasons == "")] = "count is not a number"
    bad = reasons != ""
    rejected = rejected_rows(long.loc[bad, "line"], reasons[bad], indicator=INDICATORS[0], count=long.loc[bad, "count"])
    return Reading(_figures(long[~bad].assign(as_of=as_of)), rejected)


def _read_vintages(path: Path) -> Reading:
    table = read_csv_text(path, required=("as_of", "route", "month", "detections"))
    table["count"], table["as_of"] = numbers(table["detections"]), days(table["as_of"])
    table["period_start"] = pd.to_datetime(table["month"], format="%Y-%m", errors="coerce")
    bad = table["count"].isna() | table["as_of"].isna() | table["period_start"].isna()
    rejected = rejected_rows(table.loc[bad, "line"], pd.Series("not a number or not a date", index=table.index)[bad],
                             indicator=INDICATORS[0], count=table.loc[bad, "count"])  # fmt: skip
    sums = (
        table[~bad]
        .groupby(["as_of", "route", "period_start"], as_index=False)
        .agg(count=("count", "sum"), line=("line", "min"))
    )
    full = [_with_zeros(group, as_of) for as_of, group in sums.groupby("as_of")]
    long = pd.concat(full, ignore_index=True).rename(columns={"route": "route_name"})
    return Reading(_figures(long.assign(nationality="TOTAL", origin="TOTAL")), rejected)


def _with_zeros(vintage: pd.DataFrame, as_of: object) -> pd.DataFrame:
    """The table leaves months without detections out: between its first and last month they are zeros."""
    months = pd.date_range(vintage["period_start"].min(), vintage["period_start"].max(), freq="MS")
    index = pd.MultiIndex.from_product([vintage["route"].unique(), months], names=["route", "period_start"])
    full = vintage.set_index(["route", "period_start"]).reindex(index).reset_index()
    return full.assign(as_of=as_of, count=full["count"].fillna(0.0), line=full["line"].fillna(vintage["line"].min()))


def _figures(long: pd.DataFrame) -> pd.DataFrame:
    """One figure per route, origin, month and vintage; a month is unknown only where no border type reported it."""
    keys = ["route_name", "origin", "period_start", "as_of"]
    out = long.groupby(keys, as_index=False, dropna=False).agg(
        count=("count", lambda c: c.sum(min_count=1)) if long["count"].isna().any() else ("count", "sum"),
        line=("line", "min"),
    )
    out["period_start"], out["as_of"] = pd.to_datetime(out["period_start"]), pd.to_datetime(out["as_of"])
    out["line"] = out["line"].astype("int64")
    out = out.rename(columns={"route_name": "place"})
    return out.assign(indicator=INDICATORS[0], place_kind="route", period="M", status="final")


def _month(cell: Any) -> pd.Timestamp | None:  # noqa: ANN401 - a cell holds whatever it holds
    if isinstance(cell, (datetime, date)):
        return pd.Timestamp(cell.year, cell.month, 1)
    try:
        return pd.Timestamp(datetime.strptime(text(cell).title(), "%b%Y"))  # noqa: DTZ007 - a month, not a moment
    except ValueError:
        return None


def _is_footer(row: tuple[Any, ...]) -> bool:
    return text(row[0]).lower().startswith("source") or not any(text(c) for c in row[1:3])


def _vintage(sheets: dict[str, Cells]) -> pd.Timestamp | None:
    """The day the data stood at, from a note such as `FRAN data as of 03JUN25`; None where there is none."""
    for rows in sheets.values():
        for row in [*rows[:40], *rows[-5:]]:
            for cell in row[:4]:
                match = _VINTAGE.search(text(cell))
                if match:
                    day, month, year = match.groups()
                    return pd.Timestamp(datetime.strptime(f"{day}{month.title()}{year[-2:]}", "%d%b%y"))  # noqa: DTZ007
    return None
