"""The wave along the routes, week by week, as data for the browser: what was reported, then what is forecast."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from dashboards.edition_view import shared_tables
from dashboards.edition_view.facts import Facts, rank_units
from dashboards.edition_view.risk_rows import highest_by_border
from dashboards.figures.map_data import Shapes, map_data
from dashboards.wording import formats as words, wave as told
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band
from geo.region.region import Edge

RECENT = 12  # reported periods
ROWS = 150  # of the list
REPORTED, COMPLETED, SMALL, WITHHELD, MISSING = "rcswm"  # how a past figure is known
NEVER_PRINTED = words.SMALL_COUNT / 2  # what a count of 1 to 9 is drawn as
BANDS = (*ALL_BANDS, NO_BAND)


def wave_data(facts: Facts, shapes: Shapes | None, edges: Sequence[Edge]) -> dict[str, Any]:
    """What the browser draws for each of the periods, all at once: a step in time asks the server nothing.

    Args:
        facts: The edition at an indicator, route and nationality; its lead time is where the slider stands.
        shapes: The map, or None.
        edges: The route graph, which orders the list.

    Returns:
        `starts` (first days, the reported periods before those ahead), `past` (how many of them are reported), `units`
        by id, `rows` of the list along the routes, `whole` (these are borders, whose bands are those of their highest
        places), `map`, `bands`, `head`, `start` (where the slider stands).
    """
    listed = _listed(facts)
    order = _along_the_routes(listed, edges)[:ROWS]
    drawn = [] if shapes is None else [u for u in facts.ranked["unit"] if u in shapes.segments]
    units = list(dict.fromkeys([*(row["unit"] for _, row in order), *drawn]))
    past = facts.edition.forecast.sel(indicator=facts.indicator).isel(time=slice(-RECENT, None))
    ahead = facts.mine[facts.mine["unit"].isin(units)]
    horizons = sorted(int(h) for h in set(ahead["horizon"]))
    ahead_of = facts.edition.forecast["target_start"].sel(horizon=horizons).to_numpy()
    return {
        "starts": [pd.Timestamp(t).date() for t in (*past["time"].to_numpy(), *ahead_of)],
        "past": past.sizes["time"],
        "start": past.sizes["time"] + horizons.index(facts.horizon) if horizons else past.sizes["time"] - 1,
        "horizons": horizons,
        "units": _units(facts, units, past, ahead, horizons),
        "rows": _rows(facts, order, horizons),
        "whole": any(row["level"] == "border" for _, row in order),
        "map": None if shapes is None else _plain_map(facts, shapes),
        "bands": [{"word": b.word, "colour": b.colour, "ink": b.ink, "width": b.width_pt} for b in BANDS],
    }


def _plain_map(facts: Facts, shapes: Shapes) -> dict[str, Any]:
    """The first page's map without its numbers; what a period looks like is set in the browser."""
    drawn = map_data(facts, shapes)
    title = told.ALT.format(region=facts.edition.manifest["region_name"])
    return {**drawn, "legend": [], "segments": [{**s, "numbered": False} for s in drawn["segments"]], "alt": title}


def _listed(facts: Facts) -> list[dict[str, Any]]:
    """Borders, where these lie wholly on what is chosen, else what the first page ranks."""
    risk = facts.mine
    borders = rank_units(risk, indicator=facts.indicator, horizon=facts.horizon, level="border")
    if facts.chosen_route is not None:
        on_route = shared_tables.route_segments(facts.edition).get(facts.chosen_route, set())
        parts = risk[risk["level"].eq("segment")].groupby("border")["segment"].agg(set)
        touched = [b for b, segments in parts.items() if segments & on_route]
        whole = all(parts[b] <= on_route for b in touched)
        borders = borders[borders["border"].isin(touched)] if whole else borders.iloc[:0]
    found = borders if len(borders) else facts.ranked
    return pd.DataFrame(found.drop(columns="geometry", errors="ignore")).to_dict("records")


def lags_along(edges: Sequence[Edge]) -> dict[str, int]:
    """Periods from where routes begin to each segment that they lead to, the shortest way.

    >>> lags_along([Edge("a", "b", 2), Edge("b", "c", 1)])
    {'a': 0, 'b': 2, 'c': 3}
    """
    entered = {e.target for e in edges}
    lags = {e.source: 0 for e in edges if e.source not in entered}
    moved = True
    while moved:
        moved = False
        for e in edges:
            if e.source in lags and lags[e.source] + e.lag < lags.get(e.target, np.inf):
                lags[e.target], moved = lags[e.source] + e.lag, True
    return lags


