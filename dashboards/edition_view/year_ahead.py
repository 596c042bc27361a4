"""What an edition says of the year ahead: rows of its table of sums, by place and span."""

import pandas as pd

from dashboards.edition_view.facts import Facts
from geo.region.region import PERIODS_A_YEAR

OURS, BASELINE = "routecast", "baseline"
LEVELS = ("route", "segment", "border")  # of the table by place, the first that has more than one place


def sums(facts: Facts) -> pd.DataFrame:
    """Our sums of the indicator that is read about, with the baseline's median as `baseline_q50`; empty without any."""
    table = facts.edition.table("outlook")
    if table.empty:
        return table
    mine = table[table["indicator"].eq(facts.indicator)]
    keys = ["unit", "span", "number"]
    simple = mine[mine["model_id"].eq(BASELINE)].set_index(keys)["q50"].rename("baseline_q50")
    return mine[mine["model_id"].eq(OURS)].join(simple, on=keys).reset_index(drop=True)


def of_unit(facts: Facts, unit: str) -> pd.DataFrame:
    """The sums of one unit, quarters before the whole."""
    table = sums(facts)
    return table[table["unit"].eq(unit)] if len(table) else table


def whole(table: pd.DataFrame) -> pd.DataFrame:
    """The rows over all that is summed: the year, or all that the forecast reaches."""
    return table[table["span"].ne("quarter")] if len(table) else table


def widest(facts: Facts) -> pd.Series | None:
    """The sum over all that is forecast, of the chosen route, the region's headline or its total; None without one."""
    row = facts.widest()
    if row is None:
        return None
    found = whole(of_unit(facts, str(row["unit"])))
    return None if found.empty else found.iloc[0]


def by_place(facts: Facts) -> pd.DataFrame:
    """The whole sums of routes, or else of segments or borders, the largest first; of a chosen route its segments."""
    table = whole(sums(facts))
    if table.empty:
        return table
    if facts.chosen_route is not None:
        table = table[table["unit"].isin(set(facts.ranked["unit"]))]
    for level in LEVELS:
        found = table[table["level"].eq(level)]
        if len(found) > 1 or level == LEVELS[-1]:
            return found.sort_values(["q50", "unit"], ascending=[False, True])
    return table.iloc[:0]


def is_short(facts: Facts) -> bool:
    """Whether the edition looks less than a year ahead."""
    return facts.last_horizon < PERIODS_A_YEAR["W" if facts.freq == "W" else "M"]
