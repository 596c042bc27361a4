"""What runs have made so far: a run that was killed goes on from there, and next week's takes what did not change.

A file is the SHA-256 of what follows, a line break, and a packed NumPy archive of labelled arrays. What a run alone can
use lies under its fingerprint, of all its inputs and settings; a part that later runs find again lies under a digest of
all that it was made from, with the code and the libraries. So neither can be taken for another. A file is renamed into
place but not flushed to the disk: after a power cut the checksum tells, and it is made again.

A DataTree as Zarr would give texts back as another type, and other bytes for the same datasets.
"""

import hashlib
import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

_DIGEST = hashlib.sha256().digest_size * 2 + 1  # with the line break
PARTS = "parts"  # folder of what later runs find again
_LABELS = "labels"  # the archive's entry that says what the arrays are


@dataclass(frozen=True)
class Checkpoints:
    """Kept results of one run; without a folder nothing is kept."""

    folder: Path | None = None
    parts: Path | None = None  # what later runs find again
    code: str = ""  # of the program, its libraries and the pack
    away: bool = False  # on a worker: what the disk has no room for is not kept, and told where the run is
    used: set[str] = field(default_factory=set)  # files of `parts` that this run has read or written
    reused: list[str] = field(default_factory=list)  # names that were read and not made
    broken: list[str] = field(default_factory=list)  # files whose bytes were not those written; thrown away
    refused: list[str] = field(default_factory=list)  # what could not be kept bit for bit
    costs: list[tuple[int, float]] = field(default_factory=list)  # of each file that was written: bytes, seconds

    def load(self, name: str, *, made_from: str | None = None) -> list[xr.Dataset] | None:
        """What was kept, bit for bit; None where it has to be made.

        Args:
            name: What it is.
            made_from: Digest of all that it was made from (`digest_of`); None: it is of use to this run alone.
        """
        path = self._path(name, made_from)
        if path is None or not path.exists():
            return None
        data = path.read_bytes()
        if hashlib.sha256(data[_DIGEST:]).hexdigest().encode() != data[: _DIGEST - 1]:
            self.broken.append(str(path))
            path.unlink()
            return None
        self.reused.append(name)
        with pa.input_stream(pa.py_buffer(data[_DIGEST:]), compression="zstd") as packed:
            return unpack(packed.read())

    def keep(self, name: str, content: Sequence[xr.Dataset], *, made_from: str | None = None) -> bool:
        """Keep datasets, whole or not at all; name and digest as they will be asked for. Whether it was kept."""
        path = self._path(name, made_from)
        if path is None:
            return False
        began = time.monotonic()
        data = _smaller(pack(content))
        draft = path.with_suffix(f".{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as stream:
                stream.write(hashlib.sha256(data).hexdigest().encode() + b"\n")
                stream.write(data)
            draft.replace(path)
        except OSError:
            if self.away:
                return False
            raise
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        self.costs.append((len(data), time.monotonic() - began))
        return True

    def _path(self, name: str, made_from: str | None) -> Path | None:
        folder = self.folder if made_from is None else self.parts
        if folder is None:
            return None
        if made_from is None:
            return folder / f"{name}.work"
        file = f"{name}.{hashlib.sha256(f'{self.code} {made_from}'.encode()).hexdigest()[:32]}.work"
        self.used.add(file)
        return folder / file

    def elsewhere(self) -> Self:
        """The same for a task on a worker, which tells only of what it did there (`add`)."""
        return replace(self, away=True, used=set(), reused=[], broken=[], refused=[], costs=[])

    def add(self, told: "Checkpoints") -> None:
        """Take over what a task tells."""
        self.used.update(told.used)
        for name in ("reused", "broken", "refused", "costs"):
            getattr(self, name).extend(getattr(told, name))

    def within(self, name: str) -> Self:
        """A part of it with names of its own; what is told of the whole is told of both."""
        return self if self.folder is None else replace(self, folder=self.folder / name)


KEEP_NOTHING = Checkpoints()


@contextmanager
def checkpoints(home: Path, fingerprint: str, *, code: str = "") -> Iterator[Checkpoints]:
    """What a run with these inputs and settings keeps, found again where it fails.

    Where it ends well, its own files are forgotten, and of the parts those that it had no use for. What other runs left
    of their own in `home` is deleted at once: the store's lock is held.
    """
    own, parts = home / fingerprint[:32], home / PARTS
    for folder in set(home.iterdir()) - {own, parts} if home.is_dir() else ():
        shutil.rmtree(folder, ignore_errors=True)
    for draft in home.rglob("*.part") if home.is_dir() else ():
        draft.unlink(missing_ok=True)
    kept = Checkpoints(own, parts, code)
    yield kept
    shutil.rmtree(own, ignore_errors=True)
    for path in parts.glob("*.work") if kept.used else ():
        if path.name not in kept.used:
            path.unlink(missing_ok=True)


def _smaller(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return bytes(sink.getvalue())


def digest_of(*values: Any) -> str:  # noqa: ANN401 - whatever JSON can hold, and labelled arrays
    """SHA-256 of what something is made from: arrays with their labels bit for bit, all else as JSON says it."""
    digest = hashlib.sha256()
    for value in values:
        data = pack([value]) if isinstance(value, xr.Dataset) else json.dumps(value, sort_keys=True).encode()
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.hexdigest()


def pack(content: Sequence[xr.Dataset]) -> bytes:
    """Datasets of numbers, dates and texts as bytes; the same datasets give the same bytes."""
    arrays: dict[str, np.ndarray] = {}
    labels: list[dict[str, Any]] = []
    for number, dataset in enumerate(content):
        variables: dict[str, Any] = {}
        for name, variable in dataset.variables.items():
            values = variable.to_numpy()
            texts = values.dtype == object
            if texts and not all(isinstance(v, str) for v in values.flat):
                raise TypeError(f"work: expected numbers, dates or texts in '{name}', got other objects.")
            about = {"dims": list(variable.dims), "coord": name in dataset.coords, "texts": texts}
            variables[str(name)] = {**about, "attrs": variable.attrs}
            if texts:  # each once: a table of scores names models and places in every row
                codes, found = pd.factorize(values.ravel())
                arrays[f"{number}/{name}/texts"] = found.astype(str)
                values = codes.reshape(values.shape).astype(np.int32)
            arrays[f"{number}/{name}"] = values
        labels.append({"variables": variables, "attrs": dataset.attrs})
    arrays[_LABELS] = np.frombuffer(json.dumps(labels).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> list[xr.Dataset]:
    """The datasets of `pack`, equal in values, types, order and attributes."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        labels = json.loads(archive[_LABELS].tobytes())
        return [_dataset(archive, number, one) for number, one in enumerate(labels)]


def _dataset(archive: np.lib.npyio.NpzFile, number: int, labels: dict[str, Any]) -> xr.Dataset:
    coords: dict[str, xr.Variable] = {}
    variables: dict[str, xr.Variable] = {}
    for name, about in labels["variables"].items():
        values = archive[f"{number}/{name}"]
        if about["texts"]:
            values = archive[f"{number}/{name}/texts"].astype(object)[values]
        variable = xr.Variable(about["dims"], values, about["attrs"])
        (coords if about["coord"] else variables)[name] = variable
    return xr.Dataset(variables, coords=coords, attrs=labels["attrs"])
