"""Fetch what `sources.yaml` names into the drop folder; what is there already is not fetched twice."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pipelines.ingest.fetch.content_type import WrongContentError, require_kind
from pipelines.ingest.fetch.http import Answer, NotReachedError, download
from pipelines.ingest.fetch.settings import Address
from pipelines.store.atomic import flush_folder, json_bytes, write_atomically

State = Literal["new", "unchanged", "not_reached", "refused"]


@dataclass(frozen=True)
class FetchOutcome:
    """What became of one address."""

    source: str
    file: str
    state: State
    message: str = ""

    @property
    def failed(self) -> bool:
        """Whether the source gave nothing that can be used."""
        return self.state in ("not_reached", "refused")

    def line(self) -> str:
        """For the terminal."""
        words = {"new": "fetched", "unchanged": "unchanged", "not_reached": "not reached", "refused": "refused"}
        return f"{self.source} {self.file}: {words[self.state]}{f' ({self.message})' if self.message else ''}"


def fetch_sources(addresses: Iterable[Address], *, drop: Path, at: datetime, again: bool = False) -> list[FetchOutcome]:
    """Ask every address; one that fails does not stop the others.

    Args:
        addresses: What to fetch.
        drop: Files land in `<drop>/<source>/`, whole or not at all; `.fetched/` in it remembers what came.
        at: The moment, for the memory.
        again: Fetch even what has not changed.
    """
    return [_fetch_one(address, drop, at=at, again=again) for address in addresses]


def forget(drop: Path, source: str, file: str) -> None:
    """Fetch a file anew next time, though the source may say that it is unchanged: it could not be used."""
    _memory(drop, source, file).unlink(missing_ok=True)


def _fetch_one(address: Address, drop: Path, *, at: datetime, again: bool) -> FetchOutcome:
    known = {} if again else _remembered(drop, address)
    folder = drop / address.source
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{address.name}.part"
    try:
        answer = download(address, draft, conditions=_conditions(known))
        if answer.unchanged or answer.sha256 == known.get("sha256"):
            return FetchOutcome(address.source, address.name, "unchanged")
        require_kind(draft, address.name)
        draft.replace(folder / address.name)
        flush_folder(folder)
    except NotReachedError as error:
        return FetchOutcome(address.source, address.name, "not_reached", str(error))
    except WrongContentError as error:
        return FetchOutcome(address.source, address.name, "refused", str(error))
    finally:
        draft.unlink(missing_ok=True)
    _remember(drop, address, answer, at)
    return FetchOutcome(address.source, address.name, "new")


def _memory(drop: Path, source: str, file: str) -> Path:
    return drop / ".fetched" / source / f"{file}.json"


def _remembered(drop: Path, address: Address) -> dict[str, Any]:
    """What was fetched last from this very address; nothing where the memory can't be read."""
    path = _memory(drop, address.source, address.name)
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
    return found if found.get("url_sha256") == _digest(address.url) else {}


def _remember(drop: Path, address: Address, answer: Answer, at: datetime) -> None:
    # after the file has landed: killed in between, it is fetched once more, and taking it again changes nothing
    kept = {
        "url_sha256": _digest(address.url),  # the address itself may hold a secret
        "sha256": answer.sha256,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "at": at.isoformat(),
    }
    write_atomically(_memory(drop, address.source, address.name), json_bytes(kept))


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _conditions(known: dict[str, Any]) -> dict[str, str]:
    pairs = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last_modified")}
    return {name: value for name, value in pairs.items() if value}
