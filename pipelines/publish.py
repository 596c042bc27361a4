"""Publish an edition: write to a staging folder, checksum, verify, flush, rename (design §4.5)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import geopandas as gpd

from pipelines.cell_draws import write_draws
from pipelines.cube import write_cube
from pipelines.editions import (
    LATEST,
    MANIFEST,
    MANIFEST_CHECKSUM,
    Edition,
    EditionError,
    checksum,
    edition_files,
    list_editions,
    verify_folder,
)
from pipelines.files import flush_tree, json_bytes, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd
    import xarray as xr

    from pipelines.store import Store

    Renderer = Callable[[Edition], Mapping[str, bytes]]
    RunInfo = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Content:
    """What an edition holds, before it has a folder; `manifest` lacks `edition` and `files`."""

    period: str
    manifest: Mapping[str, Any]
    cube: xr.Dataset
    forecast: xr.Dataset
    tables: Mapping[str, pd.DataFrame]  # file stem → table
    quality: Mapping[str, Any]
    draws: xr.Dataset | None = None  # of the cells, of the main indicator; what scenarios start from


@dataclass(frozen=True)
class Published:
    """An edition in its place; `new` is False where an equal one was there already."""

    edition: Edition
    new: bool


def equal_edition(store: Store, region: str, fingerprint: str) -> Edition | None:
    """The published edition with the same inputs, settings, seed and code, if there is one."""
    for edition_id in reversed(list_editions(store, region)):
        edition = Edition(store.editions(region) / edition_id)
        if edition.manifest.get("fingerprint") == fingerprint:
            return edition
    return None


def publish(content: Content, store: Store, *, render: Renderer, run_info: RunInfo) -> Published:
    """Publish atomically; an equal edition that is already there is left as it is.

    Args:
        content: Everything but the briefing.
        store: Where to.
        render: Makes the briefing's files from the staged edition.
        run_info: Gives clock and timings, asked as late as can be; kept beside the edition outside its checksums.

    Raises:
        EditionError: the staged bytes don't verify.
    """
    region = str(content.manifest["region"])
    folder = store.editions(region)
    known = equal_edition(store, region, content.manifest["fingerprint"])
    if known is not None:
        _point_to(folder, known.id)
        return Published(known, new=False)
    _clear_stagings(folder)
    staging = folder / f".staging-{uuid4().hex}"
    staging.mkdir(parents=True)
    try:
        edition_id = _free_id(folder, content.period)
        _write(content, staging, edition_id)
        for name, data in render(Edition(staging)).items():
            write_atomically(staging / name, data)
        seal(staging, {**content.manifest, "edition": edition_id})
        write_atomically(staging / "run.json", json_bytes(dict(run_info())))
        flush_tree(staging)
        staging.rename(folder / edition_id)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    _point_to(folder, edition_id)
    return Published(Edition(folder / edition_id), new=True)


def _write(content: Content, folder: Path, edition_id: str) -> None:
    write_cube(content.cube, folder / "cube.zarr")
    content.forecast.to_zarr(folder / "forecast.zarr", mode="w", consolidated=False, zarr_format=2)
    if content.draws is not None:
        write_draws(content.draws, folder)
    for name, table in content.tables.items():
        if isinstance(table, gpd.GeoDataFrame):
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", schema_version="1.1.0")
        else:
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
    write_atomically(folder / "quality.json", json_bytes(content.quality))
    # the renderer reads the edition, so it needs a manifest before the final one with all checksums
    write_atomically(folder / MANIFEST, json_bytes({**content.manifest, "edition": edition_id, "files": {}}))


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with the checksums of all files, and check them.

    Raises:
        EditionError: the bytes don't verify.
    """
    files = {str(p.relative_to(folder)): checksum(p) for p in edition_files(folder)}
    write_atomically(folder / MANIFEST, json_bytes({**manifest, "files": files}))
    write_atomically(folder / MANIFEST_CHECKSUM, (checksum(folder / MANIFEST) + "\n").encode())
    problems = verify_folder(folder)
    if problems:
        raise EditionError(f"{folder}: the staged edition does not verify: {'; '.join(problems[:3])}. Check the disk.")


def _clear_stagings(folder: Path) -> None:
    """What killed runs left; the store's lock is held, so nobody else is at work."""
    for left in folder.glob(".staging-*") if folder.is_dir() else ():
        shutil.rmtree(left, ignore_errors=True)


def _free_id(folder: Path, period: str) -> str:
    if not (folder / period).exists():
        return period
    number = 2
    while (folder / f"{period}.{number}").exists():
        number += 1
    return f"{period}.{number}"


def _point_to(folder: Path, edition_id: str) -> None:
    write_atomically(folder / LATEST, f"{edition_id}\n".encode())
