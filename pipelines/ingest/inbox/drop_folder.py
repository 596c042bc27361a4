"""The drop folder: which files are ready, what becomes of each, and which sources gave nothing usable.

Files are taken one by one: one that is refused does not stop the others.
"""

import csv
import io
import json
import logging
import re
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from html import unescape
from pathlib import Path
from typing import Any, Literal

from pipelines.ingest.inbox.fetch import FetchOutcome, forget
from pipelines.ingest.ingest_files import TAKEN, is_mapping
from pipelines.ingest.reading.files import check_file, delimiter_of, lines_to_look_at
from pipelines.ingest.reading.person_evidence import DELETE, evidence_of
from pipelines.ingest.reading.personal_data import DoorFaultError, file_for_message
from pipelines.observations.schema import DataRefusedError, PersonalDataError
from pipelines.store.atomic import flush_folder, json_bytes, write_atomically
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store

DONE, REFUSED = "done", "refused"
Take = Callable[[str, Path], list[str]]
Problem = Literal["not_reached", "refused"]
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", ".swp", "~")
_PERSONS = " It may hold data on persons, too: send counts per place, period and group only."
_NOT_KEPT = (
    "Taken. The file holds more than figures that were checked, and what nobody declared may be about persons: so the "
    "file itself was not kept. Its figures and its checksum lie in the store.\n"
)
_PARTS = 500  # of an archive
_TEXT_NODE = re.compile(r">([^<>]+)<")
_ROW_END = re.compile(r"</(?:\w+:)?(?:table-row|row|comment|si)>")
_HEAD_BYTES = 2**20
# of Central Europe, Cyrillic, Greek, Turkish, Arabic and the West
_ENCODINGS = ("utf-8", "cp1250", "cp1251", "cp1253", "iso8859-5", "iso8859-7", "cp1254", "cp1256", "cp1252")
_WHOLE_BYTES = 256 * 2**20  # larger files are looked at by their first rows alone
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dropped:
    """A file that waits in `drop/<source>/`."""

    source: str
    path: Path
    state: tuple[int, int] | None = None  # when it was last written to (ns), and its size, when it was found


@dataclass(frozen=True)
class DropFolderFiles:
    """What a look at the drop folder found."""

    ready: tuple[Dropped, ...]  # in the order in which they were written
    growing: tuple[Dropped, ...]  # still being written: left alone
    astray: tuple[str, ...]  # a sentence for each file or folder whose source is not known


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken, and why."""

    source: str
    file: str
    message: str
    persons: bool  # it may hold data on persons: no copy of it may stay


@dataclass(frozen=True)
class DropFolderResult:
    """What became of the files in the drop folder."""

    files: DropFolderFiles
    taken: tuple[str, ...]  # names of files
    lines: tuple[str, ...]  # for the terminal
    refusals: tuple[RefusedFile, ...]


@dataclass(frozen=True, order=True)
class SourceProblem:
    """Which source, and what was the matter; no clock and no message, so that equal weeks give equal editions."""

    source: str
    problem: Problem


def take_dropped(
    drop: Path, store: Store, region: str, *, take: Take, at: datetime, settle_seconds: float
) -> DropFolderResult:
    """Take every complete file of the drop folder; taken ones move to `done`, refused ones to `refused`.

    Args:
        drop: The folder, with one folder a source.
        store: Where the memory of refused files lies; the caller holds its lock.
        region: The region's id.
        take: `(source, path)` takes one file into the store and returns what to tell.
        at: The moment.
        settle_seconds: How long a file must not have changed.

    Raises:
        OSError: the disk failed; what was done before stays, the other files wait for the next time.
    """
    files = find_files(drop, settle_seconds=settle_seconds)
    taken: list[str] = []
    lines: list[str] = []
    refusals: list[RefusedFile] = []
    for dropped in files.ready:
        name = file_for_message(dropped.path.name)
        try:
            _require_readable(dropped.path)
            lines += take(dropped.source, dropped.path)
            taken.append(name)
            lines += put_away(drop, dropped, at=at, delete=not _is_kept(store, dropped.path), note=_NOT_KEPT)
            remember_refusal(store, region, dropped.source, file=None)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a file does to us, the others are taken and the run goes on
            refusal = _refused_by(error, dropped)
            refusals.append(refusal)
            lines += [f"{dropped.source} {name}: refused", f"  {refusal.message}"]
            note = f"{refusal.message}\n"
            lines += put_away(drop, dropped, at=at, folder=REFUSED, note=note, delete=refusal.persons)
            forget(drop, dropped.source, dropped.path.name)
            remember_refusal(store, region, dropped.source, file=name)
    return DropFolderResult(files, tuple(taken), tuple(lines), tuple(refusals))


def find_files(drop: Path, *, settle_seconds: float) -> DropFolderFiles:
    """Look for files that are complete.

    Names of unfinished downloads are left alone. A file written to in the last `settle_seconds` is looked at twice,
    that long apart: if it has changed, it is still being written.
    """
    if not drop.is_dir():
        return DropFolderFiles((), (), ())
    folders = [p for p in sorted(drop.iterdir()) if p.name not in (DONE, REFUSED) and not p.name.startswith(".")]
    inside = [Dropped(f.name, p) for f in folders if f.name in TAKEN and f.is_dir() for p in sorted(f.iterdir())]
    visible = [d for d in inside if not d.path.name.startswith(".")]
    visible = [d for d in visible if not is_mapping(d.path)]
    files = [d for d in visible if d.path.is_file() and not d.path.is_symlink()]
    named = [d for d in files if d.path.name.lower().endswith(_UNFINISHED)]
    states = {d: _state(d.path) for d in files if d not in named}
    if any(abs(time.time() - s[0] / 1e9) < settle_seconds for s in states.values() if s is not None):
        time.sleep(settle_seconds)
    still = {d: s for d, s in states.items() if s is not None and _state(d.path) == s}
    growing = [*named, *(d for d in states if d not in still)]
    ready = [replace(d, state=s) for d, s in sorted(still.items(), key=lambda i: (i[1][0], i[0].path.name))]
    astray = [_astray(p) for p in folders if p.name not in TAKEN or not p.is_dir()]
    wrong = [d.path for d in visible if d not in files]
    astray += [
        f"{p.parent / file_for_message(p.name)}: expected a file, got a folder or a link. Put the file itself into "
        f"{p.parent}."
        for p in wrong
    ]
    return DropFolderFiles(tuple(ready), tuple(growing), tuple(astray))


def _state(path: Path) -> tuple[int, int] | None:
    """When a file was last written to (ns), and its size; None: it went away."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size


