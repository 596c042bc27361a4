"""What of a file may stand in a message, a log or the store's tables: never what could be a person's.

Headings, names of sheets and files, and values that nobody knows are shown only where their form makes them harmless.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pycountry
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipelines.observations.schema import DataRefusedError

# a month, quarter or week as a heading: no day, which could be a date of birth
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_PERIOD = re.compile(rf"(?:(?:{_MONTHS})[- ]?(?:20)?\d\d|20\d\d[- _/]?[MQTW]?\d{{1,2}})\*?", re.IGNORECASE)
_SLIPS = ((12, 2), (8, 1))  # letters of a known name, and how many of them a slip may change
_OURS = ("pipelines", "geo", "forecasting", "records", "dashboards", "routecast")
NOT_SHOWN = "a column whose heading is not shown"


def normalised(column: str) -> str:
    """A column's name in lower case, without accents, words joined by underscores.

    >>> normalised("Datum Rođenja"), normalised("firstName"), normalised("E-mail")
    ('datum_rodenja', 'first_name', 'e_mail')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(column))
    plain = unicodedata.normalize("NFKD", spaced.replace("đ", "d").replace("Đ", "D"))
    text = "".join(c for c in plain if not unicodedata.combining(c) or c == "\u0306").casefold()
    return "_".join(re.findall(r"\w+", text.replace("_", " ")))


@cache
def _heading_words() -> frozenset[str]:
    lines = Path(__file__).with_name("heading_words.txt").read_text(encoding="utf-8").splitlines()
    words = (normalised(word) for line in lines if not line.startswith("#") for word in line.split())
    return frozenset(words)


@cache
def _person_fields() -> frozenset[str]:
    """Headings of fields about persons: the field's name tells nothing of the person."""
    return frozenset(field for fields in person_fields().values() for field in fields)


@cache
def person_fields() -> dict[str, frozenset[str]]:
    """The sections of `person_fields.txt`, normalised."""
    text = Path(__file__).with_name("person_fields.txt").read_text(encoding="utf-8")
    sections = (section.split("]\n", 1) for section in text.split("\n[")[1:])
    return {name: frozenset(normalised(word) for word in body.split()) for name, body in sections}


@cache
def _place_words() -> frozenset[str]:
    """Words of countries' names, and their codes: in the name of a file they are no person's."""
    names = frozenset(word for c in pycountry.countries for word in normalised(c.name).split("_"))
    return names | {c.alpha_3.lower() for c in pycountry.countries} | {"xkx"}


def is_harmless(text: str) -> bool:
    """Whether a text consists of words that tables of figures are described with, so that it can't be about a person.

    >>> [is_harmless(t) for t in ("Border type", "demographic", "JAN2009", "adm1_pcode", "Amir", "1990-05-12")]
    [True, True, True, True, False, False]
    """
    if _PERIOD.fullmatch(text.strip()) or normalised(text) in _person_fields():
        return True
    words = [re.sub(r"(?<=\D)\d{1,2}$", "", w) for w in normalised(text).split("_")]
    plain = [w for w in words if not re.fullmatch(r"\d{1,2}|20\d\d", w)]
    return bool(plain) and _heading_words().issuperset(plain)


def heading_for_message(heading: object) -> str:
    """A heading as a message may name it: in quotes where it is harmless by its form, else without its text.

    >>> heading_for_message("demographic"), heading_for_message("Amir Hosseini")
    ("'demographic'", 'a column whose heading is not shown')
    """
    text = " ".join(str(heading).split())
    return f"'{text}'" if is_harmless(text) else NOT_SHOWN


def headings_for_message(headings: Iterable[object], *, at_most: int = 12) -> str:
    """Several headings for a message: those that may be named, and how many may not.

    >>> headings_for_message(["month", "Amir Hosseini", "count", "K. M."])
    "'month', 'count' and 2 headings that are not shown"
    """
    all_of_them = [" ".join(str(h).split()) for h in headings]
    named = [f"'{h}'" for h in all_of_them if is_harmless(h)]
    others = len(all_of_them) - len(named)
    hidden = [f"{others} heading{'s that are' if others > 1 else ' that is'} not shown"] if others else []
    more = [f"{len(named) - at_most} more"] if len(named) > at_most else []
    return " and ".join([", ".join(named[:at_most]), *more, *hidden] if named else hidden) or "none"


