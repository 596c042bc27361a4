"""Frontex's "monthly detections of illegal border-crossing": route × border type × nationality in wide months.

Its layouts over the years, as a workbook or saved as CSV: months as `JAN2009` (also marked, `SEP2025*`) or as dates, a
title row before the header or not, a footer row with the vintage (`Source: FRAN data as of 03JUN25`) inside the column
`Route` or on the sheet `Notes`. The route × month table with a column `as_of` (several vintages in one CSV) is read as
well. Counts are detections, not persons.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geo.locate.places import place_id
from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.ingest.reading.count_checks import why_no_part
from pipelines.ingest.reading.dates import read_period
from pipelines.ingest.reading.nationalities import nationality_code, unknown_nationality
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.personal_data import headings_for_message, sheet_for_message, unread_columns
from pipelines.ingest.reading.raw_table import HEAD_ROWS, Row, sheets_of
from pipelines.ingest.reading.tables import days, read_csv_text, split_rows, trimmed
from pipelines.ingest.reading.workbooks import open_formulas, workbook_kind
from pipelines.observations.schema import (
    OTHER_ROUTE,
    TOTAL,
    DataRefusedError,
    NumberForm,
    Reading,
    Source,
    empty_observations,
)
from pipelines.store.periods import period_ends

INDICATOR = "irregular_crossings"
ROUTES_PACK = "eu_routes"  # the built-in pack with the names of all of Frontex's routes
_ID_COLUMNS = ("route", "border", "nationality")  # words of the first three headings
_NAMES = ["route_name", "border", "nationality_name"]
CONTRADICTION = "rows with different counts for one figure. Send the one that holds"
REPEATED = "the same row stands in the file twice"
HALVED = "the other border type of this figure is no count"
_TOTALS = re.compile(r"(?:grand )?totals?|sum|(?:19|20)\d\d(?: total)?", re.IGNORECASE)  # headings: of other columns
_VINTAGE = re.compile(r"data as of\s+(\d{2})\s*([A-Z]{3})[A-Z]*\s*(\d{2,4})", re.IGNORECASE)


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read the workbook (or the CSV of route totals by vintage) into one figure per route, nationality and month.

    Land and sea rows of a route add up to its figure. Zeros in the wide table are reported zeros. Frontex's routes that
    are not the region's are kept as totals and counted as unallocated; a name that is none of Frontex's is refused.

    Raises:
        DataRefusedError: no header row with `Route`, no month columns, or no route of the region.
    """
    sheets = {sheet.name: list(sheet.rows(None)) for sheet in sheets_of(path)}
    found = _find_header(sheets)
    if found is None and workbook_kind(path):
        raise DataRefusedError(
            f"{path.name}: expected a row that begins with 'Route', found none on the sheets "
            f"{headings_for_message(sheets)}. Is it Frontex's monthly detections workbook?"
        )
    reading = _read_wide(path, form, sheets, found) if found else _read_vintages(path, form)
    figures = _with_other_routes(reading.observations, region)
    if len(figures) and (figures["route"] == OTHER_ROUTE).all():
        raise DataRefusedError(
            f"{path.name}: expected figures of a route of region '{region.id}', got those of "
            f"{', '.join(sorted(set(figures['place'])))}. Name another --region, or the route in its aliases."
        )
    return replace(reading, observations=figures)


