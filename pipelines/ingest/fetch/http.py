"""One download: time-outs, retries, redirects, lengths and sizes. Nothing is believed that can be checked."""

import hashlib
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError
from urllib3.util import Retry

from pipelines.ingest.fetch.content_type import WrongContentError
from pipelines.ingest.fetch.settings import Address, unsafe

_BUSY = (429, 500, 502, 503, 504)  # worth another try
_MOVED = (301, 302, 303, 307, 308)
_MAX_MOVES = 5
_CHUNK = 2**16
_LONGEST_WAIT_SECONDS = 120.0  # whatever Retry-After says
_ENCODINGS = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}


class NotReachedError(Exception):
    """The source gave no file: no network, no answer, an error of the server, or it broke off each time."""


@dataclass(frozen=True)
class Answer:
    """What a source answered; `unchanged`: it says that what we have is what it has."""

    unchanged: bool
    sha256: str = ""
    etag: str | None = None
    last_modified: str | None = None


def download(address: Address, into: Path, *, conditions: Mapping[str, str]) -> Answer:
    """Fetch one file, trying again where that may help.

    Args:
        address: Where from, with its limits.
        into: The bytes are written here; whatever went wrong, the caller removes it.
        conditions: Headers of a conditional request; empty: the file is wanted whatever it is.

    Raises:
        NotReachedError: no file after all tries.
        LyingAnswerError: an answer that can't be right: too large, a forbidden redirect, another checksum.
    """
    budget = _retries(address)
    with requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=budget))
        while True:
            try:
                return _once(session, address, into, conditions)
            except (HTTPError, requests.RequestException) as error:
                if not isinstance(error, HTTPError):  # the adapter has tried again already
                    raise NotReachedError(_in_words(error, address)) from error
                try:  # a body that broke off: the adapter does not see those
                    budget = budget.increment("GET", address.url, error=ProtocolError(str(error)))
                except MaxRetryError as last:
                    raise NotReachedError(f"{address.host}: the answer broke off each time ({error})") from last
                time.sleep(budget.get_backoff_time())


def _retries(address: Address) -> Retry:
    return Retry(
        total=address.retries,
        status_forcelist=_BUSY,
        allowed_methods=("GET",),
        backoff_factor=address.backoff_seconds,
        backoff_max=_LONGEST_WAIT_SECONDS,
        retry_after_max=int(_LONGEST_WAIT_SECONDS),
        raise_on_status=False,
    )


def _once(session: requests.Session, address: Address, into: Path, conditions: Mapping[str, str]) -> Answer:
    with _final_answer(session, address, conditions) as response:
        if response.status_code == 304:
            if not conditions:
                raise WrongContentError(f"{address.host}: says 'unchanged' (304) to a request that set no condition")
            return Answer(unchanged=True)
        if response.status_code != 200:
            raise NotReachedError(f"{address.host}: answers {response.status_code} {response.reason}")
        digest = _write(response, address, into)
        if address.sha256 not in (None, digest):
            raise WrongContentError(f"expected SHA-256 {address.sha256}, got {digest}")
        return Answer(False, digest, response.headers.get("ETag"), response.headers.get("Last-Modified"))


def _final_answer(session: requests.Session, address: Address, conditions: Mapping[str, str]) -> requests.Response:
    url = address.url
    for _ in range(_MAX_MOVES + 1):
        headers = {"Accept-Encoding": "identity", "User-Agent": "Routecast", **conditions}
        if urlsplit(url).hostname == address.host:  # secrets go to the host that they are for
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


def _in_words(error: Exception, address: Address) -> str:
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