def sheet_for_message(name: str) -> str:
    """A sheet's name in quotes where it is harmless, else a dash."""
    return f"'{name}'" if is_harmless(name) else "(its name is not shown)"


def file_for_message(name: str) -> str:
    """A file's name without the words in it that could be a person's.

    >>> file_for_message("monthly_detections_2025-05.xlsx"), file_for_message("Hosseini_P01234567_list.csv")
    ('monthly_detections_2025-05.xlsx', '…_…_list.csv')
    """
    return re.sub(r"[^\W_]+", lambda word: word[0] if _may_be_in_a_name(word[0]) else "…", name)


def _may_be_in_a_name(word: str) -> bool:
    if word.isdigit():
        return len(word) <= 3 or re.fullmatch(r"20\d\d|20\d\d(0\d|1[0-2])([0-3]\d)?", word) is not None
    letters = re.sub(r"\d{1,4}$", "", word)
    known = _heading_words() | _place_words()
    return len(letters) <= 2 or known.issuperset(normalised(letters).split("_"))


def unread_columns(headings: Iterable[object]) -> tuple[str, ...]:
    """Columns that were not read, as phrases for `Reading.unread`.

    >>> unread_columns(["demographic", "", "Amir Hosseini"])
    ("column 'demographic'", '2 columns whose headings are not shown')
    """
    told = [heading_for_message(h) for h in headings]
    named = [f"column {h}" for h in told if h.startswith("'")]
    hidden = len(told) - len(named)
    many = f"{hidden} columns whose headings are not shown" if hidden > 1 else NOT_SHOWN
    return (*named, *([many] if hidden else []))


def masked(value: object, known: Iterable[str] = ()) -> str:
    """A value of a file as a message or a quarantine row may hold it: as it stands only where it can't be a person's.

    Args:
        value: As it stands in the file.
        known: Names that could have been meant: a long one with a slip in it is shown.

    Returns:
        The value in quotes, or its first letters and its length.

    >>> masked("Afganistan (all)", ["Afghanistan"]), masked("Afgjanistan", ["Afghanistan"])
    ("'Af… (16 characters)'", "'Afgjanistan'")
    >>> masked("Amir", ["Asir"]), masked("Total", ()), masked("P01234567", ())
    ("'A… (4 characters)'", "'Total'", "'P… (9 characters)'")
    """
    text = " ".join(str(value).split())
    if is_harmless(text) or _is_slip(text, known):
        return f"'{text}'"
    letters = re.match(r"[^\W\d_]*", text)
    shown = letters[0][: min(2, len(text) // 4)] if letters else ""
    return f"'{shown}… ({len(text)} character{'s' * (len(text) != 1)})'"


def _is_slip(text: str, known: Iterable[str]) -> bool:
    """Whether a text is a known name with a letter or two wrong: a short name would be near to people's names."""
    if sum(c.isdigit() for c in text) > 4:  # a document's number is near to another's
        return False
    folded = normalised(text)
    names = [(normalised(name), edits) for name in known for length, edits in _SLIPS if len(name) >= length]
    near = process.extractOne(folded, [n for n, _ in names], scorer=OSA.distance, score_cutoff=_SLIPS[0][1])
    return near is not None and near[1] <= max(edits for n, edits in names if n == near[0])


class DoorFaultError(Exception):
    """Our own fault at a file, told without the error's text, which may quote a value of the file. Exit code 1."""


@contextmanager
def nothing_quoted(paths: Sequence[Path]) -> Iterator[None]:
    """While files are taken: names of files that could be a person's, and texts of others' errors, reach no message.

    Raises:
        DoorFaultError: in place of an error that is none of ours, whose text may quote the file.
    """
    try:
        yield
    except DataRefusedError as error:
        error.args = tuple(_without_names(str(a), paths) for a in error.args)
        error.lines = tuple(_without_names(line, paths) for line in error.lines)
        raise error from None  # what it came from may quote the file, too: `--debug` would print it
    except OSError:
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] in _OURS:
            raise
        names = ", ".join(file_for_message(p.name) for p in paths[:3])
        text = f"{names}: Routecast failed on it ({type(error).__name__}). Please report that."
        raise DoorFaultError(text).with_traceback(error.__traceback__) from None


def _without_names(text: str, paths: Sequence[Path]) -> str:
    for path in paths:
        text = text.replace(path.name, file_for_message(path.name))
    return text
