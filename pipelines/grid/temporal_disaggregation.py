"""Figures of periods longer than the region's, brought to its periods before they are added up.

Each series follows what finer figures of the same indicator show elsewhere in the region, where there are any; else it
moves smoothly. Its figures add up to what was published, and the cube's `allocated` marks it.
"""

import numpy as np
import pandas as pd

from forecasting.adjust.denton import proportional_denton
from pipelines.grid.encode import Axes

PERIOD_DAYS = {"W": 7, "M": 31}
LENGTH_DAYS = (2, 8, 32, 93)  # lower edges: a day | a week | a month | a quarter | a year
MIN_INDEX = 0.05  # of the indicator series' mean: a week without any count elsewhere is no proof of none here
_SERIES = ["source", "indicator", "place", "nationality", "total", "own", "length"]


def split_coarser(figures: pd.DataFrame, grid: Axes) -> pd.DataFrame:
    """Replace each flow figure longer than a period by its pieces, one a period.

    Args:
        figures: Output of `encode.resolve_totals`.
        grid: The axes.

    Returns:
        The figures, with `piece` (bool) and `days` (length of the figure that was published).
    """
    if "days" not in figures:
        figures = figures.assign(days=figures["end"] - figures["start"] + 1)
    figures = figures.assign(piece=False)
    days = figures["days"].to_numpy()
    flow = np.array(grid.flows)[figures["indicator"].to_numpy()]
    coarse = flow & (days > PERIOD_DAYS[grid.freq])
    inside = (figures["start"] >= grid.edges[0]) & (figures["end"] < grid.edges[-1])
    coarse &= inside.to_numpy()
    if not coarse.any():
        return figures
    pieces = _pieces(figures[coarse], grid.edges)
    index = _index(figures[~coarse & figures["total"].to_numpy()], grid)
    level = index[pieces["indicator"].to_numpy(), pieces["time"].to_numpy()]
    pieces["length"] = np.digitize(pieces["days"], LENGTH_DAYS)  # a year and its quarters are two series
    pieces["x"] = (pieces["end"] - pieces["start"] + 1) * level
    pieces["share"] = _shares(pieces)
    for column in [c for c in ("count", "added", "added_sd") if c in pieces]:
        pieces[column] = pieces[column] * pieces["share"]
    out = pieces.assign(piece=True)[figures.columns]
    return pd.concat([figures[~coarse], out], ignore_index=True)


def _shares(pieces: pd.DataFrame) -> np.ndarray:
    """Share of its figure in each piece; nationalities go with their published total, so that they stay its parts."""
    ordered = pieces[pieces["total"]].sort_values([*_SERIES, "start"], kind="stable")
    share = np.empty(len(ordered))
    for run in _runs(ordered):
        figures = ordered.iloc[run]
        x = figures["x"].to_numpy()
        first, group = np.unique(figures["start_of"].to_numpy(), return_index=True, return_inverse=True)[1:]
        totals = np.nan_to_num(figures["count"].to_numpy()[first])
        whole = totals[group]
        counts = proportional_denton(totals, x, group)
        plain = x / np.bincount(group, weights=x)[group]
        share[run] = np.where(whole > 0, counts / np.where(whole > 0, whole, 1.0), plain)
    keys = ["group", "start", "nationality"]
    own = pd.Series(share, index=pd.MultiIndex.from_frame(ordered[keys]))
    of_total = own[~own.index.droplevel("nationality").duplicated()].droplevel("nationality")
    wanted = pd.MultiIndex.from_frame(pieces[keys])
    return (
        own.reindex(wanted)
        .fillna(pd.Series(of_total.reindex(wanted.droplevel("nationality")).to_numpy(), wanted))
        .to_numpy()
    )


def _pieces(coarse: pd.DataFrame, edges: np.ndarray) -> pd.DataFrame:
    """One row per (figure, period): the days that they share."""
    start, end = coarse["start"].to_numpy(), coarse["end"].to_numpy()
    first = np.searchsorted(edges, start, side="right") - 1
    last = np.searchsorted(edges, end, side="right") - 1
    repeats = last - first + 1
    row = np.repeat(np.arange(len(coarse)), repeats)
    time = np.repeat(first, repeats) + np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    starts, ends = np.maximum(start[row], edges[time]), np.minimum(end[row], edges[time + 1] - 1)
    return coarse.iloc[row].assign(start=starts, end=ends, time=time, start_of=start[row])


def _index(fine: pd.DataFrame, grid: Axes) -> np.ndarray:
    """What finer figures show (indicator, time): counts over the usual counts of those who reported; mean about 1."""
    shape = (len(grid.indicators), len(grid.times))
    fine = fine[fine["count"].notna()]
    number = (fine["end"] - fine["start"] + 1) // fine["days"]  # of figures that were added up to this one
    keys = ["source", "indicator", "place", "start"]
    fine = (
        fine.assign(number=number).groupby(keys, as_index=False).agg(count=("count", "sum"), number=("number", "max"))
    )
    time = np.clip(np.searchsorted(grid.edges, fine["start"].to_numpy(), side="right") - 1, 0, shape[1] - 1)
    of_reporter = fine.groupby(keys[:3], sort=False)
    usual = (of_reporter["count"].transform("sum") / of_reporter["number"].transform("sum")).to_numpy()
    at = fine["indicator"].to_numpy() * shape[1] + time
    counts, expected = (
        np.bincount(at, weights=w, minlength=shape[0] * shape[1])
        for w in (fine["count"].to_numpy(), usual * fine["number"].to_numpy())
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(expected > 0, counts / expected, 1.0).reshape(shape)
    return np.maximum(index, MIN_INDEX)


def _runs(ordered: pd.DataFrame) -> list[slice]:
    """Stretches of one series without a gap: figures that follow each other directly."""
    same = np.logical_and.reduce([(ordered[k] == ordered[k].shift()).to_numpy() for k in _SERIES])
    follows = (ordered["start"] == ordered["end"].shift() + 1).to_numpy()
    known = ordered["count"].notna()
    joined = same & follows & (known == known.shift()).to_numpy()
    first = np.flatnonzero(~joined)
    return [slice(a, b) for a, b in zip(first, np.append(first[1:], len(ordered)), strict=True)]
