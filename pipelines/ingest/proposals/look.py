"""A look at a table: its encoding, the sheet with the figures, the header, and the columns below it as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from pipelines.ingest.reading.dates import read_period
from pipelines.ingest.reading.headings import cell_text, heading_key, joined_headings, without_marks
from pipelines.ingest.reading.mapping import Layout
from pipelines.ingest.reading.personal_data import sheet_for_message
from pipelines.ingest.reading.raw_table import Row, Sheet, is_hxl, sheets_of
from pipelines.observations.schema import DataRefusedError

LOOKED_AT = 200_000  # rows
ENCODINGS = ("utf-8", "utf-16", "cp1250", "cp1251", "cp1253", "iso-8859-5", "iso-8859-7", "cp1252")
_FIGURE = re.compile(
    r"(?:[<≤]\s?)?[-+]?\d[\d.,\s'’]*(?:\s?[a-z]{1,2})?\s?(?:[*^¹²³⁴⁵]+|\[\w\]|\(\d\))?|[<≤]\s?\d+", re.I
)
_SILENT = frozenset(w.casefold() for w in Layout().not_reported)
_SCRIPTS = {"cp1251": "а-яѐ-џ", "iso-8859-5": "а-яѐ-џ", "cp1253": "ά-ώ", "iso-8859-7": "ά-ώ"}


@dataclass(frozen=True)
class SeenColumn:
    """A column as it was found."""

    position: int
    heading: object
    cells: pd.Series  # object, by row

    @property
    def name(self) -> str:
        """Its heading as a mapping names it."""
        return cell_text(self.heading)

    @cached_property
    def texts(self) -> pd.Series:
        """Its cells as text."""
        known = {c: cell_text(c) for c in self.cells.drop_duplicates()}
        return self.cells.map(known).fillna("")

    @cached_property
    def often(self) -> dict[str, int]:
        """Distinct texts with how often each stands there; empty cells and signs for no figure are left out."""
        counted = self.texts.value_counts()
        return {str(text): int(n) for text, n in counted.items() if str(text).casefold() not in _SILENT}

    @cached_property
    def figures(self) -> float:
        """Share of the filled cells that are figures."""
        filled = sum(self.often.values())
        return sum(n for text, n in self.often.items() if _FIGURE.fullmatch(text)) / filled if filled else 0.0

    @property
    def is_filled(self) -> bool:
        """Whether anything stands in it."""
        return bool(self.often)


@dataclass(frozen=True)
class SeenTable:
    """A sheet of a file, as it was found."""

    path: Path
    sheet: str
    sheets: tuple[str, ...]  # all of the file
    alike: tuple[str, ...]  # sheets with the same header, this one among them
    encoding: str
    header_row: int  # 1-based position among the rows
    header_rows: int
    title: str  # what stands above the header
    columns: tuple[SeenColumn, ...]

    @property
    def rows(self) -> int:
        """Rows below the header."""
        return len(self.columns[0].cells) if self.columns else 0


def look_at(path: Path, *, sheet: str | None = None) -> SeenTable:
    """Look at the table of a file.

    Args:
        path: Text, workbook or Parquet; the door has looked at it for persons.
        sheet: Which sheet; None: the one that looks most like figures.

    Raises:
        DataRefusedError: it can't be read, or nothing in it looks like a table of figures.
    """
    encoding = likely_encoding(path)
    sheets = sheets_of(path, encoding=encoding)
    meant = [s for s in sheets if sheet is None or s.name.casefold() == sheet.casefold()]
    if not meant:
        raise DataRefusedError(
            f"{path.name}: no sheet '{sheet}'. There are {', '.join(sheet_for_message(s.name) for s in sheets)}."
        )
    found = [(s, head, *_header_of(head)) for s in meant if (head := s.head())]
    best = max(found, key=lambda item: item[4], default=None)
    if best is None or best[4] <= 0:
        raise DataRefusedError(
            f"{path.name}: expected a header row with figures below it, found none in the first 40 rows. "
            "Write the mapping by hand (docs/sources.md)."
        )
    chosen, head, first, rows, _ = best
    headings = joined_headings([cells for _, cells in head[first : first + rows]])
    keys = {heading_key(h) for h in headings}
    alike = [
        s.name
        for s, cells, n, r, _ in found
        if {heading_key(h) for h in joined_headings([c for _, c in cells[n : n + r]])} == keys
    ]
    title = " ".join(cell_text(c) for _, cells in head[:first] for c in cells)
    return SeenTable(
        path, chosen.name, tuple(s.name for s in sheets), tuple(alike), encoding,
        first + 1, rows, re.sub(r"\s+", " ", title), _columns(chosen, headings, skipped=first + rows),
    )  # fmt: skip


def _columns(sheet: Sheet, headings: Sequence[object], *, skipped: int) -> tuple[SeenColumn, ...]:
    rows = []
    for n, (_, cells) in enumerate(sheet.rows(None)):
        if n < skipped or (n < skipped + 2 and is_hxl(cells)) or not any(cell_text(c) for c in cells):
            continue
        if len(headings) > 2 and sum(bool(cell_text(c)) for c in cells) == 1 and cell_text(cells[0]):
            continue  # a note below the figures, or a heading between them
        rows.append([cells[i] if i < len(cells) else None for i in range(len(headings))])
        if len(rows) >= LOOKED_AT:
            break
    table = pd.DataFrame(rows, columns=range(len(headings)), dtype=object)
    return tuple(SeenColumn(i, h, table[i]) for i, h in enumerate(headings) if cell_text(h))


def _header_of(head: list[Row]) -> tuple[int, int, float]:
    """Position of the header's first row, how many rows it has, and how much it looks like one."""
    texts = [[cell_text(c) for c in cells] for _, cells in head]
    begins = next((n for n in range(len(texts)) if _is_row_of_figures(texts, n)), len(texts))
    scores = [_score(texts, n) for n in range(begins)]  # no header stands below figures
    best = max(range(len(scores)), key=lambda n: (scores[n], -n), default=0)
    if best > 0 and best < len(head):
        joined = [cell_text(c) for c in joined_headings([head[best - 1][1], head[best][1]])]
        if _dated(joined) >= max(3, _dated(texts[best]) + 1):
            return best - 1, 2, scores[best]
    return best, 1, scores[best] if scores else 0.0


