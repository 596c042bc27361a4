"""How the flow becomes figures: detections, other counts with their leads and lags, and the reports of both.

Each entered country names its cells at its own grain; a first version of a figure comes within days, the final one
weeks later; there are silent weeks, closures and rows that must be refused.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import settings
from pipelines.sample.flow import border_of, monday

COLUMNS = "indicator route place_kind place nationality period_start period count missing_reason status as_of".split()
KNOWN_UNTIL = monday(settings.LAST_WEEK) + pd.Timedelta(days=6 + settings.KNOWN_UNTIL_DAYS)
_FIGURE = ["partner", "route", "place_kind", "place", "period_start"]


def expected_detections(passages: np.ndarray, region: Region) -> np.ndarray:
    """Expected detections (cell, nationality, time): the entered country finds its share of the passages."""
    share = [settings.DETECTION.get(c.to_country, settings.DEFAULT_DETECTION) for c in region.cells]
    return passages * np.array(share)[:, None, None]


def detections_by_nationality(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Detections (cell, nationality, time): totals are over-dispersed, nationalities a multinomial split of them."""
    totals = negative_binomial(expected.sum(axis=1), settings.DISPERSION, rng).astype(np.int64)
    whole = np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
    shares = np.moveaxis(expected / whole, 1, -1)
    shares[shares.sum(axis=-1) <= 0] = 1 / expected.shape[1]
    split: np.ndarray = rng.multinomial(totals, shares / shares.sum(axis=-1, keepdims=True))
    return np.moveaxis(split, -1, 1).astype(float)


