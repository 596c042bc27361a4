"""Where a table's dates stand, and how they are written."""

import pandas as pd

from pipelines.ingest.proposals.choice import Choice
from pipelines.ingest.proposals.evidence import DateEvidence, date_evidence, spacing, speaks_of
from pipelines.ingest.proposals.look import SeenColumn
from pipelines.ingest.reading.dates import month_number, year_number
from pipelines.ingest.reading.mapping import OPEN

_SURE = 0.9
_NUMBERED = {"D": "day", "W": "week", "M": "month", "Q": "quarter"}
_LENGTHS = {"D": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}


def propose_dates(choice: Choice) -> None:
    """Say where dates stand: in headings, in a column, or in several."""
    if "period_start" in choice.draft.keys.get("columns", {}):
        evidence = date_evidence([c.name for c in choice.wide])
        if evidence is not None:
            _say_form(choice, evidence)
        return
    found = {c.position: date_evidence(c.often, c.cells) for c in choice.free}
    dated = [(c, e) for c in choice.free if (e := found[c.position]) is not None and e.letter != "Y"]
    reports = [(c, e) for c, e in dated if speaks_of(c, "as_of")]
    own = [pair for pair in dated if pair not in reports] or reports
    if own:
        column, evidence = max(own, key=lambda pair: (round(pair[1].share, 2), -pair[0].position))
        choice.take("period_start", column, f"{evidence.share:.0%} of its cells are dates".replace("%", " %"))
        _say_form(choice, evidence)
        if reports and column is reports[0][0]:
            choice.draft.say("columns", "as_of", value=column.name, why="its heading speaks of a report")
        for other, _ in reports:
            if other is not column and "as_of" not in choice.taken:
                choice.take("as_of", other, "dates, and its heading speaks of a report: when the figure was known")
        return
    years = [c for c in choice.free if _is_year(c)]
    if years:
        _propose_parts(choice, years)
    else:
        _propose_numbers(choice)


def _propose_numbers(choice: Choice) -> None:
    """Periods that are only numbered from 1."""
    for column in choice.free:
        numbers = {int(t) for t in column.often if t.isdigit()}
        named = next((p for p, word in _NUMBERED.items() if word in column.name.casefold()), None)
        if len(numbers) == len(column.often) > 2 and numbers == set(range(1, len(numbers) + 1)) and named:
            choice.take("period_start", column, "its cells number the periods from 1")
            choice.draft.say("constants", "period", value=named, why="its heading says so")
            choice.draft.say("dates", "form", value="number", why="periods are numbered")
            choice.draft.say("dates", "number_one", value=OPEN, why="write the first day of the period number 1")
            return


def _is_year(column: SeenColumn) -> bool:
    values = list(column.often)
    return bool(values) and sum(
        year_number(v) is not None or year_number(v, begins=10) is not None for v in values
    ) >= (_SURE * len(values))


def _propose_parts(choice: Choice, years: list[SeenColumn]) -> None:
    """Year and month (or quarter, or week) in columns of their own; months as headings; a year alone."""
    draft = choice.draft
    months_wide = [c for c in choice.free if not c.name.isdigit() and month_number(c.name) and c.figures >= 0.8]
    if len(months_wide) >= 6 and not choice.wide:
        choice.wide = tuple(months_wide)
        draft.say("wide", value="known", why=f"{len(months_wide)} columns of figures are named after months")
        _take_year(choice, years[0])
        draft.say("dates", "month", value="@heading", why="see 'wide'")
        return
    month = next((c for c in choice.free if c not in years and _is_month(c)), None)
    if month is not None:
        year, begins = _year_of(month, years)
        _take_year(choice, year)
        choice.taken["month"] = month
        draft.say("dates", "month", value=month.name, why="its cells are months")
        if begins > 1:
            draft.say("dates", "fiscal_year_begins", value=begins, why="the year changes with this month")
        for other in years:
            if other is not year:
                choice.taken[f"year {other.position}"] = other  # another way to count years: no figure
        return
    quarter = next((c for c in choice.free if c not in years and _is_quarter(c)), None)
    _take_year(choice, years[0])
    if quarter is not None:
        choice.taken["quarter"] = quarter
        draft.say("dates", "quarter", value=quarter.name, why="its cells are quarters")
    else:
        week = next((c for c in choice.free if "week" in c.name.casefold() and c.figures > _SURE), None)
        if week is not None:
            choice.taken["week"] = week
            draft.say("dates", "week", value=week.name, why="its heading says so: ISO weeks?")


def _take_year(choice: Choice, column: SeenColumn) -> None:
    choice.taken["year"] = column
    choice.draft.say("dates", "year", value=column.name, why="its cells are years")
    if any("/" in text for text in column.often):
        choice.draft.say("dates", "fiscal_year_begins", value=7, why="years such as 2023/24: write their first month")


def _is_month(column: SeenColumn) -> bool:
    numbers = {month_number(t) for t in column.often}
    return None not in numbers and len(numbers) >= 2 and (len(numbers) >= 6 or "month" in column.name.casefold())


def _is_quarter(column: SeenColumn) -> bool:
    values = {t.upper().strip("QT. ") for t in column.often}
    return len(values) >= 2 and values <= {"1", "2", "3", "4"}


def _year_of(month: SeenColumn, years: list[SeenColumn]) -> tuple[SeenColumn, int]:
    """The year to count with, calendar years first, and the month with which it begins."""
    begins = {year.position: _first_month(month, year) for year in years}
    best = next((y for y in years if begins[y.position] == 1), years[0])
    return best, begins[best.position]


def _first_month(month: SeenColumn, year: SeenColumn) -> int:
    """The month in which a year changes, by the rows' own order."""
    pairs = pd.DataFrame(
        {"month": month.texts.map(month_number), "year": year.texts.map(lambda t: year_number(t) or 0)}
    )
    later = set(pairs.loc[(pairs["year"].diff() == 1) & (pairs["month"].diff() != 0), "month"])
    return int(later.pop()) if len(later) == 1 else 1


def _say_form(choice: Choice, evidence: DateEvidence) -> None:
    draft, letter = choice.draft, evidence.letter
    if evidence.form == "day":
        draft.say("dates", "form", value="day", why="days")
        why = (
            "the only order that fits all cells" if evidence.sure else "CHECK: month and day may be the other way round"
        )
        draft.say("dates", "order", value=evidence.order, why=why)
    if letter != "D":
        draft.say("constants", "period", value=letter, why=f"the dates name {_LENGTHS[letter]}")
        return
    period, day_is = spacing(evidence.starts)
    spaced = "days" if period == "D" else f"the days lie as the beginnings or ends of {_LENGTHS[period]} do"
    draft.say("constants", "period", value=period, why=spaced)
    if day_is != "first":
        draft.say(
            "dates",
            "day_is",
            value=day_is,
            why=f"the days are {'the last' if day_is == 'last' else 'some'} of their period",
        )
