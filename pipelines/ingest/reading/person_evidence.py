"""Does a table speak of persons? Headings, values and the shape of all its rows are weighed; one word is no evidence.

What is not found here is not kept either: only declared columns are read (`tables.py`). So this refuses on strong
evidence, and says of which files the evidence is so strong that no copy may stay.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from pipelines.ingest.reading.personal_data import (
    NOT_SHOWN,
    heading_for_message,
    is_harmless,
    normalised,
    person_fields,
)
from pipelines.observations.schema import PersonalDataError

REFUSE, DELETE = 2, 3  # weights of evidence
_HEADER_ROWS = 25
_LONGEST_HEADING = 60
_SURE = {  # what a value looks like, where hardly anything else looks so
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "telephone numbers": re.compile(r"(\+|00)\d[\d /().-]{7,}\d"),
    "personal numbers": re.compile(r"(?!20\d\d[01]\d)(?!1[5-9]\d{11}$)\d{11,13}"),
    "account numbers": re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7} ?[A-Z0-9]{0,3}"),
}
_DOUBTFUL = {
    "document numbers": re.compile(r"[A-Z]{1,3}[- ]?\d{6,9}|\d{8,9}[A-Z]"),
    "dates of birth": re.compile(
        r".*\b(?:19[3-9]\d|200\d)[-./](?:0?[1-9]|1[0-2])[-./]\d{1,2}\b.*|.*\b\d{1,2}[-./]\d{1,2}[-./](?:19[3-9]\d|200\d)\b.*"
    ),
    "names": re.compile(r"[^\W\d_][^\W\d_'’-]+(?:[ -][^\W\d_][^\W\d_'’-]+){1,3}"),
}
_CODES = re.compile(r"(?i)p_?codes?|codes?|adm\w*|iso\w*|nuts\w*|bcp\w*|geo\w*|id|uuid|unit")
_AMOUNTS = re.compile(
    r"amounts?|budgets?|costs?|prices?|gdp|turnover|revenues?|remittances|eur|usd|euros?|dollars?|iznos|износ|shuma|betrag|"
    r"montant|importo|importe|tutar|osszeg|suma|сума|ποσο"
)
_COUNTS = re.compile(
    r"(?i)counts?|n|no|number|persons?|people|total|value|obs_value|detections?|broj|numri|zahl|anzahl"
)
_FREE_TEXT = frozenset(
    "ref reference no number id note notes comment comments remark remarks details description".split()
)
_KEYS = re.compile(r"""["'](\w[\w .-]{1,40})["']\s*:""")
_NUMBER = re.compile(r"[-+]?\d{1,5}(?:[.,]\d+)?|[-+]?\d{1,3}(?:[ .,']\d{3})+|<\s*\d+")
_FEW = 3  # cells that make evidence in a column of any length
_SHARE = 0.2
_VARIED = 0.5  # share of different values from which a column tells rows apart
_LINES = 8  # rows of one person each that make a list


@dataclass(frozen=True)
class PersonEvidence:
    """What of a table speaks of persons, as phrases without values, and how much that weighs."""

    reasons: tuple[str, ...]
    weight: int


def is_person_field(heading: str) -> bool:
    """Whether a heading says by itself that a row is about a person."""
    name = normalised(heading)
    return name in person_fields()["names"] or bool(person_fields()["words"].intersection(name.split("_")))


def require_no_persons(path: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Refuse a table with person-level fields, given its columns (no values: the headings decide).

    Raises:
        PersonalDataError: names what speaks of persons, never a value.
    """
    weigh(path, evidence_of([list(columns), *zip_longest(*columns.values(), fillvalue="")], fewest=1))


def weigh(path: Path, evidence: PersonEvidence) -> None:
    """Refuse a file on strong evidence.

    Raises:
        PersonalDataError: `sure` where no copy of it may stay.
    """
    if evidence.weight >= REFUSE:
        error = PersonalDataError(
            f"{path.name}: expected aggregate figures, got person-level fields: {'; '.join(evidence.reasons[:6])}. "
            "Nothing of the file was kept. Send counts per place, period and group only."
        )
        error.sure = evidence.weight >= DELETE
        raise error


def evidence_of(rows: Sequence[Sequence[str]], *, fewest: int = 2) -> PersonEvidence:
    """What speaks of persons in a table of text cells, whichever of its first rows the header is.

    Args:
        rows: The cells.
        fewest: How many different values must look alike at least; a table may tell whom to ask in one cell.
    """
    columns = [[str(v).strip() for v in c] for c in zip_longest(*rows, fillvalue="")]
    first = range(min(_HEADER_ROWS, len(rows)))
    headed: dict[object, tuple[str, int]] = max((_headings(columns, row) for row in first), key=_total, default={})
    fields: dict[object, tuple[str, int]] = {**{h: (h, worth) for h, worth in _form_fields(rows).items()}, **headed}
    reasons = [f"{heading_for_message(heading)} by its name" for heading, _ in fields.values()]
    worths = [worth for _, worth in fields.values()]
    doubtful = {"names"} if 1 in worths else set()
    for i, column in enumerate(columns):
        what, worth = ("", 0) if headed.get(i, ("", 0))[1] > 1 else _values(column, fewest)
        if not worth or (worth == 1 and what in doubtful):
            continue
        doubtful.add(what)
        worths.append(worth)
        called = heading_for_message(next((c for c in column[:_HEADER_ROWS] if c), ""))
        reasons.append(f"{'a column' if called == NOT_SHOWN else called} holds what looks like {what}")
    if sum(worths) < DELETE and _is_line_list(columns):
        reasons.append("a count of 1 in row after row, with what tells the rows apart beside it")
        worths.append(REFUSE)
    return PersonEvidence(tuple(reasons), sum(worths))


def _total(headed: dict[object, tuple[str, int]]) -> int:
    return sum(worth for _, worth in headed.values())


def _headings(columns: list[list[str]], row: int) -> dict[object, tuple[str, int]]:
    """Column → its heading and how much that weighs, if a row is the header; with counts below it is no field."""
    found: dict[object, tuple[str, int]] = {}
    doubtful = False
    for i, column in enumerate(columns):
        heading = column[row]
        if column.count(heading) > max(2, 0.1 * len(column)):
            continue  # a value: a header that each page repeats stands there less often
        sure = 0 < len(heading) <= _LONGEST_HEADING and is_person_field(heading)
        if not sure and normalised(heading[:_LONGEST_HEADING]) not in person_fields()["doubtful"]:
            continue  # decided first: what stands below is long
        below = [v for v in column[row + 1 :] if v]
        if len(heading) > _LONGEST_HEADING or (below and _share(below, _NUMBER) > 0.5):
            continue
        if sure:
            alike = len(set(below)) < max(2, _VARIED * len(below))
            found[i] = heading, 2 if not below or alike else 3
        elif not doubtful and below:
            found[i], doubtful = (heading, 1), True
    return found


def _form_fields(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Fields of a form: headings that stand under each other with a text beside each."""
    filled = [[str(c).strip() for c in row if str(c).strip()] for row in rows[: 4 * _HEADER_ROWS]]
    beside = [row[0].rstrip(":") for row in filled if len(row) == 2 and not _NUMBER.fullmatch(row[1])]
    fields = {h: 2 for h in beside if is_person_field(h)}
    return fields if len(fields) > 1 else {}


def _share(values: list[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.fullmatch(v)) for v in values) / len(values)


def _values(column: list[str], fewest: int) -> tuple[str, int]:
    """What a column's values look like, and how much that weighs; the same value again and again is nobody's."""
    values = Counter(v for v in column if len(v) > 5)
    every = sum(values.values())
    keys = {normalised(k) for v in values if v[:1] in "{[" for k in _KEYS.findall(v)}
    if len([k for k in keys if is_person_field(k)]) > 1:
        return "records of persons", 3
    for what, pattern in {**_SURE, **_DOUBTFUL}.items():
        hits = {v: n for v, n in values.items() if pattern.fullmatch(v)}
        told = sum(hits.values())
        few = len(hits) < fewest or (len(hits) < _FEW and told < _SHARE * every)
        if few or len(hits) < _VARIED * told:
            continue
        if what == "personal numbers" and (_are_amounts(column) or int(max(hits)) - int(min(hits)) < 10 * len(hits)):
            continue  # or numbered one after the other
        if what in _SURE:
            return what, DELETE
        if len(hits) >= _SHARE * every and not _is_told_otherwise(what, column, hits):
            return what, 1
    return "", 0


def _are_amounts(column: list[str]) -> bool:
    """Whether a heading says that a column's numbers are money or the like."""
    headings = [c for c in column[:_HEADER_ROWS] if c and not _NUMBER.fullmatch(c) and not c.isdigit()]
    return any(_AMOUNTS.fullmatch(w) for h in headings[:2] for w in normalised(h).split("_"))


def _is_told_otherwise(what: str, column: list[str], hits: Iterable[str]) -> bool:
    """Codes of places look like documents, places' names like people's, and days are mostly days of events."""
    headings = [c for c in column[:_HEADER_ROWS] if c and c not in hits]
    words = [w for h in headings[:2] for w in normalised(h).split("_")]
    if what == "document numbers":
        return any(_CODES.fullmatch(w) for w in words)
    if what == "names":
        return any(is_harmless(h) for h in headings[:2])
    moments = [tuple(map(int, parts if len(parts[0]) == 4 else parts[::-1])) for parts in _dates_of(column)]
    if moments == sorted(moments) or moments == sorted(moments, reverse=True):
        return True  # the days of a time series
    years = {int(y) for v in hits for y in re.findall(r"\b(?:19[3-9]\d|200\d)\b", v)}
    return len(years) < _FEW or max(years) - min(years) < 10


def _dates_of(column: list[str]) -> Iterator[list[str]]:
    """The parts of the column's dates, in its order."""
    return (parts for v in column if len(parts := re.findall(r"\d+", v)) == 3 and len(v) <= 10)


def _is_line_list(columns: list[list[str]]) -> bool:
    """Whether rows stand for one person each: every count is 1, and a text tells most rows apart."""
    for column in columns:
        heading = next((n for n, c in enumerate(column[:_HEADER_ROWS]) if _COUNTS.fullmatch(c.replace(" ", "_"))), None)
        if heading is None:
            continue
        counts = [v for v in column[heading + 1 :] if v]
        if len(counts) < _LINES or counts.count("1") < 0.95 * len(counts):
            continue
        beside = [c for c in columns if c is not column and c[heading]]
        others = [c for c in beside if not is_harmless(c[heading]) or normalised(c[heading]) in _FREE_TEXT]
        apart = [c for c in others if len(set(c[heading + 1 :])) >= 0.8 * len(counts) and _share(c, _NUMBER) < 0.5]
        if apart:
            return True
    return False
