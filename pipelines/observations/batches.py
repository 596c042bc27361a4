"""Batches of observations in a store: append-only Parquet files, one per ingested file."""

import io
import json
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.observations.schema import CONFIRMED_SCHEMA, QUARANTINE_SCHEMA, SCHEMA, DataRefusedError
from pipelines.store.checksums import checksum, read_intact, write_with_checksum
from pipelines.store.paths import Store


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
    """Readable counts in quarantine by indicator."""
    return {str(k): float(v) for k, v in quarantine.groupby("indicator")["count"].sum().items()}


def input_checksums(store: Store, region: str) -> dict[str, str]:
    """SHA-256 of every batch, confirmation, quarantine and partner file, by name: what an edition rests on."""
    folders = _folders(store, region).items()
    return {f"{name}/{p.relative_to(folder)}": checksum(p) for name, folder in folders for p in batch_files(folder)}


def require_clock(store: Store, region: str, today: date) -> None:
    """Take nothing on a day before the last figures were taken: a clock that was set back makes new ones future ones.

    Raises:
        DataRefusedError: the store holds figures that were taken later.
    """
    paths = [*batch_files(store.observations(region)), *batch_files(store.confirmed(region))]
    last = max((day for p in paths if (day := provenance_of(p).get("ingested"))), default="")
    if today.isoformat() < last:
        raise DataRefusedError(
            f"{store.root}: expected a day from {last} on, when figures of region '{region}' were last taken, got "
            f"{today}. Set the machine's clock; if it was wrong then, delete the batches of that day and ingest again."
        )


def list_inputs(store: Store, region: str) -> list[dict[str, str]]:
    """Source, file name and checksum of every provider's file that a region's batches came from."""
    paths = [p for folder in _folders(store, region).values() for p in batch_files(folder)]
    entries = [entry for p in paths if (entry := provenance_of(p))]
    by_file = {(e["source"], e["file"], e["sha256"]): {k: e[k] for k in ("source", "file", "sha256")} for e in entries}
    return [by_file[key] for key in sorted(by_file)]


def provenance_of(path: Path) -> dict[str, str]:
    """What a batch says of where it came from; empty where it says nothing.

    Raises:
        DamagedError: its bytes are not those that were written.
    """
    metadata = pq.read_schema(pa.BufferReader(read_intact(path))).metadata or {}
    return dict(json.loads(metadata.get(b"routecast", b"{}")))


def write_batch(folder: Path, name: str, *, table: pd.DataFrame, schema: pa.Schema, provenance: dict[str, str]) -> None:
    """Write one batch atomically, with its checksum; its provenance rides in the file's metadata."""
    meta = {b"routecast": json.dumps(provenance, sort_keys=True, ensure_ascii=False).encode()}
    arrow = pa.Table.from_pandas(table[schema.names], schema=schema, preserve_index=False).replace_schema_metadata(meta)
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer, compression="zstd")
    write_with_checksum(folder / f"{name}.parquet", buffer.getvalue())


def _folders(store: Store, region: str) -> dict[str, Path]:
    others = {"confirmed": store.confirmed, "quarantine": store.quarantine, "partners": store.partners}
    return {region: store.observations(region)} | {name: folder(region) for name, folder in others.items()}


def batch_files(folder: Path) -> list[Path]:
    """The files of all batches in the order in which they came: one file a batch, or a folder of several."""
    return sorted([*folder.glob("[!.]*.parquet"), *folder.glob("[!.]*/*.parquet")])


def _load(folder: Path, schema: pa.Schema) -> pd.DataFrame:
    tables = [
        pq.read_table(pa.BufferReader(read_intact(p))).select(schema.names).cast(schema) for p in batch_files(folder)
    ]
    joined = pa.concat_tables(tables) if tables else schema.empty_table()
    return joined.to_pandas(date_as_object=False)
