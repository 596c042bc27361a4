"""Daily tables onto the grid with Dask: a task per block of periods, whose sums are kept until its parts change."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import xarray as xr
import zarr
from distributed import Client

from geo.region.region import Region
from pipelines.grid.cube import cube_dataset
from pipelines.grid.daily.place_to_cell import CellEntry, cell_block, entries_of, places_of, with_history
from pipelines.grid.encode import Axes, Places
from pipelines.ingest.daily.axes import DailyAxes, DailyBlock, axes_of, block_times, plan_blocks
from pipelines.ingest.daily.block_sums import DailySums, add_block
from pipelines.ingest.daily.layout import Delivery
from pipelines.ingest.daily.vintages import VintageRule
from pipelines.observations.schema import TOTAL
from pipelines.store.atomic import json_bytes
from pipelines.store.periods import period_range, period_starts

EVERYTHING = VintageRule()


@dataclass(frozen=True)
class DailyCube:
    """A cube of daily tables on disk, and where the counts went."""

    path: Path
    span: tuple[pd.Timestamp, pd.Timestamp]  # first and last period with a figure; blocks may reach farther
    ledger: pd.DataFrame  # indicator (id), reason ("" = on the grid), count
    negative_rest: float  # by how much nationalities exceed their published totals
    blocks: int
    reused: int  # blocks whose sums were kept from an earlier run

    def open(self) -> xr.Dataset:
        """The cube of design §4.2, read from disk where it is looked at."""
        return xr.open_zarr(self.path, consolidated=False, chunks=None, mask_and_scale=False).sel(
            time=slice(*self.span)
        )


@dataclass(frozen=True)
class SumRequest:
    """What a job is to add up."""

    axes: DailyAxes
    nationalities: bool
    known: VintageRule
    kept: Path | None


def daily_cube(
    deliveries: Sequence[Delivery],
    region: Region,
    path: Path,
    *,
    client: Client,
    nationalities: bool = True,
    known: VintageRule = EVERYTHING,
    kept: Path | None = None,
) -> DailyCube:
    """Add daily tables up onto the grid; every worker writes its periods of the cube, nobody holds all of it.

    Args:
        deliveries: The tables, in the order in which they came.
        region: The pack.
        path: Zarr folder for the cube; replaced.
        client: Where the tasks run; its workers reach the deliveries' folders and `path`.
        nationalities: Whether the nationalities' planes are wanted; without them the cube has TOTAL alone.
        known: Which vintages count.
        kept: Folder in which sums of blocks are kept for the next run; None keeps none.

    Raises:
        ValueError: there is no delivery.
    """
    if not deliveries:
        raise ValueError(f"{region.id}: expected daily tables, got none. Ingest one first.")
    axes = axes_of(deliveries, region)
    wanted = SumRequest(axes, nationalities, known, kept)
    blocks = plan_blocks(deliveries, axes, nationalities=nationalities)
    reused = sum(_kept_file(b, wanted).exists() for b in blocks) if kept else 0
    sums = client.map(block_sums, blocks, wanted=wanted, pure=False)
    grid = _grid(blocks, wanted, region)
    planes = _lay_out(path, grid, region, width=len(blocks[0].edges) - 1)
    by_place = np.sum(client.gather(client.map(_by_place, sums, pure=False)), axis=0)
    places = with_history(places_of(axes, region), by_place)
    shares = (places, entries_of(places, axes), len(region.cells))
    first = [int(grid.times.get_loc(block_times(b)[0])) for b in blocks]
    done = client.gather(client.map(_write_block, sums, blocks, first, shares=shares, planes=planes, pure=False))
    if kept:
        _forget_others(kept, {_kept_file(b, wanted) for b in blocks})
    days = np.array([min(d.first for d in deliveries), max(d.last for d in deliveries)], dtype="datetime64[D]")
    span = period_starts(pd.DatetimeIndex(days.astype("datetime64[ns]")), region.freq)
    return DailyCube(
        path, (span[0], span[1]), _book([d[0] for d in done], axes), float(sum(d[1] for d in done)), len(blocks), reused
    )


def add_nationalities(
    cube: xr.Dataset,
    deliveries: Sequence[Delivery],
    region: Region,
    folder: Path,
    *,
    known: VintageRule,
    client: Client,
) -> None:
    """Fill the nationalities' planes of a cube (in place) where a daily table tells its totals.

    Args:
        cube: The cube, with the tables' totals in it and all their nationalities on its axis.
        deliveries: The tables.
        region: The pack.
        folder: Where the tables lie; working files go there too.
        known: Which vintages count.
        client: Where the tasks run.
    """
    kept = folder / ".sums" if known == EVERYTHING else None
    daily = daily_cube(deliveries, region, folder / ".cube.zarr", client=client, known=known, kept=kept).open()
    times = cube["time"].isin(daily["time"].to_numpy()).to_numpy()
    for number, indicator in enumerate(cube["indicator"].to_numpy()):
        if indicator not in daily["indicator"].to_numpy():
            continue
        mine = daily["count"].sel(indicator=indicator).sel(time=cube["time"].to_numpy()[times]).to_numpy()
        whole = cube["count"].to_numpy()[number]
        same = np.isclose(whole[0][:, times], mine[0])
        for nationality, plane in zip(daily["nationality"].to_numpy()[1:], mine[1:], strict=True):
            position = int(np.flatnonzero(cube["nationality"].to_numpy() == nationality)[0])
            whole[position][:, times] = np.where(same, plane, whole[position][:, times])


def _grid(blocks: Sequence[DailyBlock], wanted: SumRequest, region: Region) -> Axes:
    axes = wanted.axes
    return Axes(
        indicators=axes.indicators,
        flows=(True,) * len(axes.indicators),
        nationalities=axes.nationalities if wanted.nationalities else (TOTAL,),
        cells=tuple(c.id for c in region.cells),
        times=period_range(block_times(blocks[0])[0], block_times(blocks[-1])[-1], region.freq),
        freq=region.freq,
    )


def _book(ledgers: Sequence[pd.DataFrame], axes: DailyAxes) -> pd.DataFrame:
    """Counts by indicator (id) and reason."""
    ledger = pd.concat(ledgers, ignore_index=True)
    ledger["indicator"] = np.array(axes.indicators, dtype=object)[ledger["indicator"].to_numpy(int)]
    return ledger.groupby(["indicator", "reason"], as_index=False)["count"].sum()


def _lay_out(path: Path, grid: Axes, region: Region, *, width: int) -> dict[str, zarr.Array[Any]]:
    """An empty cube on disk whose chunks are the blocks' periods; its planes, which travel with the tasks.

    xarray writes the axes; the planes are made as xarray would make them, without a graph of blank chunks (0.1 s).
    """
    small = (len(grid.indicators), len(grid.cells), len(grid.times))
    shapes = {name: small if name != "count" else (small[0], len(grid.nationalities), *small[1:]) for name in _BLANK}
    blank = {n: np.broadcast_to(np.array(value, _DTYPES[n]), shapes[n]) for n, value in _BLANK.items()}
    cube = cube_dataset(blank, grid, region)
    cube.drop_vars(list(_BLANK)).to_zarr(path, mode="w", consolidated=False, zarr_format=2)
    group = zarr.open_group(path, mode="r+", zarr_format=2)
    beside = {"coordinates": " ".join(sorted(set(map(str, cube.coords)) - set(map(str, cube.dims))))}
    return {
        name: group.create_array(
            name,
            shape=shape,
            chunks=(*shape[:-1], width),
            dtype=_DTYPES[name],
            fill_value=_BLANK[name],
            attributes={**cube[name].attrs, **beside, "_ARRAY_DIMENSIONS": list(map(str, cube[name].dims))},
        )
        for name, shape in shapes.items()
    }


_BLANK = {"count": np.nan, "missing": 1, "coverage": 0, "allocated": 0}  # what a chunk that nobody writes holds
_DTYPES = {"count": "f8", "missing": "u1", "coverage": "f4", "allocated": "f4"}


def _by_place(sums: DailySums) -> np.ndarray:
    return np.asarray(sums.totals.sum(axis=0))


def _write_block(
    sums: DailySums,
    block: DailyBlock,
    first: int,
    *,
    shares: tuple[Places, list[CellEntry], int],
    planes: dict[str, zarr.Array[Any]],
) -> tuple[pd.DataFrame, float]:
    """Write a block's periods into the cube; its ledger and negative rest."""
    places, entries, cells = shares
    built = cell_block(sums, block, places, entries, cells=cells)
    span = slice(first, first + len(block.edges) - 1)
    for name, plane in planes.items():
        plane[..., span] = getattr(built, name)
    return built.ledger, sums.negative_rest


