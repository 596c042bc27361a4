"""Which border, and which of its segments, people take: shares that drift, and shift when something changes."""

import numpy as np
import pandas as pd

from geo.locate.crosswalk import cell_weights
from geo.region.region import Region
from pipelines.sample import settings
from pipelines.sample.noise import shift_path, wander


def cell_shares(
    region: Region, weeks: pd.DatetimeIndex, *, entries: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Share (cell, time) of those who leave a country that takes each cell; over the entries they sum to 1.

    Args:
        region: The pack.
        weeks: Mondays.
        entries: (cell) whether a cell is an entry into the region.
        rng: Randomness of the drift.
    """
    shares = np.zeros((len(region.cells), len(weeks)))
    groups = {c.from_country: "" for c, entry in zip(region.cells, entries, strict=True) if not entry}
    for country in [settings.STAY, *groups]:  # STAY stands for the entries: nobody stays outside
        inside = [i for i, c in enumerate(region.cells) if _group(c.from_country, entry=bool(entries[i])) == country]
        for border, share in _border_shares(region, inside, country, weeks=weeks, rng=rng).items():
            mine = [i for i in inside if border_of(region, i) == border]
            shares[mine] = share * _segment_shares(region, mine, weeks, rng)
    return shares


def border_of(region: Region, cell: int) -> str:
    """Border of a cell; a sea area stands for itself."""
    segment = region.segment_by_id[region.cells[cell].segment]
    return segment.id if segment.kind == "sea" else segment.border


def _group(country: str, *, entry: bool) -> str:
    return settings.STAY if entry else country


def _border_shares(
    region: Region, cells: list[int], country: str, *, weeks: pd.DatetimeIndex, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Share of each border (time) among those who leave; with `STAY` they sum to 1."""
    borders = list(dict.fromkeys(border_of(region, i) for i in cells))
    known = settings.ENTRY_SHARES if country == settings.STAY else settings.ONWARD.get(country, {})
    base = {b: known.get(b, (1 - settings.DEFAULT_STAY) / len(borders) if not known else 0.01) for b in borders}
    if country != settings.STAY:
        base[settings.STAY] = known.get(settings.STAY, settings.DEFAULT_STAY)
    drift = wander(rng, (len(base), len(weeks)), sd=0.22, memory=0.98)
    weights = {}
    for (border, weight), path in zip(base.items(), drift, strict=True):
        target = f"{settings.STAY.upper()}:{country}" if border == settings.STAY else border
        weights[border] = weight * np.exp(path + shift_path(settings.SHIFTS, target, weeks))
    whole = sum(weights.values())
    return {border: weight / whole for border, weight in weights.items() if border != settings.STAY}


def _segment_shares(region: Region, cells: list[int], weeks: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Share of each of a border's cells (cell, time), summing to 1."""
    base = cell_weights(region, cells)
    points: dict[str, list[str]] = {}
    for point in region.crossing_points:
        points.setdefault(point.segment, []).append(point.id)
    drift = wander(rng, (len(cells), len(weeks)), sd=0.40, memory=0.985)
    logs = np.empty_like(drift)
    for row, cell in enumerate(cells):
        near = points.get(region.cells[cell].segment, [])
        heat = max((settings.HOT_SPOTS.get(p, 1.0) for p in near), default=settings.NO_CROSSING_POINT)
        shifts = sum((shift_path(settings.SHIFTS, p, weeks) for p in near), start=np.zeros(len(weeks)))
        logs[row] = np.log(base[row] * heat) + drift[row] + shifts
    weights = np.exp(logs)
    result: np.ndarray = weights / weights.sum(axis=0)
    return result
