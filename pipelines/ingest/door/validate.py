"""Check the rows of a reading against the region; what can't be taken goes to quarantine with its reason."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from geo.locate.crosswalk import INTERNAL
from geo.locate.lookup import coordinate_hints
from geo.locate.places import place_id, resolve_place
from geo.region.region import Region
from pipelines.ingest.door.settle import join_refused
from pipelines.ingest.door.whole_figures import REFUSED, lost_parts, settle_copies
from pipelines.ingest.reading.count_checks import count_checks
from pipelines.ingest.reading.nationalities import nationality_code, unknown_nationality
from pipelines.ingest.reading.personal_data import is_harmless, masked
from pipelines.observations.schema import (
    COLUMNS,
    MAX_COUNT,
    MISSING_REASONS,
    OTHER_ROUTE,
    PERIODS,
    PLACE_KINDS,
    QUARANTINE_SCHEMA,
    STATUSES,
    TOTAL,
    UNKNOWN,
    Reading,
)
from pipelines.store.periods import period_ends

FIRST_DAY = np.datetime64("1950-01-01", "D")
_EXPLAINED = 500  # unknown names of a file of which it is looked for what they may have meant: few tables have more
_ONE_OF_MANY = f", as {_EXPLAINED} others before it: is it the right column?"
_DEFAULTS = {"nationality": TOTAL, "status": "final", "lon": np.nan, "lat": np.nan, "as_of": pd.NaT}
_ON_PURPOSE = (INTERNAL, OTHER_ROUTE)  # as a figure's route: it is elsewhere, kept by its own name and unallocated


def validate(reading: Reading, region: Region, *, source: str, file: str, today: date) -> Reading:
    """Split a reading into rows that fit the region and each other, and rows that don't.

    Args:
        reading: What the source made of the file.
        region: The pack.
        source: Source id, stamped on every row.
        file: File name, for the quarantine.
        today: No figure can be of a later period, nor be known later.

    Returns:
        Observations with the canonical columns and resolved places, after them (`line` 0) an unknown figure for each
        part of a whole that was refused; and rejected rows with the first reason that holds.
    """
    checked = check_rows(reading, region, source=source, file=file, today=today)
    kept, contradictions = settle_copies(checked.observations, reading.unread)
    rejected = pd.concat([checked.rejected, contradictions.assign(file=file)], ignore_index=True)
    refused = rejected[list(QUARANTINE_SCHEMA.names)].copy()
    # what stands in that column and is no indicator's name may be anything
    refused["indicator"] = refused["indicator"].where(refused["indicator"].isin(list(region.indicators)), None)
    return Reading(lost_parts(kept, rejected), refused, checked.unread)


def check_rows(reading: Reading, region: Region, *, source: str, file: str, today: date) -> Reading:
    """The rules that look at one row alone; arguments as for `validate`.

    Returns:
        Rows in order, and refused rows with the columns of `REFUSED`: what is known of the figure that each was about,
        and whether that is enough to say which (`lost`).
    """
    stamped = {"source": source, "file": file}
    table = _filled(reading.observations, **stamped)
    reasons, unsure = _reasons_of(table, region, today=today)
    table.loc[table["count"].isna() & table["missing_reason"].isna(), "missing_reason"] = "not_reported"
    bad = reasons != ""
    rejected = _refused(table[bad], reasons[bad], unsure[bad]) if bad.any() else join_refused([])
    if len(reading.rejected):
        earlier = _filled(reading.rejected, **stamped)
        told = earlier["reason"]
        unsure = _reasons_of(earlier, region, today=today)[1]
        rejected = join_refused([_refused(earlier, told, unsure), rejected])
    kept = table[~bad].assign(as_of_assumed=False)
    rows = reading.observations
    unplaced = "place" in rows and rows.loc[rows["place_kind"] == "point", "place"].notna().any()
    unread = (*reading.unread, *(["the place of rows with coordinates"] if unplaced else []))
    return Reading(kept[[*COLUMNS, "line"]], rejected, unread)


def _filled(rows: pd.DataFrame, *, source: str, file: str) -> pd.DataFrame:
    """A copy with all canonical columns."""
    rows = rows.reset_index(drop=True)
    lacking = {c: _DEFAULTS.get(c) for c in COLUMNS if c not in rows}
    line = {} if "line" in rows else {"line": np.arange(2, len(rows) + 2)}
    dates = {c: pd.to_datetime(rows[c]) for c in ("as_of", "period_start") if c in rows}
    numbers = {c: rows[c].astype(float) for c in ("lon", "lat", "count") if c in rows}
    stamped = {"source": source, "file": file, "column": None}
    table = rows.assign(**lacking | line | stamped | dates | numbers)
    point = table["place_kind"] == "point"
    if point.any():
        table.loc[point, "place"] = None  # coordinates say where: a text beside may be anything
    return table


def _refused(table: pd.DataFrame, reasons: pd.Series, unsure: pd.Series) -> pd.DataFrame:
    out = table.assign(reason=reasons.astype(object), lost=~unsure)
    out["nationality"] = out["nationality"].fillna(UNKNOWN)
    # beyond that it is no count, and may be a person's number
    out["count"] = out["count"].where(out["count"].between(0, MAX_COUNT))
    return out[[*REFUSED]].astype({"line": "int64", "indicator": object})


def _reasons_of(table: pd.DataFrame, region: Region, *, today: date) -> tuple[pd.Series, pd.Series]:
    """Why each row can't be taken (empty: it can), and whether it can't be told which figure it is about.

    Names are replaced by ids in place; an unknown nationality by None.
    """
    reasons = pd.Series("", index=table.index, dtype=object)
    _resolve_places(table, reasons, region)
    _hint(table, reasons, region)
    _give(reasons, _identity_checks(table, region, np.datetime64(today, "D")))
    unsure = reasons != ""
    _resolve_routes(table, reasons, region)
    _resolve_nationalities(table, reasons, region)
    _give(reasons, _value_checks(table))
    return reasons, unsure


def _give(reasons: pd.Series, checks: Iterable[tuple[str, np.ndarray]]) -> None:
    """The reason of each row that has none yet and fails a check."""
    for reason, wrong in checks:
        if wrong.any():
            reasons[wrong & (reasons == "").to_numpy()] = reason


def _resolve_places(table: pd.DataFrame, reasons: pd.Series, region: Region) -> None:
    """Places by id, name or alias; the nearest names where there is no match."""
    named = table.loc[table["place_kind"].isin(PLACE_KINDS) & (table["place_kind"] != "point"), ["place_kind", "place"]]
    if named.empty:
        return
    code = named.groupby(["place_kind", "place"], dropna=False, sort=False).ngroup().to_numpy()
    pairs = [(str(k), "" if pd.isna(p) else str(p)) for k, p in named.drop_duplicates().itertuples(index=False)]
    ids = np.array([place_id(region, *pair) for pair in pairs], dtype=object)
    unknown = np.flatnonzero(pd.isna(ids))
    if len(unknown):
        why = np.full(len(pairs), "", dtype=object)
        why[unknown] = [_unknown_place(*pairs[u], region, near=n < _EXPLAINED) for n, u in enumerate(unknown)]
        abroad = why.copy()
        elsewhere = table.loc[named.index, "route"].isin(_ON_PURPOSE).to_numpy()
        meant = np.unique(code[elsewhere])
        abroad[[u for u in meant if _is_known_elsewhere(pairs[u][1])]] = ""
        reasons.loc[named.index] = np.where(elsewhere, abroad[code], why[code])
    table.loc[named.index, "place"] = np.where(pd.isna(ids)[code], named["place"].to_numpy(), ids[code])


def _resolve_routes(table: pd.DataFrame, reasons: pd.Series, region: Region) -> None:
    """Routes by id, name or alias; a figure of an unknown one may be of any cell of its place."""
    routes = table.loc[table["route"].notna() & ~table["route"].isin(_ON_PURPOSE), "route"]
    known = {route: place_id(region, "route", str(route)) for route in routes.unique()}
    expected = f" (expected {', '.join(region.route_by_id)}, or none)"
    unknown = [name for name, route in known.items() if route is None]
    why = {n: f"unknown route {masked(n, region.route_by_id)}{expected}" for n in unknown[:_EXPLAINED]}
    _explain(reasons, routes, why | dict.fromkeys(unknown[_EXPLAINED:], f"unknown route{_ONE_OF_MANY}"))
    table.loc[routes.index, "route"] = routes.map(known).astype(object).where(lambda r: r.notna(), None)


def _explain(reasons: pd.Series, names: pd.Series, unknown: Mapping[str, str]) -> None:
    """The reason of each row that has none yet and holds an unknown name."""
    if unknown:
        told = names.map(unknown)
        rows = told.index[told.notna() & (reasons[told.index] == "")]
        reasons.loc[rows] = told[rows]


def _is_known_elsewhere(name: str) -> bool:
    """Whether a place outside the region is named as the field names places, and not as people are."""
    return is_harmless(name) or nationality_code(name) is not None


def _unknown_place(kind: str, place: str, region: Region, *, near: bool) -> str:
    """Why a place can't be taken; what it may have meant is looked for where `near`."""
    if not place:
        return "no place given"
    if not near:
        return f"unknown {kind}{_ONE_OF_MANY}"
    match = resolve_place(region, kind, place)
    if match.several:
        return f"{kind} '{place}' may be {' or '.join(match.suggestions)}: write which"
    others = [k for k in PLACE_KINDS if k not in (kind, "point") and place_id(region, k, place) is not None]
    if others:
        return f"unknown {kind}; '{place}' is a {others[0]}: write that as place_kind"
    nearest = f"; nearest: {', '.join(match.suggestions)}" if match.suggestions else ""
    return f"unknown {kind} {masked(place, match.suggestions)}{nearest}"


