"""Numbers, probabilities, periods and places in words: one function each, used by every page and the briefing."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import pandas as pd
from babel.core import Locale, get_global
from babel.dates import format_date
from babel.numbers import format_decimal

from forecasting.base.contracts import whole_percent

NO_DATA = "no data"
LOCALE = "en"
SMALL_COUNT = 10  # observed counts of 1 … 9 could point at people and are never printed (design §5, disclosure)
GAP_RULE = "Probabilities are whole per cents; one in a gap of the PHIA yardstick takes the nearer word."
# PHIA probability yardstick (2025): word, first and last per cent, how a sentence with it begins.
YARDSTICK: tuple[tuple[str, int, int, str], ...] = (
    ("remote chance", 0, 5, "There is a remote chance"),
    ("highly unlikely", 10, 20, "It is highly unlikely"),
    ("unlikely", 25, 35, "It is unlikely"),
    ("realistic possibility", 40, 50, "There is a realistic possibility"),
    ("likely", 55, 75, "It is likely"),
    ("highly likely", 80, 90, "It is highly likely"),
    ("almost certain", 95, 100, "It is almost certain"),
)
_MONTHS = {"M": "month", "W": "week"}


def missing(value: object) -> bool:
    """Whether a value is absent: None, NaN, NaT."""
    return value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value))


def two_figures(value: float) -> float:
    """A forecast rounded to two significant figures, whole numbers below 100; halves go up.

    >>> two_figures(1183), two_figures(125), two_figures(9.5), two_figures(0.4)
    (1200.0, 130.0, 10.0, 0.0)
    """
    exact = Decimal(repr(float(value)))
    place = max(0, exact.adjusted() - 1) if exact else 0
    return float(exact.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_UP))


@lru_cache(maxsize=20_000)  # a page of 2,000 places says 8,000 numbers, mostly the same ones
def whole(value: float) -> str:
    """A whole number in the reader's locale; halves go to the even one.

    >>> whole(1183.4), whole(0)
    ('1,183', '0')
    """
    return str(format_decimal(float(value), format="#,##0", locale=LOCALE))


def number(value: float | None) -> str:
    """A forecast as readers see it: two significant figures, commas between thousands.

    >>> number(1183), number(float("nan"))
    ('1,200', 'no data')
    """
    return NO_DATA if value is None or missing(float(value)) else whole(two_figures(value))


def count(value: float | None) -> str:
    """An observed count: whole, with commas, 1 to 9 as "<10".

    >>> count(1183.4), count(3), count(0), count(None)
    ('1,183', '<10', '0', 'no data')
    """
    if value is None or missing(float(value)):
        return NO_DATA
    nearest = math.floor(value + 0.5)
    return f"<{SMALL_COUNT}" if value > 0 and nearest < SMALL_COUNT else whole(nearest)


def planned(value: float | None) -> str:
    """A planned capacity: an input, so whole and not rounded further.

    >>> planned(1192.0)
    '1,192'
    """
    return NO_DATA if value is None or missing(float(value)) else whole(value)


def ends(low: float, high: float) -> str:
    """The ends of a range, e.g. "900–1,600".

    >>> ends(903, 1583), ends(0, 0.2)
    ('900–1,600', '0')
    """
    if missing(float(low)) or missing(float(high)):
        return NO_DATA
    both = number(low), number(high)
    return both[0] if both[0] == both[1] else "–".join(both)


def interval(low: float, high: float, level: int = 80) -> str:
    """A central interval, e.g. "900–1,600 (80 %)".

    >>> interval(903, 1583), interval(0, 0.2, 95)
    ('900–1,600 (80 %)', '0 (95 %)')
    """
    shown = ends(low, high)
    return shown if shown == NO_DATA else f"{shown} ({level} %)"


def expected(whole: float, error: float) -> str:
    """A count that is not complete yet, with its 95 % range.

    >>> expected(1670, 30)
    'expected 1,670, 1,640–1,700 once complete'
    """
    low, high = (count(max(v, 0.0)) for v in (whole - error, whole + error))
    return f"expected {count(whole)}, {low}–{high} once complete"


def _whole_percent(probability: float) -> int:
    return int(whole_percent(probability))


def percent(probability: float | None) -> str:
    """A probability or share in whole per cent; certainty is never printed.

    >>> percent(0.604), percent(0.001), percent(1.0), percent(None)
    ('60 %', '<1 %', '>99 %', 'no data')
    """
    if probability is None or missing(float(probability)):
        return NO_DATA
    whole = _whole_percent(probability)
    return "<1 %" if whole < 1 else ">99 %" if whole > 99 else f"{whole} %"


def share(value: float | None) -> str:
    """A share of what was counted, in whole per cent; unlike a probability it can be 0 or 100.

    >>> share(1.0), share(0.0), share(0.996), share(0.5)
    ('100 %', '0 %', '>99 %', '50 %')
    """
    if value is None or missing(float(value)):
        return NO_DATA
    return f"{value:.0%}".replace("%", " %") if value in (0.0, 1.0) else percent(value)


def ratio(value: float | None) -> str:
    """A skill ratio to two decimals.

    >>> ratio(0.8249)
    '0.82'
    """
    return NO_DATA if value is None or missing(float(value)) else f"{value:.2f}"


def _yardstick(probability: float) -> tuple[str, int, int, str]:
    whole = min(100, max(0, _whole_percent(probability)))
    return min(YARDSTICK, key=lambda step: max(step[1] - whole, whole - step[2], 0))


def probability_word(probability: float) -> str:
    """The PHIA word (2025) for a probability, gaps by `GAP_RULE`.

    >>> [probability_word(p) for p in (0.0, 0.07, 0.08, 0.45, 0.52, 0.53, 0.97)]  # doctest: +NORMALIZE_WHITESPACE
    ['remote chance', 'remote chance', 'highly unlikely', 'realistic possibility', 'realistic possibility', 'likely',
     'almost certain']
    """
    return _yardstick(probability)[0]


def likelihood(probability: float) -> str:
    """How a sentence about a probability begins, the number in brackets.

    >>> likelihood(0.6), likelihood(0.45)
    ('It is likely (60 %)', 'There is a realistic possibility (45 %)')
    """
    return f"{_yardstick(probability)[3]} ({percent(probability)})"


def effect(part: float, reference: float) -> str:
    """What a part adds to a level or takes from it, in whole per cent of the level.

    >>> effect(18.2, 100.0), effect(-4.0, 100.0), effect(0.3, 100.0), effect(float("nan"), 100.0)
    ('+18 %', '−4 %', '±0 %', 'no data')
    """
    if missing(float(part)) or missing(float(reference)) or reference <= 0:
        return NO_DATA
    found = two_figures(100 * part / reference)
    return f"{'+' if found > 0 else '−' if found < 0 else '±'}{whole(abs(found))} %"


def change(value: float, reference: float) -> str:
    """By how much a value differs from a level, without its sign.

    >>> change(130.0, 100.0), change(70.0, 100.0)
    ('30 %', '30 %')
    """
    return effect(value - reference, reference).lstrip("+−±")


def short_date(day: date) -> str:
    """A day without its year, "7 Dec"."""
    return str(format_date(day, "d MMM", locale=LOCALE))


def tick(day: date, freq: str) -> str:
    """A period at an axis: "7 Dec", "Dec 2026".

    >>> from datetime import date
    >>> tick(date(2026, 12, 7), "W"), tick(date(2026, 12, 1), "M")
    ('7 Dec', 'Dec 2026')
    """
    return short_date(day) if freq == "W" else str(format_date(day, "MMM y", locale=LOCALE))


def long_date(day: date) -> str:
    """A day with its year, "7 December 2026"."""
    return str(format_date(day, "d MMMM y", locale=LOCALE))


def period_name(start: date, freq: str, *, year: int | None = None) -> str:
    """A period by its first day: "week 50 (from 7 Dec)", "May 2025".

    Args:
        start: First day of the period.
        freq: "W" or "M".
        year: The reader's year; a week of another ISO year names its own.

    >>> from datetime import date
    >>> period_name(date(2026, 12, 7), "W"), period_name(date(2025, 5, 1), "M")
    ('week 50 (from 7 Dec)', 'May 2025')
    >>> period_name(date(2027, 1, 4), "W", year=2026)
    'week 1 of 2027 (from 4 Jan)'
    """
    if freq == "M":
        return str(format_date(start, "MMMM y", locale=LOCALE))
    iso = start.isocalendar()
    of_year = f" of {iso.year}" if year is not None and iso.year != year else ""
    return f"week {iso.week}{of_year} (from {short_date(start)})"


def with_note(name: str, note: str) -> str:
    """A name with a note in its bracket.

    >>> with_note("week 47 (from 16 Nov)", "over"), with_note("May 2026", "over")
    ('week 47 (from 16 Nov; over)', 'May 2026 (over)')
    """
    return f"{name[:-1]}; {note})" if name.endswith(")") else f"{name} ({note})"


def when(start: date, freq: str, today: date) -> str:
    """Where a period lies as seen from a day: over, the present one, the next, or so many ahead.

    >>> from datetime import date
    >>> [when(date(2026, 11, d), "W", date(2026, 11, 28)) for d in (16, 23, 30)]
    ['over', 'this week', 'next week']
    >>> when(date(2027, 2, 1), "M", date(2026, 11, 28))
    'in 3 months'
    """
    months = (start.year - today.year) * 12 + start.month - today.month
    ahead = months if freq == "M" else -((today - start).days // 7)
    word = _MONTHS[freq]
    return "over" if ahead < 0 else {0: f"this {word}", 1: f"next {word}"}.get(ahead, f"in {periods(ahead, freq)}")


def ago(day: date, today: date) -> str:
    """How long ago a day was.

    >>> from datetime import date
    >>> [ago(date(2026, 11, d), date(2026, 11, 28)) for d in (28, 27, 16)], ago(date(2026, 5, 1), date(2026, 11, 28))
    (['today', 'yesterday', '12 days ago'], '30 weeks ago')
    """
    days = (today - day).days
    far = counted(days, "day") if days < 28 else counted(days // 7, "week")
    return {0: "today", 1: "yesterday"}.get(days, f"{far} ago")


def periods(n: int, freq: str) -> str:
    """A number of periods: "1 week", "3 months".

    >>> periods(1, "W"), periods(3, "M")
    ('1 week', '3 months')
    """
    return counted(n, _MONTHS[freq])


def period_word(freq: str) -> str:
    """The period's noun, "week" or "month"."""
    return _MONTHS[freq]


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun; zero is "no".

    >>> counted(1, "segment"), counted(2, "segment"), counted(0, "miss", "misses")
    ('1 segment', '2 segments', 'no misses')
    """
    many = plural or f"{noun}s"
    return f"1 {noun}" if n == 1 else f"{n if n else 'no'} {many}"


def joined(parts: Sequence[str]) -> str:
    """Parts as a list in a sentence.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence, the first of them where there are many.

    >>> listed(["Ada", "Bar"]), listed(["Ada", "Bar", "Car"], most=1)
    ('Ada and Bar', 'Ada and 2 more')
    """
    rest = len(names) - most
    return joined([*names[:most], f"{rest:,} more"] if rest > 0 else names)


def starred(text: str) -> str:
    """The text with Kosovo's star wherever it is named without.

    >>> starred("Serbia – Kosovo"), starred("Kosovo* and Kosovo Polje")
    ('Serbia – Kosovo*', 'Kosovo* and Kosovo Polje')
    """
    return re.sub(r"\bKosovo\b(?!\*| Polje)", "Kosovo*", text)


def country(code: str, names: Mapping[str, str]) -> str:
    """A country's name by its alpha-3 code; Kosovo always with its star."""
    return "Kosovo*" if code == "XKX" else starred(names.get(code, code))


