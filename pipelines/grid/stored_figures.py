"""Everything that a store holds of a region, added up by blocks: a Dask task each, kept until its rows change."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
from distributed import Client

from geo.region.region import Region
from pipelines.compute.cluster import share
from pipelines.grid.block_figures import FIGURE, AddedUp, BlockFigures, BlockSums, NationalitySums, block_figures
from pipelines.grid.group_totals import Knowledge
from pipelines.grid.row_blocks import RowBlock, RowSeries, plan_blocks
from pipelines.observations.partitions import Partition
from pipelines.observations.schema import COLUMNS, MISSING_REASONS, TOTAL, empty_observations
from pipelines.store.checksums import checksum_file

_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True)
class StoredFigures:
    """What blocks of a store made of its rows."""

    added: AddedUp
    others: pd.DataFrame  # rows that are not added up, in the canonical columns
    sums: tuple[BlockSums, ...]  # empty where they were not asked for
    blocks: int
    reused: int  # blocks that were kept from an earlier run


@dataclass(frozen=True)
class BlockRequest:
    """What is asked of every block."""

    known: Knowledge
    nationalities: bool
    alone: tuple[str, ...]
    kept: Path | None  # where what blocks made is kept


def add_up_store(
    partitions: Sequence[Partition],
    region: Region,
    client: Client,
    request: BlockRequest,
    *,
    corrections: pd.DataFrame | None = None,
) -> StoredFigures:
    """Add up what is kept of a region; the rows themselves are only ever seen by the tasks.

    Args:
        partitions: All of them, in the order of ingestion.
        region: The pack.
        client: Where the tasks run; its workers reach the store.
        request: What is asked.
        corrections: Rows that came last, in the canonical columns.
    """
    blocks = plan_blocks(partitions, region.freq, corrections=corrections)
    if not blocks:
        return StoredFigures(AddedUp(pd.DataFrame(columns=list(FIGURE)), (), ()), empty_observations(), (), 0, 0)
    pack = _pack_digest(region)
    digests = {p: checksum_file(p).read_text(encoding="ascii") for p in dict.fromkeys(p.path for p in partitions)}
    names = [_name(b, request, pack, digests) for b in blocks]
    reused = sum((request.kept / n).exists() for n in names) if request.kept else 0
    shared = share(client, region)
    made = client.map(_block_figures, blocks, names, region=shared, request=request, pure=False)
    told = client.gather(client.map(_without_sums, made, pure=False))
    if request.kept:
        for path in set(request.kept.glob("*.block")) - {request.kept / n for n in names}:
            path.unlink(missing_ok=True)
    sums = [
        BlockSums(i, block.edges[0], block.edges[-1], client.submit(_sums_of, of_block, i, pure=False))
        for block, of_block, b in zip(blocks, made, told, strict=True)
        if b.has_sums
        for i in sorted({n.indicator for n in b.block.names})
    ]
    return StoredFigures(
        added=_put_together([t.block for t in told]),
        others=_frame([t.block.others for t in told]),
        sums=tuple(sums),
        blocks=len(blocks),
        reused=reused,
    )


def totals_table(added: AddedUp) -> pd.DataFrame:
    """The totals of what was added up, with their vintages, in the canonical columns."""
    table = added.figures[added.figures["nationality"] == 0]
    if table.empty:
        return empty_observations()
    series = table["series"].to_numpy()
    named = {
        c: np.array([getattr(s, c) for s in added.series], dtype=object)[series]
        for c in ("source", "indicator", "route", "place_kind", "place")
    }
    length = (table["end"] - table["start"]).to_numpy()
    out = pd.DataFrame(
        {
            **named,
            "as_of": _dates(table["as_of"]),
            "as_of_assumed": table["assumed"].to_numpy(),
            "lon": np.nan,
            "lat": np.nan,
            "nationality": TOTAL,
            "period_start": _dates(table["start"]),
            "period": np.select([length == 0, length == 6], ["D", "W"], "M"),
            "count": table["count"].to_numpy(),
            "missing_reason": np.array([None, *MISSING_REASONS], dtype=object)[table["missing"].to_numpy(np.int64)],
            "count_upper": pd.NA,
            "status": np.where(table["draft"] > 0, "preliminary", "final"),
        }
    )
    return out[list(COLUMNS)]


def _dates(days: pd.Series) -> np.ndarray:
    return days.to_numpy().astype("datetime64[D]").astype("datetime64[ns]")


@dataclass(frozen=True)
class _Told:
    block: BlockFigures  # without its sums
    has_sums: bool


def _without_sums(made: BlockFigures) -> _Told:
    return _Told(replace(made, sums=None), made.sums is not None)


def _sums_of(made: BlockFigures, indicator: str) -> NationalitySums | None:
    return None if made.sums is None else made.sums.of(indicator)


def _put_together(blocks: Sequence[BlockFigures]) -> AddedUp:
    """One table with codes of its own."""
    series: dict[RowSeries, int] = {}
    nationalities: dict[str, int] = {TOTAL: 0}
    tables = []
    first = 0
    for block in blocks:
        of_series = np.array([series.setdefault(n, len(series)) for n in block.names], np.int64)
        on_axis = np.array([nationalities.setdefault(n, len(nationalities)) for n in block.nationalities], np.int64)
        table = block.figures
        if not len(table["figure"]):
            continue
        figure = np.unique(table["figure"], return_inverse=True)[1]
        codes = {"series": of_series[table["series"]], "nationality": on_axis[table["nationality"]]}
        tables.append({**table, **codes, "figure": figure + first})
        first += len(figure)
    figures = pd.DataFrame({c: np.concatenate([t[c] for t in tables]) if tables else [] for c in FIGURE})
    return AddedUp(figures, tuple(series), tuple(nationalities), float(sum(b.negative_rest for b in blocks)))


def _frame(tables: Sequence[pa.Table]) -> pd.DataFrame:
    whole: pd.DataFrame = pa.concat_tables(tables).to_pandas(date_as_object=False)
    return whole


def _block_figures(block: RowBlock, name: str, *, region: Region, request: BlockRequest) -> BlockFigures:
    """What a block's rows say, read where an earlier run has kept it."""
    path = request.kept / name if request.kept else None
    found = read_kept(path) if path else None
    if found is not None:
        return found
    made = block_figures(block, region, known=request.known, nationalities=request.nationalities, alone=request.alone)
    if path is not None:
        keep(made, path)
    return made