def _is_row_of_figures(texts: list[list[str]], n: int) -> bool:
    """Whether a row has no headings: as no header does, it has cells that stand below it again, in their columns."""
    filled = [i for i, t in enumerate(texts[n]) if t]
    below = texts[n + 1 :]
    again = [i for i in filled if any(i < len(row) and row[i] == texts[n][i] for row in below)]
    number = any(_FIGURE.fullmatch(t) and read_period(t, "any") is None for t in texts[n])
    return len(again) >= max(2, len(filled) / 3) and (number or texts[n] not in below)  # pages repeat their headings


def _dated(texts: Sequence[str]) -> int:
    return sum(read_period(t, "any") is not None for t in texts if t)


def _score(texts: list[list[str]], n: int) -> float:
    """How many cells of a row are headings with something below them, less those that are figures."""
    below = [row for row in texts[n + 1 : n + 31] if any(row)]
    filled = [i for i, t in enumerate(texts[n]) if t]
    if len(filled) < 2 or not below or is_hxl(texts[n]):
        return 0.0
    score, figures = 0.0, 0
    for i in filled:
        cells = [row[i] for row in below if i < len(row) and row[i]]
        numeric = bool(cells) and sum(bool(_FIGURE.fullmatch(c)) for c in cells) >= 0.5 * len(cells)
        label = not _FIGURE.fullmatch(texts[n][i]) or read_period(texts[n][i], "any") is not None or len(cells) == 0
        figures += numeric
        code = bool(re.fullmatch(r"\d{4,}", texts[n][i]))  # districts by number
        score += (1.0 if label or code else -1.0) * (1.0 if cells else 0.3)
    doubled = len(filled) - len({texts[n][i] for i in filled})
    return score - doubled if figures else 0.0


def likely_encoding(path: Path) -> str:
    """The encoding in which a text makes words: UTF-8 where it is valid, else the likeliest code page."""
    data = path.read_bytes()[: 2**20]
    if b"\x00" in data[:200] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-8"  # no text: the reader says so
    if data[:4] in (b"PK\x03\x04", b"PAR1") or data[:2] == b"\x1f\x8b":
        return "utf-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4:  # else the cut itself
            return max(ENCODINGS[2:], key=lambda e: _wordlike(data, e))
    return "utf-8"


def _wordlike(data: bytes, encoding: str) -> float:
    """How much the letters beyond ASCII look like those of words in one script."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    beyond = [w for w in re.findall(r"\w+|[^\w\s]", text) if not w.isascii()]
    if not beyond:
        return 0.0
    script = _SCRIPTS.get(encoding)
    inside = f"[{script}]+" if script else "[a-zà-ž]+"
    usual = "[čćžšđňěřůáéíóúöüőűßäàèùâîțșşţł]" if encoding == "cp1250" else "[éèàùçñêôïæøåäöüßáíóú]"
    good = 0.0
    for word in beyond:
        plain = word.casefold()
        whole = re.fullmatch(inside, plain) is not None and (word[1:].islower() or word.isupper() or len(word) == 1)
        rare = script is None and not {c for c in plain if not c.isascii()} <= set(re.findall(usual, plain))
        good += (1.0 if whole else -1.0) - (0.6 if rare else 0.0)
    return good / len(beyond)


def plain_name(text: str) -> str:
    """A cell's text as names are compared."""
    return without_marks(text).casefold()
