"""Columns that break a figure down: a total to filter by, or parts to add up, until no figure stands there twice."""

import pandas as pd

from geo.locate.places import KINDS, place_id
from pipelines.ingest.proposals.cells import propose_year_to_date
from pipelines.ingest.proposals.choice import Choice
from pipelines.ingest.proposals.evidence import COUNTED_IN, is_total, looks_like_id, speaks_of
from pipelines.ingest.proposals.look import SeenColumn
from pipelines.ingest.reading.headings import without_marks
from pipelines.ingest.reading.nationalities import nationality_code

_MOST = 60  # values of a breakdown
_ROLES = (
    "place",
    "nationality",
    "indicator",
    "route",
    "period_start",
    "as_of",
    "year",
    "quarter",
    "month",
    "week",
    "lat",
    "lon",
)


def propose_breakdowns(choice: Choice) -> None:
    """Say filters and columns to add up over, so that one row is left for each figure."""
    keys = [choice.taken[role] for role in _ROLES if role in choice.taken]
    table = pd.DataFrame({c.position: c.texts for c in choice.table.columns})
    for column in keys:
        table = table[~table[column.position].map(is_total) | (column is not choice.taken.get("place"))]
    summed: list[SeenColumn] = []
    ids = [c for c in choice.free if looks_like_id(c)]
    if ids and _stand_twice(table, keys):  # a list of events: what they are like says nothing of figures
        _propose_rows(choice, table, keys, summed)
    for column in _candidates(choice, table):
        if not _stand_twice(table, keys + summed):
            break
        table = _propose_one(choice, column, table, keys, summed)
    if _stand_twice(table, keys + summed):
        _propose_rows(choice, table, keys, summed)
    summed += [c for c in _of_several_names(choice) if c not in summed]
    if summed:
        names = [c.name for c in summed]
        why = "a figure stands there once for each value; CHECK that no value holds another"
        choice.draft.say("add_up_over", value=names, why=why)
    propose_year_to_date(choice)


def _of_several_names(choice: Choice) -> list[SeenColumn]:
    """Columns of places or groups in which two names mean the same one: its figure is their sum."""
    kind = choice.draft.keys.get("constants", {}).get("place_kind", "")
    found = []
    for role, column in choice.taken.items():
        if role == "nationality":
            ids = [nationality_code(t) for t in column.often]
        elif role == "place" and kind in KINDS:
            ids = [place_id(choice.region, kind, without_marks(t)) for t in column.often]
        else:
            continue
        known = [i for i in ids if i is not None]
        if len(known) > len(set(known)):
            found.append(column)
    return found


def _candidates(choice: Choice, table: pd.DataFrame) -> list[SeenColumn]:
    """Columns of few values that stand in most rows, those with a total first."""
    found = [
        c
        for c in choice.free
        if 1 < table[c.position].nunique() <= _MOST
        and (c.figures < 0.5 or len(c.often) <= 12)
        and (table[c.position] != "").mean() > 0.5
    ]
    return sorted(found, key=lambda c: (not any(is_total(t) for t in c.often), not speaks_of(c, "unit"), len(c.often)))


def _stand_twice(table: pd.DataFrame, keys: list[SeenColumn]) -> bool:
    return bool(keys) and bool(table.duplicated([c.position for c in keys]).any())


def _propose_one(
    choice: Choice, column: SeenColumn, table: pd.DataFrame, keys: list[SeenColumn], summed: list[SeenColumn]
) -> pd.DataFrame:
    """A filter or a part of a sum for one column; nothing where it does not tell doubled rows apart."""
    at = [c.position for c in keys + summed]
    doubled = table[table.duplicated(at, keep=False)]
    values = doubled.groupby(at, dropna=False)[column.position]
    if (values.transform("first") == doubled[column.position]).all():
        return table
    totals = [t for t in table[column.position].unique() if is_total(t)]
    if totals:
        hit, told = _adds_up(choice, column, table, at, totals[0])
        why = (
            f"the value that stands for all the others; it is their sum in {hit:,} of {told:,} figures"
            if told
            else "the value that stands for all"
        )
        choice.draft.say("filters", column.name, value=totals[0], why=why)
        choice.taken[f"filter {column.position}"] = column
        return table[table[column.position] == totals[0]]
    units = [t for t in table[column.position].unique() if t.upper() in COUNTED_IN]
    if units and speaks_of(column, "unit"):
        choice.draft.say("filters", column.name, value=units[0], why="counts, and no shares or rates")
        choice.taken[f"filter {column.position}"] = column
        return table[table[column.position] == units[0]]
    summed.append(column)
    choice.taken[f"part {column.position}"] = column
    return table


def _adds_up(choice: Choice, column: SeenColumn, table: pd.DataFrame, at: list[int], total: str) -> tuple[int, int]:
    """In how many figures the total is the sum of the other values, and how many have both."""
    count = choice.taken.get("count")
    values = choice.wide[-1] if choice.wide else count
    if values is None:
        return 0, 0
    numbers = pd.to_numeric(values.texts[table.index].str.replace(r"[^\d]", "", regex=True), errors="coerce")
    whole = table[column.position] == total
    keys = [table[p] for p in at]
    sums, wholes = (numbers[rows].groupby([k[rows] for k in keys]).sum() for rows in (~whole, whole))
    both = sums.index.intersection(wholes.index)
    return int((sums[both] == wholes[both]).sum()), len(both)


def _propose_rows(choice: Choice, table: pd.DataFrame, keys: list[SeenColumn], summed: list[SeenColumn]) -> None:
    """Rows that nothing tells apart are events, or a figure that stands there twice."""
    ids = [c for c in choice.free if looks_like_id(c)]
    events = bool(ids) or "lat" in choice.taken
    twice = int(table.duplicated([c.position for c in keys + summed], keep=False).sum())
    if not events:
        choice.draft.notes.append(
            f"{twice:,} rows stand for a figure that another row stands for, too: the door refuses those of which the "
            "counts differ. Add them up over another column, or filter."
        )
        return
    choice.draft.say("absence", value="zero_within_span", why="a list of events: no row means that there was none")
    choice.draft.say("constants", "period", value=choice.region.freq, why="events are added up to the region's periods")
    choice.draft.say("dates", "day_is", value="any", why="an event may be on any day")
    if ids:
        summed.append(ids[0])
        choice.taken["event"] = ids[0]
    else:
        choice.draft.say("add_up_over", value=["@line"], why="each row is an event")