def _resolve_nationalities(table: pd.DataFrame, reasons: pd.Series, region: Region) -> None:
    """Nationality names and codes by the one table of them; an unknown one is refused with the nearest names."""
    names = table["nationality"]
    codes = {name: nationality_code(str(name), region) for name in names.dropna().unique()}
    unknown = [name for name, code in codes.items() if code is None]
    why = {n: unknown_nationality(str(n), region) for n in unknown[:_EXPLAINED]}
    _explain(reasons, names, why | dict.fromkeys(unknown[_EXPLAINED:], f"unknown nationality{_ONE_OF_MANY}"))
    table["nationality"] = names.map(codes).astype(object).where(names.notna(), None)


def _hint(table: pd.DataFrame, reasons: pd.Series, region: Region) -> None:
    """A point that only a slip puts outside the region is no place of another region: it is asked to be mended."""
    rows = table.index[(table["place_kind"] == "point") & ((table["lon"] != 0) | (table["lat"] != 0))]
    if len(rows) and region.has_geometry:
        lon, lat = (table.loc[rows, axis].to_numpy(float) for axis in ("lon", "lat"))
        hints = pd.Series(coordinate_hints(region, lon, lat), index=rows)
        reasons.loc[rows] = hints.where(hints == "", "coordinates out of the region: " + hints)