def nationality(code: str, names: Mapping[str, str]) -> str:
    """A nationality for readers: its name by the pack, else by CLDR, with its code; the code alone without a name.

    >>> nationality("SYR", {}), nationality("XKX", {}), nationality("UNK", {})
    ('Syria (SYR)', 'Kosovo* (XKX)', 'UNK')
    """
    (alias, *_) = get_global("territory_aliases").get(code) or [code]
    name = country(code, {code: Locale(LOCALE).territories.get(alias, code), **names})
    return name if name == code else f"{name} ({code})"


def direction(from_country: object, to_country: object, names: Mapping[str, str]) -> str:
    """A cell's direction, "Serbia → Hungary"; empty where the region names no countries.

    >>> direction("SRB", "HUN", {"SRB": "Serbia", "HUN": "Hungary"}), direction("", "", {})
    ('Serbia → Hungary', '')
    """
    ends = [country(c, names) for c in (from_country, to_country) if isinstance(c, str) and c]
    return " → ".join(ends) if len(ends) == 2 else "".join(f"→ {e}" if to_country else f"{e} →" for e in ends)


def escaped(text: str) -> str:
    r"""Text for Markdown, taken literally: stars, underscores and dollars lose their meaning there.

    >>> print(escaped("Kosovo* costs $5"))
    Kosovo\* costs \$5
    """
    return re.sub(r"([\\`*_$~\[\]#<>|])", r"\\\1", text)
