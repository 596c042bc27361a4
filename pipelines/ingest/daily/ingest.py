"""Take daily tables of any size into the store: in pieces, by Dask, published whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from distributed import Client, as_completed

from geo.locate.lookup import segment_index
from geo.region.region import Region
from pipelines.compute.cluster import share
from pipelines.ingest.daily.axes import axes_of, plan_blocks
from pipelines.ingest.daily.duplicates import drop_rows, find_repeats
from pipelines.ingest.daily.ingest_range import SOURCE, Taken, take_range
from pipelines.ingest.daily.layout import MANIFEST, Delivery, load_deliveries, write_manifest
from pipelines.ingest.daily.read_ranges import RANGE_BYTES, FileRange, open_ranges
from pipelines.ingest.door.ingest import FileReport, IngestReport, file_report
from pipelines.observations.batches import load_observations, require_clock, write_batch
from pipelines.observations.schema import QUARANTINE_SCHEMA, SCHEMA, DataRefusedError
from pipelines.observations.vintages import only_news, state_as_of
from pipelines.store.atomic import flush_folder
from pipelines.store.paths import Store
from pipelines.store.periods import day_numbers

Progress = Callable[[str, int, int], None]


def take_daily(
    paths: Sequence[Path], *, region: Region, store: Store, today: date, client: Client, progress: Progress
) -> IngestReport:
    """Take daily tables (CSV or Parquet in the canonical columns) into the store; the same file again changes nothing.

    Daily flows of points, crossing points and segments are kept as parts by groups of periods; other rows are single
    figures, as from source `csv`. The file itself is not kept: every column of the contract is.

    Args:
        paths: The files, in the order in which they were sent.
        region: The pack.
        store: Where to; the client's workers must reach the same folder.
        today: Day of ingestion.
        client: Where the tasks run.
        progress: Told of every finished range.

    Raises:
        DataRefusedError: a file as a whole can't be taken; nothing of it is kept.
    """
    require_clock(store, region.id, today)
    options = {"region": region, "store": store, "today": today, "client": client, "progress": progress}
    return IngestReport(SOURCE, tuple(_take_file(path, **options) for path in paths))


def is_large(paths: Sequence[Path]) -> bool:
    """Whether starting worker processes pays for these files."""
    return sum(p.stat().st_size for p in paths if p.is_file()) > RANGE_BYTES


def _take_file(
    path: Path, *, region: Region, store: Store, today: date, client: Client, progress: Progress
) -> FileReport:
    if not path.is_file() or path.stat().st_size == 0:
        raise DataRefusedError(f"{path}: expected a file with figures, there is none. Check the path.")
    ranges = open_ranges(path)
    home = store.daily(region.id)
    staging = home / f".staging-{os.getpid()}"
    _clear_stagings(home)
    staging.mkdir(parents=True)
    try:
        taken = _taken(ranges, region, staging, today, client=client, progress=progress)
        digest = _digest(path, taken)
        held = next((d for d in load_deliveries(home) if d.name.endswith(digest[:12])), None)
        provenance = {"source": SOURCE, "file": path.name, "sha256": digest, "ingested": today.isoformat()}
        rejected, delivery = _delivered(taken, staging, region, today, client=client)
        if held is not None:
            offered = _rows(delivery) + sum(len(t.others) for t in taken)
            return file_report(path, digest, rejected, accepted=0, offered=offered)
        kept = _keep_others(taken, rejected, path, region, store, provenance=provenance, today=today)
        if not _rows(delivery) and kept is None and rejected.empty:
            raise DataRefusedError(f"{path.name}: expected daily figures, got none. Is it the right file?")
        if _rows(delivery):
            _publish(delivery, home, provenance)
        accepted = _rows(delivery) + (0 if kept is None else len(kept))
        offered = _rows(delivery) + sum(len(t.others) for t in taken)
        return file_report(path, digest, rejected, accepted=accepted, offered=offered)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _taken(
    ranges: list[FileRange], region: Region, staging: Path, today: date, *, client: Client, progress: Progress
) -> list[Taken]:
    if "lon" in ranges[0].header and region.has_geometry:
        segment_index(region)  # built once, it travels with the region
    shared = share(client, region)
    options = {"region": shared, "folder": staging, "today": today, "pure": False}
    futures = client.map(take_range, ranges, range(len(ranges)), **options)
    for done, _ in enumerate(as_completed(futures), 1):
        progress("take", done, len(futures))
    return client.gather(futures)


def _delivered(
    taken: list[Taken], staging: Path, region: Region, today: date, *, client: Client
) -> tuple[pd.DataFrame, Delivery]:
    """Refused rows with their lines in the file, and the delivery with figures that stand in it twice taken out."""
    header = 0 if any(not t.sha256 for t in taken) else 1  # a Parquet file has no header line
    before = np.cumsum([header, *(t.lines for t in taken)])
    rejected = [t.rejected.assign(line=t.rejected["line"] + start + 1) for t, start in zip(taken, before, strict=False)]
    parts = [replace(p, first_line=int(start) + 1) for t, start in zip(taken, before, strict=False) for p in t.parts]
    delivery = Delivery(
        folder=staging,
        ingested=int(day_numbers(pd.DatetimeIndex([today]))[0]),
        first=min(t.first for t in taken),
        last=max(t.last for t in taken),
        indicators=tuple(sorted(frozenset().union(*(t.indicators for t in taken)))),
        nationalities=tuple(sorted(frozenset().union(*(t.nationalities for t in taken)))),
        places=tuple(sorted(frozenset().union(*(t.places for t in taken)))),
        parts=tuple(sorted(parts, key=lambda p: p.file)),
    )
    if parts:
        axes = axes_of([delivery], region)
        blocks = plan_blocks([delivery], axes, nationalities=True)
        found = client.gather(client.map(find_repeats, blocks, axes=axes, pure=False))
        repeats = {file: rows for block in found for file, rows in block.items()}
        if repeats:
            delivery, dropped = drop_rows(delivery, repeats)
            rejected.append(dropped)
    filled = [r for r in rejected if len(r)] or rejected[:1]
    return pd.concat(filled, ignore_index=True).sort_values("line", ignore_index=True), delivery


def _keep_others(
    taken: list[Taken],
    rejected: pd.DataFrame,
    path: Path,
    region: Region,
    store: Store,
    *,
    provenance: dict[str, str],
    today: date,
) -> pd.DataFrame | None:
    """Store refused rows and single figures; the rows that were news."""
    stem = f"{SOURCE}-{provenance['sha256'][:12]}"
    if len(rejected) and not (store.quarantine(region.id) / f"{stem}.parquet").exists():
        table = rejected.assign(source=SOURCE, file=path.name)
        write_batch(store.quarantine(region.id), stem, table=table, schema=QUARANTINE_SCHEMA, provenance=provenance)
    others = [t.others for t in taken if len(t.others)]
    if not others:
        return None
    dated = state_as_of(pd.concat(others, ignore_index=True), region)
    news = only_news(dated, load_observations(store, region.id), today=today)
    if len(news):
        folder = store.observations(region.id)
        name = f"{len(list(folder.glob('*.parquet'))) + 1:06d}-{stem}"
        write_batch(folder, name, table=news, schema=SCHEMA, provenance=provenance)
    return news


def _publish(delivery: Delivery, home: Path, provenance: dict[str, str]) -> None:
    """Flush every part, then rename the folder into place: a delivery is there whole, or not at all."""
    for part in delivery.parts:
        with (delivery.folder / part.file).open("rb") as stream:
            os.fsync(stream.fileno())
    write_manifest(delivery, provenance)
    number = len(list(home.glob(f"[0-9]*/{MANIFEST}"))) + 1
    delivery.folder.replace(home / f"{number:06d}-{provenance['sha256'][:12]}")
    flush_folder(home)


def _clear_stagings(home: Path) -> None:
    """What a killed run left; the store's lock is held, so nobody else is at work."""
    for folder in home.glob(".staging-*") if home.is_dir() else ():
        shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path, taken: list[Taken]) -> str:
    """SHA-256 of a Parquet file; of a CSV that of its ranges' digests, which the tasks made while they read."""
    if all(t.sha256 for t in taken):
        return hashlib.sha256("".join(t.sha256 for t in taken).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(delivery: Delivery) -> int:
    return sum(p.rows for p in delivery.parts)