def negative_binomial(mean: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Counts of a mean with variance mean + mean² / size."""
    drawn: np.ndarray = rng.negative_binomial(size, size / (size + np.maximum(mean, 1e-9)))
    return drawn.astype(float)


def shifted(flow: np.ndarray, lag_weeks: int) -> np.ndarray:
    """A flow (…, time) that arrives `lag_weeks` later (negative: earlier); the ends repeat."""
    at = np.clip(np.arange(flow.shape[-1]) - lag_weeks, 0, flow.shape[-1] - 1)
    moved: np.ndarray = flow[..., at]
    return moved


def reported_places(region: Region) -> pd.DataFrame:
    """How the entered country names each cell: `partner, route, place_kind, place` (cell)."""
    points = {point.segment: point.id for point in reversed(region.crossing_points)}  # the first of each segment
    rows = []
    for position, cell in enumerate(region.cells):
        kind, place = "segment", cell.segment
        if cell.to_country == settings.BORDER_REPORTER and not _at_sea(region, position):
            kind, place = "border", border_of(region, position)
        elif cell.to_country == settings.POINT_REPORTER and cell.segment in points:
            kind, place = "crossing_point", points[cell.segment]
        rows.append((cell.to_country, cell.route, kind, place))
    return pd.DataFrame(rows, columns=_FIGURE[:4])


def country_places(region: Region) -> pd.DataFrame:
    """The entered country as the place of each cell."""
    rows = [(c.to_country, "", "country", c.to_country) for c in region.cells]
    return pd.DataFrame(rows, columns=_FIGURE[:4])


def border_places(region: Region) -> pd.DataFrame:
    """The border (at sea: the area) as the place of each cell."""
    kinds = ["segment" if _at_sea(region, i) else "border" for i in range(len(region.cells))]
    named = enumerate(zip(region.cells, kinds, strict=True))
    rows = [(c.to_country, c.route, kind, border_of(region, i)) for i, (c, kind) in named]
    return pd.DataFrame(rows, columns=_FIGURE[:4])


def _at_sea(region: Region, cell: int) -> bool:
    return region.segment_by_id[region.cells[cell].segment].kind == "sea"


def segment_near(region: Region, crossing_point: str) -> str:
    """The segment of a crossing point.

    Raises:
        ValueError: the pack does not know the crossing point.
    """
    for point in region.crossing_points:
        if point.id == crossing_point:
            return point.segment
    raise ValueError(f"sample: region '{region.id}' has no crossing point '{crossing_point}'. Adapt the settings.")


def figures(
    counts: np.ndarray, places: pd.DataFrame, weeks: pd.DatetimeIndex, *, indicator: str, nationality: str = "TOTAL"
) -> pd.DataFrame:
    """Final figures, one row per place and week.

    Args:
        counts: (place, week).
        places: `partner, route, place_kind, place` of each row of `counts`; equal places are added up.
        weeks: Mondays.
        indicator: What is counted.
        nationality: Nationality group.
    """
    table = places.loc[np.repeat(places.index, len(weeks))].reset_index(drop=True)
    table["period_start"] = np.tile(weeks, len(places))
    table["count"] = counts.ravel()
    summed = table.groupby(_FIGURE, sort=False, as_index=False)["count"].sum()
    return summed.assign(indicator=indicator, nationality=nationality, period="W")


def monthly(weekly: pd.DataFrame) -> pd.DataFrame:
    """Weekly figures as monthly ones, a week in the month of its Thursday; months that are not over are left out."""
    month = (weekly["period_start"] + pd.Timedelta(days=3)).dt.to_period("M").dt.to_timestamp()
    keys = [*_FIGURE, "indicator", "nationality"]
    table = weekly.assign(period_start=month).groupby(keys, sort=False, as_index=False)["count"].sum()
    over = table["period_start"] + pd.offsets.MonthEnd(1)
    return table[over <= weekly["period_start"].max() + pd.Timedelta(days=6)].assign(period="M")


def vintages(final: pd.DataFrame, rng: np.random.Generator, *, revised: bool = True) -> pd.DataFrame:
    """The versions of each figure that partners send, with the day on which each was known.

    Args:
        final: Output of `figures` or `monthly`.
        rng: Randomness of delays, completeness and silence.
        revised: Whether a first version is incomplete and a final one follows (a stock is counted once).
    """
    final, n = final.reset_index(drop=True), len(final)
    slow = final["partner"].isin(settings.SLOW_REPORTERS).to_numpy()
    over = final["period_start"] + pd.to_timedelta(final["period"].map({"W": 6, "M": 30}), unit="D")
    first_delay = rng.integers(1, 4, n) + slow * rng.integers(0, 2, n)
    complete = np.where(slow, rng.beta(*settings.SLOW_COMPLETENESS, n), rng.beta(*settings.COMPLETENESS, n))
    silent = _silent(final, rng)
    first = final.assign(
        count=np.floor(final["count"] * complete + 0.5) if revised else final["count"],
        status="preliminary" if revised else "final",
        as_of=over + pd.to_timedelta(first_delay, unit="D"),
        missing_reason=np.where(silent, "not_reported", ""),
    )
    later = over + pd.to_timedelta(rng.integers(28, 57, n), unit="D")
    second = final.assign(status="final", as_of=later, missing_reason="")
    second = second[(final["count"] != first["count"]) & ~silent] if revised else second.iloc[:0]
    first.loc[silent, "count"] = np.nan
    table = pd.concat([first, second], ignore_index=True)
    return table[table["as_of"] <= KNOWN_UNTIL]


def _silent(final: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Reports that never came: single ones, and whole weeks of a partner."""
    silent = rng.random(len(final)) < settings.NOT_REPORTED_SHARE
    for partner, (first, last) in settings.SILENT_WEEKS.items():
        between = final["period_start"].between(monday(first), monday(last))
        silent |= (final["partner"].eq(partner) & between).to_numpy()
    return silent


def shut(table: pd.DataFrame, segment: str) -> pd.DataFrame:
    """Weeks in which a segment was closed: nothing could be counted there, and it says so."""
    _, first, last = settings.CLOSED
    closed = table["place"].eq(segment) & table["period_start"].between(monday(first), monday(last))
    kept = table[~(closed & table["status"].eq("final") & table["indicator"].eq("irregular_crossings"))].copy()
    kept.loc[closed[kept.index], ["count", "missing_reason"]] = [np.nan, "closed"]
    return kept


def bad_rows(places: Sequence[str]) -> list[str]:
    """Rows such as real files hold, which must go to quarantine; `places` are two segments that exist."""
    one, other = places
    return [
        f"irregular_crossings,,segment,{one},TOTAL,2026-10-05,W,-12,,preliminary,2026-10-14",
        f"irregular_crossings,,segment,{one},TOTAL,2026-02-30,W,8,,preliminary,2026-03-10",
        "irregular_crossings,,segment,Horgos Rozke,TOTAL,2026-10-05,W,8,,preliminary,2026-10-14",
        f"border_crossings,,segment,{one},TOTAL,2026-10-05,W,8,,preliminary,2026-10-14",
        f"irregular_crossings,,segment,{other},TOTAL,2026-10-05,W,several,,preliminary,2026-10-14",
        f"irregular_crossings,,segment,{other},TOTAL,2026-10-07,W,8,,preliminary,2026-10-14",
    ]
