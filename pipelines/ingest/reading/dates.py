"""Dates and periods as tables write them: `2010M01`, `2024-W53`, `January 2024`, `JAN2009`, `31.12.2024`, `FY2024`.

One cell is read by the form that the mapping states (`any`: by the forms that can't be taken for another). What does
not fit that form is no date; a day is never made up.
"""

import re
import unicodedata
from datetime import date, datetime
from functools import cache
from typing import Literal, get_args

import pandas as pd
from babel import Locale

Form = Literal["any", "day", "week", "month", "quarter", "year", "excel", "number"]
Order = Literal["ymd", "dmy", "mdy"]
FORMS: tuple[Form, ...] = get_args(Form)
_UNLIKE: tuple[Form, ...] = ("day", "week", "quarter", "month", "year")  # no text is of two of them
# the languages of providers and of the region
MONTH_LANGUAGES = tuple("en sr sr_Latn bs hr sl sq mk bg el tr hu ro de fr it es".split())
Read = tuple[pd.Timestamp, str]  # first day of the period (of a day: the day) and its letter

_LETTERS = str.maketrans({"đ": "d", "ı": "i", "ß": "ss"})
_EXCEL_ZERO = pd.Timestamp("1899-12-30")
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_DAY: dict[Order, re.Pattern[str]] = {
    "ymd": re.compile(r"(?P<y>\d{4})(?P<s>[-/. ])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})\.?" + _TIME),
    "dmy": re.compile(r"(?P<d>\d{1,2})(?P<s>[-/. ]) ?(?P<m>\d{1,2})(?P=s) ?(?P<y>\d{4}|\d{2})\.?" + _TIME),
    "mdy": re.compile(r"(?P<m>\d{1,2})(?P<s>[-/. ])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})" + _TIME),
}
_MARKS = re.compile(r"\s*(?:[*^†‡¹²³⁴-⁹]+|[(\[]\d{1,2}[)\]]|[(\[]?\b(?:FYTD|YTD|p|prov|provisional)\b\.?[)\]]?)$", re.I)


def read_period(
    cell: object, form: Form, *, order: Order = "ymd", languages: tuple[str, ...] = MONTH_LANGUAGES
) -> Read | None:
    """First day and letter (`D W M Q Y`) of the period that a cell names; None: it is none of that form.

    Args:
        cell: As it stands in the file: text, a number or a date of a workbook.
        form: What is expected. `excel`: days since 30 December 1899. (`number`, of periods from one that is told, is
            no date by itself.)
        order: Of day, month and year, where the form is `day`; ISO dates are read whatever it is.
        languages: Of names of months.

    >>> [str(read_period(c, "any")[0].date()) for c in ("2010M01", "2024-W01", "2010-Q2", "January 2024", "2024-05-31")]
    ['2010-01-01', '2024-01-01', '2010-04-01', '2024-01-01', '2024-05-31']
    >>> read_period("31.12.2024", "day", order="mdy") is None
    True
    """
    if isinstance(cell, (datetime, date, pd.Timestamp)):
        return _of_date(pd.Timestamp(cell).normalize(), form)
    text = _plain(cell)
    if not text:
        return None
    if form == "any":
        found = (_read(text, f, order, languages) for f in _UNLIKE)
        return next((f for f in found if f), None)
    return _read(text, form, order, languages)


def _plain(cell: object) -> str:
    """A cell's text without marks of footnotes; a whole number as it is written (`2024.0` of a workbook is 2024)."""
    if cell is None or (isinstance(cell, float) and not cell.is_integer()):
        return "" if cell is None else str(cell)
    text = str(int(cell)) if isinstance(cell, float) else re.sub(r"\s+", " ", str(cell)).strip()
    return _MARKS.sub("", text) if len(text) > 1 else text


def _of_date(day: pd.Timestamp, form: Form) -> Read | None:
    if form in ("day", "any", "excel"):
        return day, "D"
    if form == "month":
        return day.replace(day=1), "M"
    return None  # a day names no week, quarter or year by itself


def _day(text: str, order: Order, languages: tuple[str, ...]) -> Read | None:
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if compact:
        return _stamp(int(compact[1]), int(compact[2]), int(compact[3]), "D")
    for pattern in (_DAY["ymd"], _DAY[order]):
        match = pattern.fullmatch(text)
        if match:
            return _stamp(_year(match["y"]), int(match["m"]), int(match["d"]), "D")
    words = re.findall(r"\d+|[^\W\d_]+", text)
    if len(words) == 3:  # 5 January 2024, January 5, 2024
        for month, day in ((1, 0), (0, 1)):
            number = None if words[month].isdigit() else month_number(words[month], languages)
            if number and words[day].isdigit() and words[2].isdigit() and int(words[day]) <= 31:
                return _stamp(_year(words[2]), number, int(words[day]), "D")
    return None


def _week(text: str) -> Read | None:
    match = re.fullmatch(r"(\d{4})[-/ ]?(?:W|KW)[- ]?(\d{1,2})", text, re.I)
    if match:
        return week_start(int(match[1]), int(match[2]))
    match = re.fullmatch(r"(?:W|KW|week|wk)[-. ]?(\d{1,2})[-/ ,]+(\d{4})", text, re.I)
    return week_start(int(match[2]), int(match[1])) if match else None


