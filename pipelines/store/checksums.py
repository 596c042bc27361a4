"""Files of a store that say later whether their bytes are still those that were written.

Beside a file lies its SHA-256 in a small file of the same stem. It is written first, so a file without one is from an
earlier version, and is taken as it is.
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
    data = path.read_bytes()
    stated = _stated(path)
    if stated is not None and hashlib.sha256(data).hexdigest() != stated:
        raise DamagedError(f"{path}: {damage_text(path)}")
    return data


def checksum_file(path: Path) -> Path:
    """Where the checksum of a file lies."""
    return path.with_suffix(".sha256")


def damage_text(path: Path) -> str:
    """What is wrong with a damaged batch, and how the store gets whole again."""
    digest = path.stem.rpartition("-")[2]
    return (
        "expected the bytes that were written, got others (a flipped bit, or a change by hand). The provider's file is "
        f"kept under snapshots/{digest}…: put this file back from a backup, or delete it and ingest that one again."
    )


def is_damaged(path: Path) -> bool:
    """Whether the bytes of a file are known not to be those that were written."""
    stated = _stated(path)
    return stated is not None and checksum(path) != stated


def _stated(path: Path) -> str | None:
    beside = checksum_file(path)
    return beside.read_text(encoding="ascii").strip() if beside.is_file() else None


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
