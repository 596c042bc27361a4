"""Histories of units from the cube: sums over cells, unknown where too much of the unit is unknown."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from geo.region.region import PERIODS_A_YEAR, Region
from pipelines.grid.cube import totals

FULL_COVERAGE = 0.999  # a period is known once (nearly) all its days are reported
MIN_KNOWN_SHARE = 0.95  # of a unit's usual counts; below, its sum would pass a gap off as a fall


def cell_history(cube: xr.Dataset, indicator: str) -> np.ndarray:
    """Known counts (cell, time): NaN where nothing, or only part of the period, was reported."""
    counts = totals(cube).sel(indicator=indicator).to_numpy()
    coverage = cube["coverage"].sel(indicator=indicator).to_numpy()
    return np.where(coverage >= FULL_COVERAGE, counts, np.nan)


def unit_history(
    cube: xr.Dataset, region: Region, indicator: str, *, units: list[str], summing: csr_array
) -> xr.Dataset:
    """History of every unit for one indicator.

    A unit's sum needs its cells: where cells are unknown that usually carry more than 5 % of the unit's counts (mean of
    the year before and around), the sum is unknown too. A missing report is not a zero.

    Args:
        cube: The cube as known at the cutoff.
        region: The pack, for its frequency.
        indicator: Which indicator.
        units: Unit ids, the rows of `summing`.
        summing: (unit, cell) 0/1.

    Returns:
        `count` (unit, time), NaN = unknown, completed by the nowcast where there is one; `reported`, the same as the
        sources have it so far; `nowcast_sd`, standard deviation of what the nowcast added; `known_share` in [0, 1];
        `spread`, how much of `reported` was shared out over cells from coarser figures.
    """
    cells = cell_history(cube, indicator)
    known = ~np.isnan(cells)
    usual = _usual_counts(cells, PERIODS_A_YEAR[region.freq])
    ever = known.any(axis=1)
    weight = np.where(ever[:, None], usual, 0.0)
    carried = summing @ weight
    reported = summing @ np.where(known, weight, 0.0)
    # units that are zero throughout carry nothing: there every cell that ever reports must report
    count_all = summing @ np.where(ever[:, None], 1.0, 0.0).repeat(cells.shape[1], axis=1)
    count_known = summing @ (known & ever[:, None]).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(carried > 0, reported / carried, count_known / count_all)
    share = np.nan_to_num(share, nan=0.0)
    sums = summing @ np.nan_to_num(cells, nan=0.0)
    counts = np.where(share >= MIN_KNOWN_SHARE, sums, np.nan)
    added, variance = _nowcast(cube, indicator, known)
    spread = summing @ (np.nan_to_num(cells, nan=0.0) * _spread(cube, indicator))
    dims = ("unit", "time")
    return xr.Dataset(
        {
            "count": (dims, np.maximum(counts + summing @ added, 0.0)),
            "reported": (dims, counts),
            "nowcast_sd": (dims, np.sqrt(summing @ variance)),
            "known_share": (dims, share),
            "spread": (dims, np.where(np.isfinite(counts), spread, np.nan)),
        },
        coords={"unit": units, "time": cube["time"].to_numpy()},
        attrs={"freq": region.freq, "indicator": indicator},
    )


def _nowcast(cube: xr.Dataset, indicator: str, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the nowcast adds to the known counts, and its variance, both (cell, time)."""
    if "completion" not in cube:
        return np.zeros(known.shape), np.zeros(known.shape)
    planes = (cube[name].sel(indicator=indicator) for name in ("completion", "completion_sd"))
    added, sd = (plane.to_numpy().astype(float) for plane in planes)
    return np.where(known, added, 0.0), np.where(known, sd**2, 0.0)


def _spread(cube: xr.Dataset, indicator: str) -> np.ndarray:
    """Share of each cell's count that was spread by weights (cell, time); 0 where the cube does not say."""
    if "allocated" not in cube:
        return np.zeros((cube.sizes["cell"], cube.sizes["time"]))
    return np.nan_to_num(cube["allocated"].sel(indicator=indicator).transpose("cell", "time").to_numpy().astype(float))


def spread_share(history: xr.Dataset, units: Sequence[str], periods: int) -> np.ndarray:
    """Of the counts of the last periods, the share that was spread from coarser figures (unit,); NaN without counts."""
    if "spread" not in history:
        return np.full(len(units), np.nan)
    recent = history[["reported", "spread"]].sel(unit=list(units)).isel(time=slice(-periods, None))
    totals, spread = (np.nansum(recent[n].transpose("unit", "time").to_numpy(), axis=1) for n in ("reported", "spread"))
    result: np.ndarray = np.where(totals > 0, spread / np.where(totals > 0, totals, 1.0), np.nan)
    return result


def _usual_counts(cells: np.ndarray, window: int) -> np.ndarray:
    """Mean of the known counts of each cell over the `window` periods up to each period (cell, time)."""
    known = ~np.isnan(cells)
    total = np.cumsum(np.where(known, cells, 0.0), axis=1)
    number = np.cumsum(known, axis=1)
    back = np.maximum(np.arange(cells.shape[1]) - window, -1)
    before_total = np.where(back >= 0, total[:, np.maximum(back, 0)], 0.0)
    before_number = np.where(back >= 0, number[:, np.maximum(back, 0)], 0)
    return (total - before_total) / np.maximum(number - before_number, 1)
