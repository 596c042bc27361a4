"""Tables of the briefing: a column is one definition, and one builder makes every row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Form, Number, number_of
from dashboards.wording import formats as words
from dashboards.wording.bands import Band

BOLD = 1.3  # a head's letter against one of a cell


@dataclass(frozen=True)
class TableCell:
    """A table's cell; `band_id` colours it."""

    text: str
    band_id: str | None = None
    numbers: tuple[Number, ...] = ()


Shown = str | Number | Band | TableCell  # what a cell can be made of


@dataclass(frozen=True)
class Column:
    """A column: what stands above it, and the form that makes a cell of the facts and a row.

    `{steps}` and `{period}` in the head are filled in; a width is a share of the page's, 0 is as wide as the contents;
    `help` is what a pointer on the head shows.
    """

    head: str
    form: Callable[[Facts, Any], Shown]
    right: bool = False
    width: float = 0
    help: str = ""


@dataclass(frozen=True)
class Table:
    """A table with one row of heads."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[TableCell, ...], ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """What stands above the columns."""
        return tuple(c.head for c in self.columns)

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the width of each column, summing to 1, where contents can't decide it (Word, slides)."""
        wide = [_wide(column, [row[i].text for row in self.rows]) for i, column in enumerate(self.columns)]
        return tuple(share / sum(wide) for share in wide)


def _wide(column: Column, texts: list[str]) -> float:
    """A column's stated width, but wide enough for its longest word; for its longest text where none is stated."""
    heads = (BOLD * len(word) for word in column.head.split())
    cells = (word for text in texts for word in text.split()) if column.width else texts
    longest = max((*heads, *map(len, cells)), default=1)
    return max(column.width, 0.35 + 0.19 * longest)


def table_of(facts: Facts, caption: str, columns: Sequence[Column], rows: pd.DataFrame | Iterable[Any]) -> Table:
    """A table of these columns, one line for each row."""
    if isinstance(rows, pd.DataFrame):
        rows = [row for _, row in rows.iterrows()]
    heads = (c.head.replace("{steps}", facts.steps).replace("{period}", facts.lead_period()) for c in columns)
    named = tuple(replace(c, head=head) for c, head in zip(columns, heads, strict=True))
    return Table(caption, named, tuple(tuple(_cell(c.form(facts, row)) for c in columns) for row in rows))


def _cell(shown: Shown) -> TableCell:
    if isinstance(shown, Number):
        return TableCell(shown.shown, numbers=(shown,))
    if isinstance(shown, Band):
        return TableCell(shown.word, shown.id)
    return TableCell(shown) if isinstance(shown, str) else shown


def numbers(form: Form, *names: str, table: str = "risk") -> Callable[[Facts, pd.Series], Number]:
    """The form of a column that states what these columns of a table of risk hold."""
    return lambda _, row: number_of(row, form, *names, table=table)


def range_cell(_: Facts, row: pd.Series) -> TableCell:
    """The 80 % range of a row of the risk table, whose head says what it is; the reference says it again."""
    return TableCell(words.ends(row["q10"], row["q90"]), numbers=(number_of(row, words.interval, "q10", "q90"),))


def place_columns(place: float = 2.4, direction: float = 3) -> tuple[Column, Column]:
    """Where a row is, the first columns of most tables."""
    return Column("Place", Facts.title, width=place), Column("Direction", direction_or_dash, width=direction)


def direction_or_dash(facts: Facts, row: pd.Series) -> str:
    """A unit's direction; a dash where the region names no countries."""
    return facts.direction(row) or "–"
