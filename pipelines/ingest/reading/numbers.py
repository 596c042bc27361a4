"""The one reader of numbers: how a column's figures are written is decided over the whole column, then all are read.

`1 234`, `1'234`, `1.234.567` and `12,5` say themselves what they mean. `1.020` alone may be a thousand and twenty or
one and a bit: a column that never says which is asked about as a whole, so that what is lost never depends on a
figure's size.
"""

import re
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pandas as pd

from pipelines.observations.schema import DataRefusedError, NumberForm

MARKS = (".", ",")
NO_THOUSANDS: NumberForm = {"thousands": ""}  # what is stated of degrees
_BLANKS = " \u00a0\u202f\u2009\u2007"  # as written, no-break, narrow no-break, thin, as wide as a figure
_SIGN = r"(?P<sign>[-+\u2212]?)[ \u00a0]?"
# blanks and apostrophes as thousands, at most one dot or comma
_ONE_MARK = re.compile(
    _SIGN + rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<blank>[{_BLANKS}'\u2019])[0-9]{{3}}(?:(?P=blank)[0-9]{{3}})*|[0-9]*)"
    r"(?:(?P<mark>[.,])(?P<rest>[0-9]+))?(?:[eE](?P<exponent>[-+]?[0-9]{1,2}))?"
)
# dots or commas as thousands, and the other one as decimal mark
_GROUPS = re.compile(
    _SIGN + r"(?P<whole>[1-9][0-9]{0,2}(?P<group>[.,])[0-9]{3}(?:(?P=group)[0-9]{3})*)"
    r"(?:(?P<mark>(?!(?P=group))[.,])(?P<rest>[0-9]+))?"
)
_NOT_A_DIGIT = re.compile(r"[^0-9]")


class AmbiguousNumbersError(DataRefusedError):
    """A column does not say whether a mark stands for thousands or decimals; the message says what to state."""


@dataclass(frozen=True)
class _Written:
    """One figure as it is written."""

    value: float  # with the mark as decimal mark
    grouped: float  # with the mark as thousands; NaN where it can't be
    thousands: str  # the mark that stands for thousands, or "" for none, or either for a figure such as `1.020`
    decimal: str  # the mark that stands for decimals

    @property
    def either(self) -> bool:
        """Whether its mark may mean the one or the other."""
        return self.thousands != "" and self.thousands == self.decimal


@dataclass(frozen=True)
class NumberEvidence:
    """What (a piece of) a column says of how its figures are written: an example for each thing that it shows.

    Pieces of one column add up: `a + b`, in any order.
    """

    thousands: dict[str, str] = field(default_factory=dict)  # mark → a figure that can't mean anything else
    decimal: dict[str, str] = field(default_factory=dict)
    either: dict[str, str] = field(default_factory=dict)

    def __add__(self, other: "NumberEvidence") -> "NumberEvidence":
        """What two pieces say together; of several examples the least stays, whichever piece came first."""
        return NumberEvidence(
            _least(self.thousands, other.thousands),
            _least(self.decimal, other.decimal),
            _least(self.either, other.either),
        )

    def rule(
        self,
        *,
        thousands: str | None = None,
        decimal: str | None = None,
        usual: str | None = None,
        where: str = "numbers",
        advice: str | None = None,
    ) -> "NumberRule":
        """How the column's figures are read; arguments as for `number_rule`."""
        if thousands is not None or decimal is not None:
            return self._stated(thousands, decimal, where=where)
        marks = {**self.thousands, **{_other(m): f for m, f in self.decimal.items()}}  # the mark that is for thousands
        if len(marks) > 1:
            shown = " and ".join(f"'{figure}'" for figure in marks.values())
            raise AmbiguousNumbersError(
                f"{where}: expected one way of writing numbers, got {shown}. "
                + (advice or "Say which one holds (figures of the other are refused then): " + _how_to_say("."))
            )
        if marks:
            mark = next(iter(marks))
            return NumberRule(mark, _other(mark))
        if not self.either:
            return NumberRule(None, ".")
        if usual is not None and set(self.either) == {usual}:
            return NumberRule(usual, _other(usual))
        mark, figure = min(self.either.items())
        raise AmbiguousNumbersError(
            f"{where}: expected figures that tell thousands from decimals, got '{figure}', which may be "
            f"{figure.replace(mark, '')} or {figure.replace(mark, '.')}0, and no figure that says which. "
            + (advice or "Say it: " + _how_to_say(mark))
        )

    def _stated(self, thousands: str | None, decimal: str | None, *, where: str) -> "NumberRule":
        if thousands == decimal or (decimal is not None and decimal not in MARKS):
            raise DataRefusedError(
                f"{where}: expected two different marks for thousands and decimals, decimals with '.' or ',', got "
                f"thousands '{thousands}' and decimal '{decimal}'. State one of them only."
            )
        group = _other(decimal) if thousands is None and decimal is not None else thousands
        if group in MARKS:
            return NumberRule(group, decimal or _other(group))
        # no dot or comma stands for thousands: whichever there is, is the decimal mark
        marks = [decimal] if decimal else sorted({*self.decimal, *self.either})
        if len(marks) > 1:
            shown = " and ".join(f"'{({**self.decimal, **self.either})[m]}'" for m in marks)
            raise AmbiguousNumbersError(
                f"{where}: expected one decimal mark, got {shown}. Write all of them with a dot."
            )
        return NumberRule(None, marks[0] if marks else ".")


@dataclass(frozen=True)
class NumberRule:
    """How the figures of a column are read; blanks and apostrophes between thousands are understood besides."""

    thousands: str | None  # "." or ",", None: neither of them
    decimal: str

    def read(self, cells: pd.Series) -> pd.Series:
        """The numbers; NaN where a cell is empty or no number as this column writes them."""
        if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
            return cells.astype(float)
        known = {cell: self._number(cell) for cell in cells.dropna().unique()}
        return cells.map(known).astype(float)

    def _number(self, cell: object) -> float:
        if is_number(cell):
            return float(cell)  # type: ignore[arg-type]
        written = _written(cell)
        if written is None:
            return np.nan
        if written.either:
            return {self.decimal: written.value, self.thousands: written.grouped}.get(written.decimal, np.nan)
        if written.thousands not in ("", self.thousands) or written.decimal not in ("", self.decimal):
            return np.nan
        return written.grouped if written.thousands else written.value


def number_rule(
    cells: pd.Series,
    *,
    thousands: str | None = None,
    decimal: str | None = None,
    usual: str | None = None,
    where: str = "numbers",
    advice: str | None = None,
) -> NumberRule:
    """How the figures of a column are read, decided over all of it.

    Args:
        cells: The column: texts as they stand in the file, or numbers, which say nothing of it.
        thousands: The mark that is known to stand for thousands: `.`, `,`, or another one ("" for none), which leaves
            dots and commas to decimals. What is stated holds against what the figures show.
        decimal: The mark that is known to stand for decimals: `.` or `,`.
        usual: The mark that the provider usually writes for thousands: holds where the figures allow for both and no
            other mark is among them.
        where: File and column, for messages.
        advice: What to do where the column does not say it, if no option helps.

    Raises:
        AmbiguousNumbersError: the column does not say which mark stands for what, or says both.

    >>> number_rule(pd.Series(["1.020", "12,5"])).read(pd.Series(["1.020", "12,5", "1 234", "40 %"])).tolist()
    [1020.0, 12.5, 1234.0, nan]
    """
    return evidence_of(cells).rule(thousands=thousands, decimal=decimal, usual=usual, where=where, advice=advice)


def evidence_of(cells: pd.Series) -> NumberEvidence:
    """What a column, or a piece of one, says of how its figures are written."""
    if pd.api.types.is_numeric_dtype(cells):
        return NumberEvidence()
    texts = (str(cell).strip() for cell in cells.dropna().unique() if not is_number(cell))
    return reduce(NumberEvidence.__add__, (_shown_by(t) for t in texts if "." in t or "," in t), NumberEvidence())


def _shown_by(text: str) -> NumberEvidence:
    written = _written(text)
    if written is None:
        return NumberEvidence()
    if written.either:
        return NumberEvidence(either={written.decimal: text})
    shown = (({mark: text} if mark else {}) for mark in (written.thousands, written.decimal))
    return NumberEvidence(*shown)


def _written(cell: object) -> _Written | None:
    """A cell's text as a figure, None where it is none."""
    text = str(cell).strip()
    match = _ONE_MARK.fullmatch(text)
    if match and (match["whole"] or match["rest"]):
        whole, mark, rest = _NOT_A_DIGIT.sub("", match["whole"]), match["mark"] or "", match["rest"] or ""
        sign, exponent = _sign(match), f"e{match['exponent']}" if match["exponent"] else ""
        either = bool(mark) and len(rest) == 3 and not (match["blank"] or exponent) and _leads(whole)
        value = sign * float(f"{whole or '0'}.{rest or '0'}{exponent}")
        return _Written(value, sign * float(whole + rest) if either else np.nan, mark if either else "", mark)
    match = _GROUPS.fullmatch(text)
    if match is None:
        return None
    number = _sign(match) * float(f"{_NOT_A_DIGIT.sub('', match['whole'])}.{match['rest'] or '0'}")
    return _Written(np.nan, number, match["group"], match["mark"] or "")


def _leads(whole: str) -> bool:
    """Whether digits may stand before a mark of thousands."""
    return 1 <= len(whole) <= 3 and whole[0] != "0"


def _sign(match: re.Match[str]) -> int:
    return 1 if match["sign"] in ("", "+") else -1


def is_number(cell: object) -> bool:
    """Whether a cell is a number already, and no text."""
    return isinstance(cell, (int, float, np.number)) and not isinstance(cell, (bool, np.bool_))


def _other(mark: str) -> str:
    return "," if mark == "." else "."


def _least(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {mark: min(d[mark] for d in (one, other) if mark in d) for mark in sorted({*one, *other})}


def _how_to_say(mark: str) -> str:
    """What to state, in both forms; the example is of thousands first."""
    return (
        f"'--thousands {mark}' or '--decimal {mark}' with 'routecast ingest'; 'thousands: \"{mark}\"' or "
        f"'decimal: \"{mark}\"' in the table's mapping, or in FILE.map.yaml beside the file."
    )
