"""Check the rows of a reading against the region; what can't be taken goes to quarantine with its reason."""

from datetime import date

import numpy as np
import pandas as pd

from geo.locate.coordinates import coordinate_hints
from geo.locate.crosswalk import INTERNAL
from geo.locate.places import resolve_place
from geo.region.region import Region
from pipelines.ingest.reading.nationalities import nationality_code, unknown_nationality
from pipelines.observations.schema import (
    COLUMNS,
    MISSING_REASONS,
    OTHER_ROUTE,
    PERIODS,
    PLACE_KINDS,
    QUARANTINE_SCHEMA,
    STATUSES,
    Reading,
)
from pipelines.store.periods import period_ends

MAX_COUNT = 1e9  # beyond it a slip, and sums would lose the small counts beside it
FIRST_DAY = pd.Timestamp("1950-01-01")
_DEFAULTS = {
    "route": None,
    "place": None,
    "lon": np.nan,
    "lat": np.nan,
    "nationality": "TOTAL",
    "missing_reason": None,
    "count_upper": None,
    "status": "final",
    "as_of": pd.NaT,
}


def validate(reading: Reading, region: Region, *, source: str, file: str, today: date) -> Reading:
    """Split a reading into rows that fit the region and rows that don't.

    Args:
        reading: What the source made of the file.
        region: The pack.
        source: Source id, stamped on every row.
        file: File name, for the quarantine.
        today: No figure can be of a later period, nor be known later.

    Returns:
        Observations with the canonical columns and resolved places; rejected rows with the first reason that holds.
    """
    table = reading.observations.reset_index(drop=True).copy()
    for column, value in _DEFAULTS.items():
        if column not in table:
            table[column] = value
    if "line" not in table:
        table["line"] = np.arange(2, len(table) + 2)
    table["source"] = source
    table["as_of"] = pd.to_datetime(table["as_of"])
    reasons = pd.Series("", index=table.index, dtype=object)
    _resolve(table, reasons, region)
    _resolve_nationalities(table, reasons)
    _hint(table, reasons, region)
    for reason, wrong in _checks(table, region, pd.Timestamp(today)):
        reasons[wrong & (reasons == "")] = reason
    reasons[_repeated(table) & (reasons == "")] = "the same figure stands in the file twice"
    table.loc[table["count"].isna() & table["missing_reason"].isna(), "missing_reason"] = "not_reported"
    bad = reasons != ""
    rejected = pd.DataFrame(
        {
            "source": source,
            "file": file,
            "line": table.loc[bad, "line"].astype("int64"),
            "column": None,
            "reason": reasons[bad],
            "indicator": table.loc[bad, "indicator"].astype(object),
            "count": table.loc[bad, "count"].where(
                np.isfinite(table.loc[bad, "count"]) & (table.loc[bad, "count"] >= 0)
            ),
        }
    )
    earlier = reading.rejected.assign(source=source, file=file)
    frames = [f for f in (earlier, rejected) if not f.empty] or [rejected]
    kept = table[~bad].assign(as_of_assumed=False)
    return Reading(kept[[*COLUMNS, "line"]], pd.concat(frames, ignore_index=True)[list(QUARANTINE_SCHEMA.names)])


def _resolve(table: pd.DataFrame, reasons: pd.Series, region: Region) -> None:
    """Places and routes by id, name or alias; the nearest names where there is no match."""
    named = table[table["place_kind"].isin(PLACE_KINDS) & (table["place_kind"] != "point")]
    for (kind, place), rows in named.groupby(["place_kind", "place"], dropna=False).groups.items():
        found = resolve_place(region, str(kind), "" if pd.isna(place) else str(place))
        if found.id is None:
            # said to be elsewhere, on purpose: kept by its own name, and unallocated
            here = rows[~table.loc[rows, "route"].isin([INTERNAL, OTHER_ROUTE])]
            near = f"; nearest: {', '.join(found.suggestions)}" if found.suggestions else ""
            reasons.loc[here] = "no place given" if pd.isna(place) else f"unknown {kind} '{place}'{near}"
        else:
            table.loc[rows, "place"] = found.id
    for route, rows in table[table["route"].notna()].groupby("route").groups.items():
        if route in (INTERNAL, OTHER_ROUTE):  # said on purpose: kept, and unallocated with that reason
            continue
        found = resolve_place(region, "route", str(route))
        if found.id is None:
            reasons.loc[rows] = f"unknown route '{route}'"
        else:
            table.loc[rows, "route"] = found.id