def _along_the_routes(rows: list[dict[str, Any]], edges: Sequence[Edge]) -> list[tuple[int | None, dict[str, Any]]]:
    """The rows with the lag of their first segment, the routes' beginning first; unknown lags last."""
    lags, first = lags_along(edges), dict[str, int]()
    for segment, lag in lags.items():
        border = segment.rpartition("-")[0]
        first[border] = min(lag, first.get(border, lag))
    found = [(lags.get(str(row["segment"]), first.get(str(row["border"]))), row) for row in rows]
    return sorted(found, key=lambda one: (one[0] is None, one[0], one[1]["name"] or one[1]["unit"]))


def _rows(facts: Facts, order: list[tuple[int | None, dict[str, Any]]], horizons: list[int]) -> list[dict[str, Any]]:
    """Rows of the list; a border's hold for each period ahead the highest band of its places, and which place has it.

    A place that is no higher than all others (low, or without a band) is not named.
    """
    highest, found = highest_by_border(facts), []
    for lag, row in order:
        told: dict[str, Any] = {"id": row["unit"], "group": _group(facts, lag)}
        if row["level"] == "border":
            places = [highest.loc[key] if (key := (row["border"], h)) in highest.index else None for h in horizons]
            bands = [band(None if place is None else place["pressure_band"]) for place in places]
            told["band"] = [BANDS.index(b) for b in bands]
            told["at"] = [
                facts.title(place) if place is not None and b.order > 0 else ""
                for place, b in zip(places, bands, strict=True)
            ]
        found.append(told)
    return found


def _group(facts: Facts, lag: int | None) -> str:
    if lag is None:
        return told.ELSEWHERE
    return told.LATER.format(periods=facts.periods(lag)) if lag else told.BEGIN


def _units(
    facts: Facts, units: list[str], past: xr.Dataset, ahead: pd.DataFrame, horizons: list[int]
) -> dict[str, dict[str, Any]]:
    """Name, direction and figures by unit.

    `n` are counts or medians (None: unknown), `known` is a letter for each past period; for each period ahead `low` and
    `high` are the ends of the 80 % range, `band` its place in `BANDS`.
    """
    one = past.sel(unit=units)
    counts = one[["history", "nowcast"]].sel(nationality=facts.nationality).transpose("unit", "time", ...)
    withheld = one["withheld"].transpose("unit", "time").to_numpy() if "withheld" in one else None
    known = _known(counts["history"].to_numpy(), counts["nowcast"].to_numpy(), withheld)
    drawn = np.where(known == SMALL, NEVER_PRINTED, np.round(counts["nowcast"].to_numpy()))
    table = ahead.drop_duplicates(["unit", "horizon"]).set_index(["unit", "horizon"])
    names = {
        row["unit"]: row
        for row in ahead.drop_duplicates("unit").drop(columns="geometry", errors="ignore").to_dict("records")
    }
    wide = table.reindex(pd.MultiIndex.from_product([units, horizons]))
    shape = len(units), len(horizons)
    low, middle, high = (wide[q].to_numpy().reshape(shape) for q in ("q10", "q50", "q90"))
    bands = wide["pressure_band"].map(lambda b: BANDS.index(band(b))).to_numpy().reshape(shape)
    return {
        unit: {
            "name": facts.title(names[unit]) if unit in names else unit,
            "way": facts.direction(names[unit]) if unit in names else "",
            "n": [None if k in (WITHHELD, MISSING) else float(v) for k, v in zip(known[i], drawn[i], strict=True)]
            + _rounded(middle[i]),
            "known": "".join(known[i]),
            "low": _rounded(low[i]),
            "high": _rounded(high[i]),
            "band": bands[i].tolist(),
        }
        for i, unit in enumerate(units)
    }


def _rounded(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(v) else words.two_figures(float(v)) for v in values]


def _known(reported: np.ndarray, whole: np.ndarray, withheld: np.ndarray | None) -> np.ndarray:
    """A letter for each past figure; a count of 1 to 9 is never told, complete or not."""
    known = np.where(np.round(whole) != np.round(reported), COMPLETED, REPORTED)
    shown = np.floor(whole + 0.5)
    known = np.where((whole > 0) & (shown < words.SMALL_COUNT), SMALL, known)
    known = np.where(np.isnan(reported) | np.isnan(whole), MISSING, known)
    return known if withheld is None else np.where(withheld.astype(bool), WITHHELD, known)