def _astray(path: Path) -> str:
    near = get_close_matches(path.name, TAKEN, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(TAKEN)}."
    name = path.name if near else file_for_message(path.name)
    if path.is_dir():
        return f"{path.parent / name}: no source '{name}', its files were not taken. {hint}"
    return (
        f"{path.parent / name}: expected it in the folder of its source, e.g. {path.parent / 'csv' / name}. "
        "Move it there."
    )


def put_away(
    drop: Path, dropped: Dropped, *, at: datetime, folder: str = DONE, note: str = "", delete: bool = False
) -> list[str]:
    """Move a file to `done/<source>/` or `refused/<source>/`; the note stays beside a refused one, or in its place.

    A newer file that took its place while it was read stays where it is, for the next time.

    Args:
        drop: The drop folder.
        dropped: The file, as it was found.
        at: The moment: it leads the new name, so that equal names don't meet.
        folder: `DONE` or `REFUSED`.
        note: What became of it.
        delete: The file must not be kept, only the note.

    Returns:
        What to tell, where there is something to tell.
    """
    place, name = drop / folder / dropped.source, file_for_message(dropped.path.name)
    place.mkdir(parents=True, exist_ok=True)
    target = _free(place, f"{at:%Y%m%dT%H%M%SZ}-{name}")
    if folder == REFUSED or delete:  # the reason first: a refused file is never without it
        write_atomically(target.with_name(target.name + ".txt"), note.encode())
    try:
        dropped.path.replace(target)
    except FileNotFoundError:
        return [f"{dropped.source} {name}: somebody took it away meanwhile"]
    # looked at after the move: a file that came in between was moved in its place
    newer = dropped.state is not None and _state(target) != dropped.state
    if newer:
        target.replace(dropped.path)
    elif delete:
        target.unlink()
    flush_folder(dropped.path.parent)
    flush_folder(place)
    if newer:
        return [f"{dropped.source} {name}: a newer one came meanwhile, left for the next time"]
    return [f"  the file itself was not kept: {target.name}.txt says why"] if delete and folder == DONE else []


