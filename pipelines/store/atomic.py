"""Writing files so that a reader, or a crash, never meets half of one."""

import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

_LOOK_SECONDS = 0.5  # between two looks at a lock that another holds


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file beside its place, flush it to disk, then rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Canonical JSON: sorted keys, two spaces, UTF-8, NaN refused."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


class BusyError(Exception):
    """Another process holds the lock. Exit code 5."""


@contextmanager
def exclusive(path: Path, *, wait_seconds: float = 0, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock file while the block runs; it is free again however the process ends.

    Args:
        path: The lock file.
        wait_seconds: How long to wait for it; 0: not at all.
        waits: Called once when there is something to wait for.

    Raises:
        BusyError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        try:
            lock.acquire()
        except Timeout:
            if wait_seconds <= 0:
                raise
            waits()
            lock.acquire(timeout=wait_seconds, poll_interval=_LOOK_SECONDS)
    except Timeout as error:
        raise BusyError(f"{path.parent}: another run is at work here. Wait for it, or use another --store.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """A folder (mode 0700) for the block, gone afterwards; those that killed processes left go first.

    Args:
        parent: Where; the system's folder of temporary files where it is left out.
    """
    home = Path(parent or tempfile.gettempdir())
    own = f"routecast-{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}-"  # a shared folder has others' too
    for left in home.glob(f"{own}*-*"):
        process = left.name.removeprefix(own).split("-")[0]
        if process.isdigit() and not _lives(int(process)):
            shutil.rmtree(left, ignore_errors=True)  # another user's stays
    with tempfile.TemporaryDirectory(prefix=f"{own}{os.getpid()}-", dir=home, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True  # another user's
    return True


def flush_tree(folder: Path) -> None:
    """Flush every file and folder below a folder, and itself, to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            flush_folder(path)
        else:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    flush_folder(folder)
