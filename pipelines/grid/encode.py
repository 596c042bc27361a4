"""Observations as integer rows on the grid's axes: vintages, the cells a place feeds and by which shares, totals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.locate.crosswalk import place_shares
from geo.region.region import Freq, Region
from pipelines.grid.block_figures import NOTHING_ADDED, AddedUp
from pipelines.grid.row_blocks import RowSeries, point_places
from pipelines.observations.schema import KEY, MISSING_REASONS, PLACE_KINDS, SCHEMA, TOTAL, UNKNOWN
from pipelines.store.periods import day_numbers, period_ends, period_range, period_starts

BLOCK_BYTES = 24 * 2**20  # of float64 counts; with what is computed of them a block stays under 128 MiB
PRIOR_COUNTS = 100.0  # the shares by length and crossing points weigh as much as this many observed counts
_KEY_SCHEMA = pa.schema([SCHEMA.field(k) for k in KEY])
_CLOSED = MISSING_REASONS.index("closed") + 1
_PLACE = ["place_kind", "place", "route", "lon", "lat"]
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

    def only(self, chosen: np.ndarray) -> "Places":
        """Some of the places, by their codes."""
        size = self.size[chosen]
        first = np.cumsum(size) - size
        entries = np.repeat(self.first[chosen] - first, size) + np.arange(int(size.sum()))
        reasons = tuple(self.reasons[p] for p in chosen)
        return Places(first, size, self.cells[entries], self.weights[entries], reasons, self.stated[chosen])


@dataclass(frozen=True)
class Rows:
    """Observations as integers, one row per (figure, vintage); `places` and the label tuples decode them."""

    frame: pd.DataFrame
    places: Places
    indicators: tuple[str, ...]
    nationalities: tuple[str, ...]  # TOTAL first
    sources: tuple[str, ...]
    confirmed: pd.DataFrame | None = None  # figure, as_of: told again unchanged
    series: tuple[RowSeries, ...] = ()  # what was added up by blocks: meaning of the frame's `series`
    alone: pd.DataFrame | None = None  # single nationalities of what was added up: in no sum, for who asks for them


def encode(
    observations: pd.DataFrame,
    region: Region,
    *,
    added: AddedUp = NOTHING_ADDED,
    confirmed: pd.DataFrame | None = None,
) -> Rows:
    """Turn observations into integer rows, once; every vintage is kept.

    Args:
        observations: Canonical table (`pipelines.observations.schema.SCHEMA`), places resolved to ids or coordinates.
        region: The region pack; indicators that it does not know must have been refused at ingest.
        added: What was added up by blocks, beside the observations.
        confirmed: Columns of `CONFIRMED_SCHEMA`: when figures were told again unchanged.

    Returns:
        Rows whose frame has `figure, group` (codes of KEY with and without nationality), `indicator, nationality,
        source, place` (codes), `rank` (0 = finest place kind), `start, end, as_of, known` (days since 1970; `known` =
        period end plus the indicator's delay), `assumed`, `count` (NaN = missing), `missing` (reason code, 0 = none),
        `draft` (1 = preliminary or estimated), `lacking` (a sum that is a lower bound), `days` (length as published),
        `series` (of what was added up by blocks, else -1).
    """
    indicators = tuple(region.indicators)
    named = {*observations["nationality"], *added.nationalities}
    nationalities = (TOTAL, *sorted(named - {TOTAL, UNKNOWN}), UNKNOWN)
    sources = tuple(sorted({*observations["source"], *(s.source for s in added.series)}))
    place_code, places = _codes(observations, _PLACE)
    on_segment, places = _codes(_on_segments(places, region), _PLACE)
    place_code = on_segment[place_code]
    figure, again = _figure_codes(observations, confirmed)
    labels = {"indicator": indicators, "nationality": nationalities, "source": sources, "place_kind": PLACE_KINDS}
    codes = {c: pd.Categorical(observations[c], categories=of).codes.astype(np.int64) for c, of in labels.items()}
    frame = pd.DataFrame(
        {
            "figure": figure,
            "group": _codes(observations, list(_GROUP))[0],
            **{name: codes[name] for name in ("indicator", "nationality", "source")},
            "place": place_code,
            "rank": codes["place_kind"],
            "start": day_numbers(observations["period_start"]),
            "end": _ends(observations),
            "as_of": day_numbers(observations["as_of"]),
            "assumed": observations["as_of_assumed"].to_numpy(dtype=bool),
            "count": observations["count"].to_numpy(dtype=float),
            "missing": _reason_codes(observations),
            "draft": (observations["status"] != "final").to_numpy(dtype=np.int64),
            "lacking": False,
            "series": -1,
        }
    )
    frame["days"] = frame["end"] - frame["start"] + 1
    alone = None
    if added.series:
        more = _added_rows(added, labels, first_place=len(places), first_figure=int(figure.max(initial=-1)) + 1)
        if confirmed is not None:
            again = _confirmed_sums(again, more, added, confirmed)
        frame = pd.concat([t for t in (frame, more[more["nationality"] == 0]) if len(t)], ignore_index=True)
        alone = more[more["nationality"] > 0]
        places = pd.concat([t for t in (places, _places_of(added)) if len(t)], ignore_index=True)
    delays = np.array([region.indicators[i].delay_days for i in indicators], dtype=np.int64)
    for table in (frame, *([] if alone is None else [alone])):
        table["known"] = table["end"] + delays[table["indicator"].to_numpy()]
    return Rows(
        frame, cell_shares(places, region), indicators, nationalities, sources, again, tuple(added.series), alone
    )


def _added_rows(
    added: AddedUp, labels: Mapping[str, Sequence[str]], *, first_place: int, first_figure: int
) -> pd.DataFrame:
    """What was added up, in the columns of `Rows.frame`; single nationalities among it."""
    table = added.figures
    series = table["series"].to_numpy()
    fields = {"indicator": "indicator", "source": "source", "rank": "place_kind"}
    of_series = {
        column: np.array([labels[field].index(getattr(s, field)) for s in added.series], dtype=np.int64)
        for column, field in fields.items()
    }
    nationality = np.array([labels["nationality"].index(n) for n in added.nationalities], dtype=np.int64)
    figure = table["figure"].to_numpy() + first_figure
    return table.assign(
        figure=figure,
        group=figure,
        **{column: codes[series] for column, codes in of_series.items()},
        place=series + first_place,
        nationality=nationality[table["nationality"].to_numpy()],
        days=1,
    )


def _places_of(added: AddedUp) -> pd.DataFrame:
    columns = {c: [getattr(s, c) for s in added.series] for c in ("place_kind", "place", "route")}
    return pd.DataFrame(columns).assign(lon=np.nan, lat=np.nan)


def _confirmed_sums(
    again: pd.DataFrame | None, rows: pd.DataFrame, added: AddedUp, confirmed: pd.DataFrame
) -> pd.DataFrame | None:
    """When sums were told again: on the days on which any of their figures was (figure, as_of)."""
    told = confirmed[(confirmed["period"] == "D") & confirmed["place"].notna()]
    names = pd.DataFrame(added.series, columns=list(RowSeries._fields)).assign(series=range(len(added.series)))
    told = told.drop_duplicates([*RowSeries._fields, "period_start", "as_of"]).merge(names, on=list(RowSeries._fields))
    told = told.assign(start=day_numbers(told["period_start"]), as_of=day_numbers(told["as_of"]))
    figures = rows.loc[(rows["nationality"] == 0) & (rows["start"] == rows["end"]), ["series", "start", "figure"]]
    found = told[["series", "start", "as_of"]].merge(figures.drop_duplicates(), on=["series", "start"])
    return pd.concat([t for t in (again, found[["figure", "as_of"]]) if t is not None], ignore_index=True)


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
    frame = rows.frame
    if day is None and (np.diff(frame["figure"].to_numpy()) > 0).all():  # each was told once
        return frame, not bool(frame["assumed"].any())
    frame = frame.sort_values(["figure", "as_of"], kind="stable")
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
    lacking = out["total"] & ~is_total & ~known & has_parts[group] & (out["missing"] != _CLOSED).to_numpy()
    out["lacking"] = lacking | out["lacking"] if "lacking" in out else lacking
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


def cell_shares(places: pd.DataFrame, region: Region) -> Places:
    """Cells and weights of each distinct place (place_kind, place, route, lon, lat); points by their segment."""
    names = _point_segments(places, region)
    cells, weights, reasons = [np.empty(0, np.int64)], [np.empty(0)], []
    for route, (kind, place) in zip(places["route"], names, strict=True):
        if kind == "":
            cells.append(cells[0])
            weights.append(weights[0])
            reasons.append(place)
        else:
            shares = place_shares(region, kind, place, route if isinstance(route, str) else None)
            cells.append(shares.cells)
            weights.append(shares.weights)
            reasons.append(shares.reason or "")
    size = np.array([len(c) for c in cells[1:]], dtype=np.int64)
    return Places(
        first=np.cumsum(size) - size,
        size=size,
        cells=np.concatenate(cells).astype(np.int64),
        weights=np.concatenate(weights).astype(float),
        reasons=tuple(reasons),
        stated=np.array([name in region.crosswalk for name in names], dtype=bool),
    )


def _on_segments(places: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Places, a point named by its segment, or by the reason why it has none."""
    points = (places["place_kind"] == "point").to_numpy() & places["place"].isna().to_numpy()
    if not points.any():
        return places
    names = places["place"].astype(object).to_numpy(copy=True)
    lon, lat = (places[axis].to_numpy(float)[points] for axis in ("lon", "lat"))
    names[points] = point_places(lon, lat, region)
    numbers = {axis: places[axis].where(~points) for axis in ("lon", "lat")}
    return places.assign(place=names, **numbers)


def _point_segments(places: pd.DataFrame, region: Region) -> list[tuple[str, str]]:
    """(place_kind, place) of each place, a point as its segment; kind "" with the reason where it has none."""
    places = _on_segments(places, region)
    segments = {s.id for s in region.segments}
    return [
        (str(kind) if kind != "point" else "segment" if place in segments else "", str(place))
        for kind, place in zip(places["place_kind"], places["place"], strict=True)
    ]


@dataclass(frozen=True)
class Axes:
    """The axes that counts are aggregated onto."""

    indicators: tuple[str, ...]
    flows: tuple[bool, ...]  # per indicator: flow (adds over time) or stock (its last value counts)
    nationalities: tuple[str, ...]
    cells: tuple[str, ...]
    times: pd.DatetimeIndex  # first days
    freq: Freq

    @property
    def edges(self) -> np.ndarray:
        """First day of each period and the day after the last, days since 1970, (time + 1,)."""
        ends = day_numbers(period_ends(self.times, self.freq))
        return np.append(day_numbers(self.times), ends[-1] + 1)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Half-open ranges over time whose counts stay under `BLOCK_BYTES`."""
        per_period = 8 * len(self.indicators) * len(self.nationalities) * len(self.cells)
        width = max(1, BLOCK_BYTES // max(per_period, 1))
        for first in range(0, len(self.times), width):
            yield first, min(first + width, len(self.times))


@dataclass(frozen=True)
class KnownRows:
    """What a cube is built from, shared by every task of a run."""

    rows: Rows
    grid: Axes
    region: Region
    strict_vintages: bool = False  # refuse stand-in vintages (design §4.1)
    zero_within_span: tuple[str, ...] = ()  # sources in which an absent figure between the first and the last is zero


def grid_for(rows: Rows, region: Region, *, last_day: int | None = None) -> Axes:
    """The grid that holds every observation up to `last_day` (days since 1970, None: all).

    Raises:
        ValueError: there is no observation to make a grid of.
    """
    frame = rows.frame if last_day is None else rows.frame[rows.frame["end"] <= last_day]
    if frame.empty:
        raise ValueError(f"{region.id}: expected observations to aggregate, got none. Ingest figures first.")
    days = pd.DatetimeIndex(np.array([frame["start"].min(), frame["end"].max()], dtype="datetime64[D]"))
    first, last = period_starts(days, region.freq)
    return Axes(
        indicators=rows.indicators,
        flows=tuple(region.indicators[i].kind == "flow" for i in rows.indicators),
        nationalities=rows.nationalities,
        cells=tuple(c.id for c in region.cells),
        times=period_range(first, last, region.freq),
        freq=region.freq,
    )


def weigh_by_history(places: Places, figures: pd.DataFrame) -> Places:
    """Replace derived shares by those of the counts observed at the cells, shrunk to the derived ones.

    The share of cell i of a place becomes (n_i + K w_i) / (n + K): the posterior mean under a Dirichlet prior with
    weights w and K = `PRIOR_COUNTS`. Only figures known for a single cell teach it, so nothing is learnt from what was
    itself shared out; shares that the pack states are kept.

    `figures` are those known on the day (flag `total`), of every indicator; the one with most counts teaches.
    """
    exact = figures[figures["total"] & (figures["count"] > 0) & (places.size[figures["place"]] == 1)]
    if exact.empty or places.stated.all():
        return places
    leading = exact.groupby("indicator")["count"].sum().idxmax()
    exact = exact[exact["indicator"] == leading]
    return shrink_to_history(places, places.cells[places.first[exact["place"].to_numpy()]], exact["count"].to_numpy())


def shrink_to_history(places: Places, cells: np.ndarray, counts: np.ndarray) -> Places:
    """Shares shrunk to the counts that single cells reported; what the pack states is kept.

    `cells` and `counts` (report,): which cells reported, and what.
    """
    size = max(int(places.cells.max()), int(cells.max())) + 1
    observed = np.bincount(cells, weights=counts, minlength=size)[places.cells]
    place = np.repeat(np.arange(len(places.size)), places.size)
    total = np.bincount(place, weights=observed, minlength=len(places.size))[place]
    shrunk = (observed + PRIOR_COUNTS * places.weights) / (total + PRIOR_COUNTS)
    return replace(places, weights=np.where(places.stated[place], places.weights, shrunk))
