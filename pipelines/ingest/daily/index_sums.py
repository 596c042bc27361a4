"""What the rows of each run add up to, kept beside the index of the runs: totals are then read without the rows."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.observations.schema import REASON_ORDER

REASONS = ("", *REASON_ORDER)  # a code is the position, so of several the largest stands; part of the layout
SUMS = "routecast.sums"  # key in the metadata
_CODEC = "zstd"
_RUN = np.dtype([("count", "<f8"), ("as_of", "<i4"), ("missing", "u1"), ("known", "?"), ("assumed", "?")])


@dataclass(frozen=True)
class RunSums:
    """Arrays of shape (run,)."""

    count: np.ndarray  # sum of the rows with a count, float64; 0 where there is none
    known: np.ndarray  # bool, whether any row has a count
    missing: np.ndarray  # uint8, largest code among the reasons of rows told in part or not at all, 0 = none
    as_of: np.ndarray | None = None  # newest, days since 1970
    assumed: np.ndarray | None = None  # bool, whether the `as_of` of any row is assumed


def add_runs(
    first: np.ndarray,
    count: np.ndarray,
    *,
    missing: np.ndarray | None = None,
    as_of: np.ndarray | None = None,
    assumed: np.ndarray | None = None,
) -> RunSums:
    """Add the rows of each run up.

    Args:
        first: Position of each run's first row, shape (run,); at least one run, none empty.
        count: Counts, shape (row,), NaN = missing.
        missing: Reason codes, shape (row,); None where none is stated.
        as_of: Days since 1970, shape (row,).
        assumed: Whether `as_of` is assumed, shape (row,).

    >>> add_runs(np.array([0, 2]), np.array([1.0, np.nan, np.nan]), missing=np.array([0, 2, 1])).missing.tolist()
    [2, 1]
    """
    amount, known = np.add.reduceat(count, first), np.ones(len(first), dtype=bool)
    if np.isnan(amount).any():
        silent = np.isnan(count)
        amount = np.add.reduceat(np.where(silent, 0.0, count), first)
        known = np.logical_or.reduceat(~silent, first)
    return RunSums(
        amount,
        known,
        np.zeros(len(first), np.uint8) if missing is None else np.maximum.reduceat(missing.astype(np.uint8), first),
        None if as_of is None else np.maximum.reduceat(as_of, first),
        None if assumed is None else np.logical_or.reduceat(assumed, first),
    )


def sums_of_part(first: np.ndarray, table: pa.Table) -> RunSums:
    """The sums of a part's rows (in the columns of the store's layout), dates and reasons among them."""
    return add_runs(
        first,
        table["count"].to_numpy(),
        missing=_reason_codes(table["missing_reason"]),
        as_of=table["as_of"].cast(pa.int32()).to_numpy(),
        assumed=table["as_of_assumed"].to_numpy(zero_copy_only=False),
    )


def sums_to_text(sums: RunSums) -> dict[str, str]:
    """The sums as text for a Parquet file's metadata.

    >>> sums = add_runs(np.array([0, 2]), np.array([1.0, 2, 5]), as_of=np.array([7, 8, 9]), assumed=np.zeros(3, bool))
    >>> sums_from_text({k.encode(): v.encode() for k, v in sums_to_text(sums).items()}).count.tolist()
    [3.0, 5.0]
    """
    runs = np.zeros(len(sums.count), dtype=_RUN)
    for name in _RUN.names or ():
        runs[name] = getattr(sums, name)
    # field by field, so that what is the same in every run packs to nothing
    planes = b"".join(runs[name].tobytes() for name in _RUN.names or ())
    packed = base64.b64encode(pa.compress(planes, codec=_CODEC, asbytes=True)).decode()
    return {SUMS: f"{len(runs)} {packed}"}


def sums_from_text(metadata: Mapping[bytes, bytes]) -> RunSums:
    """The sums that `sums_to_text` wrote."""
    number, packed = metadata[SUMS.encode()].split(b" ", 1)
    runs = int(number)
    data = pa.decompress(base64.b64decode(packed), decompressed_size=_RUN.itemsize * runs, codec=_CODEC)
    planes, start = {}, 0
    for name in _RUN.names or ():
        planes[name] = np.frombuffer(data, _RUN[name], count=runs, offset=start)
        start += runs * _RUN[name].itemsize
    return RunSums(**planes)


def _reason_codes(column: pa.ChunkedArray) -> np.ndarray:
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    codes = np.array([REASONS.index(name) for name in column.dictionary.to_pylist()], dtype=np.uint8)
    return np.asarray(codes[column.indices.to_numpy()])
