"""Figures that stand in a delivery twice, in different ranges of its file: found, and taken out.

Those of one range never came into a part (`pipelines.ingest.daily.sort_rows`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from pipelines.ingest.daily.axes import DailyAxes, DailyBlock, DailyPiece
from pipelines.ingest.daily.block_sums import meetings
from pipelines.ingest.daily.columns import read_columns
from pipelines.ingest.daily.layout import Delivery, write_part
from pipelines.ingest.daily.row_index import runs_from_text
from pipelines.ingest.daily.sort_rows import REPEATED
from pipelines.ingest.reading.tables import rejected_rows


def find_repeats(block: DailyBlock, *, axes: DailyAxes) -> dict[str, list[int]]:
    """Rows (by part) whose figure stands earlier in the delivery; points are no repeats, several make up a figure."""
    found: dict[str, list[int]] = {}
    for pieces in meetings(block):
        found |= _found(pieces, block, axes) if len(pieces) > 1 else {}
    return found


def _found(pieces: Sequence[DailyPiece], block: DailyBlock, axes: DailyAxes) -> dict[str, list[int]]:
    """Repeats among parts that share days: one byte for every figure that they could hold."""
    shared = np.zeros(block.days, dtype=np.int64)
    for piece in pieces:
        shared[piece.part.first - block.first_day : piece.part.last - block.first_day + 1] += 1
    days = np.cumsum(shared > 1) - 1  # position among the shared days
    seen = np.zeros((days[-1] + 1) * len(axes.indicators) * len(axes.places) * len(axes.nationalities), dtype=bool)
    found: dict[str, list[int]] = {}
    for piece in sorted(pieces, key=lambda p: (p.part.first_line, p.part.file)):
        columns = read_columns(piece, axes, block, nationalities=True, dated=False)
        day, rest = np.divmod(columns.cell, len(axes.indicators) * len(axes.places))
        matters = (shared[day] > 1) & ~_is_point(axes)[rest % len(axes.places)]
        cell = days[day] * len(axes.indicators) * len(axes.places) + rest
        rows = np.flatnonzero(columns.by_row(matters))
        key = columns.by_row(cell)[rows] * len(axes.nationalities)
        key += 0 if columns.nationality is None else columns.nationality[rows]
        before = seen[key]
        seen[key] = True
        if before.any():
            found[piece.part.file] = rows[before].tolist()
    return found


def _is_point(axes: DailyAxes) -> np.ndarray:
    return np.array([kind == "point" for kind, _, _ in axes.places], dtype=bool)


def drop_rows(delivery: Delivery, repeats: Mapping[str, list[int]]) -> tuple[Delivery, pd.DataFrame]:
    """The delivery without some rows of its parts, and these rows for the quarantine."""
    parts, dropped = [], []
    for part in delivery.parts:
        if part.file not in repeats:
            parts.append(part)
            continue
        path = delivery.folder / part.file
        table, runs = pq.read_table(path), runs_from_text(pq.read_metadata(path).metadata)
        kept = np.ones(len(table), dtype=bool)
        kept[repeats[part.file]] = False
        gone = table.filter(~kept).to_pandas()
        lines = gone["line"].astype("int64") + part.first_line
        reason = pd.Series(REPEATED, index=lines.index, dtype=object)
        dropped.append(rejected_rows(lines, reason, indicator=gone["indicator"], count=gone["count"]))
        path.unlink()
        if kept.any():
            number = int(part.file.split("-")[1].removesuffix(".parquet"))
            left = write_part(table.filter(kept), runs.only(kept), delivery.folder, group=part.group, number=number)
            parts.append(replace(left, first_line=part.first_line))
    return replace(delivery, parts=tuple(parts)), pd.concat(dropped, ignore_index=True)
