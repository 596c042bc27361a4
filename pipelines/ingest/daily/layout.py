"""How daily figures lie in a store: one folder per delivery, Parquet parts by groups of periods, none of them null.

A part holds the rows of one group of periods, so a block of the grid reads whole parts and nothing twice. They lie in
the order of their figures. The index of `row_index.py`, and what its runs add up to, stand in the file's metadata, so
totals are read without the rows. Columns that can't be null are read three times as fast (measured: 3.6 ns
a row and four columns in place of 9.9).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from distributed import Client

from geo.region.region import Freq
from pipelines.ingest.daily.index_sums import sums_of_part, sums_to_text
from pipelines.ingest.daily.row_index import Place, Runs, runs_to_text
from pipelines.observations.schema import DataRefusedError
from pipelines.store.atomic import json_bytes
from pipelines.store.checksums import DamagedError, checksum, read_intact, write_with_checksum

DICTIONARIES = ("indicator", "place_kind", "place", "route", "nationality", "missing_reason", "status")
NO_UPPER = -1
LAYOUT = pa.schema(
    [
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("place_kind", pa.string(), nullable=False),  # point (`place` is its segment), crossing_point, segment
        pa.field("place", pa.string(), nullable=False),  # "" = a point out of every segment's reach
        pa.field("route", pa.string(), nullable=False),  # "" = none
        pa.field("nationality", pa.string(), nullable=False),
        pa.field("period_start", pa.date32(), nullable=False),
        pa.field("count", pa.float64(), nullable=False),  # NaN = missing
        pa.field("missing_reason", pa.string(), nullable=False),  # "" = none
        pa.field("count_upper", pa.int64(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("as_of_assumed", pa.bool_(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),  # in the delivered file
    ]
)
PART_PERIODS = {"W": 4, "M": 1}
MANIFEST = "delivery.json"
LAYOUT_NUMBER = 3  # parts in order, with an index and the sums of its runs
_REMEDY = "Put the delivery's folder back from a backup, or delete it and ingest the table again."
_EPOCH_MONDAY = -3  # 1969-12-29, days since 1970
_CONSTANT_MOSTLY = ("count_upper", "as_of", "period_start")


@dataclass(frozen=True)
class Part:
    """One Parquet file of a delivery: one row group."""

    file: str
    group: int  # which group of periods
    rows: int
    first: int  # days since 1970 of its figures
    last: int
    as_of_last: int
    assumed: bool  # whether any `as_of` is assumed
    gaps: bool  # whether any count is missing, or told in part
    first_line: int = 0  # in the delivered file, of the range that the part came from
    sha256: str = ""  # of the file; "": from an earlier version


@dataclass(frozen=True)
class Delivery:
    """What a delivered table holds; days since 1970."""

    folder: Path
    ingested: int
    first: int
    last: int
    indicators: tuple[str, ...]
    nationalities: tuple[str, ...]
    places: tuple[Place, ...]
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """The folder's name; later deliveries sort later."""
        return self.folder.name


def part_groups(days: np.ndarray, freq: Freq) -> np.ndarray:
    """Which group of periods each day (since 1970) belongs to, int64; groups begin where periods begin."""
    if freq == "W":
        return (np.asarray(days, dtype=np.int64) - _EPOCH_MONDAY) // (7 * PART_PERIODS["W"])
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // PART_PERIODS["M"]


def group_first_day(group: int, freq: Freq) -> int:
    """First day (since 1970) of a group of periods."""
    if freq == "W":
        return group * 7 * PART_PERIODS["W"] + _EPOCH_MONDAY
    return int(np.datetime64(group * PART_PERIODS["M"], "M").astype("datetime64[D]").astype(np.int64))


def write_part(table: pa.Table, runs: Runs, folder: Path, *, group: int, number: int) -> Part:
    """Write one part (not yet published: the delivery's folder is renamed into place when it is whole).

    Args:
        table: Its rows in order, at least one.
        runs: Their index.
        folder: The delivery's.
        group: Which group of periods.
        number: Tells the parts of a group apart.
    """
    columns = table.select(LAYOUT.names)
    sums = sums_of_part(runs.first, columns)
    table = pa.Table.from_arrays(columns.columns, schema=_never_null(columns.schema))
    file = f"{group:06d}-{number:06d}.parquet"
    with pq.ParquetWriter(
        folder / file,
        table.schema,
        compression="lz4",
        use_dictionary=[*DICTIONARIES, "count", *_CONSTANT_MOSTLY],
        column_encoding={"line": "DELTA_BINARY_PACKED"},
    ) as writer:
        writer.write_table(table, row_group_size=len(table))
        writer.add_key_value_metadata(runs_to_text(runs) | sums_to_text(sums))
    return Part(
        file=file,
        group=group,
        rows=len(table),
        first=int(runs.day.min()),
        last=int(runs.day.max()),
        as_of_last=int(table["as_of"].cast(pa.int32()).to_numpy().max()),
        assumed=bool(table["as_of_assumed"].to_numpy(zero_copy_only=False).any()),
        gaps=bool(sums.missing.any()),
        sha256=checksum(folder / file),
    )


