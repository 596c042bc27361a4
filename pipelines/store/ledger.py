"""What a store took in and gave out: a chained list of its lasting files, against which every run holds the store.

A line of `ledger.jsonl` is a file or folder that was entered (its path and SHA-256) or given up (with the reason), and
the SHA-256 of the line before with it. Files are entered once they are in their place; what a killed command left
unentered is entered by the next one. So a file that is missing or another one later is named, whatever took it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.store.atomic import exclusive, flush_folder
from pipelines.store.checksums import DamagedError, checksum
from pipelines.store.paths import Store

FILE = "ledger.jsonl"
GIVEN_UP = "given_up"  # folder of what was given up and was still there
_WAIT_SECONDS = 60.0
BATCHES = ("observations", "confirmed", "quarantine", "partners")  # beside each file lies its checksum
_FOLDERS = {"editions/*/*": "manifest", "profiles/[!.]*/*/*": "manifest"}  # sealed by a file and its checksum
_WHOLE = ("accounts/*/*.json", "profiles/.shown/**/*.parquet")  # small files, read to the last byte


def entered(store: Store) -> dict[str, str]:
    """Path → SHA-256 of all that the ledger holds and that was not given up.

    Raises:
        DamagedError: a line was changed, cut or left out.
    """
    known: dict[str, str] = {}
    for line in _lines(store):
        if line["sha256"] is None:
            known.pop(line["path"], None)
        else:
            known[line["path"]] = line["sha256"]
    return known


def head(store: Store) -> dict[str, Any]:
    """How many lines the ledger has, and the last one's chain: to be printed, mailed or kept elsewhere."""
    lines = _lines(store)
    return {"entries": len(lines), "head": lines[-1]["chain"] if lines else ""}


def inventory(store: Store) -> dict[str, str]:
    """Path → SHA-256 of the lasting files that are there: by the checksum beside each, or by its bytes."""
    root = store.root
    for folder in (root / kind for kind in (*BATCHES, "accounts", "editions", "profiles", "snapshots")):
        if folder.is_dir():
            list(folder.iterdir())  # one that can't be read raises here; a glob would take it for empty
    found = {path: _text(path) for kind in BATCHES for path in (root / kind).glob("*/**/*.sha256")}
    sealed = {folder: f"{seal}.json" for pattern, seal in _FOLDERS.items() for folder in root.glob(pattern)}
    found |= {f: _text((f / seal).with_suffix(".sha256")) for f, seal in sealed.items() if (f / seal).is_file()}
    found |= {path: checksum(path) for pattern in _WHOLE for path in root.glob(pattern)}
    found |= {path.parent: path.parent.name for path in store.snapshots.glob("*/provenance.json")}
    named = {path.relative_to(root): digest for path, digest in sorted(found.items())}
    kept = ("profiles/.shown/",)  # what begins with a dot besides is not in its place yet
    return {str(p): d for p, d in named.items() if str(p).startswith(kept) or not any(x[0] == "." for x in p.parts)}


def missing_or_changed(store: Store, region: str | None = None) -> list[str]:
    """What the ledger holds and the store does not, each with what to do.

    Args:
        store: The store.
        region: Only what concerns this region, and what concerns none; None: all.
    """
    try:
        known = entered(store)
    except DamagedError as error:
        return [str(error)]
    there, problems = inventory(store), _cut(store)
    for path, digest in known.items():
        parts = path.split("/")
        of = parts[2] if parts[0] == "profiles" else parts[1]
        if region is not None and parts[0] != "snapshots" and of != region:
            continue
        if path not in there or not _lies_there(store.root / path):
            problems.append(f"{path}: it was taken in, and is missing. {_REPAIR.format(path=path)}")
        elif there[path] != digest:
            problems.append(f"{path}: it is not what was taken in. {_REPAIR.format(path=path)}")
    return problems


def _cut(store: Store) -> list[str]:
    """Whether editions knew lines that the ledger does not have."""
    lines = _lines(store)
    chains = [line["chain"] for line in lines]
    begun_again = {last for line in lines for last in line.get("editions_knew", ())}
    for edition, number, last in _known_heads(store):
        if chains[number - 1 : number] != [last] and last not in begun_again:
            return [
                f"{FILE}: expected {number} lines at least, the last of them {last[:12]}…, as edition {edition} knew "
                f"them. The ledger was cut or replaced. {_REPAIR.format(path=FILE)}"
            ]
    return []


def _known_heads(store: Store) -> list[tuple[str, int, str]]:
    """Of each edition that says so: its id, how many lines the ledger had, and the last one's chain."""
    found = []
    for path in sorted(store.root.glob("editions/*/*/run.json")):
        try:
            known = json.loads(path.read_text(encoding="utf-8"))["ledger"]
            found.append((path.parent.name, int(known["entries"]), str(known["head"])))
        except (ValueError, KeyError, TypeError):
            continue  # an earlier version's, or spoilt: its clock and timings are no figures
    return [one for one in found if one[1]]


_REPAIR = (
    "Put it back from a backup, or give it up: 'routecast store forget {path} --reason WHY', and ingest or run again."
)


def require_complete(store: Store, region: str) -> None:
    """Refuse to go on where something of a region is missing or changed.

    Raises:
        DamagedError: names it.
    """
    problems = missing_or_changed(store, region)
    if problems:
        more = f" ({len(problems) - 1} more: 'routecast doctor')" if len(problems) > 1 else ""
        raise DamagedError(f"{store.root}: {problems[0]}{more}")


def enter_new(store: Store) -> None:
    """Enter what lies in the store and not in the ledger."""
    if not store.root.is_dir():
        return
    with _locked(store):
        known = entered(store)
        _append(store, [{"path": p, "sha256": d} for p, d in inventory(store).items() if p not in known])


