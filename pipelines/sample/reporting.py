"""How figures reach us: a first version within days, the final one weeks later, silent weeks, closures, refusals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipelines.sample import settings
from pipelines.sample.noise import monday

COLUMNS = (
    "indicator",
    "route",
    "place_kind",
    "place",
    "nationality",
    "period_start",
    "period",
    "count",
    "missing_reason",
    "status",
    "as_of",
)
KNOWN_UNTIL = monday(settings.LAST_WEEK) + pd.Timedelta(days=6 + settings.KNOWN_UNTIL_DAYS)


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
    keys = ["partner", "route", "place_kind", "place", "period_start"]
    summed = table.groupby(keys, sort=False, as_index=False)["count"].sum()
    return summed.assign(indicator=indicator, nationality=nationality, period="W")


def monthly(weekly: pd.DataFrame) -> pd.DataFrame:
    """Weekly figures as monthly ones, a week in the month of its Thursday; months that are not over are left out."""
    month = (weekly["period_start"] + pd.Timedelta(days=3)).dt.to_period("M").dt.to_timestamp()
    keys = ["partner", "route", "place_kind", "place", "period_start", "indicator", "nationality"]
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
    final = final.reset_index(drop=True)
    slow = final["partner"].isin(settings.SLOW_REPORTERS).to_numpy()
    days = {"W": 6, "M": 30}
    over = final["period_start"] + pd.to_timedelta(final["period"].map(days), unit="D")
    first_delay = rng.integers(1, 4, len(final)) + slow * rng.integers(0, 2, len(final))
    complete = np.where(
        slow, rng.beta(*settings.SLOW_COMPLETENESS, len(final)), rng.beta(*settings.COMPLETENESS, len(final))
    )
    silent = _silent(final, rng)
    first = final.assign(
        count=np.floor(final["count"] * complete + 0.5) if revised else final["count"],
        status="preliminary" if revised else "final",
        as_of=over + pd.to_timedelta(first_delay, unit="D"),
        missing_reason=np.where(silent, "not_reported", ""),
    )
    later = over + pd.to_timedelta(rng.integers(28, 57, len(final)), unit="D")
    second = final.assign(status="final", as_of=later, missing_reason="")
    second = second[(final["count"] != first["count"]) & ~silent] if revised else second.iloc[:0]
    first.loc[silent, "count"] = np.nan
    table = pd.concat([first, second], ignore_index=True)
    return table[table["as_of"] <= KNOWN_UNTIL]


def shut(table: pd.DataFrame, segment: str) -> pd.DataFrame:
    """Weeks in which a segment was closed: nothing could be counted there, and it says so."""
    _, first, last = settings.CLOSED
    closed = table["place"].eq(segment) & table["period_start"].between(monday(first), monday(last))
    kept = table[~(closed & table["status"].eq("final") & table["indicator"].eq("irregular_crossings"))].copy()
    kept.loc[closed[kept.index], ["count", "missing_reason"]] = [np.nan, "closed"]
    return kept


def _silent(final: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Reports that never came: single ones, and whole weeks of a partner."""
    silent = rng.random(len(final)) < settings.NOT_REPORTED_SHARE
    for partner, (first, last) in settings.SILENT_WEEKS.items():
        between = final["period_start"].between(monday(first), monday(last))
        silent |= (final["partner"].eq(partner) & between).to_numpy()
    return silent


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