def block_sums(block: DailyBlock, *, wanted: SumRequest) -> DailySums:
    """The sums of a block, read where an earlier run has kept them."""
    path = _kept_file(block, wanted) if wanted.kept else None
    kept = kept_sums(path) if path is not None else None
    if kept is not None:
        return kept
    sums = add_block(block, wanted.axes, nationalities=wanted.nationalities, known=wanted.known)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        with draft.open("wb") as stream:
            np.savez(stream, **{k: v for k, v in vars(sums).items() if v is not None})
        draft.replace(path)
    return sums


def kept_sums(path: Path) -> DailySums | None:
    """Sums that an earlier run has kept; broken ones (the archive holds checksums) are deleted, to be made again."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            planes = {f.name: stored.get(f.name) for f in fields(DailySums)}
            return DailySums(**{**planes, "negative_rest": float(stored["negative_rest"])})
    except FileNotFoundError:
        return None
    except (BadZipFile, EOFError, KeyError, ValueError):
        path.unlink()
        return None


def _kept_file(block: DailyBlock, wanted: SumRequest) -> Path:
    parts = [[p.path.parent.name, asdict(p.part)] for p in block.pieces]
    said = {
        "axes": asdict(wanted.axes),
        "parts": parts,
        "nationalities": wanted.nationalities,
        "known": asdict(wanted.known),
        "days": block.edges,
        "code": _code(),
    }
    return Path(wanted.kept or ".") / f"{hashlib.sha256(json_bytes(said)).hexdigest()[:32]}.npz"


@cache
def _code() -> str:
    """Digest of the code of daily tables: sums that other code has made are not reused."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[2].glob("*/daily/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _forget_others(folder: Path, used: set[Path]) -> None:
    for path in set(folder.glob("*.npz")) - used:
        path.unlink(missing_ok=True)
