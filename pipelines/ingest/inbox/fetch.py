"""Fetch what `sources.yaml` names into the drop folder; nothing is believed that can be checked.

Time-outs, retries, redirects, lengths, sizes and kinds of files are looked at; what is there already is not fetched
twice.
"""

import hashlib
import json
import os
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import Retry

from pipelines.ingest.inbox.settings import Address, unsafe
from pipelines.store.atomic import flush_folder, json_bytes, write_atomically

State = Literal["new", "unchanged", "not_reached", "refused"]
_BUSY = (429, 500, 502, 503, 504)  # worth another try
_MOVED = (301, 302, 303, 307, 308)
_MAX_MOVES = 5
_CHUNK = 2**16
_LONGEST_WAIT_SECONDS = 120  # whatever Retry-After says
_ENCODINGS = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
_KINDS = {
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "ods"), "a workbook"),
    "xls": "an old workbook",
    "csv": "text",
    "txt": "text",
    "parquet": "a Parquet table",
    "gz": "gzip",
}
_STARTS = {
    b"PK\x03\x04": "a workbook",
    b"PAR1": "a Parquet table",
    b"\x1f\x8b": "gzip",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old workbook",
}


class NotReachedError(Exception):
    """The source gave no file: no network, no answer, an error of the server, or it broke off each time."""


class TryAgainError(NotReachedError):
    """The source gave no file this time; another try may help, after `after_seconds` at the soonest."""

    def __init__(self, message: str, after_seconds: float = 0.0) -> None:
        """Take the message, and what the server says of when."""
        super().__init__(message)
        self.after_seconds = after_seconds


class WrongContentError(Exception):
    """What came is not what was asked for: it is not kept."""


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
        answer = _download(address, draft, conditions=_conditions(known))
        if answer is None or answer["sha256"] == known.get("sha256"):
            return FetchOutcome(address.source, address.name, "unchanged")
        _require_kind(draft, address.name)
        draft.replace(folder / address.name)
        flush_folder(folder)
    except NotReachedError as error:
        return FetchOutcome(address.source, address.name, "not_reached", str(error))
    except WrongContentError as error:
        return FetchOutcome(address.source, address.name, "refused", str(error))
    finally:
        draft.unlink(missing_ok=True)
    # after the file has landed: killed in between, it is fetched once more, and taking it again changes nothing
    kept = {**answer, "url_sha256": _url_digest(address), "at": at.isoformat()}
    write_atomically(_memory(drop, address.source, address.name), json_bytes(kept))
    return FetchOutcome(address.source, address.name, "new")


def _memory(drop: Path, source: str, file: str) -> Path:
    return drop / ".fetched" / source / f"{file}.json"


