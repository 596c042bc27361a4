"""What a run has made so far, by name: a run that was killed goes on from there.

A file is the SHA-256 of what follows, a line break, and a NumPy archive of labelled arrays. It lies under the
fingerprint of the inputs and settings that it was made from, so it can't be taken for another run's. It is renamed into
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
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr

_DIGEST = hashlib.sha256().digest_size * 2 + 1  # with the line break
_LABELS = "labels"  # the archive's entry that says what the arrays are


@dataclass(frozen=True)
class Checkpoints:
    """Kept results of one run; without a folder nothing is kept."""

    folder: Path | None = None
    reused: list[str] = field(default_factory=list)  # names that were read and not made
    broken: list[str] = field(default_factory=list)  # files whose bytes were not those written; thrown away
    refused: list[str] = field(default_factory=list)  # what could not be kept bit for bit
    costs: list[tuple[int, float]] = field(default_factory=list)  # of each file that was written: bytes, seconds

    def load(self, name: str) -> list[xr.Dataset] | None:
        """What was kept under a name, bit for bit; None where it has to be made."""
        if self.folder is None:
            return None
        path = self.folder / f"{name}.work"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data[_DIGEST:]).hexdigest().encode() != data[: _DIGEST - 1]:
            self.broken.append(str(path))
            path.unlink()
            return None
        self.reused.append(name)
        return unpack(data[_DIGEST:])

    def keep(self, name: str, content: Sequence[xr.Dataset]) -> None:
        """Keep datasets under a name, whole or not at all."""
        if self.folder is None:
            return
        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        data = pack(content)
        draft = self.folder / f"{name}.{os.getpid()}.part"
        try:
            with draft.open("wb") as stream:
                stream.write(hashlib.sha256(data).hexdigest().encode() + b"\n")
                stream.write(data)
            draft.replace(self.folder / f"{name}.work")
        finally:
            draft.unlink(missing_ok=True)
        self.costs.append((len(data), time.monotonic() - began))

    def within(self, name: str) -> Self:
        """A part of it with names of its own; what is told of the whole is told of both."""
        return self if self.folder is None else replace(self, folder=self.folder / name)


KEEP_NOTHING = Checkpoints()


@contextmanager
def checkpoints(home: Path, fingerprint: str) -> Iterator[Checkpoints]:
    """What a run with these inputs and settings keeps, found again where it fails; forgotten where it ends well.

    What other runs left in `home` is deleted: the store's lock is held.
    """
    own = home / fingerprint[:32]
    for folder in set(home.iterdir()) - {own} if home.is_dir() else ():
        shutil.rmtree(folder, ignore_errors=True)
    for draft in own.rglob("*.part") if own.is_dir() else ():
        draft.unlink(missing_ok=True)
    yield Checkpoints(own)
    shutil.rmtree(own, ignore_errors=True)


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
            arrays[f"{number}/{name}"] = values.astype(str) if texts else values
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
        variable = xr.Variable(about["dims"], values.astype(object) if about["texts"] else values, about["attrs"])
        (coords if about["coord"] else variables)[name] = variable
    return xr.Dataset(variables, coords=coords, attrs=labels["attrs"])
