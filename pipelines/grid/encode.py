"""From observations to integer rows: which vintage is known when, which cells a place feeds, what a total holds."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.locate.crosswalk import place_weights
from geo.locate.lookup import segment_index
from geo.region.region import Region
from pipelines.observations.schema import KEY, MISSING_REASONS, PLACE_KINDS, SCHEMA, TOTAL, UNKNOWN
from pipelines.store.periods import day_numbers, period_ends

_KEY_SCHEMA = pa.schema([SCHEMA.field(k) for k in KEY])
_CLOSED = MISSING_REASONS.index("closed") + 1
_GROUP = tuple(k for k in KEY if k != "nationality")  # one figure over all nationalities


@dataclass(frozen=True)
class Places:
    """Which cells each distinct place feeds, with which weights (a ragged array over place codes)."""

    first: np.ndarray  # (place,) position of the place's first entry
    size: np.ndarray  # (place,) number of cells; 0 = unallocated
    cells: np.ndarray  # (entry,)
    weights: np.ndarray  # (entry,)
    reasons: tuple[str, ...]  # (place,) why it is unallocated, or ""
    stated: np.ndarray  # (place,) whether the pack's crosswalk states the shares


@dataclass(frozen=True)
class Rows:
    """Observations as integers, one row per (figure, vintage); `places` and the label tuples decode them."""

    frame: pd.DataFrame
    places: Places
    indicators: tuple[str, ...]
    nationalities: tuple[str, ...]  # TOTAL first
    sources: tuple[str, ...]
    confirmed: pd.DataFrame | None = None  # figure, as_of: told again unchanged


def encode(
    observations: pd.DataFrame,
    region: Region,
    *,
    more_nationalities: Collection[str] = (),
    confirmed: pd.DataFrame | None = None,
) -> Rows:
    """Turn observations into integer rows, once; every vintage is kept.

    Args:
        observations: Canonical table (`pipelines.observations.schema.SCHEMA`), places resolved to ids or coordinates.
        region: The region pack; indicators that it does not know must have been refused at ingest.
        more_nationalities: Nationalities that the grid must have beside those of the observations.
        confirmed: Columns of `CONFIRMED_SCHEMA`: when figures were told again unchanged.

    Returns:
        Rows whose frame has `figure, group` (codes of KEY with and without nationality), `indicator, nationality,
        source, place` (codes), `rank` (0 = finest place kind), `start, end, as_of, known` (days since 1970; `known` =
        period end plus the indicator's delay), `assumed`, `count` (NaN = missing), `missing` (reason code, 0 = none),
        `draft` (1 = preliminary or estimated).
    """
    indicators = tuple(region.indicators)
    nationalities = (TOTAL, *sorted({*observations["nationality"], *more_nationalities} - {TOTAL, UNKNOWN}), UNKNOWN)
    sources = tuple(sorted(set(observations["source"])))
    place_columns = ["place_kind", "place", "route", "lon", "lat"]
    place_code, places = _codes(observations, place_columns)
    figure, again = _figure_codes(observations, confirmed)
    frame = pd.DataFrame(
        {
            "figure": figure,
            "group": _codes(observations, list(_GROUP))[0],
            "indicator": pd.Categorical(observations["indicator"], categories=indicators).codes.astype(np.int64),
            "nationality": pd.Categorical(observations["nationality"], categories=nationalities).codes.astype(np.int64),
            "source": pd.Categorical(observations["source"], categories=sources).codes.astype(np.int64),
            "place": place_code,
            "rank": pd.Categorical(observations["place_kind"], categories=PLACE_KINDS).codes.astype(np.int64),
            "start": day_numbers(observations["period_start"]),
            "end": _ends(observations),
            "as_of": day_numbers(observations["as_of"]),
            "assumed": observations["as_of_assumed"].to_numpy(dtype=bool),
            "count": observations["count"].to_numpy(dtype=float),
            "missing": _reason_codes(observations),
            "draft": (observations["status"] != "final").to_numpy(dtype=np.int64),
        }
    )
    delays = np.array([region.indicators[i].delay_days for i in indicators], dtype=np.int64)
    frame["known"] = frame["end"] + delays[frame["indicator"].to_numpy()]
    return Rows(frame, allocate(places, region), indicators, nationalities, sources, again)


def known_at(rows: Rows, day: int | None, *, strict_vintages: bool = False) -> tuple[pd.DataFrame, bool]:
    """The figures as known on a day: of each its newest vintage with `as_of` up to that day (design §4.1).

    Where a figure's first vintage is later, that vintage stands in as if known at period end plus delay.

    Args:
        rows: All vintages.
        day: Days since 1970, or None for everything there is.
        strict_vintages: Leave the stand-ins out.

    Returns:
        One row per figure, and whether each of them rests on a real vintage.
    """
    frame = rows.frame.sort_values(["figure", "as_of"], kind="stable")
    if day is None:
        newest = frame.drop_duplicates("figure", keep="last")
        return newest, not bool(newest["assumed"].any())
    # a period that is not over, or not yet due, is not known, whatever a vintage claims
    frame = frame[frame["end"] <= day]
    real = frame[frame["as_of"] <= day].drop_duplicates("figure", keep="last")
    late = frame[~frame["figure"].isin(real["figure"])].drop_duplicates("figure", keep="first")
    late = late[late["known"] <= day]
    if strict_vintages:
        return real, True
    return pd.concat([real, late], ignore_index=True), late.empty and not bool(real["assumed"].any())


def resolve_totals(figures: pd.DataFrame, *, unknown_nationality: int) -> tuple[pd.DataFrame, float]:
    """Make totals and nationalities agree without ever adding them together (design §2, `nationality`).

    Where no total is published, the total is the sum of the nationalities. Where one is, a positive rest over the
    nationalities becomes `UNK`; a negative rest is reported.

    Returns:
        The rows with a `total` flag (feeds the TOTAL plane), an `own` flag (feeds its nationality's plane) and a
        `lacking` flag (a nationality without a figure beside others that have one, whose sum is then no total), and the
        sum of the negative rests.
    """
    is_total = (figures["nationality"] == 0).to_numpy()
    counts = figures["count"].to_numpy(dtype=float)
    group = figures["group"].to_numpy()
    size = int(group.max()) + 1 if len(group) else 0
    published = np.zeros(size, dtype=bool)
    published[group[is_total]] = True
    out = figures.assign(total=is_total | ~published[group], own=~is_total)
    known = ~np.isnan(counts)
    parts = np.bincount(group[known & ~is_total], weights=counts[known & ~is_total], minlength=size)
    has_parts = np.zeros(size, dtype=bool)
    has_parts[group[known & ~is_total]] = True
    out["lacking"] = out["total"] & ~is_total & ~known & has_parts[group] & (out["missing"] != _CLOSED).to_numpy()
    totals = figures[is_total & known & has_parts[group]]
    rest = totals["count"].to_numpy() - parts[totals["group"].to_numpy()]
    extra = totals[rest > 0].assign(
        count=rest[rest > 0], nationality=unknown_nationality, total=False, own=True, lacking=False
    )
    return pd.concat([out, extra], ignore_index=True), float(np.abs(rest[rest < 0]).sum())


def _codes(table: pd.DataFrame, columns: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    grouped = table.groupby(columns, dropna=False, sort=False, observed=True)
    code = grouped.ngroup().to_numpy(dtype=np.int64)
    firsts = np.unique(code, return_index=True)[1]
    return code, table[columns].iloc[firsts].reset_index(drop=True)


def _figure_codes(observations: pd.DataFrame, confirmed: pd.DataFrame | None) -> tuple[np.ndarray, pd.DataFrame | None]:
    """Code of each row's figure, and of the figures told again (figure, as_of)."""
    keys = list(KEY)
    if confirmed is None or confirmed.empty:
        return _codes(observations, keys)[0], None
    arrow = [pa.Table.from_pandas(t[keys], schema=_KEY_SCHEMA, preserve_index=False) for t in (observations, confirmed)]
    code = _codes(pa.concat_tables(arrow).to_pandas(date_as_object=False), keys)[0]
    again = pd.DataFrame({"figure": code[len(observations) :], "as_of": day_numbers(confirmed["as_of"])})
    return code[: len(observations)], again


def _ends(observations: pd.DataFrame) -> np.ndarray:
    ends = np.zeros(len(observations), dtype=np.int64)
    periods = observations["period"].to_numpy()
    for period in np.unique(periods):
        chosen = periods == period
        ends[chosen] = day_numbers(period_ends(observations.loc[chosen, "period_start"], str(period)))
    return ends


def _reason_codes(observations: pd.DataFrame) -> np.ndarray:
    codes = pd.Categorical(observations["missing_reason"], categories=MISSING_REASONS).codes.astype(np.int64) + 1
    unstated = observations["count"].isna().to_numpy() & (codes == 0)
    codes[unstated] = 1  # not_reported
    return codes


def allocate(places: pd.DataFrame, region: Region) -> Places:
    """Cells and weights of each distinct place (place_kind, place, route, lon, lat); points by their segment."""
    names = _point_segments(places, region)
    cells, weights, sizes, reasons = [], [], [], []
    stated = [name in region.crosswalk for name in names]
    for row, (kind, place) in zip(places.itertuples(index=False), names, strict=True):
        if kind == "":
            cells_here, weights_here, reason = np.empty(0, np.int64), np.empty(0), place
        else:
            route = row.route if isinstance(row.route, str) else None
            allocation = place_weights(region, kind, place, route)
            cells_here, weights_here, reason = allocation.cells, allocation.weights, allocation.reason or ""
        cells.append(cells_here)
        weights.append(weights_here)
        sizes.append(len(cells_here))
        reasons.append(reason)
    size = np.array(sizes, dtype=np.int64)
    empty = [np.empty(0)]
    return Places(
        first=np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64) if len(size) else np.empty(0, np.int64),
        size=size,
        cells=np.concatenate(cells or empty).astype(np.int64),
        weights=np.concatenate(weights or empty).astype(float),
        reasons=tuple(reasons),
        stated=np.array(stated, dtype=bool),
    )


def _point_segments(places: pd.DataFrame, region: Region) -> list[tuple[str, str]]:
    """(place_kind, place) of each place, a point as its segment; kind "" with the reason where it has none."""
    names = [(str(kind), str(place)) for kind, place in zip(places["place_kind"], places["place"], strict=True)]
    points = np.flatnonzero(places["place_kind"].to_numpy() == "point")
    if not len(points):
        return names
    if not region.has_geometry:
        for i in points:
            names[i] = ("", "the region has no geometry to place a point")
        return names
    index = segment_index(region)
    lon, lat = (places[axis].to_numpy(float)[points] for axis in ("lon", "lat"))
    found = index.locate(lon, lat)
    for i, segment in zip(points, found, strict=True):
        names[i] = ("segment", region.segments[segment].id)
    limit = index.max_distance_m
    for i, metres in zip(points[found < 0], index.distance_m(lon[found < 0], lat[found < 0]), strict=True):
        names[i] = ("", _out_of_reach(metres, limit))
    return names


def _out_of_reach(metres: float, limit_m: float) -> str:
    """Few reasons for many points: those just out of reach may be slips, those far away belong elsewhere."""
    limit, twice = limit_m / 1000, 2 * limit_m / 1000
    if metres > 2 * limit_m:
        return f"point more than {twice:.0f} km from the nearest segment"
    return f"point {limit:.0f} to {twice:.0f} km from the nearest segment"
