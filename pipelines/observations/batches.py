"""Batches of observations in a store: append-only Parquet files, one per ingested file."""

import io
import json
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geo.region.region import Freq
from pipelines.observations.partitions import in_time_order, list_partitions, partition_bytes, read_partitions
from pipelines.observations.schema import CONFIRMED_SCHEMA, QUARANTINE_SCHEMA, SCHEMA, DataRefusedError
from pipelines.store.atomic import flush_folder, flush_tree, json_bytes
from pipelines.store.checksums import checksum, checksum_file, read_intact, write_with_checksum
from pipelines.store.paths import Store

STAGING = ".staging-"  # before the number of the process that fills the folder
PROVENANCE = "provenance.json"  # in the folder of a batch of several files


def load_observations(store: Store, region: str) -> pd.DataFrame:
    """All batches of a region in the order of their names; every vintage is kept.

    Raises:
        DamagedError: the bytes of a batch are not those that were written.
    """
    return _load(store.observations(region), SCHEMA)


def load_confirmed(store: Store, region: str) -> pd.DataFrame:
    """When figures were told again unchanged: the columns of the key and `as_of`."""
    return _load(store.confirmed(region), CONFIRMED_SCHEMA).drop_duplicates(ignore_index=True)


def load_quarantine(store: Store, region: str) -> pd.DataFrame:
    """All refused rows of a region, with file, line and reason."""
    return _load(store.quarantine(region), QUARANTINE_SCHEMA)


def quarantined_counts(quarantine: pd.DataFrame) -> dict[str, float]:
    """Readable counts in quarantine by indicator; those of rows that name none stand under ""."""
    return {str(k): float(v) for k, v in quarantine.groupby(quarantine["indicator"].fillna(""))["count"].sum().items()}


def input_checksums(store: Store, region: str) -> dict[str, str]:
    """SHA-256 of every batch, confirmation, quarantine and partner file, by name: what an edition rests on."""
    folders = _folders(store, region).items()
    return {f"{name}/{p.relative_to(folder)}": checksum(p) for name, folder in folders for p in batch_files(folder)}


def require_clock(store: Store, region: str, today: date) -> None:
    """Take nothing on a day before the last figures were taken: a clock that was set back makes new ones future ones.

    Raises:
        DataRefusedError: the store holds figures that were taken later.
    """
    folders = (store.observations(region), store.confirmed(region))
    days = {path: entry.get("ingested", "") for folder in folders for path, entry in _provenances(folder).items()}
    later = sorted(str(path.relative_to(store.root)) for path, day in days.items() if day > today.isoformat())
    if later:
        raise DataRefusedError(
            f"{store.root}: expected a day from {max(days.values())} on, when figures of region '{region}' were last "
            f"taken, got {today}. Set the machine's clock; if it was wrong then, give up what was taken that day and "
            f"ingest it again: {'; '.join(f'routecast store forget {path} --reason clock' for path in later)}."
        )


def list_inputs(store: Store, region: str) -> list[dict[str, str]]:
    """Source, file name and checksum of every provider's file that a region's batches came from."""
    entries = [e for folder in _folders(store, region).values() for e in _provenances(folder).values() if e]
    by_file = {(e["source"], e["file"], e["sha256"]): {k: e[k] for k in ("source", "file", "sha256")} for e in entries}
    return [by_file[key] for key in sorted(by_file)]


def provenance_of(path: Path) -> dict[str, str]:
    """What a batch says of where it came from; empty where it says nothing.

    Raises:
        DamagedError: its bytes are not those that were written.
    """
    beside = path.parent / PROVENANCE
    if beside.is_file():
        return dict(json.loads(read_intact(beside)))
    metadata = pq.read_schema(pa.BufferReader(read_intact(path))).metadata or {}
    return dict(json.loads(metadata.get(b"routecast", b"{}")))


def _provenances(folder: Path) -> dict[Path, dict[str, str]]:
    """Where each batch of a folder came from, by its file or folder."""
    first = {path.parent if path.parent != folder else path: path for path in reversed(batch_files(folder))}
    return {batch: provenance_of(path) for batch, path in first.items()}


def next_number(folder: Path) -> int:
    """Number of the next batch in a folder: later ones are read later."""
    numbers = [int(p.name[:6]) for p in folder.glob("[0-9]*") if p.name[:6].isdigit()] if folder.is_dir() else []
    return max(numbers, default=0) + 1


def clear_stagings(folder: Path) -> None:
    """What a killed ingestion left; the store's lock is held, so nobody else is at work."""
    for left in folder.glob(f"{STAGING}*") if folder.is_dir() else ():
        shutil.rmtree(left, ignore_errors=True)


def publish_batch(
    staging: Path, folder: Path, name: str, *, parts: Sequence[Path], freq: Freq, provenance: dict[str, str]
) -> None:
    """Put staged parts into place as one batch: they are there together, or none is.

    Args:
        staging: A folder that is not there yet, on the same disk.
        folder: Of the batches.
        name: The batch's.
        parts: Files with their checksums beside them, in the order in which they are to be read.
        freq: The region's, by which rows lie.
        provenance: Where they came from.
    """
    if len(parts) == 1:
        ordered, group = in_time_order(read_partitions(list_partitions(parts)), freq)
        data = partition_bytes(ordered, group, metadata=metadata_of(provenance))
        write_with_checksum(folder / f"{name}.parquet", data.to_pybytes())
        return
    staging.mkdir()
    for number, path in enumerate(parts, 1):
        for file, to in ((checksum_file(path), f"{number:04d}.sha256"), (path, f"{number:04d}.parquet")):
            file.rename(staging / to)
    write_with_checksum(staging / PROVENANCE, json_bytes(provenance))
    flush_tree(staging)
    staging.rename(folder / name)
    flush_folder(folder)


def metadata_of(provenance: dict[str, str]) -> dict[bytes, bytes]:
    """How a batch's provenance rides in its file."""
    return {b"routecast": json.dumps(provenance, sort_keys=True, ensure_ascii=False).encode()}


def write_batch(
    folder: Path, name: str, *, table: pd.DataFrame | pa.Table, schema: pa.Schema, provenance: dict[str, str]
) -> None:
    """Write one batch atomically, with its checksum and its provenance in it."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table[schema.names], schema=schema, preserve_index=False)
    buffer = io.BytesIO()
    pq.write_table(table.cast(schema).replace_schema_metadata(metadata_of(provenance)), buffer, compression="zstd")
    write_with_checksum(folder / f"{name}.parquet", buffer.getvalue())


def _folders(store: Store, region: str) -> dict[str, Path]:
    others = {"confirmed": store.confirmed, "quarantine": store.quarantine, "partners": store.partners}
    return {region: store.observations(region)} | {name: folder(region) for name, folder in others.items()}


def batch_files(folder: Path) -> list[Path]:
    """The files of all batches in the order in which they came: one file a batch, or a folder of several.

    A part that was lost from a folder is listed too, by its checksum: it is asked for, and found missing.
    """
    lost = (p.with_suffix(".parquet") for p in folder.glob("[!.]*/[0-9]*.sha256"))
    return sorted({*folder.glob("[!.]*.parquet"), *folder.glob("[!.]*/*.parquet"), *lost})


def _load(folder: Path, schema: pa.Schema) -> pd.DataFrame:
    tables = [
        pq.read_table(pa.BufferReader(read_intact(p))).select(schema.names).cast(schema) for p in batch_files(folder)
    ]
    joined = pa.concat_tables(tables) if tables else schema.empty_table()
    return joined.to_pandas(date_as_object=False)
