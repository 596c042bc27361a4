"""Take a provider's file into the store: check, read, validate, keep the bytes, append what is new; and say so."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from distributed import Client

from geo.region.region import Region
from pipelines.compute.workers import Progress
from pipelines.ingest.door.settle import Delivered, join_refused, lined, settle
from pipelines.ingest.door.take_pieces import StagedPart, Staging, stage, take_pieces
from pipelines.ingest.door.validate import check_rows
from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.personal_data import file_for_message
from pipelines.ingest.reading.pieces import cut_table, is_large, is_one, is_parquet, not_read
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import (
    STAGING,
    batch_files,
    clear_stagings,
    next_number,
    publish_batch,
    require_clock,
    write_batch,
)
from pipelines.observations.file_accounts import (
    Counted,
    FileAccount,
    all_accounts,
    first_taken,
    keep_account,
    mark_of,
    refused_amounts,
)
from pipelines.observations.partitions import list_partitions
from pipelines.observations.schema import (
    CONFIRMED_SCHEMA,
    QUARANTINE_SCHEMA,
    DataRefusedError,
    NothingTakenError,
    NumberForm,
    Source,
)
from pipelines.observations.vintages import state_as_of
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.checksums import checksum
from pipelines.store.ledger import former_number
from pipelines.store.paths import Store

LONG = "csv"  # the source whose files are long tables in the canonical columns
_REASONS_SHOWN = 5
_PACKED = (b"PK", b"\x1f\x8b", b"PAR1", b"ARROW")
_REFUSAL = ["line", "reason"]  # what tells a refused row of a file from its others


@dataclass(frozen=True)
class FileReport:
    """What became of one file."""

    file: str
    sha256: str
    accepted: int
    unchanged: int
    quarantined: int
    reasons: tuple[tuple[str, int, int], ...]  # reason, rows, first line
    account: FileAccount  # of the counts

    def reason_lines(self) -> list[str]:
        """Why rows were refused, the most frequent reasons first."""
        lines = [f"{rows:,} × {reason} (first in line {line})" for reason, rows, line in self.reasons[:_REASONS_SHOWN]]
        more = len(self.reasons) - _REASONS_SHOWN
        if more > 0:
            lines.append(f"… and {more} more reason{'s' if more > 1 else ''}, in the store's quarantine")
        return lines


@dataclass(frozen=True)
class IngestReport:
    """What became of the files of one ingestion."""

    source: str
    files: tuple[FileReport, ...]

    @property
    def accepted(self) -> int:
        """Rows added to the store."""
        return sum(f.accepted for f in self.files)

    @property
    def unchanged(self) -> int:
        """Rows that say what the store already knew."""
        return sum(f.unchanged for f in self.files)

    @property
    def quarantined(self) -> int:
        """Rows refused, with their reason."""
        return sum(f.quarantined for f in self.files)

    def lines(self) -> list[str]:
        """For the terminal: a line per file, and the reasons of refused rows."""
        out = []
        for f in self.files:
            rows = f"accepted {f.accepted:,}, unchanged {f.unchanged:,}, quarantined {f.quarantined:,}"
            details = [*f.reason_lines(), *f.account.lines()]
            out += [f"{self.source} {f.file}: {rows}", *(f"  {detail}" for detail in details)]
        return out

    def require_something(self) -> None:
        """Refuse what only looks like a delivery: a file of which every row went to quarantine.

        Raises:
            NothingTakenError: names those files with the reasons of their rows.
        """
        empty = [f for f in self.files if f.quarantined and not f.accepted and not f.unchanged]
        if empty:
            messages = [
                f"{f.file}: expected figures, no row could be taken (of {f.quarantined:,}): "
                f"{'; '.join(f.reason_lines())}. They are in quarantine. Mend the file and send it again."
                for f in empty
            ]
            others = IngestReport(self.source, tuple(f for f in self.files if f not in empty))
            raise NothingTakenError("\n".join(messages), lines=others.lines())


def reasons_of(rejected: pd.DataFrame) -> tuple[tuple[str, int, int], ...]:
    """Reasons of refused rows, with how many and the first line; the most frequent first."""
    if rejected.empty:
        return ()
    grouped = rejected.groupby("reason", sort=False)["line"].agg(["size", "min"])
    reasons = [(str(reason), int(rows), int(line)) for reason, rows, line in grouped.itertuples()]
    return tuple(sorted(reasons, key=lambda r: -r[1]))


@dataclass(frozen=True)
class IngestWork:
    """What files are taken for, and by whom."""

    region: Region
    store: Store
    today: date
    form: NumberForm
    client: Client | None
    progress: Progress


@dataclass(frozen=True)
class Taken:
    """What became of one file, before it is kept."""

    parts: tuple[StagedPart, ...]  # the news
    confirmed: pa.Table
    rejected: pd.DataFrame
    accepted: int  # rows of the file among the news
    offered: int
    digest: str
    source: str
    counted: Counted  # of the rows that could be taken
    unread: tuple[str, ...]


def ingest(
    source: str | Source,
    paths: Sequence[Path],
    *,
    region: Region,
    store: Store,
    today: date,
    form: NumberForm | None = None,
    client: Client | None = None,
    progress: Progress = lambda *_: None,
) -> IngestReport:
    """Take files of one source into the store; the same file again changes nothing.

    Args:
        source: Which source the files are from: its id, or a source that a mapping describes.
        paths: The files, in the order in which they were published.
        region: The pack that places and indicators must belong to.
        store: Where to.
        today: Day of ingestion.
        form: How the files write numbers, where it is stated.
        client: Where the pieces of long tables are taken; its workers reach the same store. None: here.
        progress: Told of every finished piece.

    Raises:
        DataRefusedError: a file as a whole can't be taken; files before it stay ingested, nothing of it is kept.
    """
    known = source if isinstance(source, Source) else SOURCES[source]
    require_clock(store, region.id, today)
    reports: list[FileReport] = []
    work = IngestWork(region, store, today, form or {}, client, progress)
    for path in paths:
        try:
            reports.append(_ingest_file(known, path, work))
        except DataRefusedError as error:
            error.lines = tuple(IngestReport(known.id, tuple(reports)).lines())
            raise
    return IngestReport(known.id, tuple(reports))


def _ingest_file(source: Source, path: Path, work: IngestWork) -> FileReport:
    region = work.region
    if source.indicators and not set(source.indicators) & set(region.indicators):
        raise DataRefusedError(
            f"source '{source.id}': it reports {', '.join(source.indicators)}, which region '{region.id}' does not "
            f"have ({', '.join(region.indicators)}). Add the indicator to region.yaml, or name another --region."
        )
    folder = work.store.observations(region.id)
    clear_stagings(folder)
    staging = folder / f"{STAGING}{os.getpid()}"
    try:
        taken = (_take_long if is_long_table(source.id, path) else _take_whole)(source, path, work, staging)
        if not taken.offered and taken.rejected.empty:
            raise DataRefusedError(
                f"{path.name}: expected figures of source '{source.id}', got none. Is it the right file?"
            )
        # what stands in that column and is no indicator's name may be anything
        known = taken.rejected["indicator"].isin(list(region.indicators))
        refused = taken.rejected.assign(indicator=taken.rejected["indicator"].where(known, None))
        account = _keep(replace(taken, rejected=refused), path, work, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    rows = {"accepted": taken.accepted, "unchanged": taken.offered - taken.accepted, "quarantined": len(taken.rejected)}
    return FileReport(account.file, taken.digest, **rows, reasons=reasons_of(taken.rejected), account=account)


def is_long_table(source: str, path: Path) -> bool:
    """Whether a file is taken in pieces: in the canonical columns, as Parquet or a large CSV that is not packed."""
    return source == LONG and path.is_file() and (is_parquet(path) or is_large(path))


def _take_whole(source: Source, path: Path, work: IngestWork, staging: Path) -> Taken:
    """A file that its source reads in one go."""
    check_file(path)
    digest, name = checksum(path), file_for_message(path.name)
    read = source.read(path, work.region, work.form)
    checked = check_rows(read, work.region, source=source.id, file=name, today=work.today)
    rows = lined(state_as_of(checked.observations, work.region), checked.observations["line"])
    before = first_taken(work.store, work.region.id, source.id, digest, today=work.today)
    delivered = Delivered(work.region, work.today, read.unread, before)
    settled = settle(rows, checked.rejected, list_partitions(_stored(source.id, work)), delivered)
    parts: tuple[StagedPart, ...] = ()
    if len(settled.news):
        staging.mkdir(parents=True)
        parts = (stage(settled.news, staging / "whole.parquet", -1, work.region.freq),)
    rejected = join_refused([checked.rejected, settled.rejected])
    whole = source.verbatim and rejected.empty and not checked.unread
    if settled.offered or len(rejected):
        keep_bytes(work.store, path, digest, _provenance(source.id, path, digest, work), whole=whole)
    counted = Counted.of(rows.column("count")) - Counted.of(settled.rejected["count"])
    return Taken(
        parts=parts,
        confirmed=settled.confirmed,
        rejected=rejected,
        accepted=settled.accepted,
        offered=settled.offered,
        digest=digest,
        source=source.id,
        counted=counted,
        unread=checked.unread,
    )


def _take_long(source: Source, path: Path, work: IngestWork, staging: Path) -> Taken:
    """A long table, in pieces."""
    pieces = cut_table(path)
    staging.mkdir(parents=True)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(checksum, path)
        before = None
        if any(a.source == source.id for a in all_accounts(work.store, work.region.id)):
            before = first_taken(work.store, work.region.id, source.id, digest.result(), today=work.today)
        delivered = Delivered(work.region, work.today, not_read(pieces[0]), before)
        about = Staging(source.id, file_for_message(path.name), staging, delivered, work.form, whole=is_one(pieces))
        table = take_pieces(pieces, about, _stored(source.id, work), client=work.client, progress=work.progress)
        return Taken(
            parts=table.parts,
            confirmed=table.confirmed,
            rejected=table.rejected,
            accepted=table.accepted,
            offered=table.offered,
            digest=digest.result(),
            source=source.id,
            counted=table.counted,
            unread=(*delivered.unread, *table.unread),
        )


def _stored(source: str, work: IngestWork) -> list[Path]:
    """The source's files in the store: only they tell of the same figures."""
    folder = work.store.observations(work.region.id)
    return [p for p in batch_files(folder) if p.relative_to(folder).parts[0].split("-")[1:2] == [source]]


