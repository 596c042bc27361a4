"""Take a provider's file into the store: check, read, validate, keep the bytes, append what is new; and say so."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.region.region import Region
from pipelines.ingest.door.validate import validate
from pipelines.ingest.door.whole_figures import mended
from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.personal_data import file_for_message
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import load_observations, require_clock, write_batch
from pipelines.observations.schema import (
    CONFIRMED_SCHEMA,
    QUARANTINE_SCHEMA,
    SCHEMA,
    DataRefusedError,
    NothingTakenError,
    NumberForm,
    Source,
)
from pipelines.observations.vintages import confirmations, only_news, state_as_of
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store

_REASONS_SHOWN = 5
_PACKED = (b"PK", b"\x1f\x8b", b"PAR1", b"ARROW")


@dataclass(frozen=True)
class FileReport:
    """What became of one file."""

    file: str
    sha256: str
    accepted: int
    unchanged: int
    quarantined: int
    reasons: tuple[tuple[str, int, int], ...]  # reason, rows, first line

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
            out += [f"{self.source} {f.file}: {rows}", *(f"  {reason}" for reason in f.reason_lines())]
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


def file_report(path: Path, digest: str, rejected: pd.DataFrame, *, accepted: int, offered: int) -> FileReport:
    """What became of a file: `accepted` of the `offered` rows were news."""
    name = file_for_message(path.name)
    return FileReport(name, digest, accepted, offered - accepted, len(rejected), reasons_of(rejected))


def reasons_of(rejected: pd.DataFrame) -> tuple[tuple[str, int, int], ...]:
    """Reasons of refused rows, with how many and the first line; the most frequent first."""
    if rejected.empty:
        return ()
    grouped = rejected.groupby("reason", sort=False)["line"].agg(["size", "min"])
    reasons = [(str(reason), int(rows), int(line)) for reason, rows, line in grouped.itertuples()]
    return tuple(sorted(reasons, key=lambda r: -r[1]))


def ingest(
    source: str | Source,
    paths: Sequence[Path],
    *,
    region: Region,
    store: Store,
    today: date,
    form: NumberForm | None = None,
) -> IngestReport:
    """Take files of one source into the store; the same file again changes nothing.

    Args:
        source: Which source the files are from: its id, or a source that a mapping describes.
        paths: The files, in the order in which they were published.
        region: The pack that places and indicators must belong to.
        store: Where to.
        today: Day of ingestion.
        form: How the files write numbers, where it is stated.

    Raises:
        DataRefusedError: a file as a whole can't be taken; files before it stay ingested, nothing of it is kept.
    """
    known = source if isinstance(source, Source) else SOURCES[source]
    require_clock(store, region.id, today)
    reports: list[FileReport] = []
    for path in paths:
        try:
            stated = form or {}
            reports.append(_ingest_file(known, path, region=region, store=store, today=today, form=stated))
        except DataRefusedError as error:
            error.lines = tuple(IngestReport(known.id, tuple(reports)).lines())
            raise
    return IngestReport(known.id, tuple(reports))


def _ingest_file(
    source: Source, path: Path, *, region: Region, store: Store, today: date, form: NumberForm
) -> FileReport:
    if source.indicators and not set(source.indicators) & set(region.indicators):
        raise DataRefusedError(
            f"source '{source.id}': it reports {', '.join(source.indicators)}, which region '{region.id}' does not "
            f"have ({', '.join(region.indicators)}). Add the indicator to region.yaml, or name another --region."
        )
    check_file(path)
    digest, name = checksum(path), file_for_message(path.name)
    checked = validate(source.read(path, region, form), region, source=source.id, file=name, today=today)
    if checked.observations.empty and checked.rejected.empty:
        raise DataRefusedError(
            f"{path.name}: expected figures of source '{source.id}', got none. Is it the right file?"
        )
    stored = load_observations(store, region.id)
    dated = state_as_of(checked.observations, region)
    dated = pd.concat([dated, mended(dated, stored[stored["source"] == source.id])], ignore_index=True)
    news = only_news(dated, stored, today=today)
    provenance = {"source": source.id, "file": name, "sha256": digest, "ingested": today.isoformat()}
    whole = source.verbatim and checked.rejected.empty and not checked.unread
    keep_bytes(store, path, digest, provenance, whole=whole)
    stem = f"{source.id}-{digest[:12]}"
    folder = store.observations(region.id)
    numbered = f"{len(list(folder.glob('*.parquet'))) + 1:06d}-{stem}"  # so that later batches are read later
    _write_once(store.quarantine(region.id), stem, checked.rejected, QUARANTINE_SCHEMA, provenance)
    _write_once(store.confirmed(region.id), stem, confirmations(dated, news), CONFIRMED_SCHEMA, provenance)
    _write_once(folder, numbered, news, SCHEMA, provenance)
    told = checked.observations["line"].to_numpy() > 0  # and not what the door adds
    new = np.zeros(len(dated), dtype=bool)
    new[news.index.to_numpy() - len(stored)] = True
    accepted = int((new[: len(told)] & told).sum())
    return file_report(path, digest, checked.rejected, accepted=accepted, offered=int(told.sum()))


def _write_once(folder: Path, stem: str, table: pd.DataFrame, schema: pa.Schema, provenance: dict[str, str]) -> None:
    """Write a batch unless it is empty or there: the same file again is the same refusals and confirmations."""
    if not table.empty and not (folder / f"{stem}.parquet").exists():
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