def write_manifest(delivery: Delivery, provenance: dict[str, str]) -> None:
    """Say what the delivery holds; its last file, so a folder without it is not one."""
    facts = {k: v for k, v in asdict(delivery).items() if k != "folder"}
    write_with_checksum(
        delivery.folder / MANIFEST, json_bytes({**facts, "layout": LAYOUT_NUMBER, "provenance": provenance})
    )


def load_deliveries(folder: Path) -> list[Delivery]:
    """The deliveries of a region in the order in which they came."""
    found = sorted(folder.glob(f"[0-9]*/{MANIFEST}")) if folder.is_dir() else []
    return [_read_manifest(path) for path in found]


def delivery_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every delivery's manifest, which names the digest of what was delivered."""
    return {f"daily/{d.name}": checksum(d.folder / MANIFEST) for d in load_deliveries(folder)}


def part_damage(delivery: Delivery, part: Part) -> str | None:
    """What is wrong with a part, None if its bytes are those that were written."""
    path = delivery.folder / part.file
    if not path.is_file():
        return "missing. " + _REMEDY
    if part.sha256 and checksum(path) != part.sha256:
        return "expected the bytes that were written, got others. " + _REMEDY
    return None


def require_intact_parts(deliveries: Sequence[Delivery], *, client: Client) -> None:
    """Read every byte of the parts once, on the workers.

    Raises:
        DamagedError: a part is missing or not as it was written.
    """
    pairs = [(d, p) for d in deliveries for p in d.parts]
    bare = [(Delivery(d.folder, d.ingested, d.first, d.last, (), (), (), ()), p) for d, p in pairs]
    found = client.gather(client.map(part_damage, *zip(*bare, strict=True), pure=False)) if bare else []
    damaged = [f"{d.folder / p.file}: {text}" for (d, p), text in zip(pairs, found, strict=True) if text]
    if damaged:
        raise DamagedError(damaged[0] + (f" ({len(damaged) - 1} more)" if len(damaged) > 1 else ""))


def damaged_deliveries(folder: Path, root: Path) -> list[str]:
    """Manifests and parts of a region's daily tables that are not as they were written, with paths below `root`."""
    found = []
    for manifest in sorted(folder.glob(f"[0-9]*/{MANIFEST}")):
        try:
            delivery = _read_manifest(manifest)
        except DamagedError:
            found.append(f"{manifest.relative_to(root)}: expected the bytes that were written, got others. {_REMEDY}")
            continue
        told = [(p, part_damage(delivery, p)) for p in delivery.parts]
        found += [f"{(manifest.parent / p.file).relative_to(root)}: {text}" for p, text in told if text]
    return found


def list_deliveries(folder: Path) -> list[dict[str, str]]:
    """Source, file name and checksum of every delivered table."""
    paths = [d.folder / MANIFEST for d in load_deliveries(folder)]
    told = [json.loads(p.read_text(encoding="utf-8"))["provenance"] for p in paths]
    return [{k: t[k] for k in ("source", "file", "sha256")} for t in told]


def _read_manifest(path: Path) -> Delivery:
    facts = json.loads(read_intact(path))
    facts.pop("provenance")
    layout = facts.pop("layout", 1)
    if layout != LAYOUT_NUMBER:
        raise DataRefusedError(
            f"{path.parent}: expected a daily table in layout {LAYOUT_NUMBER}, got {layout}. Delete this folder and "
            "ingest its file again."
        )
    parts = tuple(Part(**p) for p in facts.pop("parts"))
    places = tuple((str(k), str(p), str(r)) for k, p, r in facts.pop("places"))
    indicators, nationalities = (tuple(facts.pop(k)) for k in ("indicators", "nationalities"))
    return Delivery(
        folder=path.parent, indicators=indicators, nationalities=nationalities, places=places, parts=parts, **facts
    )


def _never_null(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(f.name, f.type, nullable=False) for f in schema])
