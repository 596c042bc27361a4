"""The joint draws of cells that an edition holds, so that a scenario can move them (design §4.3, §4.5)."""

from pathlib import Path

import numpy as np
import xarray as xr

from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table

FILE = "draws.zarr"
STEP = 0.01  # counts; draws are rounded to it, which makes the file three times as small


def draws_dataset(unit_draws: xr.DataArray, region: Region, *, indicator: str) -> xr.Dataset:
    """Draws of the cells out of those of all units.

    Args:
        unit_draws: (unit, horizon, draw), counts per period; units without a forecast are NaN or absent.
        region: The pack the units are of.
        indicator: What is counted.

    Returns:
        `draws` (cell, horizon, draw), all cells of the region in its order, rounded to `STEP`; NaN without a forecast.
    """
    values = unit_draws.reindex(unit=cell_units(region)).to_numpy()
    return xr.Dataset(
        {"draws": (("cell", "horizon", "draw"), np.rint(values / STEP) * STEP)},
        coords={"cell": [c.id for c in region.cells], "horizon": unit_draws["horizon"].to_numpy()},
        attrs={"indicator": indicator, "region": region.id, "pack_version": region.pack_version},
    )


def cell_units(region: Region) -> list[str]:
    """The unit that stands for each cell, in the region's order: with one route a cell's segment does."""
    table = unit_table(region)
    summing = summing_matrix(region)
    single = np.flatnonzero(np.asarray(summing.sum(axis=1)).ravel() == 1)
    unit_of = dict(zip(summing[single].indices.tolist(), table["unit"].iloc[single], strict=True))
    return [unit_of[i] for i in range(len(region.cells))]


def write_draws(draws: xr.Dataset, folder: Path) -> None:
    """Write `draws.zarr`: whole hundredths of a count in 32 bits, −1 where there is no forecast."""
    packing = {"dtype": "int32", "scale_factor": STEP, "_FillValue": -1}
    encoding = {"draws": packing}
    draws.to_zarr(folder / FILE, mode="w", consolidated=False, zarr_format=2, encoding=encoding)