def _name(block: RowBlock, request: BlockRequest, pack: str, digests: Mapping[Path, str]) -> str:
    """Name under which a block is kept: a digest of all that decides it."""
    known = request.known
    rows: list[Any] = [[p.path.name, p.row_group, digests[p.path]] for p in block.partitions]
    if block.corrections is not None:
        rows.append(str(block.corrections.to_pydict()))
    late = known.day is not None and max(*(p.as_of_last for p in block.partitions), block.edges[-1]) > known.day
    asked = [known.day if late else None, known.strict, request.nationalities, request.alone, pack]
    said = json.dumps([block.edges, rows, asked, _code()]).encode()
    return f"{hashlib.sha256(said).hexdigest()[:32]}.block"


def _pack_digest(region: Region) -> str:
    """Digest of what of a pack decides how rows are added up: indicators, and where points lie."""
    digest = hashlib.sha256(repr([(i.id, i.kind, i.delay_days) for i in region.indicators.values()]).encode())
    for segment in region.segments:
        digest.update(segment.id.encode() + (segment.geometry.wkb if segment.geometry is not None else b""))
    return digest.hexdigest()


@cache
def _code() -> str:
    """Digest of the code that adds up: what other code has made is not reused."""
    names = ("row_blocks.py", "group_totals.py", "block_figures.py", "stored_figures.py")
    return hashlib.sha256(b"".join(Path(__file__).with_name(n).read_bytes() for n in names)).hexdigest()


def keep(made: BlockFigures, path: Path) -> None:
    """Keep what a block made, whole or not at all: a digest, then three Arrow tables."""
    about = {"names": made.names, "nationalities": made.nationalities, "negative_rest": made.negative_rest}
    sums = made.sums
    if sums is not None:
        about["sums"] = {"edges": sums.edges, "nationalities": sums.nationalities}
    metadata = {"routecast": json.dumps(about)}
    figures = pa.table(made.figures, metadata=metadata)
    entries = pa.table({"key": sums.key, "count": sums.count} if sums is not None else {})
    buffer = io.BytesIO()
    for table in (figures, made.others, entries):
        with pa.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_table(table)
    data = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(hashlib.sha256(data).digest() + data)
    draft.replace(path)


def read_kept(path: Path) -> BlockFigures | None:
    """What `keep` kept, or None; a broken file is deleted, to be made again."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        path.unlink(missing_ok=True)
        return None
    buffer = pa.BufferReader(pa.py_buffer(data).slice(_DIGEST))
    figures, others, entries = (pa.ipc.open_stream(buffer).read_all() for _ in range(3))
    about = json.loads(figures.schema.metadata[b"routecast"])
    table = {c: figures.column(c).to_numpy() for c in FIGURE}
    names, nationalities = tuple(RowSeries(*n) for n in about["names"]), tuple(about["nationalities"])
    sums = None
    if "sums" in about:
        said, columns = about["sums"], {c: entries.column(c).to_numpy() for c in ("key", "count")}
        sums = NationalitySums(tuple(said["edges"]), names, tuple(said["nationalities"]), **columns)
    return BlockFigures(table, names, nationalities, others, sums, about["negative_rest"])
