"""Files of a store that say later whether their bytes are still those that were written.

Beside a file lies its SHA-256 in a small file of the same stem, which is written first.
"""

import hashlib
from pathlib import Path

from pipelines.store.atomic import write_atomically


class DamagedError(Exception):
    """A file of the store is not as it was written. Exit code 3."""


def write_with_checksum(path: Path, data: bytes) -> None:
    """Write a file atomically, and its checksum before it."""
    write_atomically(checksum_file(path), (hashlib.sha256(data).hexdigest() + "\n").encode())
    write_atomically(path, data)


def read_intact(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        DamagedError: they are not those that were written.
    """
    data = path.read_bytes() if path.is_file() else None
    damage = _damage(path, hashlib.sha256(data).hexdigest() if data is not None else None)
    if data is None or damage:
        raise DamagedError(f"{path}: {damage}")
    return data


def damage_of(path: Path) -> str | None:
    """What is wrong with a file, and how the store gets whole again; None: it is as it was written."""
    return _damage(path, checksum(path) if path.is_file() else None)


def checksum_file(path: Path) -> Path:
    """Where the checksum of a file lies."""
    return path.with_suffix(".sha256")


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damage(path: Path, digest: str | None) -> str | None:
    """What is wrong with a file of some bytes (None: there is no file)."""
    is_part = path.stem.isdigit()  # of a batch that is a folder
    beside, batch = checksum_file(path), path.parent.name if is_part else path.stem
    kept = batch.rpartition("-")[2]
    if digest is None:
        what = "missing"
    elif not beside.is_file():
        what = f"expected its checksum beside it ({beside.name}), there is none"
    elif beside.read_text(encoding="ascii", errors="replace").strip() != digest:
        what = "expected the bytes that were written, got others (a flipped bit, or a change by hand)"
    else:
        return None
    return (
        f"{what}. What it came from is told under snapshots/{kept}…: put this file back from a backup, or give "
        f"{'its folder' if is_part else 'it'} up ('routecast store forget PATH --reason WHY') and ingest the "
        "provider's file again (it lies there where it held nothing but figures)."
    )