def _is_kept(store: Store, path: Path) -> bool:
    """Whether a taken file's bytes hold nothing but checked figures, so that they lie in the store already."""
    try:
        told = json.loads((store.snapshots / checksum(path) / "provenance.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    return bool(told.get("bytes_kept", False))


def _free(folder: Path, name: str) -> Path:
    number, target = 2, folder / name
    while target.exists() or target.with_name(target.name + ".txt").exists():
        target = folder / f"{number}-{name}"
        number += 1
    return target


def _require_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise DataRefusedError(
            f"{path.name}: expected a file that Routecast may read, got: {error.strerror}. Check its owner."
        ) from error


def _refused_by(error: Exception, dropped: Dropped) -> RefusedFile:
    name, message = file_for_message(dropped.path.name), str(error)
    if not isinstance(error, (DataRefusedError, DoorFaultError)):
        # our own fault: without the error's text, which may hold a value of the file
        message = f"{name}: Routecast failed on it ({type(error).__name__}). Please report that."
        _log.debug("own fault at %s", "".join(traceback.format_tb(error.__traceback__)))  # lines of code, no values
    told = isinstance(error, PersonalDataError)
    persons = (isinstance(error, PersonalDataError) and error.sure) or holds_persons(dropped.path)
    if persons:
        message += f"{'' if told else _PERSONS} It was deleted from the drop folder."
    elif told:
        message += " It was kept in the drop folder's 'refused': look at it, and delete it if it is about persons."
    return RefusedFile(dropped.source, name, message, persons)


def holds_persons(path: Path) -> bool:
    """Whether so much in a file speaks of persons that no copy may stay, whatever else it was refused for.

    Text in another encoding, or of no known form, is read as well as can be.
    """
    try:
        if path.stat().st_size <= _WHOLE_BYTES:
            check_file(path)
            return _packed_holds_persons(path)
    except PersonalDataError as error:
        return error.sure or _packed_holds_persons(path)
    except Exception as error:  # noqa: BLE001 - whatever the file is, its text decides
        _log.debug("%s could not be read whole", type(error).__name__)
    return _packed_holds_persons(path) or any(evidence_of(rows).weight >= DELETE for rows in _as_text(path))


def _packed_holds_persons(path: Path) -> bool:
    """Whether the texts of a workbook speak of persons: of one that no reader opens, and of notes beside its cells."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith(".xml")][:_PARTS]
            for name in names:
                with archive.open(name) as part:
                    text = part.read(_HEAD_BYTES).decode("utf-8", errors="replace")
                rows = [[unescape(t) for t in _TEXT_NODE.findall(row)] for row in _ROW_END.split(text)]
                if evidence_of([row for row in rows if row]).weight >= DELETE:
                    return True
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        pass
    return False


def _as_text(path: Path) -> Iterator[list[list[str]]]:
    """The rows of a file in each encoding and with each separator that it might have."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:20:2].count(0) > 5
    for encoding in ("utf-16",) if utf16 else _ENCODINGS:
        # the csv module ends at a null byte, and a cut last character is of no matter
        text = head.decode(encoding, errors="replace").replace("\x00", "")
        for delimiter in sorted({delimiter_of(text), ",", ";", "\t"}):
            rows: list[list[str]] = []
            with suppress(csv.Error):  # no table, or a very long cell: what was read up to it
                rows.extend(csv.reader(io.StringIO(lines_to_look_at(text), newline=""), delimiter=delimiter))
            yield rows


def source_problems(store: Store, region: str, outcomes: Sequence[FetchOutcome]) -> tuple[SourceProblem, ...]:
    """Sources that gave nothing usable: those just fetched in vain, and those whose last file was refused."""
    problems: dict[str, Problem] = {o.source: "not_reached" for o in outcomes if o.state == "not_reached"}
    refused = [*(o.source for o in outcomes if o.state == "refused"), *_refused(store, region)]
    problems |= dict.fromkeys(refused, "refused")
    return tuple(SourceProblem(*item) for item in sorted(problems.items()))


def remember_refusal(store: Store, region: str, source: str, *, file: str | None) -> None:
    """The last file of a source was refused (its name), or taken (None)."""
    known = _refused(store, region)
    if known.get(source) != file:
        rest = {s: f for s, f in known.items() if s != source}
        kept = rest if file is None else {**rest, source: file}
        write_atomically(_refused_file(store, region), json_bytes(kept))


def _refused_file(store: Store, region: str) -> Path:
    return store.root / "weekly" / f"{region}-refused.json"


def _refused(store: Store, region: str) -> dict[str, Any]:
    """Source → file that was refused last, where nothing was taken since."""
    try:
        return dict(json.loads(_refused_file(store, region).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def problem_rows(problems: Iterable[SourceProblem], sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """For the quality report: each problem with the newest figures that stand in, and how long there was none.

    Args:
        problems: Of this week.
        sources: The report's rows of sources (source, indicator, as_of_newest, last, silent_days).
    """
    newest_first = sorted(sources, key=lambda row: row["as_of_newest"], reverse=True)
    newest = {row["source"]: row for row in reversed(newest_first)}
    none = {"last": None, "as_of_newest": None, "silent_days": None}
    return [
        {"source": p.source, "problem": p.problem}
        | {k: newest.get(p.source, none)[k] for k in ("last", "as_of_newest", "silent_days")}
        for p in sorted(set(problems))
    ]
