"""Eurostat's workbook (data browser, 2022 to 2026) as the table that its other formats hold: one row per series.

A sheet says above its table what all of it is about (`Country of citizenship`, `Total`), and beside each figure, in a
column without a heading, its flags. Here the former become columns and the latter stand with the figure, as in TSV.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipelines.ingest.reading.tables import trimmed

Sheets = Mapping[str, Sequence[Sequence[Any]]]
_HEAD_ROWS = 40
_LABELS = (" (LABELS)", " (CODES)")  # of a dimension in the row below `TIME`


def eurostat_rows(sheets: Sheets) -> Iterator[tuple[int, list[Any]]] | None:
    """Rows of all sheets with their line, the header first; None where it is no such workbook."""
    found = {name: at for name, rows in sheets.items() if (at := _time_row(rows)) is not None}
    return _rows({name: sheets[name] for name in found}, found) if found else None


def _time_row(rows: Sequence[Sequence[Any]]) -> int | None:
    """Where the row of times stands: `TIME`, above the row with the dimensions' names."""
    for n, (row, below) in enumerate(pairwise(rows[:_HEAD_ROWS])):
        if row and below and trimmed(row[0]) == "TIME" and trimmed(below[0]).upper().endswith(_LABELS):
            return n
    return None


def _rows(sheets: Sheets, time_rows: Mapping[str, int]) -> Iterator[tuple[int, list[Any]]]:
    header: list[str] = []
    tables = [_table(rows, time_rows[name]) for name, rows in sheets.items()]
    for columns, _ in tables:
        header += [c for c in columns if c not in header]
    yield 1, header
    for columns, body in tables:
        place = {c: n for n, c in enumerate(columns)}
        for line, cells in body:
            yield line, [cells[place[c]] if c in place else None for c in header]


def _table(rows: Sequence[Sequence[Any]], time_row: int) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    about = {}
    for row in rows[:time_row]:
        told = [text for cell in row if (text := trimmed(cell))]
        if len(told) == 2 and not told[0].endswith(":"):
            about[told[0]] = told[1]
    names = {i: text for i, cell in enumerate(rows[time_row + 1]) if (text := trimmed(cell))}
    times = {i: text for i, cell in enumerate(rows[time_row]) if (text := trimmed(cell)) and i not in names}
    body = []
    for line, row in enumerate(rows[time_row + 2 :], start=time_row + 3):
        keys = [trimmed(row[i]) if i < len(row) else "" for i in names]
        if not all(keys) or not any(i < len(row) and trimmed(row[i]) for i in times):
            continue  # notes below the table
        body.append((line, [*keys, *about.values(), *(_figure(row, i, times) for i in times)]))
    return [*names.values(), *about, *times.values()], body


def _figure(row: Sequence[Any], position: int, times: Mapping[int, str]) -> Any:  # noqa: ANN401 - as it stands
    """A figure with the flags of the column to its right."""
    value = row[position] if position < len(row) else None
    beside = position + 1
    flags = trimmed(row[beside]) if beside < len(row) and beside not in times else ""
    return f"{trimmed(value)} {flags}" if flags else value
