"""IOM Missing Migrants Project: incidents of death or disappearance, aggregated to place and period before storing.

Read as IOM gives them out, CSV or workbook (layouts of 2019 to 2021, of 2022 to 2025 and of 2026), and as a cleaned
table of a third party (`incident_date_clean`). Only date, coordinates and the number of dead and missing leave this
module: no incident is stored by itself.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from geo.locate.places import place_id
from geo.region.region import Region
from pipelines.ingest.reading.count_checks import why_no_part
from pipelines.ingest.reading.dates import month_number, read_period
from pipelines.ingest.reading.headings import cell_text
from pipelines.ingest.reading.numbers import NO_THOUSANDS, number_rule
from pipelines.ingest.reading.personal_data import is_harmless, unread_columns
from pipelines.ingest.reading.tables import column_name, find_header, read_csv_text, split_rows
from pipelines.ingest.reading.workbooks import open_formulas, read_sheets, workbook_kind
from pipelines.observations.schema import OTHER_ROUTE, TOTAL, DataRefusedError, NumberForm, Reading, Source
from pipelines.store.periods import period_starts

INDICATOR = "deaths_missing"
# What stands where, under each heading that it had: of several in one file the first is taken.
HEADINGS = {
    "incident": ("incident id", "web id", "main id"),  # `Main ID` joins the incidents of one event: only if it is alone
    "date": ("incident_date_clean", "incident date", "reported date", "date of incident"),
    "year": ("incident year", "reported year", "year", "year of incident"),
    "month": ("reported month", "incident month", "month"),
    "precision": ("incident_date_precision",),
    "total": ("no. dead/missing", "total number of dead and missing", "total dead and missing"),
    "dead": ("number of dead", "number dead", "no. dead"),
    "missing": ("minimum estimated number of missing", "no. missing"),
    "lat": ("latitude",),
    "lon": ("longitude",),
    "point": ("coordinates", "location coordinates"),
    "route": ("migration route", "route"),
}
_NEEDED = {  # one of these groups of columns is enough
    "a date": (("date",), ("year", "month")),
    "the number of dead and missing": (("total",), ("dead", "missing")),
    "coordinates": (("point",), ("lat", "lon")),
}
MONTHS = 12
GRID_DEGREES = 1  # decimals of a degree: about 10 km
_SLASHES = re.compile(r"(?:[A-Za-z]{3}, )?(\d{1,2})/(\d{1,2})/(?:20)?(\d{2})(?: - \d{1,2}:\d{2})?")
_NO_NUMBER = ("", "NA", "N/A")
COPY = "the same incident stands in the file twice"
CONTRADICTION = "rows that say different things of one incident. Send the one that holds"
ELSEWHERE = "other route"  # a route of the project's whose name no table of figures would have
DAY_FIRST = "dates are not all month/day/year, as IOM writes them: write YYYY-MM-DD"


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read the incidents and add them up per period of the region (a month where the day is not known).

    A region with geometry takes them by their coordinates, to 0.1°; one without by the route that the project names
    (routes that are not the region's are counted as unallocated). Incidents without place, date or number are refused
    with the reason.

    Raises:
        DataRefusedError: columns are missing.
    """
    text = _read_text(path)
    table = _named(text, path)
    table["count"] = _counts(table, form, where=path.name)
    table["lat"], table["lon"] = _coordinates(table, where=path.name)
    dated = _dates(table)
    table["day"], precision = dated["day"], dated["precision"]
    reasons = pd.Series("", index=table.index)
    reasons[precision.isin(["year", "unknown"])] = "the incident's date is not known to the month"
    if region.has_geometry:
        reasons[table["lat"].isna() | table["lon"].isna()] = "no coordinates"
    else:
        reasons[table["route"] == ""] = "no route, and the region has no geometry to place a point"
        reasons[table["route"].str.contains(",")] = "several routes in one cell"
    spoilt = why_no_part(table["count"])
    reasons = spoilt.where(spoilt != "", reasons)
    reasons = dated["reason"].where(dated["reason"] != "", reasons)
    repeats = _repeats(table, unique=any(h in text for h in HEADINGS["incident"][:2]))
    reasons = repeats.where(repeats != "", reasons)
    period = pd.Series(region.freq, index=table.index).where(precision != "month", "M")
    starts = {freq: pd.Series(period_starts(table["day"], freq), index=table.index) for freq in ("W", "M")}
    table = table.assign(period=period, period_start=starts["W"].where(period == "W", starts["M"]))
    table.loc[reasons == COPY, "period_start"] = pd.NaT  # nothing is missing of the sum that it is not part of
    table = _by_point(table) if region.has_geometry else _by_route(table, region)
    good, rejected = split_rows(table.assign(indicator=INDICATOR, nationality=TOTAL, as_of=pd.NaT), reasons)
    keys = ["indicator", "nationality", "as_of", "period", "period_start", "place_kind", "place", "route", "lat", "lon"]
    sums = good.groupby(keys, as_index=False, dropna=False).agg(count=("count", "sum"), line=("line", "min"))
    return Reading(sums, rejected, text.attrs["unread"])