def _resolve_nationalities(table: pd.DataFrame, reasons: pd.Series) -> None:
    """Nationality names and codes by the one table of them; an unknown one is refused with the nearest names."""
    for name, rows in table[table["nationality"].notna()].groupby("nationality").groups.items():
        code = nationality_code(str(name))
        if code is not None:
            table.loc[rows, "nationality"] = code
        else:
            reasons.loc[rows] = reasons.loc[rows].where(reasons.loc[rows] != "", unknown_nationality(str(name)))


def _hint(table: pd.DataFrame, reasons: pd.Series, region: Region) -> None:
    """A point that only a slip puts outside the region is no place of another region: it is asked to be mended."""
    rows = table.index[(table["place_kind"] == "point") & ((table["lon"] != 0) | (table["lat"] != 0))]
    if len(rows) and region.has_geometry:
        lon, lat = (table.loc[rows, axis].to_numpy(float) for axis in ("lon", "lat"))
        hints = pd.Series(coordinate_hints(region, lon, lat), index=rows)
        reasons.loc[rows] = hints.where(hints == "", "coordinates out of the region: " + hints)


def _checks(table: pd.DataFrame, region: Region, today: pd.Timestamp) -> list[tuple[str, pd.Series]]:
    known = ", ".join(region.indicators)
    start = table["period_start"]
    point = table["place_kind"] == "point"
    count = table["count"]
    checks = [
        (f"unknown indicator (expected {known})", ~table["indicator"].isin(list(region.indicators))),
        (f"unknown place_kind (expected {', '.join(PLACE_KINDS)})", ~table["place_kind"].isin(PLACE_KINDS)),
        (f"unknown period (expected {', '.join(PERIODS)})", ~table["period"].isin(PERIODS)),
        ("impossible date in period_start", start.isna()),
        (f"period_start before {FIRST_DAY:%Y}", start < FIRST_DAY),
        ("period_start lies in the future", start > today),
        ("a week must begin on a Monday", (table["period"] == "W") & (start.dt.dayofweek != 0)),
        ("a month or quarter must begin on its first day", table["period"].isin(["M", "Q"]) & (start.dt.day != 1)),
        (
            "a quarter must begin in January, April, July or October",
            (table["period"] == "Q") & (start.dt.month % 3 != 1),
        ),
        ("count is negative", count < 0),
        ("count is not finite", np.isinf(count)),
        (f"count is above {MAX_COUNT:,.0f}", count > MAX_COUNT),
        ("unknown status", ~table["status"].isin(STATUSES)),
        ("unknown missing_reason", table["missing_reason"].notna() & ~table["missing_reason"].isin(MISSING_REASONS)),
        ("a point needs lon and lat", point & (table["lon"].isna() | table["lat"].isna())),
        ("coordinates out of range", point & ((table["lon"].abs() > 180) | (table["lat"].abs() > 90))),
        ("coordinates 0, 0 are no place", point & (table["lon"] == 0) & (table["lat"] == 0)),
        ("as_of lies in the future", table["as_of"] > today),
        ("as_of lies before the period", table["as_of"] < start),
        ("no nationality", table["nationality"].isna()),
    ]
    unfinished = _unfinished(table, today)
    dated = table["as_of"].notna()
    return [
        *checks,
        ("the period is not over by its as_of", unfinished & dated),
        ("the period is not over yet", unfinished & ~dated),
    ]


def _unfinished(table: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    """A figure known before its period's end (without `as_of`: today) can't be whole."""
    out = pd.Series(False, index=table.index)
    for period in PERIODS:
        mine = (table["period"] == period) & table["period_start"].notna()
        ends = period_ends(table.loc[mine, "period_start"], period)
        out[mine] = table.loc[mine, "as_of"].fillna(today).to_numpy() < ends.to_numpy()
    return out


def _repeated(table: pd.DataFrame) -> pd.Series:
    """Later copies of a figure with the same `as_of` in one file; a revision has a date of its own."""
    key = ["indicator", "route", "place_kind", "place", "lon", "lat", "nationality", "period_start", "period", "as_of"]
    return table.duplicated(key, keep="first")
