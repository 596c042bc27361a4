"""Where the header of a table stands, and which of its columns a layout names."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from pipelines.ingest.reading.mapping import KNOWN, Layout
from pipelines.ingest.reading.raw_table import HEAD_ROWS, Row, Sheet, is_hxl

_MARKS = re.compile(r"\s*(?:[*^†‡¹²³⁴⁵⁶⁷⁸⁹]+|[(\[]\d{1,2}[)\]])$")


@dataclass(frozen=True)
class Header:
    """The header that a layout was looking for."""

    first_row: int  # 1-based line of the first row of figures
    cells: tuple[Any, ...]  # headings as they stand in the file
    positions: dict[str, int]  # heading in the mapping → position
    lacking: tuple[str, ...] = ()  # headings that are not there

    def unnamed(self, taken: Sequence[int]) -> list[Any]:
        """Headings of the columns that are not taken, those without one left out."""
        return [c for i, c in enumerate(self.cells) if i not in taken and cell_text(c)]


def cell_text(cell: object) -> str:
    """A cell as trimmed text: whole numbers without `.0`, days as YYYY-MM-DD, empty for None."""
    if cell is None or cell != cell:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) or (isinstance(cell, date) and not isinstance(cell, datetime)):
        return cell.isoformat()[:10]
    return re.sub(r"\s+", " ", str(cell)).strip()


def without_marks(text: str) -> str:
    """A name without the footnote marks at its end.

    >>> without_marks("Kosovo*"), without_marks("Serbia (1)"), without_marks("Land ²")
    ('Kosovo', 'Serbia', 'Land')
    """
    return _MARKS.sub("", text) if len(text) > 1 else text


def heading_key(heading: object) -> str:
    """A heading for comparison: without case, marks and doubled blanks."""
    return without_marks(cell_text(heading)).casefold()


def find_heading(sheet: Sheet, layout: Layout) -> Header:
    """The first row that has all the columns that a layout names; else the one that has most of them."""
    head = sheet.head()
    starts = [layout.header_row - 1] if layout.header_row else range(min(HEAD_ROWS, len(head)))
    found = [_header(head, n, layout) for n in starts if n < len(head)]
    none = Header(1, (), {}, tuple(h for h in layout.declared if not h.startswith("@")))
    whole = next((h for h in found if not h.lacking), None)
    return whole or min(found, key=lambda h: len(h.lacking), default=none)


def _header(head: list[Row], n: int, layout: Layout) -> Header:
    cells = joined_headings([row for _, row in head[n : n + layout.header_rows]])
    below = n + layout.header_rows
    tags = head[below][1] if below < len(head) and is_hxl(head[below][1]) else ()
    first_row = (head[below][0] if below < len(head) else head[-1][0] + 1) + (1 if tags else 0)
    places: dict[str, int] = {}
    for names in (tags, cells):  # a heading wins over a tag
        for position, name in reversed(list(enumerate(names))):
            if key := heading_key(name):
                places[key] = position
    positions = {h: places[heading_key(h)] for h in layout.declared if heading_key(h) in places}
    return Header(first_row, tuple(cells), positions, _lacking(layout, set(positions)))


def joined_headings(rows: list[Sequence[Any]]) -> list[Any]:
    """Headings told over several rows: an upper one holds for the empty cells to its right."""
    if len(rows) == 1:
        return list(rows[0])
    width = max(len(row) for row in rows)
    filled = []
    for row in rows:
        last, cells = "", []
        for i in range(width):
            text = cell_text(row[i]) if i < len(row) else ""
            last = text or (last if row is not rows[-1] else "")
            cells.append(last)
        filled.append(cells)
    return [" ".join(dict.fromkeys(part for part in parts if part)) for parts in zip(*filled, strict=True)]


def _lacking(layout: Layout, found: set[str]) -> tuple[str, ...]:
    alternatives = [*layout.columns.values(), *layout.dates.headings]
    named = {h for heading in alternatives for h in heading}
    rest = [h for h in layout.declared if h not in named]
    lacking = [" or ".join(hs) for hs in alternatives if not any(h in found or h.startswith("@") for h in hs)]
    return tuple(dict.fromkeys([*lacking, *(h for h in rest if h not in found and not h.startswith("@"))]))


def _matches(heading: object, patterns: Sequence[str]) -> bool:
    text = cell_text(heading).casefold()
    return any(fnmatchcase(text, cell_text(p).casefold()) or heading_key(heading) == heading_key(p) for p in patterns)


def wide_positions(header: Header, layout: Layout, is_known: Callable[[object], bool]) -> list[int]:
    """Positions of the columns that hold figures of a wide table."""
    if layout.wide is None:
        return []
    taken = set(header.positions.values())
    out = []
    for i, cell in enumerate(header.cells):
        key = heading_key(cell)
        if i in taken or not key or _matches(cell, layout.wide.but):
            continue
        named = _matches(cell, [p for p in layout.wide.columns if p != KNOWN])
        if named or (KNOWN in layout.wide.columns and is_known(cell)):
            out.append(i)
    return out
