"""Where in a part the rows of one total lie: the index that lets a job add rows up without looking up what they name.

A part's rows lie by indicator, place, day and nationality, TOTAL first; what makes up a day's total is one stretch of
them.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np
import pyarrow as pa

Place = tuple[str, str, str]  # place_kind, place, route
RUNS, NAMES = "routecast.runs", "routecast.names"  # keys in the metadata
_CODEC = "zstd"


@dataclass(frozen=True)
class Runs:
    """Stretches of rows of one indicator, place and day, TOTAL apart from the nationalities; arrays of shape (run,)."""

    indicators: tuple[str, ...]  # what the codes mean; some may not occur
    places: tuple[Place, ...]
    indicator: np.ndarray  # codes
    place: np.ndarray
    day: np.ndarray  # since 1970
    total: np.ndarray  # bool
    rows: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Position of each stretch's first row."""
        return np.asarray(np.cumsum(self.rows) - self.rows)

    def between(self, first: int, end: int) -> Self:
        """The stretches `first` … `end`."""
        span = slice(first, end)
        return replace(
            self,
            indicator=self.indicator[span],
            place=self.place[span],
            day=self.day[span],
            total=self.total[span],
            rows=self.rows[span],
        )

    def only(self, kept: np.ndarray) -> Self:
        """What is left of the stretches when some rows are kept alone."""
        rows = np.add.reduceat(kept, self.first, dtype=np.int64)
        left = rows > 0
        return replace(
            self,
            indicator=self.indicator[left],
            place=self.place[left],
            day=self.day[left],
            total=self.total[left],
            rows=rows[left],
        )


def runs_to_text(runs: Runs) -> dict[str, str]:
    """The index as texts for a Parquet file's metadata.

    >>> runs = Runs(("a",), (("segment", "s", ""),), *(np.array([n]) for n in (0, 0, 20000, True, 3)))
    >>> runs_from_text({k.encode(): v.encode() for k, v in runs_to_text(runs).items()}).rows.tolist()
    [3]
    """
    planes = np.stack([runs.indicator, runs.place, runs.day, runs.total, runs.rows]).astype("<i4")
    packed = base64.b64encode(pa.compress(planes.tobytes(), codec=_CODEC, asbytes=True)).decode()
    names = {"indicators": runs.indicators, "places": runs.places}
    return {NAMES: json.dumps(names, ensure_ascii=False), RUNS: f"{planes.shape[1]} {packed}"}


def runs_from_text(metadata: Mapping[bytes, bytes]) -> Runs:
    """The index that `runs_to_text` wrote."""
    number, packed = metadata[RUNS.encode()].split(b" ", 1)
    data = pa.decompress(base64.b64decode(packed), decompressed_size=4 * 5 * int(number), codec=_CODEC)
    indicator, place, day, total, rows = np.frombuffer(data, dtype="<i4").reshape(5, -1).astype(np.int64)
    return Runs(*_names(metadata[NAMES.encode()]), indicator, place, day, total > 0, rows)


@lru_cache(maxsize=64)  # the parts of a delivery mostly name the same
def _names(text: bytes) -> tuple[tuple[str, ...], tuple[Place, ...]]:
    said = json.loads(text)
    return tuple(said["indicators"]), tuple((str(k), str(p), str(r)) for k, p, r in said["places"])
