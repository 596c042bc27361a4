"""IOM Missing Migrants Project: incidents of death or disappearance, aggregated to place and period before storing.

Only date, coordinates and the number of dead and missing leave this module: no incident is stored by itself.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from geo.locate.places import resolve_place
from geo.region.region import Region
from pipelines.ingest.reading.numbers import NO_THOUSANDS, number_rule
from pipelines.ingest.reading.tables import days, read_csv_text, split_rows
from pipelines.observations.schema import OTHER_ROUTE, TOTAL, NumberForm, Reading, Source
from pipelines.store.periods import period_starts

INDICATOR = "deaths_missing"
REQUIRED = ("main id", "no. dead/missing", "latitude", "longitude", "incident_date_clean")
GRID_DEGREES = 1  # decimals of a degree: about 10 km


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read the incidents and add them up per period of the region (a month where the day is not known).

    A region with geometry takes them by their coordinates, to 0.1°; one without by the route that the project names
    (routes that are not the region's are counted as unallocated). Incidents without place, date or number are refused
    with the reason.
    """
    table = read_csv_text(path, required=REQUIRED, optional=("incident_date_precision", "route"))
    unread = table.attrs["unread"]
    table["day"] = days(table["incident_date_clean"])
    columns = (
        ("count", "no. dead/missing", form),
        ("lat", "latitude", NO_THOUSANDS),
        ("lon", "longitude", NO_THOUSANDS),
    )
    for name, column, how in columns:
        rule = number_rule(table[column], **how, usual=",", where=f"{path.name}, column '{column}'")
        table[name] = rule.read(table[column])
    precision = table.get("incident_date_precision", pd.Series("day", index=table.index))
    reasons = pd.Series("", index=table.index)
    reasons[precision.isin(["year", "unknown"])] = "the incident's date is not known to the month"
    if region.has_geometry:
        reasons[table["lat"].isna() | table["lon"].isna()] = "no coordinates"
    else:
        names = table.get("route", pd.Series("", index=table.index))
        reasons[names == ""] = "no route, and the region has no geometry to place a point"
        reasons[names.str.contains(",")] = "several routes in one cell"
    reasons[table["count"].isna() | (table["count"] < 0)] = "number of dead and missing is not a number"
    reasons[table["day"].isna()] = "impossible or missing date"
    reasons[table["main id"].duplicated() & (table["main id"] != "")] = "the same Main ID stands in the file twice"
    good, rejected = split_rows(table, reasons, INDICATOR)
    period = pd.Series(region.freq, index=good.index).where(precision[good.index] != "month", "M")
    starts = {freq: pd.Series(period_starts(good["day"], freq), index=good.index) for freq in ("W", "M")}
    good = good.assign(period=period, period_start=starts["W"].where(period == "W", starts["M"]))
    good = _by_point(good) if region.has_geometry else _by_route(good, region)
    keys = ["period", "period_start", "place_kind", "place", "route", "lat", "lon"]
    sums = good.groupby(keys, as_index=False, dropna=False).agg(count=("count", "sum"), line=("line", "min"))
    return Reading(sums.assign(indicator=INDICATOR, nationality=TOTAL, as_of=pd.NaT), rejected, unread)


def _by_point(table: pd.DataFrame) -> pd.DataFrame:
    rounded = {axis: np.round(table[axis], GRID_DEGREES) for axis in ("lat", "lon")}
    return table.assign(**rounded, place_kind="point", place=None, route=None)


def _by_route(table: pd.DataFrame, region: Region) -> pd.DataFrame:
    routes = {name: resolve_place(region, "route", name).id for name in table["route"].unique()}
    route = table["route"].map(lambda name: None if routes[name] else OTHER_ROUTE)
    place = table["route"].map(lambda name: routes[name] or name)
    return table.assign(place_kind="route", place=place, route=route, lat=np.nan, lon=np.nan)


SOURCE = Source(
    id="missing_migrants",
    description="IOM Missing Migrants Project: dead and missing, aggregated to 0.1° and the region's periods.",
    licence="CC BY 4.0",
    absence="zero_within_span",
    indicators=(INDICATOR,),
    read=read,
)
