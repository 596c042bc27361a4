"""The drop folder: which files are ready, and where they go when they are done with."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from pipelines.ingest.ingest_files import TAKEN
from pipelines.store.atomic import flush_folder, write_atomically

DONE, REFUSED = "done", "refused"
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", ".swp", "~")


@dataclass(frozen=True)
class Dropped:
    """A file that waits in `drop/<source>/`."""

    source: str
    path: Path
    state: tuple[int, int] | None = None  # when it was last written to (ns), and its size, when it was found


@dataclass(frozen=True)
class Found:
    """What a look at the drop folder found."""

    ready: tuple[Dropped, ...]  # in the order in which they were written
    growing: tuple[Dropped, ...]  # still being written: left alone
    astray: tuple[str, ...]  # a sentence for each file or folder whose source is not known


def find_files(drop: Path, *, settle_seconds: float) -> Found:
    """Look for files that are complete.

    Names of unfinished downloads are left alone. A file written to in the last `settle_seconds` is looked at twice,
    that long apart: if it has changed, it is still being written.
    """
    if not drop.is_dir():
        return Found((), (), ())
    folders = [p for p in sorted(drop.iterdir()) if p.name not in (DONE, REFUSED) and not p.name.startswith(".")]
    waiting = [Dropped(f.name, p) for f in folders if f.name in TAKEN and f.is_dir() for p in sorted(f.iterdir())]
    visible = [d for d in waiting if not d.path.name.startswith(".")]
    files = [d for d in visible if d.path.is_file() and not d.path.is_symlink()]
    named = [d for d in files if d.path.name.lower().endswith(_UNFINISHED)]
    rest = {d: _state(d.path) for d in files if d not in named}
    if any(abs(time.time() - s[0] / 1e9) < settle_seconds for s in rest.values() if s is not None):
        time.sleep(settle_seconds)
    still = {d: s for d, s in rest.items() if s is not None and _state(d.path) == s}
    growing = [*named, *(d for d in rest if d not in still)]
    ordered = sorted(still.items(), key=lambda item: (item[1][0], item[0].path.name))
    ready = [replace(d, state=s) for d, s in ordered]
    astray = [_astray(p) for p in folders if p.name not in TAKEN or not p.is_dir()]
    astray += [
        f"{d.path}: expected a file, got a folder or a link. Put the file itself into {d.path.parent}."
        for d in visible
        if d not in files
    ]
    return Found(tuple(ready), tuple(growing), tuple(astray))


def _state(path: Path) -> tuple[int, int] | None:
    """When a file was last written to (ns), and its size; None: it went away."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _astray(path: Path) -> str:
    near = get_close_matches(path.name, TAKEN, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(TAKEN)}."
    if path.is_dir():
        return f"{path}: no source '{path.name}', its files were not taken. {hint}"
    return f"{path}: expected it in the folder of its source, e.g. {path.parent / 'csv' / path.name}. Move it there."


def put_away(
    drop: Path, dropped: Dropped, *, at: datetime, refused: str | None = None, delete: bool = False
) -> list[str]:
    """Move a file to `done/<source>/`, or to `refused/<source>/` with the reason beside it.

    A newer file that took its place while it was read stays where it is, for the next time.

    Args:
        drop: The drop folder.
        dropped: The file, as it was found.
        at: The moment: it leads the new name, so that equal names don't meet.
        refused: Why it was refused; None: it was taken.
        delete: The file must not be kept, only the reason.

    Returns:
        What to tell, where there is something to tell.
    """
    folder = drop / (DONE if refused is None else REFUSED) / dropped.source
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder, f"{at:%Y%m%dT%H%M%SZ}-{dropped.path.name}")
    if refused is not None:  # the reason first: a refused file is never without it
        write_atomically(target.with_name(target.name + ".txt"), f"{refused}\n".encode())
    try:
        dropped.path.replace(target)
    except FileNotFoundError:
        return [f"{dropped.source} {dropped.path.name}: somebody took it away meanwhile"]
    # looked at after the move: a file that came in between was moved in its place
    newer = dropped.state is not None and _state(target) != dropped.state
    if newer:
        target.replace(dropped.path)
    elif delete:
        target.unlink()
    flush_folder(dropped.path.parent)
    flush_folder(folder)
    return (
        [f"{dropped.source} {dropped.path.name}: a newer one came meanwhile, left for the next time"] if newer else []
    )


def _free(folder: Path, name: str) -> Path:
    number, target = 2, folder / name
    while target.exists() or target.with_name(target.name + ".txt").exists():
        target = folder / f"{number}-{name}"
        number += 1
    return target
