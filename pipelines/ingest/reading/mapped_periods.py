"""The first day and length of each row's period, by the date columns of a mapping."""

from typing import Any

import pandas as pd

from pipelines.ingest.reading.dates import Read, month_number, read_period, week_start, year_number
from pipelines.ingest.reading.headings import cell_text
from pipelines.ingest.reading.mapping import Dates, Heading, Layout
from pipelines.store.periods import period_ends

INSIDE = "the date is not the last day of its period ('day_is' in the mapping)"
_LONGER = "DWMQY"
_MONTHS = {"M": 1, "Q": 3, "Y": 12}


def read_periods(frame: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Columns `period_start`, `period` and `reason` (empty: the date can be read)."""
    headings = layout.dates.headings or (layout.columns.get("period_start", ()),)
    given = layout.constants.get("period_start")
    cells = [pd.Series(given, index=frame.index)] if given else [_first(frame, h) for h in headings]
    stated = _stated_period(frame, layout)
    keys = list(zip(*cells, stated, strict=True))
    read = {key: _read(key[:-1], key[-1], layout.dates) for key in dict.fromkeys(keys)}
    rows = [read[key] for key in keys]
    table = pd.DataFrame(rows, columns=["period_start", "period", "reason"], index=frame.index)
    return table.assign(period_start=pd.to_datetime(table["period_start"]))


def _first(frame: pd.DataFrame, heading: Heading) -> pd.Series:
    return frame[next(h for h in heading if h in frame)]


def _stated_period(frame: pd.DataFrame, layout: Layout) -> pd.Series:
    heading = layout.columns.get("period")
    if heading is None:
        return pd.Series(layout.constants.get("period", ""), index=frame.index)
    table = layout.meaning_of("period")
    text = _first(frame, heading).map(cell_text)
    return text.map(lambda t: table.get(t.casefold(), t.upper()[:1]))


def _read(cells: tuple[Any, ...], stated: str, dates: Dates) -> tuple[pd.Timestamp | None, str, str]:
    if dates.number_one is not None:
        found = _of_number(cells[0], pd.Timestamp(dates.number_one), stated)
    else:
        found = _of_columns(cells, dates) if dates.year else _of_cell(cells[0], dates)
    if found is None:
        empty = not any(cell_text(c) for c in cells)
        return None, stated or "D", "no date" if empty else f"the date is not one of the form '{_form(dates)}'"
    start, period = found
    if not stated or stated == period:
        return start, period, ""
    if _LONGER.find(stated) < _LONGER.find(period):
        return None, stated, f"the date names a longer period ({period}) than the mapping says ({stated})"
    return _placed(start, period, stated, dates)


def _form(dates: Dates) -> str:
    if dates.year:
        return ", ".join(n for n in ("year", "quarter", "month", "week", "day") if getattr(dates, n))
    return dates.form if dates.form != "day" else f"day ({dates.order})"


def _of_cell(cell: object, dates: Dates) -> Read | None:
    found = read_period(cell, dates.form, order=dates.order, languages=dates.languages)
    if dates.form in ("year", "any") and dates.fiscal_year_begins > 1 and (found is None or found[1] == "Y"):
        year = year_number(cell, begins=dates.fiscal_year_begins, named=dates.fiscal_year_named)
        found = None if year is None else (pd.Timestamp(year=year, month=dates.fiscal_year_begins, day=1), "Y")
    return found


def _of_number(cell: object, first: pd.Timestamp, period: str) -> Read | None:
    text = cell_text(cell)
    if not text.isdigit() or not 1 <= int(text) <= 99_999:
        return None
    periods = int(text) - 1
    if period in _MONTHS:
        return first + pd.DateOffset(months=periods * _MONTHS[period]), period
    return first + pd.Timedelta(days=periods * (7 if period == "W" else 1)), period


def _of_columns(cells: tuple[Any, ...], dates: Dates) -> Read | None:
    names = [n for n in ("year", "quarter", "month", "week", "day") if getattr(dates, n)]
    part = dict(zip(names, cells, strict=True))
    begins = dates.fiscal_year_begins
    year = year_number(part["year"], begins=begins, named=dates.fiscal_year_named)
    if year is None:
        return None
    if "week" in part:
        number = cell_text(part["week"]).upper().removeprefix("WEEK").strip(" W")
        return week_start(year, int(number)) if number.isdigit() else None
    if "month" in part:
        month = month_number(part["month"], dates.languages)
        return None if month is None else _of_month(year + (month < begins), month, part)
    if "quarter" in part:
        return _of_quarter(year, begins, cell_text(part["quarter"]))
    return _first_of(year, begins), "Y"


def _of_month(year: int, month: int, part: dict[str, Any]) -> Read | None:
    if "day" not in part:
        return _first_of(year, month), "M"
    day = cell_text(part["day"])
    return read_period(f"{year}-{month:02d}-{int(day):02d}", "day") if day.isdigit() else None


def _of_quarter(year: int, begins: int, text: str) -> Read | None:
    number = text.upper().strip("QT. ")
    if number not in ("1", "2", "3", "4"):
        return None
    month = begins - 1 + 3 * (int(number) - 1)
    return _first_of(year + month // 12, month % 12 + 1), "Q"


def _first_of(year: int, month: int) -> pd.Timestamp:
    return pd.Timestamp(year=year, month=month, day=1)


def _placed(start: pd.Timestamp, read: str, stated: str, dates: Dates) -> tuple[pd.Timestamp | None, str, str]:
    """The period of the stated length that a shorter one names."""
    first = _floor(start, stated)
    if dates.day_is == "first":
        return start, stated, ""  # the door looks whether a period can begin there
    if dates.day_is == "last":
        end, last = (period_ends(pd.DatetimeIndex([s]), p)[0] for s, p in ((start, read), (first, stated)))
        if end != last:
            return None, stated, INSIDE
    return first, stated, ""


def _floor(day: pd.Timestamp, period: str) -> pd.Timestamp:
    if period == "W":
        return day - pd.Timedelta(days=day.dayofweek)
    months = _MONTHS.get(period)
    return day if months is None else _first_of(day.year, (day.month - 1) // months * months + 1)
