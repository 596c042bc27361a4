"""Take what lies in the drop folder into the store, file by file: one that is refused does not stop the others."""

import json
import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.ingest.fetch.fetch import FetchOutcome, forget
from pipelines.ingest.inbox.drop_folder import Dropped, Found, find_files, put_away
from pipelines.ingest.inbox.personal_data_screen import may_hold_persons
from pipelines.ingest.inbox.source_problems import SourceProblem
from pipelines.observations.schema import DataRefusedError, PersonalDataError
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.paths import Store

Take = Callable[[str, Path], list[str]]


_PERSONS = " It may hold data on persons, too: send counts per place, period and group only."
_log = logging.getLogger(__name__)


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

    found: Found
    taken: tuple[str, ...]  # names of files
    lines: tuple[str, ...]  # for the terminal
    refusals: tuple[RefusedFile, ...]


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
    found = find_files(drop, settle_seconds=settle_seconds)
    taken: list[str] = []
    lines: list[str] = []
    refusals: list[RefusedFile] = []
    for dropped in found.ready:
        name = dropped.path.name
        try:
            _require_readable(dropped.path)
            lines += take(dropped.source, dropped.path)
            taken.append(name)
            lines += put_away(drop, dropped, at=at)
            remember_refusal(store, region, dropped.source, file=None)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a file does to us, the others are taken and the run goes on
            refusal = _refused_by(error, dropped)
            refusals.append(refusal)
            lines += [f"{dropped.source} {name}: refused", f"  {refusal.message}"]
            lines += put_away(drop, dropped, at=at, refused=refusal.message, delete=refusal.persons)
            forget(drop, dropped.source, name)
            remember_refusal(store, region, dropped.source, file=name)
    return DropFolderResult(found, tuple(taken), tuple(lines), tuple(refusals))


def _require_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise DataRefusedError(
            f"{path.name}: expected a file that Routecast may read, got: {error.strerror}. Check its owner."
        ) from error


def _refused_by(error: Exception, dropped: Dropped) -> RefusedFile:
    message = str(error)
    if not isinstance(error, DataRefusedError):
        # our own fault: without the error's text, which may hold a value of the file
        message = f"{dropped.path.name}: Routecast failed on it ({type(error).__name__}). Please report that."
        _log.debug("own fault at %s", "".join(traceback.format_tb(error.__traceback__)))  # lines of code, no values
    persons = isinstance(error, PersonalDataError) or may_hold_persons(dropped.path)
    if persons:
        message += f"{'' if isinstance(error, PersonalDataError) else _PERSONS} It was deleted from the drop folder."
    return RefusedFile(dropped.source, dropped.path.name, message, persons)


def source_problems(store: Store, region: str, outcomes: Iterable[FetchOutcome]) -> tuple[SourceProblem, ...]:
    """Sources that gave nothing usable: those just fetched in vain, and those whose last file was refused."""
    found: dict[str, SourceProblem] = {}
    for outcome in outcomes:
        if outcome.failed:
            lied = outcome.state == "refused" or found.get(outcome.source) == SourceProblem(outcome.source, "refused")
            found[outcome.source] = SourceProblem(outcome.source, "refused" if lied else "not_reached")
    found |= {source: SourceProblem(source, "refused") for source in _refused(store, region)}
    return tuple(found[s] for s in sorted(found))


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
