"""What a column could be: a date, a place, a group, an indicator, a count; told by its cells, then by its heading."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from geo.locate.places import place_id
from geo.names.folding import fold
from geo.region.region import Region
from pipelines.ingest.proposals.look import SeenColumn, plain_name
from pipelines.ingest.reading.dates import Form, Order, read_period
from pipelines.ingest.reading.headings import without_marks
from pipelines.ingest.reading.nationalities import nationality_code

PLACES = ("segment", "crossing_point", "border", "country", "route")
TOTALS = frozenset(
    "total totals all both t _t sum summe gesamt insgesamt ukupno sveukupno svega укупно вкупно totale totali gjithsej "
    "gjithesej σύνολο összesen toplam celkem".split()
) | {"all nationalities", "all countries", "all ages", "both sexes"}
WORDS = {  # of headings, folded; the beginning of a word is enough
    "nationality": "citizen nationalit origin nazion naciona paese drzavljan државјан shtetesi uyruk υπηκοοτητα",
    "place": "sector section segment border crossing point place location region country destination asylum geo "
    "district route admin pcode granic prelaz podruc",
    "count": "count value number total figure anzahl broj valore numri obs arrivals detections encounters cases "
    "persons people individuals apprehensions applicants",
    "as_of": "report publish asof stand updated retrieved bulletin extracted",
    "unit": "unit measure einheit jedinica",
}
MAIN = "irregular_crossings"
_ARRIVING = {"arriv", "detec", "encou", "appre", "landi", "cross", "sbarc"}
_SAY_NOTHING = {"cases", "numbe", "count", "total", "perso", "borde"}
COUNTED_IN = ("PER", "NR", "PERSON", "PERSONS", "NUMBER", "COUNT", "COUNTS", "CASES", "PERS")
_SURE = 0.9  # share of the cells from which a column is what it looks like
_DISTINCT = 3_000  # texts that are tried as dates: all of ten years' days are needed to see how far apart they are
_NAMES = 300  # texts that are tried as names


@dataclass(frozen=True)
class DateEvidence:
    """How a column's cells are dates."""

    form: Form
    order: Order
    share: float
    starts: pd.DatetimeIndex  # distinct, sorted
    letter: str  # period that the cells name by themselves
    sure: bool = True  # False: day and month could be the other way round


def speaks_of(column: SeenColumn, role: str) -> bool:
    """Whether a heading holds a word of a role."""
    words = [*(folded := fold(column.name).split()), "".join(folded)]
    return any(w.startswith(stem) for w in words for stem in WORDS[role].split())


def is_total(text: str) -> bool:
    """Whether a cell stands for the sum of others.

    >>> is_total("TOTAL"), is_total("Ukupno"), is_total("Total encounters"), is_total("Italy")
    (True, True, True, False)
    """
    words = plain_name(text)
    return (
        words in TOTALS or words.startswith(("total ", "total_", "grand total")) or words.endswith(("_total", " total"))
    )


def date_evidence(texts: Iterable[str], cells: pd.Series | None = None) -> DateEvidence | None:
    """How a column's texts are dates; None: they are none."""
    values = list(texts)[:_DISTINCT] if cells is None else list(cells.dropna().unique()[:_DISTINCT])
    if not values:
        return None
    tried: list[tuple[Form, Order]] = [("any", "ymd"), ("day", "ymd"), ("day", "dmy"), ("day", "mdy")]
    found = []
    for form, order in tried:
        few = values[:40]
        if sum(read_period(v, form, order=order) is not None for v in few) < 0.5 * len(few):
            continue
        read = [r for v in values if (r := read_period(v, form, order=order)) and 1950 <= r[0].year <= 2100]
        letters = {letter for _, letter in read}
        if read and len(letters) == 1:
            starts = pd.DatetimeIndex(sorted({start for start, _ in read}))
            found.append(DateEvidence(form, order, len(read) / len(values), starts, letters.pop()))
    best = max(found, key=lambda e: e.share, default=None)
    if best is None or best.share < _SURE:
        return None
    rivals = [e for e in found if e.order != "ymd" and e.share == best.share] if best.order != "ymd" else []
    if len(rivals) < 2:
        return best
    # 01/02/2024: the order in which every date begins a month, or all are equally far apart, is the likelier one
    regular = [e for e in rivals if (e.starts.day == 1).all() or len(set(e.starts.to_series().diff().dropna())) == 1]
    chosen = regular[0] if len(regular) == 1 else rivals[0]
    return DateEvidence(chosen.form, chosen.order, chosen.share, chosen.starts, chosen.letter, len(regular) == 1)


def place_share(column: SeenColumn, region: Region, kind: str) -> float:
    """Share of the filled cells that the region knows as places of a kind; sums of places count as known."""
    often = dict(list(column.often.items())[:_NAMES])
    known = sum(n for t, n in often.items() if place_id(region, kind, without_marks(t)) is not None)
    filled = sum(n for t, n in often.items() if not is_total(t))
    return known / filled if filled and known else 0.0


def nationality_share(column: SeenColumn) -> float:
    """Share of the filled cells that are nationalities or groups of them."""
    often = dict(list(column.often.items())[:_NAMES])
    known = sum(n for t, n in often.items() if nationality_code(t) is not None and not t.isdigit())
    return known / sum(often.values()) if often else 0.0


def indicator_named(headings: Sequence[str], texts: Sequence[str], region: Region) -> str | None:
    """The indicator of which words stand in the headings of figures, or else in other texts; None: it can't be told."""
    return _indicator_in(headings, region) or _indicator_in(texts, region)


def _indicator_in(texts: Sequence[str], region: Region) -> str | None:
    heard = {w[:5] for text in texts for w in fold(text).split() if len(w) > 3} - _SAY_NOTHING
    meant = {}
    for indicator in region.indicators.values():
        stems = {w[:5] for w in fold(f"{indicator.name} {indicator.id}").split() if len(w) > 3}
        meant[indicator.id] = len(stems & heard) / max(len(stems), 1)
    best = max(meant.values(), default=0)
    named = [i for i, share in meant.items() if share == best]
    if best > 0 and len(named) == 1:
        return named[0]
    return MAIN if best == 0 and heard & _ARRIVING and MAIN in region.indicators else None


def spacing(starts: pd.DatetimeIndex) -> tuple[str, str]:
    """Length of the periods that days stand for, and which of its days they are (`first`, `last`, `any`)."""
    if len(starts) < 2:
        return "D", "first"
    steps = set(starts.to_series().diff().dropna().dt.days)
    if (starts.day == 1).all() and min(steps) >= 28:
        months = starts.month
        if ((months - 1) % 3 == 0).all() and min(steps) >= 89:
            return ("Y", "first") if (months == 1).all() and min(steps) >= 365 else ("Q", "first")
        return "M", "first"
    if starts.is_month_end.all():
        return "M", "last"
    weekday = set(starts.dayofweek)
    if len(weekday) == 1 and all(step % 7 == 0 for step in steps):
        return ("W", "first") if weekday == {0} else ("W", "last") if weekday == {6} else ("W", "any")
    return "D", "first"


def looks_like_id(column: SeenColumn) -> bool:
    """Whether a column only numbers the rows."""
    words = fold(column.name).split()
    unique = len(column.often) == sum(column.often.values())
    named = bool({"id", "nr", "no", "code", "pcode", "index", "objectid"} & set(words)) or words[-1:] == ["id"]
    return unique and (named or bool(re.fullmatch(r"(?i)(row|line|index|fid|objectid|#)", column.name)))
