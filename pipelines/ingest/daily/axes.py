"""The integer axes that daily figures are added up on, and the blocks of periods that tasks work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geo.region.region import Freq, Region
from pipelines.ingest.daily.layout import PART_PERIODS, Delivery, Part, group_first_day
from pipelines.ingest.daily.row_index import Place
from pipelines.observations.schema import TOTAL, UNKNOWN
from pipelines.store.periods import day_numbers, period_range, period_starts

MAX_GROUPS = 6  # of a block with nationalities: some 24 weeks, so ten years make enough tasks for a few workers
MAX_GROUPS_TOTALS = 4 * MAX_GROUPS  # totals are read without the rows: a task of six groups would be all overhead
MAX_BYTES = 48 * 2**20  # of a block's densest plane


@dataclass(frozen=True)
class DailyAxes:
    """Codes of everything that a row names; the position in each tuple is the code."""

    indicators: tuple[str, ...]
    delays: tuple[int, ...]  # days, per indicator
    nationalities: tuple[str, ...]  # TOTAL first, UNK last
    places: tuple[Place, ...]
    freq: Freq
    mixed: bool  # totals and nationalities occur side by side


@dataclass(frozen=True)
class DailyPiece:
    """A part and the delivery that it is of."""

    path: Path
    part: Part
    delivery: int  # position among the deliveries
    ingested: int


@dataclass(frozen=True)
class DailyBlock:
    """Consecutive periods and all parts that touch them."""

    first_day: int
    edges: tuple[int, ...]  # first day of each period and the day after the last
    pieces: tuple[DailyPiece, ...]

    @property
    def days(self) -> int:
        """Days in the block."""
        return self.edges[-1] - self.first_day

    @property
    def period_of_day(self) -> np.ndarray:
        """Position of each day's period in the block, int64."""
        return np.repeat(np.arange(len(self.edges) - 1), np.diff(self.edges))


def axes_of(deliveries: Sequence[Delivery], region: Region) -> DailyAxes:
    """Axes that hold every row of the deliveries."""
    nationalities = {o for d in deliveries for o in d.nationalities}
    indicators = [i for i in region.indicators if any(i in d.indicators for d in deliveries)]
    return DailyAxes(
        indicators=tuple(indicators),
        delays=tuple(region.indicators[i].delay_days for i in indicators),
        nationalities=(TOTAL, *sorted(nationalities - {TOTAL, UNKNOWN}), UNKNOWN),
        places=tuple(sorted({p for d in deliveries for p in d.places})),
        freq=region.freq,
        mixed=TOTAL in nationalities and len(nationalities) > 1,
    )


def plan_blocks(deliveries: Sequence[Delivery], axes: DailyAxes, *, nationalities: bool) -> list[DailyBlock]:
    """Blocks of equally many periods (the last may be shorter), small enough for a worker, in the order of time.

    Stretches without a row belong to no block. Where blocks begin depends on the calendar and the axes alone, so a new
    delivery leaves other blocks as they were. A worker holds the rows of one part, so their number does not matter.
    """
    pieces: dict[int, list[DailyPiece]] = {}
    for number, delivery in enumerate(deliveries):
        for part in delivery.parts:
            piece = DailyPiece(delivery.folder / part.file, part, number, delivery.ingested)
            pieces.setdefault(part.group, []).append(piece)
    planes = len(axes.indicators) * len(axes.places) * 8
    days = 7 * PART_PERIODS["W"] if axes.freq == "W" else 31  # of a group
    group_bytes = planes * max(days, PART_PERIODS[axes.freq] * (len(axes.nationalities) if nationalities else 1))
    most = MAX_GROUPS if nationalities else MAX_GROUPS_TOTALS
    width = int(max(1, min(most, MAX_BYTES // group_bytes)))
    starts = sorted({group // width * width for group in pieces})
    last = max(pieces)
    return [_block(range(s, min(s + width, last + 1)), pieces, axes.freq) for s in starts]


def block_times(block: DailyBlock) -> pd.DatetimeIndex:
    """First days of the block's periods."""
    return pd.DatetimeIndex(np.array(block.edges[:-1], dtype="datetime64[D]").astype("datetime64[ns]"))


def _block(groups: range, pieces: dict[int, list[DailyPiece]], freq: Freq) -> DailyBlock:
    first, end = group_first_day(groups[0], freq), group_first_day(groups[-1] + 1, freq)
    days = pd.DatetimeIndex(np.array([first, end - 1], dtype="datetime64[D]").astype("datetime64[ns]"))
    first_period, last_period = period_starts(days, freq)
    times = period_range(first_period, last_period, freq)
    edges = (*(int(d) for d in day_numbers(times)), end)
    return DailyBlock(first, edges, tuple(p for g in groups for p in pieces.get(g, [])))
