"""How a table's figures are written: marks, flags, and sums since the year began."""

import re
from collections import Counter

import pandas as pd

from pipelines.ingest.proposals.choice import Choice
from pipelines.ingest.proposals.look import SeenColumn
from pipelines.ingest.reading.dates import read_period

_FLAGGED = re.compile(r"(?:[<\d.,\s]+|:)\s?([a-z]{1,2})")
_MEANINGS = {"p": "preliminary", "e": "estimated", "s": "estimated", "c": "suppressed"}
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


def propose_year_to_date(choice: Choice, groups: list[SeenColumn]) -> None:
    """Say that figures are sums since the year began, where they only grow and fall with each new year."""
    date, count = choice.taken.get("period_start"), choice.taken.get("count")
    if date is None or count is None:
        return
    read = {c: read_period(c, *_form(choice)) for c in date.cells.drop_duplicates()}
    table = pd.DataFrame({"start": date.cells.map({c: r[0] for c, r in read.items() if r})})
    table["value"] = pd.to_numeric(count.texts.str.replace(r"[^\d]", "", regex=True), errors="coerce")
    table["group"] = list(zip(*(c.texts for c in groups), strict=True)) if groups else ""
    table = table.dropna().sort_values("start", kind="stable")
    table["year"] = table["start"].dt.year
    within = table.groupby(["group", "year"])["value"].diff()
    across = table.groupby("group")["value"].diff()[table["year"] != table.groupby("group")["year"].shift()]
    steps = within.dropna()
    if table["year"].nunique() < 2 or len(steps) < _STEPS or len(across.dropna()) < 1:
        return
    if (steps >= 0).mean() >= 0.99 and (steps > 0).mean() >= 0.5 and (across.dropna() < 0).mean() >= 0.9:
        draft = choice.draft
        draft.say(
            "year_to_date",
            value=True,
            why=f"{(steps >= 0).mean():.0%} of the figures only grow, and fall with each new year".replace("%", " %"),
        )
        draft.say(
            "constants", "period", value="M", why="of sums since the year began those at the ends of months are taken"
        )
        draft.say("dates", "day_is", value="last", why="a sum holds until its day")


def _form(choice: Choice):  # type: ignore[no-untyped-def]
    dates = choice.draft.keys.get("dates", {})
    return (dates.get("form", "any"),)
