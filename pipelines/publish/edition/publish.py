"""Publish an edition: its manifest; write to a staging folder, checksum, verify, flush, rename (design §4.5)."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from geo.region.region import KOSOVO_FOOTNOTE, Region
from pipelines.editions.edition import (
    LATEST,
    MANIFEST,
    MANIFEST_CHECKSUM,
    Edition,
    EditionError,
    aside,
    edition_files,
    edition_order,
    is_edition_id,
    list_editions,
    verify_folder,
)
from pipelines.grid.cube import write_cube
from pipelines.publish.edition.tables import write_draws
from pipelines.store.atomic import flush_tree, json_bytes, write_atomically
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store

Table: TypeAlias = pd.DataFrame | Iterable[pd.DataFrame]  # whole, or piece by piece
Renderer = Callable[[Edition], Mapping[str, bytes]]
RunInfo = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Content:
    """What an edition holds, before it has a folder; `manifest` lacks `edition` and `files`."""

    period: str
    manifest: Mapping[str, Any]
    cube: xr.Dataset
    forecast: xr.Dataset
    tables: Mapping[str, Table]  # by file stem
    quality: Mapping[str, Any]
    draws: xr.Dataset | None = None  # of the cells, of the main indicator; what scenarios start from


@dataclass(frozen=True)
class Published:
    """An edition in its place; `new` is False where an equal one was there already.

    `set_aside`: that one was rolled back from, and readers are not led to it again.
    """

    edition: Edition
    new: bool
    set_aside: bool = False


def equal_edition(store: Store, region: str, fingerprint: str) -> Edition | None:
    """The published edition with the same inputs, settings, seed and code, if there is one."""
    for edition_id in reversed(list_editions(store, region)):
        edition = Edition(store.editions(region) / edition_id)
        if edition.manifest.get("fingerprint") == fingerprint:
            return edition
    return None


def show_again(store: Store, region: str, known: Edition) -> Published:
    """Lead readers to an equal edition that is there already, unless somebody rolled back from it.

    Raises:
        EditionError: it is no longer what was published.
    """
    if known.id in aside(store, region)["set_aside"]:
        return Published(known, new=False, set_aside=True)
    point_to(store.editions(region), known.require_intact().id)
    return Published(known, new=False)


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
        return show_again(store, region, known)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".staging-*"):  # of killed runs: the store's lock is held, so nobody else is at work
        shutil.rmtree(left, ignore_errors=True)
    edition_id = _free_id(folder, content.period, gone=aside(store, region)["deleted"])
    with staged(folder / edition_id) as staging:
        _write(content, staging)
        seal(staging, {**content.manifest, "edition": edition_id}, render)
        write_atomically(staging / "run.json", json_bytes(dict(run_info())))
    point_to(folder, edition_id)
    return Published(Edition(folder / edition_id), new=True)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder to write into, renamed to `folder` once all is well: readers see all of it or nothing."""
    staging = folder.parent / f".staging-{uuid4().hex}"
    staging.mkdir(parents=True)
    try:
        yield staging
        flush_tree(staging)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write(content: Content, folder: Path) -> None:
    write_cube(content.cube, folder / "cube.zarr")
    content.forecast.to_zarr(folder / "forecast.zarr", mode="w", consolidated=False, zarr_format=2)
    if content.draws is not None:
        write_draws(content.draws, folder)
    write_tables(content.tables, folder)
    write_atomically(folder / "quality.json", json_bytes(content.quality))


def write_tables(tables: Mapping[str, Table], folder: Path) -> None:
    """Write each table as `<name>.parquet`, as GeoParquet 1.1 where it has shapes; pieces go one after the other."""
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        if isinstance(table, pd.DataFrame):
            version = {"schema_version": "1.1.0"} if isinstance(table, gpd.GeoDataFrame) else {}
            table.to_parquet(path, index=False, compression="zstd", **version)
        else:
            _write_pieces(table, path)


def _write_pieces(pieces: Iterable[pd.DataFrame], path: Path) -> None:
    """One file of tables with the same columns, never all of them at once; empty ones say nothing of types."""
    every = iter(pieces)
    first = next(every)
    filled = (piece for piece in chain((first,), every) if len(piece))
    table = pa.Table.from_pandas(next(filled, first), preserve_index=False)
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        for piece in filled:
            writer.write_table(pa.Table.from_pandas(piece, schema=table.schema, preserve_index=False))


def seal(folder: Path, manifest: dict[str, Any], render: Renderer) -> None:
    """Write the briefing and the manifest with the checksums of all files, and check them.

    Raises:
        EditionError: the bytes don't verify.
    """
    # the renderer reads the edition, so it needs a manifest before the final one with all checksums
    write_atomically(folder / MANIFEST, json_bytes({**manifest, "files": {}}))
    for name, data in render(Edition(folder)).items():
        write_atomically(folder / name, data)
    files = {str(p.relative_to(folder)): checksum(p) for p in edition_files(folder)}
    write_atomically(folder / MANIFEST, json_bytes({**manifest, "files": files}))
    write_atomically(folder / MANIFEST_CHECKSUM, (checksum(folder / MANIFEST) + "\n").encode())
    problems = verify_folder(folder)
    if problems:
        raise EditionError(f"{folder}: the staged edition does not verify: {'; '.join(problems[:3])}. Check the disk.")


def _free_id(folder: Path, period: str, *, gone: Sequence[str] = ()) -> str:
    """The next id of a period; one that was given before is never given again."""
    names = (*gone, *(p.name for p in folder.iterdir()))
    given = [e for e in names if e.partition(".")[0] == period and is_edition_id(e)]
    if not given:
        return period
    return f"{period}.{max(edition_order(e)[1] for e in given) + 1}"


def point_to(folder: Path, edition_id: str) -> None:
    """Lead readers to an edition of this folder, from one moment to the next."""
    write_atomically(folder / LATEST, f"{edition_id}\n".encode())


def pack_checksum(region: Region) -> str:
    """Digest of the region pack's files; a pack that changes under the same version is a changed input."""
    digest = hashlib.sha256()
    if region.folder is not None:
        for path in sorted(p for p in Path(region.folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(str(path.relative_to(region.folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Digest of everything that decides an edition's bytes: inputs, settings, seed, pack, code and libraries."""
    return hashlib.sha256(json_bytes(dict(parts))).hexdigest()


def region_part(region: Region) -> dict[str, Any]:
    """What the manifest says of the region."""
    return {
        "region": region.id,
        "region_name": region.name,
        "freq": region.freq,
        "pack_version": region.pack_version,
        "purpose": region.purpose,
        "contact": region.contact,
        "footnote": region.footnote or (KOSOVO_FOOTNOTE if _names_kosovo(region) else None),
        "countries": dict(region.countries),
        "indicators": {
            i.id: {"name": i.name, "unit": i.unit, "kind": i.kind, "delay_days": i.delay_days}
            for i in region.indicators.values()
        },
        "events": [
            {**asdict(e), "start": e.start.isoformat(), "end": e.end.isoformat() if e.end else None}
            for e in region.events
        ],
    }


def _names_kosovo(region: Region) -> bool:
    named = [region.name, *region.countries, *(s.name for s in region.segments), *(s.border for s in region.segments)]
    return any("XKX" in name or "Kosovo" in name for name in named)