def give_up(store: Store, paths: Mapping[str, str]) -> None:
    """Enter that files are no longer kept: path → why. They are gone already, or go next."""
    with _locked(store):
        known = entered(store)
        _append(store, [{"path": p, "sha256": None, "reason": why} for p, why in paths.items() if p in known])


def forget(store: Store, named: str, reason: str) -> list[str]:
    """Give up a batch, an account, a provider's file, or what is missing; what is there is moved aside.

    Args:
        store: The store; its lock is held.
        named: Path below the store, or a full one, of a file, a batch (with or without its ending), a folder, or the
            ledger itself, which is begun again.
        reason: Why; it stays in the ledger.

    Returns:
        The paths that were given up.

    Raises:
        DamagedError: nothing of that name was taken in, or it is an edition that is there.
    """
    path = str(Path(named).absolute().relative_to(store.root)) if Path(named).is_absolute() else named.rstrip("/")
    if path == FILE:
        return _begin_again(store, reason)
    batch = path.removesuffix(".parquet").removesuffix(".sha256")
    chosen = [p for p in entered(store) if p in (path, f"{batch}.sha256") or p.startswith(f"{path}/")]
    if not chosen:
        raise DamagedError(
            f"{named}: expected the path of something that was taken in, below {store.root}. See doctor."
        )
    sealed = [p for p in chosen if p.startswith(("editions/", "profiles/")) and (store.root / p).exists()]
    if sealed:
        raise DamagedError(
            f"{sealed[0]}: it is there, and not given up by this command. Editions go by 'routecast editions retain'; "
            "what was shown is remembered."
        )
    give_up(store, dict.fromkeys(chosen, reason))
    for one in chosen:
        for file in (store.root / one, *_beside(store.root / one)):
            if file.exists():
                to = store.root / GIVEN_UP / file.relative_to(store.root)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(to, ignore_errors=True) if to.is_dir() else to.unlink(missing_ok=True)
                file.rename(to)
    return chosen


def _begin_again(store: Store, reason: str) -> list[str]:
    """Move the ledger aside; the first line of the next one says why, and what editions knew of the old one."""
    with _locked(store):
        old, aside = store.root / FILE, store.root / GIVEN_UP / FILE
        if old.exists():
            aside.parent.mkdir(parents=True, exist_ok=True)
            old.replace(aside)
        knew = [last for _, _, last in _known_heads(store)]
        _append(store, [{"path": FILE, "sha256": None, "reason": reason, "editions_knew": knew}])
    return [FILE]


def former_number(store: Store, folder: Path, stem: str) -> int | None:
    """The number of a batch `<number>-<stem>` that lay in a folder and is no longer there; None: there was none."""
    inside = f"{folder.relative_to(store.root)}/"
    names = [line["path"].removeprefix(inside) for line in _lines(store) if line["path"].startswith(inside)]
    batches = {n.split("/")[0].removesuffix(".sha256") for n in names}
    gone = sorted(b for b in batches if b[7:] == stem and not list(folder.glob(f"{b[:7]}*")))
    return int(gone[-1][:6]) if gone else None


@contextmanager
def writing(store: Store, *, wait_seconds: float = 0, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the store's lock for the block, and enter what the block wrote, however it ends.

    Raises:
        BusyError: another process holds it.
    """
    with exclusive(store.root / ".lock", wait_seconds=wait_seconds, waits=waits):
        try:
            yield
        finally:
            enter_new(store)


def _lies_there(path: Path) -> bool:
    """Whether the file lies beside its checksum, and the folder is one."""
    return any(p.is_file() for p in _beside(path)) if path.suffix == ".sha256" else path.exists()


def _beside(path: Path) -> tuple[Path, ...]:
    """The file whose checksum lies at a path."""
    return (path.with_suffix(".parquet"), path.with_suffix(".json")) if path.suffix == ".sha256" else ()


def _lines(store: Store) -> list[dict[str, Any]]:
    path, before, lines = store.root / FILE, "", []
    for number, text in enumerate(_whole_lines(path).decode("utf-8", errors="replace").splitlines(), 1):
        try:
            line = json.loads(text)
            whole = line["chain"] == _chain(before, line)
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise DamagedError(
                f"{path}, line {number}: expected the line that was written after the one before it. The ledger was "
                "changed or cut: put it back from a backup. Without one, look at what is in the store, and begin "
                f"another: 'routecast store forget {FILE} --reason WHY'."
            )
        before = line["chain"]
        lines.append(line)
    return lines


def _whole_lines(path: Path) -> bytes:
    """The bytes up to the last line break: what follows was not written to its end."""
    data = path.read_bytes() if path.is_file() else b""
    return data[: data.rfind(b"\n") + 1]


def _append(store: Store, entries: list[dict[str, Any]]) -> None:
    if not entries:
        return
    path, lines = store.root / FILE, _lines(store)
    before, text = lines[-1]["chain"] if lines else "", ""
    for entry in entries:
        before = _chain(before, entry)
        text += json.dumps({**entry, "chain": before}, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("ab") as stream:
        stream.truncate(len(_whole_lines(path)))
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    flush_folder(store.root)


def _chain(before: str, entry: Mapping[str, Any]) -> str:
    said = json.dumps({k: v for k, v in entry.items() if k != "chain"}, sort_keys=True)
    return hashlib.sha256(f"{before}\n{said}".encode()).hexdigest()


@contextmanager
def _locked(store: Store) -> Iterator[None]:
    """Two commands may write at once: one runs, another approves."""
    with exclusive(store.root / ".ledger.lock", wait_seconds=_WAIT_SECONDS):
        yield


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip() if path.is_file() else ""