def _provenance(source: str, path: Path, digest: str, work: IngestWork) -> dict[str, Any]:
    return {"source": source, "file": file_for_message(path.name), "sha256": digest, "ingested": work.today.isoformat()}


def _keep(taken: Taken, path: Path, work: IngestWork, staging: Path) -> FileAccount:
    """Store account, refusals and confirmations, and the news last: a batch is there whole, or not at all."""
    provenance, store, region = _provenance(taken.source, path, taken.digest, work), work.store, work.region.id
    stem, folder, name = f"{taken.source}-{taken.digest[:12]}", store.observations(region), provenance["file"]
    account = FileAccount(
        **provenance,
        taken=taken.counted.count,
        taken_rows=taken.counted.rows,
        **refused_amounts(taken.rejected),
        unread=taken.unread,
        name_mark=mark_of(path.name),
    )
    keep_account(store, region, account)
    _write_refused(store.quarantine(region), stem, taken.rejected.assign(source=taken.source, file=name), provenance)
    _write_once(store.confirmed(region), stem, taken.confirmed, provenance)
    if taken.parts:
        number = former_number(store, folder, stem) or next_number(folder)
        batch = f"{number:06d}-{stem}"
        parts = [p.path for p in taken.parts]
        publish_batch(staging / "batch", folder, batch, parts=parts, freq=work.region.freq, provenance=provenance)
    return account