def _identity_checks(table: pd.DataFrame, region: Region, today: np.datetime64) -> Iterator[tuple[str, np.ndarray]]:
    """Reasons for which it is not known which figure a row is about; the first that holds is told."""
    start, stated = (table[c].to_numpy("datetime64[D]") for c in ("period_start", "as_of"))
    lon, lat = (table[c].to_numpy(float) for c in ("lon", "lat"))
    period, point = table["period"].to_numpy(object), table["place_kind"].to_numpy(object) == "point"
    month, dated = start.astype("datetime64[M]"), ~np.isnat(stated)
    of_year = month.astype(np.int64) % 12
    known = ", ".join(region.indicators)
    yield f"unknown indicator (expected {known})", ~_among(table["indicator"], region.indicators)
    yield f"unknown place_kind (expected {', '.join(PLACE_KINDS)})", ~_among(table["place_kind"], PLACE_KINDS)
    yield f"unknown period (expected {', '.join(PERIODS)})", ~_among(table["period"], PERIODS)
    yield "impossible date in period_start", np.isnat(start)
    yield f"period_start before {FIRST_DAY.astype(object):%Y}", start < FIRST_DAY
    yield "period_start lies in the future", start > today
    yield "a week must begin on a Monday", (period == "W") & ~np.is_busday(start, "1000000") & ~np.isnat(start)
    longer = (period == "M") | (period == "Q") | (period == "Y")
    yield "a month, quarter or year must begin on its first day", longer & (start != month)
    yield "a quarter must begin in January, April, July or October", (period == "Q") & (of_year % 3 != 0)
    yield "a year must begin in January", (period == "Y") & (of_year != 0)
    yield "a point needs lon and lat", point & (np.isnan(lon) | np.isnan(lat))
    yield "coordinates out of range", (np.abs(lon) > 180) | (np.abs(lat) > 90)
    yield "coordinates 0, 0 are no place", point & (lon == 0) & (lat == 0)
    yield "as_of lies in the future", stated > today
    yield "as_of lies before the period", stated < start
    unfinished = _unfinished(table["period_start"], period, np.where(dated, stated, today))
    yield "the period is not over by its as_of", unfinished & dated
    yield "the period is not over yet", unfinished & ~dated


def _value_checks(table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """Reasons for which a figure is known, but not what a row says of it."""
    reason = table["missing_reason"]
    yield from count_checks(table["count"])
    yield "unknown status", ~_among(table["status"], STATUSES)
    yield "unknown missing_reason", reason.notna().to_numpy() & ~_among(reason, MISSING_REASONS)
    yield "no nationality", table["nationality"].isna().to_numpy()


def _among(names: pd.Series, known: Iterable[str]) -> np.ndarray:
    return names.isin(list(known)).to_numpy()


def _unfinished(start: pd.Series, period: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A figure known before its period's end (without `as_of`: today) can't be whole."""
    out = np.zeros(len(start), dtype=bool)
    for name in PERIODS:
        rows = (period == name) & start.notna().to_numpy()
        if rows.any():
            out[rows] = known[rows] < period_ends(start[rows], name).to_numpy("datetime64[D]")
    return out