def week_start(year: int, week: int) -> Read | None:
    """Monday of an ISO week; None where the year has no such week."""
    try:
        return pd.Timestamp(date.fromisocalendar(year, week, 1)), "W"
    except ValueError:
        return None


def _month(text: str, languages: tuple[str, ...]) -> Read | None:
    match = re.fullmatch(r"(\d{4})[-/. ]?M?(\d{2})", text, re.I) or re.fullmatch(
        r"(\d{4})[-/. ]M?(\d{1,2})", text, re.I
    )
    if match:
        return _stamp(int(match[1]), int(match[2]), 1, "M")
    match = re.fullmatch(r"M?(\d{1,2})[-/. ](\d{4})", text, re.I)
    if match:
        return _stamp(int(match[2]), int(match[1]), 1, "M")
    words = re.findall(r"\d+|[^\W\d_]+", text)
    if len(words) == 2 and words[0].isdigit() != words[1].isdigit():
        name, year = words if words[1].isdigit() else words[::-1]
        number = month_number(name, languages)
        if number and len(year) in (2, 4):
            return _stamp(_year(year), number, 1, "M")
    return None


def _quarter(text: str) -> Read | None:
    match = re.fullmatch(r"(\d{4})[-/. ]?(?:Q|T)[-. ]?([1-4])", text, re.I)
    year, quarter = (match[1], match[2]) if match else ("", "")
    if not match:
        match = re.fullmatch(r"(?:Q|T)[-. ]?([1-4])[-/. ]*(\d{4})", text, re.I)
        year, quarter = (match[2], match[1]) if match else ("", "")
    return _stamp(int(year), 3 * int(quarter) - 2, 1, "Q") if match else None


def _whole_year(text: str) -> Read | None:
    match = re.fullmatch(r"(?:year)? ?(\d{4})\.?", text, re.I)
    return _stamp(int(match[1]), 1, 1, "Y") if match else None


def year_number(cell: object, *, begins: int = 1, named: Literal["start", "end"] = "end") -> int | None:
    """Calendar year in which a year begins: `2024`, and fiscal years `FY2024`, `2023/24`; None: it is no year.

    Args:
        cell: As it stands in the file.
        begins: First month of the fiscal year; 1: years are calendar years.
        named: Whether `FY2024` begins in 2024, or ends in it.

    >>> year_number("FY2024", begins=10), year_number("2023/24", begins=10), year_number("2024")
    (2023, 2023, 2024)
    """
    match = re.fullmatch(r"(?:FY|year)? ?-?((?:19|20)\d{2})(?: ?[-/–] ?(\d{4}|\d{2}))?\.?", _plain(cell), re.I)
    if not match:
        return None
    first = int(match[1])
    if match[2]:  # two years: it begins in the first, and the second is the next
        return first if int(match[2]) % 100 == (first + 1) % 100 and begins > 1 else None
    return first - 1 if begins > 1 and named == "end" else first


def _excel(text: str) -> Read | None:
    if not re.fullmatch(r"\d{4,5}(\.\d+)?", text):
        return None
    return (_EXCEL_ZERO + pd.Timedelta(days=float(text))).normalize(), "D"


def _read(text: str, form: Form, order: Order, languages: tuple[str, ...]) -> Read | None:
    if form == "day":
        return _day(text, order, languages)
    if form == "month":
        first_day = re.fullmatch(r"(\d{4}-\d{1,2})-0?1", text)
        return _month(first_day[1] if first_day else text, languages)
    readers = {"week": _week, "quarter": _quarter, "year": _whole_year, "excel": _excel}
    return readers[form](text) if form in readers else None


def _stamp(year: int, month: int, day: int, period: str) -> Read | None:
    try:
        return pd.Timestamp(year=year, month=month, day=day), period
    except ValueError:
        return None


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else int(text) + (1900 if int(text) > 69 else 2000)


def month_number(name: object, languages: tuple[str, ...] = MONTH_LANGUAGES) -> int | None:
    """Number of a month from its name, its short form or its number; None: it is none, or means two.

    >>> month_number("OCT"), month_number("Јануар"), month_number("siječanj"), month_number("7"), month_number("M07")
    (10, 1, 1, 7, 7)
    """
    text = _plain(name)
    digits = re.fullmatch(r"M?(\d{1,2})", text, re.I)
    if digits:
        return int(digits[1]) if 1 <= int(digits[1]) <= 12 else None
    return _month_names(languages).get(_folded(text))


@cache
def _month_names(languages: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for language in languages:
        months = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context].get(width, {}).items():
                    found.setdefault(_folded(name), set()).add(number)
                    if width == "wide":  # JAN of January, as programs cut it
                        found.setdefault(_folded(name)[:3], set()).add(number)
    english = Locale.parse("en").months["format"]
    sure = {name: numbers for name, numbers in found.items() if len(numbers) == 1 and not name.isdigit()}
    named = {name: next(iter(numbers)) for name, numbers in sure.items()} | {"sept": 9}
    if "en" in languages:  # where a short form means two months, the English one stands
        named |= {_folded(name): n for width in ("wide", "abbreviated") for n, name in english[width].items()}
    return named


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return "".join(c for c in plain if not unicodedata.combining(c)).strip(" .")