def _write_refused(folder: Path, stem: str, rejected: pd.DataFrame, provenance: dict[str, str]) -> None:
    """Write the refused rows that earlier readings of the file, by another mapping or pack, did not refuse alike."""
    earlier = [pd.read_parquet(path, columns=_REFUSAL) for path in folder.glob(f"{stem}*.parquet")]
    if earlier:
        known = pd.MultiIndex.from_frame(pd.concat(earlier))
        rejected = rejected[~pd.MultiIndex.from_frame(rejected[_REFUSAL]).isin(known)]
    _write_once(folder, f"{stem}-{len(earlier) + 1}" if earlier else stem, rejected, provenance)


def _write_once(folder: Path, stem: str, table: pd.DataFrame | pa.Table, provenance: dict[str, str]) -> None:
    """Write a batch unless it is empty or there: the same file again is the same refusals and confirmations."""
    if len(table) and not (folder / f"{stem}.parquet").exists():
        schema = QUARANTINE_SCHEMA if isinstance(table, pd.DataFrame) else CONFIRMED_SCHEMA
        write_batch(folder, stem, table=table, schema=schema, provenance=provenance)


def keep_bytes(store: Store, path: Path, digest: str, provenance: dict[str, str], *, whole: bool) -> None:
    """Where a delivery came from, once per content; its bytes only where nothing in them was left unread.

    Args:
        store: Where to.
        path: The file.
        digest: Its SHA-256, as it was read.
        provenance: Source, name and day.
        whole: Every cell was read and checked. What else a file holds may be about persons: then the batch, which has
            the declared columns, is all that is kept. Packed files can hold more than their text, so they never are.
    """
    folder = store.snapshots / digest
    if (folder / "provenance.json").exists():
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise DataRefusedError(f"{path.name}: the file changed while it was being read. Ingest it again.")
    kept = whole and not data.startswith(_PACKED)
    if kept:
        write_atomically(folder / file_for_message(path.name), data)
    write_atomically(folder / "provenance.json", json_bytes({**provenance, "bytes": len(data), "bytes_kept": kept}))