def _repeats(table: pd.DataFrame, *, unique: bool) -> pd.Series:
    """Why rows with the number of another row are refused: a copy counts once, contradicting rows not at all.

    `unique`: a number is one incident's; else (`Main ID`) rows that differ are incidents of one event.
    """
    numbered = table["incident"] != ""
    same = ["incident", "day", "lat", "lon", "route", "count"]
    reasons = pd.Series("", index=table.index).mask(table.duplicated(same) & numbered, COPY)
    if unique:
        versions = (reasons != COPY).groupby(table["incident"]).transform("sum")
        reasons = reasons.mask(numbered & (versions > 1), CONTRADICTION)
    return reasons


def _read_text(path: Path) -> pd.DataFrame:
    """The columns that are known, as text cells, with `line`; `attrs["unread"]` says what else the file has."""
    wanted = {h for headings in HEADINGS.values() for h in headings}
    if workbook_kind(path) is None:
        return read_csv_text(path, required=(), optional=wanted)
    sheets = read_sheets(path)
    found = find_header(sheets, lambda row: len(wanted.intersection(map(column_name, row))) >= len(_NEEDED))
    if found is None:
        raise DataRefusedError(f"{path.name}: expected a row with the columns of incidents. Is it IOM's workbook?")
    name, position = found
    header, rows = [column_name(c) for c in sheets[name][position]], sheets[name][position + 1 :]
    table = pd.DataFrame([[cell_text(c) for c in row[: len(header)]] for row in rows], columns=header, dtype=object)
    kept = table[[h for h in header if h in wanted]].assign(line=range(position + 2, position + 2 + len(rows)))
    kept.attrs["unread"] = (*unread_columns(h for h in header if h not in wanted), *open_formulas(path))
    return kept[(kept.drop(columns="line") != "").any(axis=1)].reset_index(drop=True)


