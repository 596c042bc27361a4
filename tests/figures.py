"""Builders of encoded rows for the aggregation tests: values a person can check, no region pack needed."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipelines.grid.encode import Axes, Places
from pipelines.store.periods import day_numbers, period_ends


def make_places(*cells: dict[int, float], reasons: tuple[str, ...] | None = None) -> Places:
    """One place per argument: {cell position: weight}; an empty one is unallocated."""
    size = np.array([len(c) for c in cells], dtype=np.int64)
    return Places(
        first=np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64),
        size=size,
        cells=np.array([k for c in cells for k in c], dtype=np.int64),
        weights=np.array([w for c in cells for w in c.values()], dtype=float),
        reasons=reasons or tuple("" if c else "nowhere" for c in cells),
        stated=np.zeros(len(cells), dtype=bool),
    )


def make_grid(
    first: str, periods: int, *, freq: str = "W", cells: int = 3, flow: bool = True, nationalities: int = 2
) -> Axes:
    """A grid with one indicator."""
    times = pd.date_range(first, periods=periods, freq="7D" if freq == "W" else "MS")
    names = ("TOTAL", *(f"O{i}" for i in range(1, nationalities - 1)), "UNK") if nationalities > 1 else ("TOTAL",)
    return Axes(("irregular_crossings",), (flow,), names, tuple(f"r/s{i}" for i in range(cells)), times, freq)


def make_figures(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Encoded figures; each row names at least `start` (a day) and `count`."""
    table = []
    for number, row in enumerate(rows):
        full = {
            "period": "W",
            "place": 0,
            "nationality": 0,
            "source": 0,
            "rank": 2,
            "as_of": None,
            "missing": 0,
            "draft": 0,
            **row,
        }
        start = pd.DatetimeIndex([str(full["start"])])
        full["start"] = int(day_numbers(start)[0])
        full["end"] = int(day_numbers(period_ends(start, str(full.pop("period"))))[0])
        as_of = full["as_of"]
        full["as_of"] = full["end"] if as_of is None else int(day_numbers(pd.DatetimeIndex([str(as_of)]))[0])
        table.append(
            {
                "figure": number,
                "group": number,
                "indicator": 0,
                "total": True,
                "own": False,
                "lacking": False,
                "assumed": False,
                "known": full["end"],
                **full,
            }
        )
    frame = pd.DataFrame(table)
    return frame.assign(count=frame["count"].astype(float))
