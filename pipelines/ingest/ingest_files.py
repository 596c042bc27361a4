"""Take files of any source into the store: one door for the commands and the weekly job."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from geo.pack.entries import read_yaml
from geo.region.region import Region
from pipelines.compute.cluster import cluster
from pipelines.compute.workers import Progress
from pipelines.ingest.door.ingest import LONG, FileReport, IngestReport, ingest
from pipelines.ingest.partners.store import SOURCE as HUB, take_partner
from pipelines.ingest.reading.mapping import Mapping, load_mapping
from pipelines.ingest.reading.personal_data import nothing_quoted
from pipelines.ingest.reading.pieces import is_large
from pipelines.ingest.sources.registry import SOURCES, source_of
from pipelines.observations.schema import DataRefusedError, NumberForm
from pipelines.store.paths import Store

TABLE = "table"  # any table, with the mapping that describes it
MAPPING = "map.yaml"  # beside a table: `NAME.ext.map.yaml`, or this one for all of a folder
ALSO_CALLED = {"daily": LONG}  # other names of sources
TAKEN = tuple(sorted([*SOURCES, *ALSO_CALLED, HUB, TABLE]))  # every source whose files can be taken


@dataclass(frozen=True)
class Stated:
    """What was stated with files that they don't say themselves."""

    team: str | None = None  # with partners' forecasts: the partner's name
    form: NumberForm = field(default_factory=NumberForm)  # how numbers are written
    mapping: Mapping | None = None  # with tables: what describes them; None: the mapping beside each


def take_files(
    source: str,
    paths: Sequence[Path],
    *,
    region: Region,
    store: Store,
    today: date,
    progress: Progress,
    stated: Stated | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
) -> list[str]:
    """Take files of one source into the store; returns what became of them, a line each for the terminal.

    Args:
        source: One of `TAKEN`.
        paths: The files, in the order in which they were published.
        region: The pack that places and indicators must belong to.
        store: Where to; the caller holds its lock.
        today: Day of ingestion.
        progress: Told of what takes long.
        stated: What was stated with them.
        scheduler: With large tables, where the work runs.
        workers: The same, on this machine.

    Raises:
        DataRefusedError: a file as a whole can't be taken; nothing of it is kept.
        NothingTakenError: every row of a file went to quarantine. It was read, so it is no failure of the others.
    """
    stated = stated or Stated()
    with nothing_quoted(paths):
        if source == HUB:
            return take_partner(paths, region=region, store=store, today=today, team=stated.team)
        if source == TABLE:
            report = _take_tables(paths, stated, region=region, store=store, today=today)
        else:
            known = ALSO_CALLED.get(source, source)
            many = known == LONG and any(is_large(p) for p in paths if p.is_file())
            with cluster(scheduler, workers=workers) if many else nullcontext() as client:
                options: dict[str, Any] = {"today": today, "client": client, "progress": progress}
                report = _take_known(known, paths, stated, region=region, store=store, **options)
        report.require_something()
        return report.lines()


def _take_tables(paths: Sequence[Path], stated: Stated, *, region: Region, store: Store, today: date) -> IngestReport:
    """Each table by its own mapping."""
    source, files = TABLE, list[FileReport]()
    for path in paths:
        try:
            described = source_of(stated.mapping or mapping_beside(path))
            source = described.id
            report = ingest(described, [path], region=region, store=store, today=today, form=stated.form)
        except DataRefusedError as error:
            error.lines = tuple(IngestReport(source, tuple(files)).lines())
            raise
        files += report.files
    return IngestReport(source, tuple(files))


def _take_known(source: str, paths: Sequence[Path], stated: Stated, **options: Any) -> IngestReport:  # noqa: ANN401
    """Each file with what is stated of its numbers, in general or beside it; `options` of `ingest`."""
    files = list[FileReport]()
    for path in paths:
        form = stated.form if any(stated.form.values()) else numbers_beside(path)
        try:
            files += ingest(source, [path], **options, form=form).files
        except DataRefusedError as error:
            error.lines = tuple(IngestReport(source, tuple(files)).lines())
            raise
    return IngestReport(source, tuple(files))


def mapping_beside(path: Path) -> Mapping:
    """The mapping of a table: `NAME.ext.map.yaml` beside it, else the folder's `map.yaml`.

    Raises:
        DataRefusedError: there is neither, or it can't be meant.
    """
    own, common = _mappings_of(path)
    found = next((p for p in (own, common) if p.is_file()), None)
    if found is None:
        raise DataRefusedError(
            f"{path.name}: expected a mapping beside it, {own.name} or {MAPPING}, there is none. Have one proposed: "
            f"routecast map {path} --out {own}"
        )
    return load_mapping(found)


def numbers_beside(path: Path) -> NumberForm:
    """How a file of a known source writes numbers, as stated by `thousands` and `decimal` in the mapping beside it.

    Raises:
        DataRefusedError: the mapping says something else: the source says the rest.
    """
    found = next((p for p in _mappings_of(path) if p.is_file()), None)
    if found is None:
        return {}
    told = read_yaml(found).value  # None where it is no plain YAML
    if not isinstance(told, dict) or not set(told) <= {"thousands", "decimal"}:
        raise DataRefusedError(
            f"{found.name}: expected nothing but 'thousands' and 'decimal', each with a mark in quotes, because the "
            "source says how the rest is read. Take the rest out, or take the file as source 'table'."
        )
    return NumberForm(thousands=_mark(told.get("thousands")), decimal=_mark(told.get("decimal")))


def _mark(told: object) -> str | None:
    return None if told is None else str(told)


def _mappings_of(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}.{MAPPING}"), path.with_name(MAPPING)


def is_mapping(path: Path) -> bool:
    """Whether a file beside others says how they are read."""
    return path.name == MAPPING or path.name.endswith(f".{MAPPING}")
