"""Refuse files with person-level fields at the door: only aggregate figures enter, ever.

Column names are matched in the region's languages; the values of text columns are looked at for e-mail addresses,
telephone and document numbers. Messages name columns, never values.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from pipelines.observations.schema import PersonalDataError

_VALUE_PATTERNS = {
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "telephone numbers": re.compile(r"(\+|00)\d[\d /().-]{7,}\d"),
    "document numbers": re.compile(r"[A-Z]{1,3}[- ]?\d{6,9}"),
    "personal numbers": re.compile(r"\d{13}"),
}
_LOOKED_AT = 500  # values per column
_SUSPICIOUS_SHARE = 0.2


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
def _listed(section: str) -> frozenset[str]:
    """Names in one section of `person_fields.txt`, normalised."""
    text = Path(__file__).with_name("person_fields.txt").read_text(encoding="utf-8")
    body = text.split(f"[{section}]\n", 1)[1].split("[", 1)[0]
    return frozenset(normalised(line) for line in body.splitlines() if line.strip())


def personal_columns(columns: Iterable[object]) -> list[str]:
    """The columns whose names say that a row is about a person."""
    return [str(c) for c in columns if _is_personal(normalised(str(c)))]


def _is_personal(name: str) -> bool:
    return name in _listed("names") or bool(_listed("words").intersection(name.split("_")))


def personal_values(columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Columns whose values look like contact or document data, with what they look like."""
    found = {}
    for column, values in columns.items():
        looked_at = [v.strip() for v in values[:_LOOKED_AT] if isinstance(v, str) and v.strip()]
        for what, pattern in _VALUE_PATTERNS.items():
            hits = sum(bool(pattern.fullmatch(v)) for v in looked_at)
            if hits and hits >= _SUSPICIOUS_SHARE * len(looked_at):
                found[str(column)] = what
                break
    return found


def _called(column: str) -> str:
    """A column's name for a message; where the header is missing, the first row stands in its place."""
    return "a column without a name" if personal_values({"": [column]}) else f"'{column}'"


def require_no_persons(path: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Refuse a table with person-level fields.

    Args:
        path: The file, for the message.
        columns: Column name → its (first) values as text.

    Raises:
        PersonalDataError: names the columns and why, never a value.
    """
    named = personal_columns(columns)
    held = personal_values({c: values for c, values in columns.items() if c not in named})
    reasons = [f"'{c}' by its name" for c in named]
    reasons += [f"{_called(c)} holds what looks like {what}" for c, what in held.items()]
    if reasons:
        raise PersonalDataError(
            f"{path.name}: expected aggregate figures, got person-level fields: {'; '.join(reasons[:6])}. Nothing of "
            "the file was kept. Send counts per place, period and group only."
        )
