"""Sentences with the numbers they rest on."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Number:
    """One stated number: how it is shown, and where in the edition it stands.

    `form` names the function of `dashboards.wording.formats` that made `shown` from the columns' values.
    """

    shown: str
    table: str  # "risk", "scores", "backtest", "quality", "forecast"
    where: tuple[tuple[str, str | int], ...]
    columns: tuple[str, ...]
    form: str

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

    >>> say("{n} segments", n=Number("3", "risk", (), ("unit",), "count")).text
    '3 segments'
    """
    numbers = tuple(v for v in values.values() if isinstance(v, Number))
    nested = tuple(n for v in values.values() if isinstance(v, Sentence) for n in v.numbers)
    shown = {k: v.text if isinstance(v, Sentence) else str(v) for k, v in values.items()}
    text = template.format(**shown)
    return Sentence(text[:1].upper() + text[1:], numbers + nested)
