"""Build the cube of design §4.2 with Dask, one task per block of periods, and account for every count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dask
import dask.array
import numpy as np
import pandas as pd
import xarray as xr

from geo.region.region import Region
from pipelines.grid.aggregate import Block, aggregate_block
from pipelines.grid.encode import Axes, KnownRows, Rows, known_at, resolve_totals, weigh_by_history
from pipelines.grid.nowcast import AgeClass, add_completion
from pipelines.grid.temporal_disaggregation import split_coarser
from pipelines.observations.schema import MISSING_REASONS, TOTAL, UNKNOWN

_PLANES = ("count", "missing", "coverage", "allocated", "completion", "completion_sd")


@dataclass(frozen=True)
class Conservation:
    """Counts in = on the grid + quarantined + unallocated, for one indicator (flows only)."""

    indicator: str
    counted_in: float
    on_grid: float
    quarantined: float
    unallocated: float

    @property
    def holds(self) -> bool:
        """Whether the three add up to what came in, to rounding."""
        out = self.on_grid + self.quarantined + self.unallocated
        return bool(np.isclose(self.counted_in, out, rtol=1e-9, atol=1e-6))


@dataclass(frozen=True)
class BuiltCube:
    """A cube and where the counts went."""

    cube: xr.Dataset
    conservation: tuple[Conservation, ...]
    unallocated: pd.DataFrame  # indicator, reason, count
    negative_rest: float  # by how much nationalities exceed their published totals
    real_vintages: bool
    nowcast: tuple[AgeClass, ...] = ()


def build_cube(
    known: KnownRows,
    *,
    day: int | None = None,
    quarantined: Mapping[str, float] | None = None,
    totals_only: bool = False,
    scheduler: str | None = None,
) -> BuiltCube:
    """Aggregate what was known on `day` (days since 1970, None: everything) onto the grid.

    Args:
        known: Encoded observations, all vintages, and the axes.
        day: Knowledge date.
        quarantined: Refused counts by indicator, for the account.
        totals_only: Leave the single nationalities out (what a past cutoff's forecast needs).
        scheduler: Dask's, where the active one won't do ("synchronous" inside a task).

    Returns:
        The cube (indicator, nationality, cell, time) and its account.
    """
    rows, grid = known.rows, known.grid
    selected, real = known_at(rows, day, strict_vintages=known.strict_vintages)
    selected, classes = add_completion(selected, rows, day)
    figures, negative_rest = resolve_totals(selected, unknown_nationality=rows.nationalities.index(UNKNOWN))
    if totals_only:
        figures, grid = figures[figures["total"]].assign(own=False), replace(grid, nationalities=(TOTAL,))
    published, figures = figures, split_coarser(figures, grid)
    task = dask.delayed(aggregate_block, pure=False)
    shared = dask.delayed(figures), weigh_by_history(rows.places, figures), grid
    blocks: tuple[Block, ...] = dask.compute(*(task(*shared, span) for span in grid.blocks()), scheduler=scheduler)
    planes = {name: np.concatenate([getattr(b, name) for b in blocks], axis=-1) for name in _PLANES}
    cube = cube_dataset(planes, grid, known.region)
    on_grid = totals(cube).sum(("cell", "time")).to_series().to_dict()
    _fill_zeros(cube, figures, rows, known.zero_within_span)
    ledger = pd.concat([b.ledger for b in blocks], ignore_index=True)
    ledger["indicator"] = np.array(grid.indicators, dtype=object)[ledger["indicator"].to_numpy(dtype=int)]
    book = ledger.groupby(["indicator", "reason"], as_index=False)["count"].sum()
    conservation = _account(published, book, on_grid, quarantined or {})
    unallocated = book[book["reason"] != ""].reset_index(drop=True)
    return BuiltCube(cube, conservation, unallocated, negative_rest, real, tuple(classes))


def write_cube(cube: xr.Dataset, path: Path) -> None:
    """Write the cube as Zarr, chunked over time."""
    cube.chunk({"time": 512}).to_zarr(path, mode="w", consolidated=False, zarr_format=2)


def cube_dataset(planes: Mapping[str, np.ndarray | dask.array.Array], grid: Axes, region: Region) -> xr.Dataset:
    """The cube of design §4.2 from its planes `count, missing, coverage, allocated`, and the nowcast's where made."""
    small = ("indicator", "cell", "time")
    flags = {"missing": {"flag_meanings": " ".join(("reported", *MISSING_REASONS))}}
    of_cell = ("route", "segment", "border", "from_country", "to_country", "headline")
    borders = {s.id: s.border for s in region.segments}
    described = [{**vars(c), "border": borders[c.segment]} for c in region.cells]
    return xr.Dataset(
        {
            "count": (("indicator", "nationality", "cell", "time"), planes["count"]),
            **{name: (small, planes[name], flags.get(name, {})) for name in _PLANES[1:] if name in planes},
        },
        coords={
            "indicator": list(grid.indicators),
            "nationality": list(grid.nationalities),
            "cell": list(grid.cells),
            "time": grid.times,
            **{name: ("cell", [c[name] for c in described]) for name in of_cell},
        },
        attrs={"region": region.id, "pack_version": region.pack_version, "freq": region.freq},
    )


def _fill_zeros(cube: xr.Dataset, figures: pd.DataFrame, rows: Rows, sources: tuple[str, ...]) -> None:
    """Where a source leaves zeros out, an unreported cell between its first and last figure is a zero.

    A source none of whose figures found a cell says nothing of the cells, and a reason that was stated stays.
    """
    placed = rows.places.size[figures["place"].to_numpy()] > 0
    days = cube["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    for source in (rows.sources.index(s) for s in sources if s in rows.sources):
        for indicator, own in figures[(figures["source"] == source) & placed].groupby("indicator"):
            inside = (days >= own["start"].min()) & (days <= own["end"].max())
            total = cube["count"].to_numpy()[indicator, 0]
            gap = np.isnan(total) & inside & (cube["missing"].to_numpy()[indicator] <= 1)
            total[gap] = 0.0
            cube["missing"].to_numpy()[indicator][gap] = 0
            cube["coverage"].to_numpy()[indicator][gap] = 1.0


def _account(
    figures: pd.DataFrame, book: pd.DataFrame, on_grid: Mapping[str, float], quarantined: Mapping[str, float]
) -> tuple[Conservation, ...]:
    """What came in, by indicator, against what the cube itself holds and the ledger's reasons.

    An indicator that the region does not know can only be in quarantine; it is accounted for all the same.
    """
    codes = {name: code for code, name in enumerate(on_grid)}
    feeding = figures[figures["total"]].groupby("indicator")["count"].sum()
    lost = book[book["reason"] != ""].groupby("indicator")["count"].sum()
    entries = []
    for name in sorted(set(book["indicator"]) | set(quarantined)):
        refused = float(quarantined.get(name, 0.0))
        counted_in = float(feeding.get(codes.get(name, -1), 0.0)) + refused
        entries.append(
            Conservation(name, counted_in, float(on_grid.get(name, 0.0)), refused, float(lost.get(name, 0.0)))
        )
    return tuple(entries)


def totals(cube: xr.Dataset) -> xr.DataArray:
    """The TOTAL plane of the counts (indicator, cell, time)."""
    return cube["count"].sel(nationality=TOTAL, drop=True)
