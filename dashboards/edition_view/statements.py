"""Sentences with the numbers they rest on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import pandas as pd

from dashboards.wording import formats as words

Form = Callable[..., str]
KEYS = {
    "deaths": ("unit",),
    "points": ("indicator", "unit"),
    "allocation": ("indicator", "unit"),
    "outlook": ("indicator", "unit", "span", "number", "model_id"),
}
ROW_KEYS = ("indicator", "unit", "horizon")  # of every other table of risk


@dataclass(frozen=True)
class Number:
    """One stated number: how it is shown, and where in the edition it stands."""

    shown: str
    table: str  # "risk", "scores", "backtest", "quality", "forecast"
    where: tuple[tuple[str, str | int], ...]
    columns: tuple[str, ...]
    form: Form | None  # made `shown` from the columns' values; None: it was made from a whole table

    def __str__(self) -> str:
        return self.shown

    @property
    def anchor(self) -> str:
        """The reference in one line, e.g. `risk[horizon=3, unit=segment:HUN-SRB-02].q50`."""
        keys = ", ".join(f"{k}={v}" for k, v in self.where)
        return f"{self.table}[{keys}].{'+'.join(self.columns)}"


@dataclass(frozen=True)
class Sentence:
    """A sentence or several, and the numbers they state."""

    text: str
    numbers: tuple[Number, ...] = ()

    def __add__(self, other: Self) -> Self:
        return type(self)(f"{self.text} {other.text}".strip(), self.numbers + other.numbers)


def say(template: str, **values: object) -> Sentence:
    """Fill a sentence's template, its first letter large; the numbers among the values become its references.

    >>> say("{n} segments", n=Number("3", "risk", (), ("unit",), None)).text
    '3 segments'
    """
    numbers = tuple(v for v in values.values() if isinstance(v, Number))
    nested = tuple(n for v in values.values() if isinstance(v, Sentence) for n in v.numbers)
    shown = {k: v.text if isinstance(v, Sentence) else str(v) for k, v in values.items()}
    text = template.format(**shown)
    return Sentence(text[:1].upper() + text[1:], numbers + nested)


def number_of(row: pd.Series, form: Form, *columns: str, table: str = "risk") -> Number:
    """A number of a row of one of the edition's tables, shown by a function of `dashboards.wording.formats`."""
    values = (float("nan") if words.missing(row[c]) else float(row[c]) for c in columns)
    where = tuple((k, row[k] if isinstance(row[k], str) else int(row[k])) for k in KEYS.get(table, ROW_KEYS))
    return Number(form(*values), table, where, columns, form)


def summary(shown: str, table: str, column: str, **where: str | int) -> Number:
    """A number made from a whole table (a count of rows, a mean); `column` says how."""
    return Number(shown, table, tuple(sorted(where.items())), (column,), None)
