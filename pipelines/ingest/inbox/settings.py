"""`sources.yaml`: addresses to fetch from, how old a source may get, and who is told (docs/operations.md)."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from geo.pack.entries import PackError, plain_value
from pipelines.ingest.ingest_files import TAKEN
from pipelines.observations.schema import DataRefusedError

FILE = "sources.yaml"
_PLAIN = re.compile(r"^[\w][\w. ()+-]{0,150}$")


def unsafe(url: str) -> str | None:
    """Why an address may not be asked; None: it may. Only https, and http on this machine.

    >>> unsafe("https://example.org/a.csv"), unsafe("http://127.0.0.1:8000/a.csv")
    (None, None)
    >>> unsafe("http://example.org/a.csv")
    'expected https (http only on this machine), got http://example.org'
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "expected an address like https://host/path, it can't be read"
    if parts.scheme == "https" and host:
        return None
    if parts.scheme == "http" and _is_loopback(host):
        return None
    return f"expected https (http only on this machine), got {parts.scheme or 'no scheme'}://{host}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _safe(url: str) -> str:
    if problem := unsafe(url):
        raise ValueError(problem)
    return url


def _known(source: str) -> str:
    if source not in TAKEN:
        raise ValueError(f"no source '{source}'; there are {', '.join(TAKEN)}")
    return source


SafeUrl = Annotated[str, AfterValidator(_safe)]  # it may hold a secret
KnownSource = Annotated[str, AfterValidator(_known)]


class Address(BaseModel):
    """Where one file of a source comes from, and what it may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: KnownSource
    url: SafeUrl
    file: str = ""  # name in the drop folder; by default the last part of the address
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    hosts: tuple[str, ...] = ()  # other hosts that it may redirect to
    headers: dict[str, str] = {}  # header → environment variable that holds its value
    timeout_seconds: float = Field(default=30, gt=0, le=600)  # without a sign of life
    total_seconds: float = Field(default=900, gt=0)  # for the whole body
    max_mib: float = Field(default=500, gt=0)
    retries: int = Field(default=4, ge=0, le=10)
    backoff_seconds: float = Field(default=1, ge=0, le=60)  # doubles with each retry

    @model_validator(mode="after")
    def _plain_name(self) -> Self:
        if not _PLAIN.match(self.name) or self.name.endswith((".part", ".tmp")):
            raise ValueError(f"'{self.name}' is no plain file name; say one with 'file:'")
        return self

    @property
    def name(self) -> str:
        """The file's name in the drop folder."""
        return self.file or unquote(urlsplit(self.url).path).rpartition("/")[2]

    @property
    def host(self) -> str:
        """The host asked, without the secrets that an address may hold."""
        return urlsplit(self.url).hostname or ""


class SourcesFile(BaseModel):
    """All of `sources.yaml`; a file that is not there means no address and nobody to tell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fetch: tuple[Address, ...] = ()
    watch: dict[str, int] = {}  # source → days after which its newest figure is told to be old
    webhook: Annotated[SafeUrl | None, BeforeValidator(lambda url: url or None)] = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _one_file_once(self) -> Self:
        names = [f"{a.source}/{a.name}" for a in self.fetch]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"two addresses would write one file ({', '.join(twice)}); name them with 'file:'")
        return self


def read_sources_file(path: Path, *, must_be: bool = False) -> SourcesFile:
    """Read and check `sources.yaml`.

    Args:
        path: The file.
        must_be: Whether its absence is an error; else it is an empty one.

    Raises:
        DataRefusedError: it is absent though it must be there, no YAML, or has an entry that can't be meant.
    """
    if not path.is_file() and not must_be:
        return SourcesFile()
    try:
        return SourcesFile.model_validate(plain_value(path) or {})
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)[:5]
        ]
        raise DataRefusedError(
            f"{path}: {'; '.join(problems)}. See docs/operations.md for what can stand there."
        ) from error
    except (OSError, PackError) as error:
        reason = str(error).splitlines()[0]
        raise DataRefusedError(f"{path}: expected a readable YAML file, got: {reason}. Mend it.") from error
