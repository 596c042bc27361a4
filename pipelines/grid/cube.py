"""Build the cube of design §4.2 with Dask, one task per block of periods, and account for every count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
import pandas as pd
import xarray as xr
import zarr
from distributed import Future

from geo.region.region import Region
from pipelines.grid.aggregate import Block, aggregate_block
from pipelines.grid.block_figures import BlockSums, NationalitySums
from pipelines.grid.encode import (
    BLOCK_BYTES,
    Axes,
    KnownRows,
    Places,
    Rows,
    known_at,
    resolve_totals,
    weigh_by_history,
)
from pipelines.grid.nowcast import AgeClass, add_completion
from pipelines.grid.row_blocks import RowSeries
from pipelines.grid.temporal_disaggregation import split_coarser
from pipelines.observations.schema import MISSING_REASONS, TOTAL, UNKNOWN

Plane = zarr.Array[Any]
_DTYPES = {
    "count": "f8",
    "missing": "u1",
    "coverage": "f4",
    "allocated": "f4",
    "completion": "f4",
    "completion_sd": "f4",
}
_PLANES = tuple(_DTYPES)
_BLANK = {"count": np.nan, "missing": 1}  # where nothing was reported; else 0


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

    cube: xr.Dataset  # where it was also written to disk: without the single nationalities
    conservation: tuple[Conservation, ...]
    unallocated: pd.DataFrame  # indicator, reason, count
    negative_rest: float  # by how much nationalities exceed their published totals
    real_vintages: bool
    nowcast: tuple[AgeClass, ...] = ()
    path: Path | None = None  # Zarr folder of the cube with its nationalities

    def whole(self) -> xr.Dataset:
        """The cube with its nationalities, read from disk where it is looked at."""
        if self.path is None:
            return self.cube
        return xr.open_zarr(self.path, consolidated=False, chunks=None, mask_and_scale=False)


@dataclass(frozen=True)
class CubeOnDisk:
    """Where the tasks write the cube with its nationalities; nobody holds all of it."""

    path: Path  # Zarr folder, replaced; the workers reach it
    sums: Sequence[BlockSums] = ()  # blocks of which nationalities were added up


def build_cube(
    known: KnownRows,
    *,
    day: int | None = None,
    quarantined: Mapping[str, float] | None = None,
    totals_only: bool = False,
    disk: CubeOnDisk | None = None,
    scheduler: str | None = None,
) -> BuiltCube:
    """Aggregate what was known on `day` (days since 1970, None: everything) onto the grid.

    Args:
        known: Encoded observations, all vintages, and the axes.
        day: Knowledge date.
        quarantined: Refused counts by indicator, for the account.
        totals_only: Leave the single nationalities out (what a past cutoff's forecast needs).
        disk: Write the cube with its nationalities there, and give back the totals alone.
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
    planes = None if disk is None else lay_out(disk.path, grid, known.region)
    places = weigh_by_history(rows.places, figures)
    zeros = _zero_spans(figures, rows, known.zero_within_span)
    task = dask.delayed(_block, pure=False)
    # sent once, and not searched for tasks at every block
    shared = {"series": _whole(rows.series), "planes": _whole(planes)}
    weights = _whole(places)
    parts, tasks = [], []
    for indicator in np.unique(figures["indicator"].to_numpy()).tolist():
        one = replace(grid, indicators=(grid.indicators[indicator],), flows=(grid.flows[indicator],))
        own = dask.delayed(figures[figures["indicator"] == indicator].assign(indicator=0))
        options = {**shared, "zeros": [z[1:] for z in zeros if z[0] == indicator], "position": indicator}
        axes = _whole(one)
        for span in one.blocks():
            parts.append((indicator, span))
            tasks.append(task(own, weights, axes, span, _touching(disk, one, span), **options))
    blocks: tuple[Block, ...] = dask.compute(*tasks, scheduler=scheduler)
    grid = grid if disk is None else replace(grid, nationalities=(TOTAL,))
    cube = cube_dataset(_joined(parts, blocks, grid), grid, known.region)
    on_grid = totals(cube).sum(("cell", "time")).to_series().to_dict()
    named = zip(parts, blocks, strict=True)
    ledgers = [b.ledger.assign(indicator=grid.indicators[i]) for (i, _), b in named]
    ledger = pd.concat(ledgers or [pd.DataFrame(columns=["indicator", "reason", "count"])], ignore_index=True)
    book = ledger.groupby(["indicator", "reason"], as_index=False)["count"].sum()
    conservation = _account(published, book, on_grid, quarantined or {})
    unallocated = book[book["reason"] != ""].reset_index(drop=True)
    path = None if disk is None else disk.path
    return BuiltCube(cube, conservation, unallocated, negative_rest, real, tuple(classes), path)


def _whole(value: object) -> Any:  # noqa: ANN401 - what Dask makes of it
    return dask.delayed(value, traverse=False, pure=False)


def _joined(parts: Sequence[tuple[int, tuple[int, int]]], blocks: Sequence[Block], grid: Axes) -> dict[str, np.ndarray]:
    """Planes of the whole grid from the blocks of single indicators."""
    small = (len(grid.indicators), len(grid.cells), len(grid.times))
    shapes = {name: small if name != "count" else (small[0], len(grid.nationalities), *small[1:]) for name in _PLANES}
    built = {name: np.full(shape, _BLANK.get(name, 0), dtype=_DTYPES[name]) for name, shape in shapes.items()}
    for (indicator, span), block in zip(parts, blocks, strict=True):
        for name, plane in built.items():
            plane[indicator, ..., slice(*span)] = getattr(block, name)[0]
    return built


def _block(
    figures: pd.DataFrame,
    places: Places,
    grid: Axes,
    span: tuple[int, int],
    sums: Sequence[NationalitySums],
    *,
    series: Sequence[RowSeries],
    zeros: Sequence[tuple[int, int]],
    planes: Mapping[str, Plane] | None,
    position: int,
) -> Block:
    """One indicator's block of the cube: written to disk where there is one, and then without its nationalities."""
    block = aggregate_block(figures, places, grid, span, sums=sums, series=series)
    _fill_zeros(block, grid.edges[span[0] : span[1]], zeros)
    if planes is None:
        return block
    for name, plane in planes.items():
        plane[position : position + 1, ..., slice(*span)] = getattr(block, name)
    return replace(block, count=block.count[:, :1].copy())


def _touching(disk: CubeOnDisk | None, grid: Axes, span: tuple[int, int]) -> list[Future]:
    """Sums of the grid's one indicator by blocks that reach into some periods."""
    if disk is None:
        return []
    first, end = grid.edges[span[0]], grid.edges[span[1]]
    mine = (s for s in disk.sums if s.indicator == grid.indicators[0])
    return [s.sums for s in mine if s.first < end and s.end > first]


def lay_out(path: Path, grid: Axes, region: Region) -> dict[str, Plane]:
    """An empty cube on disk whose chunks are the grid's blocks; its planes, which travel with the tasks."""
    small = (len(grid.indicators), len(grid.cells), len(grid.times))
    shapes = {name: small if name != "count" else (small[0], len(grid.nationalities), *small[1:]) for name in _PLANES}
    blank = {n: np.broadcast_to(np.zeros((), _DTYPES[n]), shape) for n, shape in shapes.items()}
    cube = cube_dataset(blank, grid, region)
    cube.drop_vars(list(_PLANES)).to_zarr(path, mode="w", consolidated=False, zarr_format=2)
    group = zarr.open_group(path, mode="r+", zarr_format=2)
    beside = {"coordinates": " ".join(sorted(set(map(str, cube.coords)) - set(map(str, cube.dims))))}
    width = next(last - first for first, last in replace(grid, indicators=grid.indicators[:1]).blocks())
    return {
        name: group.create_array(
            name,
            shape=shape,
            chunks=(1, *shape[1:-1], width),
            dtype=_DTYPES[name],
            fill_value=_BLANK.get(name, 0),  # of indicators without a figure nothing is written
            attributes={**cube[name].attrs, **beside, "_ARRAY_DIMENSIONS": list(map(str, cube[name].dims))},
        )
        for name, shape in shapes.items()
    }


def write_cube(cube: xr.Dataset, path: Path) -> None:
    """Write the cube as Zarr, chunked over time."""
    chunks = {"time": 512}
    if cube["count"].nbytes > BLOCK_BYTES:
        a_period = 8 * cube.sizes["nationality"] * cube.sizes["cell"]
        chunks = {"indicator": 1, "time": max(1, min(512, BLOCK_BYTES // a_period))}
    cube.drop_encoding().chunk(chunks).to_zarr(path, mode="w", consolidated=False, zarr_format=2)


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


def _zero_spans(figures: pd.DataFrame, rows: Rows, sources: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Indicator, first and last day of the figures of each source that leaves zeros out.

    A source none of whose figures found a cell says nothing of the cells.
    """
    placed = rows.places.size[figures["place"].to_numpy()] > 0
    return [
        (int(str(indicator)), int(own["start"].min()), int(own["end"].max()))
        for source in (rows.sources.index(s) for s in sources if s in rows.sources)
        for indicator, own in figures[(figures["source"] == source) & placed].groupby("indicator")
    ]


def _fill_zeros(block: Block, days: np.ndarray, spans: Sequence[tuple[int, int]]) -> None:
    """Where a source leaves zeros out, an unreported cell between its first and last figure is a zero.

    A reason that was stated stays. `days` (time,) are the periods' first ones.
    """
    for first, last in spans:
        total, missing = block.count[0, 0], block.missing[0]
        gap = np.isnan(total) & (days >= first) & (days <= last) & (missing <= 1)
        total[gap] = 0.0
        missing[gap] = 0
        block.coverage[0][gap] = 1.0


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
