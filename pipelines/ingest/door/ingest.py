"""Take a provider's file into the store: check, read, validate, keep the bytes, append what is new."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from geo.region.region import Region
from pipelines.ingest.door.report import FileReport, IngestReport, reasons_of
from pipelines.ingest.door.validate import validate
from pipelines.ingest.reading.files import check_file
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import load_observations, require_clock, write_batch
from pipelines.observations.schema import (
    CONFIRMED_SCHEMA,
    QUARANTINE_SCHEMA,
    SCHEMA,
    DataRefusedError,
)
from pipelines.observations.vintages import confirmations, only_news, state_as_of
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store


def ingest(source_id: str, paths: Sequence[Path], *, region: Region, store: Store, today: date) -> IngestReport:
    """Take files of one source into the store; the same file again changes nothing.

    Args:
        source_id: Which source the files are from.
        paths: The files, in the order in which they were published.
        region: The pack that places and indicators must belong to.
        store: Where to.
        today: Day of ingestion.

    Raises:
        DataRefusedError: a file as a whole can't be taken; files before it stay ingested, nothing of it is kept.
    """
    require_clock(store, region.id, today)
    taken: list[FileReport] = []
    for path in paths:
        try:
            taken.append(_ingest_file(source_id, path, region=region, store=store, today=today))
        except DataRefusedError as error:
            error.lines = tuple(IngestReport(source_id, tuple(taken)).lines())
            raise
    return IngestReport(source_id, tuple(taken))


def _ingest_file(source_id: str, path: Path, *, region: Region, store: Store, today: date) -> FileReport:
    source = SOURCES[source_id]
    _require_indicator(source.id, source.indicators, region)
    check_file(path)
    digest = checksum(path)
    reading = source.read(path, region)
    checked = validate(reading, region, source=source.id, file=path.name, today=today)
    if checked.observations.empty and checked.rejected.empty:
        raise DataRefusedError(
            f"{path.name}: expected figures of source '{source.id}', got none. Is it the right file?"
        )
    dated = state_as_of(checked.observations, region)
    news = only_news(dated, load_observations(store, region.id), today=today)
    provenance = {"source": source.id, "file": path.name, "sha256": digest, "ingested": today.isoformat()}
    number = len(list(store.observations(region.id).glob("*.parquet"))) + 1
    name = f"{number:06d}-{source.id}-{digest[:12]}"  # numbered, so that later batches are read later
    keep_bytes(store, path, digest, provenance)
    if (
        not checked.rejected.empty
        and not (store.quarantine(region.id) / f"{_stem(source.id, digest)}.parquet").exists()
    ):
        write_batch(
            store.quarantine(region.id),
            _stem(source.id, digest),
            table=checked.rejected,
            schema=QUARANTINE_SCHEMA,
            provenance=provenance,
        )
    again = confirmations(dated, news)
    confirmed = store.confirmed(region.id)
    if not again.empty and not (confirmed / f"{_stem(source.id, digest)}.parquet").exists():
        write_batch(confirmed, _stem(source.id, digest), table=again, schema=CONFIRMED_SCHEMA, provenance=provenance)
    if not news.empty:
        write_batch(store.observations(region.id), name, table=news, schema=SCHEMA, provenance=provenance)
    return _report(path, digest, news=news, offered=len(dated), rejected=checked.rejected)


def _stem(source: str, digest: str) -> str:
    """Quarantine is named by the file alone: the same file again is the same refusals."""
    return f"{source}-{digest[:12]}"


def _require_indicator(source: str, indicators: tuple[str, ...], region: Region) -> None:
    if indicators and not set(indicators) & set(region.indicators):
        raise DataRefusedError(
            f"source '{source}': it reports {', '.join(indicators)}, which region '{region.id}' does not have "
            f"({', '.join(region.indicators)}). Add the indicator to region.yaml, or name another --region."
        )


def keep_bytes(store: Store, path: Path, digest: str, provenance: dict[str, str]) -> None:
    """The provider's bytes and where they came from, once per content."""
    folder = store.snapshots / digest
    if (folder / "provenance.json").exists():
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise DataRefusedError(f"{path.name}: the file changed while it was being read. Ingest it again.")
    write_atomically(folder / path.name, data)
    write_atomically(folder / "provenance.json", json_bytes({**provenance, "bytes": len(data)}))


def _report(path: Path, digest: str, *, news: pd.DataFrame, offered: int, rejected: pd.DataFrame) -> FileReport:
    return FileReport(
        file=path.name,
        sha256=digest,
        accepted=len(news),
        unchanged=offered - len(news),
        quarantined=len(rejected),
        count_accepted=float(news["count"].sum()),
        count_quarantined=float(rejected["count"].sum()) if len(rejected) else 0.0,
        reasons=reasons_of(rejected),
    )
