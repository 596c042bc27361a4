"""Keep a partner's forecasts in the store, with the day of their receipt; and find those that a day knew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.combine.weights import PARTNER
from geo.region.region import Region
from pipelines.ingest.door.ingest import keep_bytes
from pipelines.ingest.partners.read_hub import TASK, HubFile, hub_files, only_read, read_hub_file, unread, validated
from pipelines.observations.batches import write_batch
from pipelines.store.checksums import checksum, read_intact
from pipelines.store.paths import Store

SOURCE = "hub"
_TYPES = {"origin_date": pa.date32(), "target": pa.string(), "location": pa.string(), "horizon": pa.int64()}
_TYPES |= {"level": pa.float64(), "value": pa.float64()}
SCHEMA = pa.schema([pa.field(name, kind, nullable=False) for name, kind in _TYPES.items()])


@dataclass(frozen=True)
class PartnerForecast:
    """One file of a partner, as it lies in the store."""

    member: str  # `partner:<team>-<model>`
    origin_date: pd.Timestamp
    received: pd.Timestamp
    table: pd.DataFrame  # columns of `SCHEMA`


def take_partner(
    paths: Sequence[Path], *, region: Region, store: Store, today: date, team: str | None = None
) -> list[str]:
    """Take a partner's files into the store: all of them, or none if one can't be taken.

    Args:
        paths: Files in the hub's naming, or folders that hold them.
        region: The pack that targets and locations must belong to.
        store: Where to.
        today: Day of receipt.
        team: Name of the partner in place of the one in the files' names.

    Returns:
        What became of each file, a line for the terminal.

    Raises:
        DataRefusedError: a file can't be taken; the message names file, rows and reasons.
    """
    files = hub_files(paths, team=team)
    tables = [read_hub_file(f.path) for f in files]
    rows = [validated(only_read(t, f, region), f, region, today=today) for f, t in zip(files, tables, strict=True)]
    left = [{name: int(those.sum()) for name, those in unread(t, region).items() if those.any()} for t in tables]
    return [_keep(f, r, region, store, today=today, left_out=n) for f, r, n in zip(files, rows, left, strict=True)]


def _keep(
    file: HubFile, table: pd.DataFrame, region: Region, store: Store, *, today: date, left_out: Mapping[str, int]
) -> str:
    folder, digest = store.partners(region.id), checksum(file.path)
    stem, member = f"{file.name}-{file.origin_date}-{digest[:12]}", f"{PARTNER}{file.name}"
    about = f"{SOURCE} {file.path.name}"
    if any(folder.glob(f"*-{stem}.parquet")):
        return f"{about}: unchanged, {member} is known by these bytes"
    provenance = {"source": SOURCE, "file": file.path.name, "sha256": digest, "ingested": today.isoformat()}
    provenance |= {"member": member, "origin_date": file.origin_date}
    # every cell of a hub's table is checked, but for what is not read
    keep_bytes(store, file.path, digest, provenance, whole=not left_out)
    number = len(list(folder.glob("*.parquet"))) + 1
    write_batch(folder, f"{number:06d}-{stem}", table=table, schema=SCHEMA, provenance=provenance)
    horizons = table["horizon"].astype(int)
    shape = f"locations: {table['location'].nunique()}, horizons {horizons.min()}–{horizons.max()}"
    least = int(table.groupby(TASK)["level"].size().min())
    if least < len(QUANTILE_LEVELS):
        shape += f", at least {least} levels (the missing ones are interpolated)"
    others = "".join(f"; {n:,} {what} were not read" for what, n in left_out.items())
    return f"{about}: accepted {len(table):,} quantiles, {shape}, as {member}{others}"


def load_partners(store: Store, region: str, *, as_of: date | None) -> list[PartnerForecast]:
    """The partners' forecasts that were received by a day (None: all), in the order in which they came."""
    folder = store.partners(region)
    loaded = [_loaded(path) for path in sorted(folder.glob("*.parquet"))]
    return [f for f in loaded if as_of is None or f.received <= pd.Timestamp(as_of)]


def _loaded(path: Path) -> PartnerForecast:
    stored = pq.read_table(pa.BufferReader(read_intact(path)))
    meta = json.loads((stored.schema.metadata or {})[b"routecast"])
    table = stored.to_pandas(date_as_object=False)
    return PartnerForecast(meta["member"], pd.Timestamp(meta["origin_date"]), pd.Timestamp(meta["ingested"]), table)
