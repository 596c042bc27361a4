"""The grid: (indicator, nationality, cell, time), and its blocks over time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.region.region import Freq, Region
from pipelines.grid.encode import Rows
from pipelines.store.periods import day_numbers, period_ends, period_range, period_starts

BLOCK_BYTES = 64 * 2**20  # of float64 counts; four more planes ride along, so a block stays under 128 MiB


@dataclass(frozen=True)
class Axes:
    """The axes that counts are aggregated onto."""

    indicators: tuple[str, ...]
    flows: tuple[bool, ...]  # per indicator: flow (adds over time) or stock (its last value counts)
    nationalities: tuple[str, ...]
    cells: tuple[str, ...]
    times: pd.DatetimeIndex  # first days
    freq: Freq

    @property
    def edges(self) -> np.ndarray:
        """First day of each period and the day after the last, days since 1970, (time + 1,)."""
        ends = day_numbers(period_ends(self.times, self.freq))
        return np.append(day_numbers(self.times), ends[-1] + 1)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Half-open ranges over time whose counts stay under `BLOCK_BYTES`."""
        per_period = 8 * len(self.indicators) * len(self.nationalities) * len(self.cells)
        width = max(1, BLOCK_BYTES // max(per_period, 1))
        for first in range(0, len(self.times), width):
            yield first, min(first + width, len(self.times))


def grid_for(rows: Rows, region: Region, *, last_day: int | None = None) -> Axes:
    """The grid that holds every observation up to `last_day` (days since 1970, None: all).

    Raises:
        ValueError: there is no observation to make a grid of.
    """
    frame = rows.frame if last_day is None else rows.frame[rows.frame["end"] <= last_day]
    if frame.empty:
        raise ValueError(f"{region.id}: expected observations to aggregate, got none. Ingest figures first.")
    days = pd.DatetimeIndex(np.array([frame["start"].min(), frame["end"].max()], dtype="datetime64[D]"))
    first, last = period_starts(days, region.freq)
    return Axes(
        indicators=rows.indicators,
        flows=tuple(region.indicators[i].kind == "flow" for i in rows.indicators),
        nationalities=rows.nationalities,
        cells=tuple(c.id for c in region.cells),
        times=period_range(first, last, region.freq),
        freq=region.freq,
    )
