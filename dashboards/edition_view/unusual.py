"""Places whose figures left the pattern that past forecasts knew: which are named, and what was usual there."""

import pandas as pd

from dashboards.edition_view.facts import REPORT_WINDOW, Facts, Row
from dashboards.edition_view.statements import Number, summary
from dashboards.wording import formats as words
from dashboards.wording.pages import WATCH_MARK
from forecasting.base.contracts import LAST_PERIODS

WATCHED = 3  # places that are named, and stand apart in tables and on maps
KNOWN = 0.5  # share of the window that must be known for a middle of it


def watched(facts: Facts) -> pd.DataFrame:
    """The first of the ranked places without a band that left their usual pattern."""
    return facts.ranked[facts.ranked["unit"].isin(facts.unusual)].head(WATCHED)


def mark_of(facts: Facts, row: Row) -> str:
    """What a place is numbered with on maps and in tables: its rank, or the mark of those to watch."""
    return WATCH_MARK if row["unit"] in facts.unusual else str(int(row["rank"]))


def usual_window(facts: Facts) -> str:
    """The periods that `usual_count` is the middle of, in words."""
    return facts.periods(min(REPORT_WINDOW[facts.freq], max(facts.edition.forecast.sizes["time"] - LAST_PERIODS, 0)))


def usual_count(facts: Facts, row: pd.Series) -> Number | None:
    """What was usual at a place: the median of its known counts in the year before the last four periods.

    None where less than half of them is known, or this profile's view withholds one: small ones are, so the middle of
    the others would be too high.
    """
    forecast = facts.edition.forecast
    window = slice(-REPORT_WINDOW[facts.freq] - LAST_PERIODS, -LAST_PERIODS)
    mine = {"indicator": row["indicator"], "unit": row["unit"]}
    known = forecast["history"].sel(**mine, nationality=facts.nationality).isel(time=window).to_series()
    withheld = "withheld" in forecast and bool(forecast["withheld"].sel(mine).isel(time=window).any())
    if withheld or not known.notna().mean() >= KNOWN:
        return None
    median, keys = float(known.median()), {k: str(v) for k, v in mine.items()}
    return summary(words.count(median), "forecast", "median_of_history", **keys)
