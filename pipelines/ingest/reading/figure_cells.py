"""Cells of a mapped table that hold figures: numbers, bounds (`<5`), flags (`123 p`), and what stands for no figure."""

import re

import numpy as np
import pandas as pd

from pipelines.ingest.reading.headings import cell_text
from pipelines.ingest.reading.mapping import Layout
from pipelines.ingest.reading.numbers import is_number, number_rule

_BOUND = re.compile(r"(<|<=|≤|&lt;)\s*(\d{1,9})")
_FOOTNOTE = re.compile(r"(?<=[\d.,%>])\s*(?:[*^†‡]+|[¹²³⁴⁵⁶⁷⁸⁹]+|\[\w{1,2}\]|\(\d{1,2}\))$")


def read_figures(cells: pd.Series, layout: Layout, *, where: str = "numbers") -> pd.DataFrame:
    """Counts of a column of cells.

    Args:
        cells: As they stand in the file.
        layout: Says thousands, decimals, unit, flags and what stands for no figure.
        where: File and sheet, for messages.

    Returns:
        Columns `count`, `count_upper`, `missing_reason`, `status` (None: the cell says none), and `wrong`: whether the
        cell is no figure.

    Raises:
        AmbiguousNumbersError: the cells don't say whether `1.234` are thousands, and the layout does not either.
    """
    text = cells.map(cell_text)
    marked = text.map(lambda t: _without_flags(t, layout))
    text, flag = marked.map(lambda m: m[0]), marked.map(lambda m: m[1])
    text = text.str.replace(_FOOTNOTE, "", regex=True)
    lower = text.str.casefold()
    silent, hidden = (lower.isin([w.casefold() for w in words]) for words in (layout.not_reported, layout.suppressed))
    nought = lower.isin([w.casefold() for w in layout.zero])
    hidden |= flag == "suppressed"
    silent &= ~nought & ~hidden
    upper = text.map(_upper)
    plain = text.where(~cells.map(is_number), cells).where(~(silent | hidden | nought | upper.notna()), "")
    rule = number_rule(plain, thousands=layout.thousands, decimal=layout.decimal, where=where)
    count = np.round(rule.read(plain) * layout.multiply, 6).mask(nought, 0.0)
    reasons = pd.Series(None, index=cells.index, dtype=object)
    reasons[silent] = "not_reported"
    reasons[hidden | upper.notna()] = "suppressed"
    return pd.DataFrame(
        {
            "count": count,
            "count_upper": (upper * layout.multiply).where(upper.notna()),
            "missing_reason": reasons,
            "status": flag.where(flag.isin(["final", "preliminary", "estimated"]), None),
            "wrong": count.isna() & reasons.isna(),
        }
    )


def _without_flags(text: str, layout: Layout) -> tuple[str, str]:
    """A cell without its flags, and what the gravest of them means."""
    match = re.fullmatch(r"(.*?)[ ]?([A-Za-z]{1,3})", text) if layout.flags and text[:1] not in ("n", "N") else None
    if not match or not set(match[2]) <= set(layout.flags) or not re.fullmatch(r"[\d.,\s:<–-]*", match[1]):
        return text, ""
    meanings = [layout.flags[letter] for letter in match[2]]
    return match[1].strip(), next((m for m in ("suppressed", "estimated", "preliminary") if m in meanings), "")


def _upper(text: str) -> float:
    """The highest count that a bound such as `<5` leaves open."""
    match = _BOUND.fullmatch(text)
    if not match:
        return np.nan
    return float(match[2]) - (1 if match[1] in ("<", "&lt;") else 0)
