"""Figures that stand in a delivery twice: found with one byte per possible figure, and taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from pipelines.daily.columns import read_columns
from pipelines.daily.layout import write_part
from pipelines.sources.tables import rejected_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.daily.axes import Axes, Block, Piece
    from pipelines.daily.layout import Delivery


def find_repeats(block: Block, *, axes: Axes) -> dict[str, list[int]]:
    """Rows (by part) whose figure stands earlier in the delivery; points are no repeats, several make up a figure."""
    seen = np.zeros(len(axes.indicators) * len(axes.origins) * len(axes.places) * block.days, dtype=bool)
    found: dict[str, list[int]] = {}
    for piece in sorted(block.pieces, key=lambda p: (p.part.first_line, p.part.file)):
        key, rows = _figures(piece, axes, block)
        if not len(key):
            continue
        stretch = seen[key.min() : key.max() + 1]
        before = seen[key]
        so_far = np.count_nonzero(stretch)
        seen[key] = True
        if np.count_nonzero(stretch) - so_far < len(key):
            first = np.zeros(len(key), dtype=bool)
            first[np.unique(key, return_index=True)[1]] = True
            found[piece.part.file] = rows[before | ~first].tolist()
    return found


def _figures(piece: Piece, axes: Axes, block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Code of each row's figure, time first, and the row's position; rows of points are left out."""
    columns = read_columns(piece, axes, block, origins=True, dated=False)
    key = columns.day * np.int64(len(axes.indicators))
    key += columns.indicator.whole()
    key *= len(axes.origins)
    key += columns.origin.whole() if columns.origin is not None else 0
    key *= len(axes.places)
    key += columns.place.whole()
    counted = ~np.array([kind == "point" for kind, _, _ in axes.places], dtype=bool)[columns.place.whole()]
    return key[counted], np.flatnonzero(counted)


def drop_rows(delivery: Delivery, repeats: Mapping[str, list[int]]) -> tuple[Delivery, pd.DataFrame]:
    """The delivery without some rows of its parts, and these rows for the quarantine."""
    parts, dropped = [], []
    for part in delivery.parts:
        if part.file not in repeats:
            parts.append(part)
            continue
        table = pq.read_table(delivery.folder / part.file)
        out = np.zeros(len(table), dtype=bool)
        out[repeats[part.file]] = True
        gone = table.filter(out).to_pandas()
        lines = gone["line"].astype("int64") + part.first_line
        dropped.append(rejected_rows(lines, gone["line"].astype(str), indicator=gone["indicator"], count=gone["count"]))
        number = int(part.file.split("-")[1].removesuffix(".parquet"))
        kept = table.filter(~out)
        (delivery.folder / part.file).unlink()
        if len(kept):
            parts.append(replace(write_part(kept, delivery.folder, group=part.group, number=number),
                                 first_line=part.first_line))  # fmt: skip
    return replace(delivery, parts=tuple(parts)), pd.concat(dropped, ignore_index=True)