def _remembered(drop: Path, address: Address) -> dict[str, Any]:
    """What was fetched last from this very address; nothing where the memory can't be read."""
    try:
        known = dict(json.loads(_memory(drop, address.source, address.name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
    return known if known.get("url_sha256") == _url_digest(address) else {}


def _url_digest(address: Address) -> str:
    return hashlib.sha256(address.url.encode()).hexdigest()  # the address itself may hold a secret


def _conditions(known: dict[str, Any]) -> dict[str, str]:
    pairs = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last_modified")}
    return {name: value for name, value in pairs.items() if value}


def _download(address: Address, into: Path, *, conditions: Mapping[str, str]) -> dict[str, str | None] | None:
    """Fetch one file, trying again where that may help.

    Args:
        address: Where from, with its limits.
        into: The bytes are written here; whatever went wrong, the caller removes it.
        conditions: Headers of a conditional request; empty: the file is wanted whatever it is.

    Returns:
        `sha256, etag, last_modified`; None: the source says that what we have is what it has.

    Raises:
        NotReachedError: no file after all tries.
        WrongContentError: an answer that can't be right: too large, a forbidden redirect, another checksum.
    """
    doubling = wait_exponential(multiplier=address.backoff_seconds, max=_LONGEST_WAIT_SECONDS)

    def wait_seconds(state: RetryCallState) -> float:
        """The doubled pause, or what the server asked for where that is longer."""
        error = state.outcome.exception() if state.outcome else None
        return max(doubling(state), error.after_seconds if isinstance(error, TryAgainError) else 0.0)

    tries = Retrying(
        retry=retry_if_exception_type(TryAgainError),
        stop=stop_after_attempt(1 + address.retries),
        wait=wait_seconds,
        reraise=True,
    )
    with requests.Session() as session:
        return tries(_once, session, address, into, conditions)


def _once(
    session: requests.Session, address: Address, into: Path, conditions: Mapping[str, str]
) -> dict[str, str | None] | None:
    try:
        with _final_answer(session, address, conditions) as response:
            if response.status_code == 304:
                if conditions:
                    return None
                raise WrongContentError(f"{address.host}: says 'unchanged' (304) to a request that set no condition")
            if response.status_code != 200:
                raise _no_file(response, address)
            digest = _write(response, address, into)
    except HTTPError as error:  # of the body: requests has its own errors before it
        raise TryAgainError(f"{address.host}: the answer broke off each time ({error})") from error
    except requests.RequestException as error:
        raise TryAgainError(_in_words(error, address)) from error
    if address.sha256 not in (None, digest):
        raise WrongContentError(f"expected SHA-256 {address.sha256}, got {digest}")
    headers = response.headers
    return {"sha256": digest, "etag": headers.get("ETag"), "last_modified": headers.get("Last-Modified")}


def _no_file(response: requests.Response, address: Address) -> NotReachedError:
    message = f"{address.host}: answers {response.status_code} {response.reason}"
    if response.status_code not in _BUSY:
        return NotReachedError(message)
    return TryAgainError(message, Retry(retry_after_max=_LONGEST_WAIT_SECONDS).get_retry_after(response.raw) or 0.0)


def _final_answer(session: requests.Session, address: Address, conditions: Mapping[str, str]) -> requests.Response:
    url = address.url
    for _ in range(_MAX_MOVES + 1):
        headers = {"Accept-Encoding": "identity", "User-Agent": "Routecast", **conditions}
        if _origin(url) == _origin(address.url):  # secrets go to the service that they are for, and to no other port
            headers |= _secrets(address)
        limits = (address.timeout_seconds, address.timeout_seconds)
        try:
            response = session.get(url, headers=headers, timeout=limits, stream=True, allow_redirects=False)
        except requests.RequestException:
            raise
        except ValueError as error:  # requests looks at Location even where it is not to follow it
            raise WrongContentError(f"{address.host}: redirects to what is no address") from error
        if response.status_code not in _MOVED or "Location" not in response.headers:
            return response
        response.close()
        url = _moved(url, response.headers["Location"], address)
    raise WrongContentError(f"{address.host}: redirects more than {_MAX_MOVES} times")


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80}.get(parts.scheme, 443)


def _moved(url: str, location: str, address: Address) -> str:
    """Where a redirect leads, if it may lead there."""
    new = urljoin(url, location)
    host = urlsplit(new).hostname or ""
    problem = unsafe(new)
    if problem is None and urlsplit(url).scheme == "https" and urlsplit(new).scheme != "https":
        problem = "from https to http"
    if problem:
        raise WrongContentError(f"{address.host}: redirects to where it may not ({problem})")
    if host not in (address.host, *address.hosts):
        raise WrongContentError(f"{address.host}: redirects to '{host}'; if that is right, add it to its 'hosts'")
    return new


def _secrets(address: Address) -> dict[str, str]:
    missing = [v for v in address.headers.values() if not os.environ.get(v)]
    if missing:
        raise NotReachedError(f"{address.host}: the environment variable {missing[0]} is not set")
    return {name: os.environ[variable] for name, variable in address.headers.items()}


def _write(response: requests.Response, address: Address, into: Path) -> str:
    """Write the body as it comes, within its limits; returns its SHA-256."""
    limit = int(address.max_mib * 2**20)
    stated = response.headers.get("Content-Length", "")
    if stated.isdigit() and int(stated) > limit:
        raise WrongContentError(f"expected at most {address.max_mib:g} MiB, got {int(stated) / 2**20:,.0f}")
    digest, size = hashlib.sha256(), 0
    with into.open("wb") as stream:
        for piece in _unpacked(response, address, limit):
            size += len(piece)
            if size > limit:
                raise WrongContentError(f"expected at most {address.max_mib:g} MiB, got more (unpacked)")
            digest.update(piece)
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()


def _unpacked(response: requests.Response, address: Address, limit: int) -> Iterator[bytes]:
    """The body's pieces; packed ones (though we asked for none) never unpack to more than a piece at a time."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise WrongContentError(f"{address.host}: packs its answer as '{encoding}', which was not asked for")
    window = _ENCODINGS[encoding]
    if window is None:
        yield from _body(response, address)
        return
    unpack = zlib.decompressobj(window)
    try:
        for piece in _body(response, address):
            rest = piece
            while rest:
                yield unpack.decompress(rest, min(limit + 1, 2**20))
                rest = unpack.unconsumed_tail
    except zlib.error as error:
        raise WrongContentError(f"{address.host}: an answer that can't be unpacked ({error})") from error
    if not unpack.eof:
        raise ProtocolError("packed answer cut off")


def _body(response: requests.Response, address: Address) -> Iterator[bytes]:
    """Bytes as they arrive, so that a server that drips can't hold us longer than the total."""
    deadline = time.monotonic() + address.total_seconds
    while piece := response.raw.read1(_CHUNK, decode_content=False):
        yield piece
        if time.monotonic() > deadline:
            raise NotReachedError(f"{address.host}: not done after {address.total_seconds:g} s")


def _in_words(error: requests.RequestException, address: Address) -> str:
    text = str(error)
    if "NameResolution" in text or "getaddrinfo" in text:
        return f"{address.host}: no such host found. Is this machine on-line, or does it need HTTPS_PROXY?"
    if "timed out" in text.lower() or isinstance(error, requests.Timeout):
        return f"{address.host}: no sign of life within {address.timeout_seconds:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return f"{address.host}: its certificate can't be trusted"
    if "refused" in text.lower():
        return f"{address.host}: refuses the connection"
    return f"{address.host}: no answer ({type(error).__name__})"


def _require_kind(path: Path, name: str) -> None:
    """Compare a file's bytes with what its name promises: portals answer with a log-in page where a table should be."""
    with path.open("rb") as stream:
        head = stream.read(4096)
        stream.seek(-min(4, path.stat().st_size), 2)
        tail = stream.read()
    if not head:
        raise WrongContentError("expected a file, got an empty answer")
    got, ending = _kind(head), name.lower().rpartition(".")[2]
    if got == "a web page" or got != _KINDS.get(ending, got):  # of files of no known ending only web pages are refused
        raise WrongContentError(f"expected {_KINDS.get(ending, 'a file')}, got {got}")
    if got == "a workbook" and not zipfile.is_zipfile(path):
        raise WrongContentError("expected a workbook, got one that is cut off")
    if ending == "parquet" and tail != b"PAR1":
        raise WrongContentError("expected a Parquet table, got one that is cut off")


def _kind(head: bytes) -> str:
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"<":
        return "a web page"
    if text[:1] in (b"{", b"["):
        return "JSON"
    return "binary data" if b"\x00" in head else "text"