def _named(text: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The columns by what they mean; empty text where the file has none of it."""
    there = {name: [h for h in headings if h in text] for name, headings in HEADINGS.items()}
    for what, groups in _NEEDED.items():
        if not any(all(there[name] for name in group) for group in groups):
            wanted = " or ".join(" and ".join(f"'{HEADINGS[name][0]}'" for name in group) for group in groups)
            raise DataRefusedError(
                f"{path.name}: expected {what}, {wanted}; there is no such column. Send the file as IOM gives it out "
                "(CSV or workbook), or name the columns so."
            )
    columns = {name: text[found[0]] if found else "" for name, found in there.items()}
    return pd.DataFrame(columns, index=text.index).assign(line=text["line"])


def _counts(table: pd.DataFrame, form: NumberForm, *, where: str) -> pd.Series:
    """Dead and missing: the total where it is told, else the sum of the two; NaN where a part is no number."""

    def numbers(column: str) -> pd.Series:
        """A column by the one rule of its numbers."""
        rule = number_rule(table[column], **form, usual=",", where=f"{where}, column '{HEADINGS[column][0]}'")
        return rule.read(table[column])

    told = {column: ~table[column].isin(_NO_NUMBER) for column in ("total", "dead", "missing")}
    parts = [numbers(column).mask(~told[column], 0.0) for column in ("dead", "missing")]
    sums = (parts[0] + parts[1]).where(told["dead"] | told["missing"])
    return numbers("total").where(told["total"], sums)


def _coordinates(table: pd.DataFrame, *, where: str) -> tuple[pd.Series, pd.Series]:
    """Degrees north and east, from two columns or from `lat, lon` in one cell."""
    pair = table["point"].str.extract(r"^\(?\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)?$")
    columns: Mapping[str, pd.Series] = {"lat": pair[0].fillna(""), "lon": pair[1].fillna("")}
    out = []
    for axis, cells in columns.items():
        own = table[axis].where(table[axis] != "", cells)
        out.append(number_rule(own, **NO_THOUSANDS, where=f"{where}, coordinates").read(own))
    return out[0], out[1]


def _dates(table: pd.DataFrame) -> pd.DataFrame:
    """Columns `day`, `precision` (`day`, `month`, or what the file says) and `reason` of each incident.

    IOM writes `Thu, 01/31/2026 - 12:00` with the month first; where one date of the file can't be so, or lies in the
    month that its row names only if the day came first, all of that form may be meant otherwise.
    """
    slashes = table["date"].str.extract(_SLASHES).astype(float)
    has_slashes = slashes[0].notna()
    read = [read_period(cell, "day", languages=("en",)) for cell in table["date"]]
    day = pd.to_datetime(pd.Series([r[0] if r else None for r in read], index=table.index))
    parts = {"year": 2000 + slashes[2], "month": slashes[0], "day": slashes[1]}
    day = day.mask(has_slashes, pd.to_datetime(parts, errors="coerce"))
    year, month = pd.to_numeric(table["year"], errors="coerce"), table["month"].map(_month).astype(float)
    stated = pd.to_datetime({"year": year, "month": month, "day": 1}, errors="coerce")
    by_month = (table["date"] == "") & stated.notna()
    precision = table["precision"].where(table["precision"] != "", "day").mask(by_month, "month")
    day = day.mask(by_month, stated)
    reason = pd.Series("", index=table.index).mask(day.isna(), "impossible or missing date")
    day_first = (slashes[0] > MONTHS) | ((slashes[0] != month) & (slashes[1] == month))
    if day_first.any():
        reason[has_slashes], day[has_slashes] = DAY_FIRST, pd.NaT
    return pd.DataFrame({"day": day, "precision": precision, "reason": reason})


def _month(cell: str) -> int | None:
    return month_number(cell, ("en",))


def _by_point(table: pd.DataFrame) -> pd.DataFrame:
    rounded = {axis: np.round(table[axis], GRID_DEGREES) for axis in ("lat", "lon")}
    return table.assign(**rounded, place_kind="point", place=None, route=None)


def _by_route(table: pd.DataFrame, region: Region) -> pd.DataFrame:
    routes = {name: place_id(region, "route", name) for name in table["route"].unique()}
    route = table["route"].map(lambda name: None if routes[name] else OTHER_ROUTE)
    place = table["route"].map(lambda name: routes[name] or (name if is_harmless(name) else ELSEWHERE))
    return table.assign(place_kind="route", place=place, route=route, lat=np.nan, lon=np.nan)


SOURCE = Source(
    id="missing_migrants",
    description="IOM Missing Migrants Project: dead and missing, aggregated to 0.1° and the region's periods.",
    licence="CC BY 4.0",
    absence="zero_within_span",
    indicators=(INDICATOR,),
    read=read,
)
