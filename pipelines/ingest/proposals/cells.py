"""How a table's figures are written: marks, flags, and sums since the year began."""

import re
from collections import Counter

import pandas as pd

from pipelines.ingest.proposals.choice import Choice
from pipelines.ingest.reading.dates import read_period

_FLAGGED = re.compile(r"(?:[<\d.,\s]+|:)\s?([a-z]{1,2})")
_MEANINGS = {"p": "preliminary", "e": "estimated", "s": "estimated", "c": "suppressed"}
_GROWS = 0.9  # share of the steps
_STEPS = 6  # at least, to see that sums only grow


def propose_cells(choice: Choice) -> None:
    """Say thousands, decimals and flags where the cells need it."""
    columns = choice.wide or [c for role, c in choice.taken.items() if role == "count"]
    often: Counter[str] = Counter()
    for column in columns:
        often.update(column.often)
    _propose_thousands(choice, often)
    letters = Counter(letter for text in often if (m := _FLAGGED.fullmatch(text)) for letter in m[1])
    if letters:
        flags = {letter: _MEANINGS.get(letter, "ignore") for letter in sorted(letters)}
        choice.draft.say("flags", value=flags, why="letters behind figures; the usual meanings, check them")


def _propose_thousands(choice: Choice, often: Counter[str]) -> None:
    """`1.020` beside whole numbers and no other decimal: the mark is for thousands."""
    for mark in ".,":
        grouped = [t for t in often if re.fullmatch(rf"[1-9]\d{{0,2}}(?:[{mark}]\d{{3}})+", t)]
        others = [t for t in often if mark in t and t not in grouped]
        if grouped and not others:
            why = f"'{mark}' stands before three digits only, {len(grouped):,} times"
            choice.draft.say("thousands", value=mark, why=why)
            return


def propose_year_to_date(choice: Choice) -> None:
    """Say that figures are sums since the year began, where they only grow and fall with each new year."""
    date, count = choice.taken.get("period_start"), choice.taken.get("count")
    if date is None or count is None:
        return
    dates = choice.draft.keys.get("dates", {})
    read = {c: read_period(c, dates.get("form", "any"), order=dates.get("order", "ymd")) for c in set(date.cells)}
    table = pd.DataFrame({"start": date.cells.map({c: r[0] for c, r in read.items() if r})})
    table["value"] = pd.to_numeric(count.texts.str.replace(r"[^\d]", "", regex=True), errors="coerce")
    groups = [c for role, c in choice.taken.items() if role in ("place", "nationality", "indicator")]
    table["group"] = list(zip(*(c.texts for c in groups), strict=True)) if groups else ""
    table = table.dropna()
    grows = _share_growing(table)
    if grows < _GROWS:
        return
    draft = choice.draft
    why = f"{grows:.0%} of the figures only grow, and fall with each new year".replace("%", " %")
    draft.say("year_to_date", value=True, why=why)
    draft.say(
        "constants", "period", value="M", why="of sums since the year began those at the ends of months are taken"
    )
    draft.say("dates", "day_is", value="last", why="a sum holds until its day")
    members = table.groupby("start")["group"].agg(frozenset)
    if "nationality" in choice.taken and len(set(members)) > 1:
        column = choice.taken["nationality"]
        del draft.keys["columns"]["nationality"]
        why = "the list of nationalities changes from date to date, so that only the sum of all has one before it"
        draft.say("add_up_over", value=[column.name], why=why)


def _share_growing(table: pd.DataFrame) -> float:
    """Share of the steps within a year at which a figure does not fall; 0 where it does not fall with a new year."""
    table = table.sort_values("start", kind="stable")
    year = table["start"].dt.year
    step = table.groupby("group")["value"].diff()
    same = year == year.groupby(table["group"]).shift()
    within, across = step[same & step.notna()], step[~same & step.notna()]
    if len(within) < _STEPS or across.empty or (across < 0).mean() < _GROWS or (within > 0).mean() < 0.5:
        return 0.0
    return float((within >= 0).mean())
