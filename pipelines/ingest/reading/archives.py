"""Look into a workbook's archive before a reader does: size unpacked, names, and no document type in its XML."""

import zipfile
import zlib
from pathlib import Path

# it is told to stop at a document type, before it would expand anything
from xml.parsers import expat  # nosec B406

from pipelines.observations.schema import DataRefusedError

MAX_UNPACKED_BYTES = 4 * 2**30
MAX_RATIO = 200  # a workbook packs 5–20 times; a bomb, thousands of times
MAX_ENTRIES = 10_000
_XML = (".xml", ".rels", ".vml")
_CHUNK = 65_536
_MAX_PROLOGUE = 2**20  # bytes before a part's first element


class _FirstElementError(Exception):
    """The document has begun without a document type."""


class _DocumentTypeError(Exception):
    """A document type: entities could be defined, and files of this machine named."""


def check_archive(path: Path) -> None:
    """Refuse an archive that is no workbook or would do harm to a reader.

    Raises:
        DataRefusedError: damaged, a bomb, with names that lead elsewhere, or with a document type (entities).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(path, entries)
            for entry in entries:
                _check_name(path, entry.filename)
                if entry.filename.lower().endswith(_XML):
                    _check_prologue(archive, entry)
    except _DocumentTypeError as error:
        raise DataRefusedError(
            f"{path.name}: expected a workbook, got one with a document type in its XML, which no program writes and "
            "which could name other files. Ask the sender for the original."
        ) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise DataRefusedError(f"{path.name}: the workbook is damaged ({error}). Download it again.") from error


def _check_sizes(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(e.file_size for e in entries)
    packed = max(sum(e.compress_size for e in entries), 1)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > 2**20 and unpacked / packed > MAX_RATIO):
        raise DataRefusedError(
            f"{path.name}: expected a workbook, got an archive that unpacks {unpacked / packed:.0f} times "
            f"({unpacked / 2**20:.0f} MiB). It looks like a zip bomb; ask the sender for the original."
        )
    if len(entries) > MAX_ENTRIES:
        raise DataRefusedError(
            f"{path.name}: expected a workbook of at most {MAX_ENTRIES:,} parts, got {len(entries):,}. Save it anew."
        )


def _check_name(path: Path, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise DataRefusedError(
            f"{path.name}: expected a workbook, got an archive with a part that leads out of it. Ask the sender for "
            "the original."
        )


def _check_prologue(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Read a part up to its first element; what is no XML is left to the reader to refuse."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = _stop_at_element
    seen = 0
    try:
        with archive.open(entry) as part:
            while seen < _MAX_PROLOGUE and (chunk := part.read(_CHUNK)):
                seen += len(chunk)
                parser.Parse(chunk)
    except (_FirstElementError, expat.ExpatError):
        return
    if seen >= _MAX_PROLOGUE:
        raise _DocumentTypeError


def _refuse_document_type(*_: object) -> None:
    raise _DocumentTypeError


def _stop_at_element(*_: object) -> None:
    raise _FirstElementError
