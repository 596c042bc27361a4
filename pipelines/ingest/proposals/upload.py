"""Tables that a page hands over as bytes: proposed, previewed, taken; no byte of them stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from geo.region.region import Region
from pipelines.ingest.ingest_files import TABLE, Stated, take_files
from pipelines.ingest.proposals.preview import Preview, preview
from pipelines.ingest.proposals.propose import propose
from pipelines.ingest.reading.mapping import parse_mapping
from pipelines.observations.schema import DataRefusedError
from pipelines.store.atomic import scratch
from pipelines.store.ledger import writing
from pipelines.store.paths import Store

_IN_MEMORY = Path("/dev/shm")  # nosec B108 - a folder of our own is made in it, for this user alone
_MAPPING = "mapping"


@dataclass(frozen=True)
class UploadedTables:
    """What a page may ask for a table; raises `DataRefusedError` for what can't be taken."""

    store: Store

    def propose(self, name: str, content: bytes, region: Region) -> str:
        """The text of a proposed mapping, with `?` for what the table does not say."""
        with _file(name, content) as path:
            return propose(path, region).text()

    def preview(self, name: str, content: bytes, region: Region, mapping: str) -> Preview:
        """What a mapping makes of the table."""
        with _file(name, content) as path:
            return preview(parse_mapping(mapping, where=_MAPPING), path, region, today=_today())

    def take(self, name: str, content: bytes, region: Region, mapping: str) -> list[str]:
        """Take the table into the store; returns what became of it.

        Raises:
            StoreBusyError: another run holds the store.
        """
        stated = Stated(mapping=parse_mapping(mapping, where=_MAPPING))
        with _file(name, content) as path, writing(self.store):
            return take_files(
                TABLE,
                [path],
                region=region,
                store=self.store,
                today=_today(),
                progress=lambda _stage, _done, _total: None,
                stated=stated,
            )


def _today() -> date:
    return datetime.now(tz=UTC).date()


@contextmanager
def _file(name: str, content: bytes) -> Iterator[Path]:
    """The bytes as a file of their own name, in memory where that can be, and gone afterwards."""
    plain = Path(name).name
    if not plain or plain.startswith("."):
        raise DataRefusedError(f"expected a file with a name, got '{plain}'. Rename it.")
    folder = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with scratch(folder) as made:
        path = made / plain
        path.write_bytes(content)
        yield path