def _with_other_routes(figures: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Routes of Frontex's that the region does not have: one total each, with the route `OTHER_ROUTE`."""
    frontex = load_region(ROUTES_PACK)
    known = {n: place_id(frontex, "route", n) for n in figures["place"].unique()}
    other = {n: route for n, route in known.items() if route and place_id(region, "route", n) is None}
    figures = figures.assign(route=None)
    elsewhere = figures["place"].isin(list(other))
    if not elsewhere.any():
        return figures
    sums = _sums(figures[elsewhere], ["place", "period_start", "as_of"])
    fixed = figures.loc[elsewhere, ["indicator", "place_kind", "period", "status"]].iloc[0].to_dict()
    sums = sums.assign(**fixed, place=sums["place"].map(other), nationality=TOTAL, route=OTHER_ROUTE)
    return pd.concat([t for t in (figures[~elsewhere], sums) if len(t)], ignore_index=True)


def _find_header(sheets: Mapping[str, list[Row]]) -> tuple[str, int] | None:
    """Sheet and position of the first row that begins with `Route`."""
    rows = ((name, n, cells) for name, sheet in sheets.items() for n, (_, cells) in enumerate(sheet[:HEAD_ROWS]))
    return next(((name, n) for name, n, cells in rows if cells and trimmed(cells[0]).lower() == "route"), None)


def _read_wide(path: Path, form: NumberForm, sheets: Mapping[str, list[Row]], found: tuple[str, int]) -> Reading:
    name, position = found
    where = f"{path.name}, sheet {sheet_for_message(name)}" if name else path.name
    line, header = sheets[name][position]
    months = {i: start for i, cell in enumerate(header[3:], 3) if (start := _month(cell)) is not None}
    lacking = [c for c, cell in zip(_ID_COLUMNS, header, strict=False) if c not in trimmed(cell).lower()]
    starts = list(months.values())
    twice = [start for n, start in enumerate(starts) if start in starts[:n]]
    if twice:
        raise DataRefusedError(
            f"{where}, row {line}: expected each month once, got {twice[0]:%b %Y} twice. Take one out."
        )
    if lacking or not months:
        what = f"columns {', '.join(lacking)}" if lacking else "month columns such as JAN2009"
        raise DataRefusedError(f"{where}: expected {what} in row {line}. Is it the right workbook?")
    long = _long(sheets[name][position + 1 :], months)
    rule = number_rule(long["cell"], **form, usual=",", where=where)
    as_of, told_on = _vintage(sheets)
    reading = _read_long(long.assign(count=rule.read(long["cell"])), as_of=as_of)
    others = [trimmed(cell) for i, cell in enumerate(header[3:], 3) if i not in months]
    columns = unread_columns(h for h in others if h and not _TOTALS.fullmatch(h))
    notes = (f"sheet {sheet_for_message(sheet)}" for sheet in sheets if sheet not in (name, told_on))
    return replace(reading, unread=(*columns, *notes, *open_formulas(path)))


def _long(rows: Sequence[Row], months: dict[int, pd.Timestamp]) -> pd.DataFrame:
    """One row per row and month of the sheet, with its `cell`."""
    body = [(line, row) for line, row in rows if _is_figures(row, months)]
    cells = [[_filled(row, i) for i in months] for _, row in body]
    wide = pd.DataFrame(cells, columns=list(months.values()))
    wide["line"] = [line for line, _ in body]
    for i, column in enumerate(_NAMES):
        wide[column] = [trimmed(row[i]) for _, row in body]
    wide["reason"] = ""
    wide.loc[(wide[["route_name", "nationality_name"]] == "").any(axis=1), "reason"] = (
        "no route or no nationality in the row"
    )
    return wide.melt(id_vars=["line", *_NAMES, "reason"], var_name="period_start", value_name="cell")


def _read_long(long: pd.DataFrame, *, as_of: pd.Timestamp | None) -> Reading:
    codes = {n: nationality_code(n) for n in long["nationality_name"].unique()}
    long["nationality"] = long["nationality_name"].map(codes)
    unknown = {n: unknown_nationality(n) for n, code in codes.items() if code is None}
    reasons = long["nationality_name"].map(unknown).fillna("").where(long["reason"] == "", long["reason"])
    spoilt = why_no_part(long["count"], told=long["cell"].notna())
    reasons = reasons.where(reasons != "", spoilt)
    reasons[_halved(long, reasons, spoilt, ["route_name", "nationality_name", "period_start"])] = HALVED
    figures = long.assign(as_of=as_of, place=long["route_name"])
    kept, rejected = _split(figures, reasons, ["route_name", "border", "nationality_name", "period_start"])
    return Reading(_figures(kept), rejected)


def _read_vintages(path: Path, form: NumberForm) -> Reading:
    text = read_csv_text(path, required=("as_of", "route", "month", "detections"), optional=("border_type",))
    table = text.rename(columns={"route": "route_name"})
    rule = number_rule(table["detections"], **form, usual=",", where=f"{path.name}, column 'detections'")
    table["count"], table["as_of"] = rule.read(table["detections"]), days(table["as_of"])
    table["period_start"] = pd.to_datetime(table["month"], format="%Y-%m", errors="coerce")
    reasons = pd.Series("", index=table.index)
    reasons[table["period_start"].isna()] = "month is not a month as YYYY-MM"
    reasons[table["as_of"].isna()] = "impossible date in as_of"
    reasons[period_ends(table["period_start"], "M") > table["as_of"]] = "the month is not over by its as_of"
    spoilt = why_no_part(table["count"])
    reasons = spoilt.where(spoilt != "", reasons)
    reasons[_halved(table, reasons, spoilt, ["as_of", "route_name", "month"])] = HALVED
    part = [c for c in ("as_of", "route_name", "border_type", "period_start") if c in table]
    kept, rejected = _split(table.assign(place=table["route_name"], nationality=TOTAL), reasons, part)
    bad = table[~table.index.isin(kept.index)]
    refused = {d: set(zip(t["route_name"], t["period_start"], strict=True)) for d, t in bad.groupby("as_of")}
    sums = _sums(kept, ["as_of", "route_name", "period_start"])
    full = [_with_zeros(group, as_of, refused.get(as_of, set())) for as_of, group in sums.groupby("as_of")]
    if not full:
        return Reading(empty_observations().assign(line=pd.Series(dtype="int64")), rejected)
    long = pd.concat(full, ignore_index=True).assign(nationality=TOTAL)
    return Reading(_figures(long), rejected, text.attrs["unread"])


def _split(table: pd.DataFrame, reasons: pd.Series, part: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that are taken and those that are not; of rows about one part of a figure a copy, or all if they differ."""
    first = ~table.duplicated([*part, "count"])
    differ = first.groupby([table[k] for k in part], dropna=False).transform("sum") > 1
    reasons = reasons.mask((reasons == "") & differ, CONTRADICTION)
    reasons = reasons.mask((reasons == "") & ~first, REPEATED)
    period_start = table["period_start"].mask(reasons == REPEATED)  # nothing is missing of the copy's figure
    keyed = table.assign(indicator=INDICATOR, place_kind="route", period="M", route=None, period_start=period_start)
    return split_rows(keyed, reasons)


def _halved(table: pd.DataFrame, reasons: pd.Series, spoilt: pd.Series, figure: list[str]) -> pd.Series:
    """Rows whose figure has another part that is no count: land without sea would pass for the whole."""
    broken = ((spoilt != "") & (reasons == spoilt)).groupby([table[k] for k in figure], dropna=False).transform("any")
    return broken & (reasons == "")


def _with_zeros(vintage: pd.DataFrame, as_of: object, refused: set[tuple[str, pd.Timestamp]]) -> pd.DataFrame:
    """The table leaves months without detections out: between its first and last month they are zeros.

    A month that was told, but could not be read, is none of them.
    """
    months = pd.date_range(vintage["period_start"].min(), vintage["period_start"].max(), freq="MS")
    index = pd.MultiIndex.from_product([vintage["route_name"].unique(), months], names=["route_name", "period_start"])
    full = vintage.set_index(["route_name", "period_start"]).reindex(index[~index.isin(refused)]).reset_index()
    return full.assign(as_of=as_of, count=full["count"].fillna(0.0), line=full["line"].fillna(vintage["line"].min()))


def _figures(long: pd.DataFrame) -> pd.DataFrame:
    """One figure per route, nationality, month and vintage; a month is unknown where no border type reported it."""
    keys = ["route_name", "nationality", "period_start", "as_of"]
    out = _sums(long, keys)
    out["period_start"], out["as_of"] = pd.to_datetime(out["period_start"]), pd.to_datetime(out["as_of"])
    out["line"] = out["line"].astype("int64")
    out = out.rename(columns={"route_name": "place"})
    return out.assign(indicator=INDICATOR, place_kind="route", period="M", status="final")


def _sums(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Counts by key, unknown where all of them are, and the first line of each."""
    grouped = table.groupby(keys, dropna=False)
    return grouped["count"].sum(min_count=1).to_frame().assign(line=grouped["line"].min()).reset_index()


def _filled(row: Sequence[Any], position: int) -> Any:  # noqa: ANN401 - a cell holds whatever it holds
    cell = row[position] if position < len(row) else None
    return None if trimmed(cell) == "" else cell


def _month(cell: object) -> pd.Timestamp | None:
    """The month that a heading names; marks such as `*` are not part of it."""
    found = read_period(cell, "month", languages=("en",))
    return found[0] if found else None


def _is_figures(row: Sequence[Any], months: dict[int, pd.Timestamp]) -> bool:
    """Whether a row tells figures; footers and blank rows have no cell below a month."""
    footer = bool(row) and trimmed(row[0]).lower().startswith("source")
    return not footer and (any(trimmed(c) for c in row[1:3]) or any(trimmed(row[i]) for i in months if i < len(row)))


def _vintage(sheets: Mapping[str, list[Row]]) -> tuple[pd.Timestamp | None, str | None]:
    """The day the data stood at, from a note such as `FRAN data as of 03JUN25`, and its sheet; None: there is none."""
    cells = ((name, c) for name, rows in sheets.items() for _, row in [*rows[:40], *rows[-5:]] for c in row[:4])
    found = next(((name, match) for name, c in cells if (match := _VINTAGE.search(trimmed(c)))), None)
    if found is None:
        return None, None
    day, month, year = found[1].groups()
    return pd.Timestamp(datetime.strptime(f"{day}{month.title()}{year[-2:]}", "%d%b%y")), found[0]  # noqa: DTZ007


SOURCE = Source(
    id="frontex",
    description="Frontex: monthly detections of illegal border-crossing by route and nationality.",
    licence="Frontex; name the source, ask before redistribution",
    absence="missing",
    indicators=(INDICATOR,),
    read=read,
)
