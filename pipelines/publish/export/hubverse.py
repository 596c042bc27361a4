"""A hub of one edition: configuration, models, their output, and what was observed (design §4.4)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from geo.region.units import location_of
from pipelines.editions.edition import Edition
from pipelines.publish.export.hub_config import MODELS, TEAM, admin, metadata_schema, model_metadata, tasks
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.periods import period_ends

_TASK = [
    pa.field("target", pa.string()),
    pa.field("nationality", pa.string()),
    pa.field("location", pa.string()),
    pa.field("target_end_date", pa.date32()),
]
MODEL_OUTPUT = pa.schema(
    [
        pa.field("origin_date", pa.date32()),
        pa.field("target", pa.string()),
        pa.field("nationality", pa.string()),
        pa.field("horizon", pa.int64()),
        pa.field("location", pa.string()),
        pa.field("target_end_date", pa.date32()),
        pa.field("output_type", pa.string()),
        pa.field("output_type_id", pa.string()),
        pa.field("value", pa.float64()),
    ]
)
TIME_SERIES = pa.schema([*_TASK, pa.field("observation", pa.float64()), pa.field("as_of", pa.date32())])
ORACLE_OUTPUT = pa.schema(
    [
        *_TASK,
        pa.field("output_type", pa.string()),
        pa.field("output_type_id", pa.string()),
        pa.field("oracle_value", pa.float64()),
        pa.field("as_of", pa.date32()),
    ]
)


def write_hub(edition: Edition, folder: Path, notes: Sequence[str], *, later: Edition | None = None) -> None:  # noqa: ARG001
    """The hub's folders: `hub-config`, `model-metadata`, `model-output`, `target-data`.

    Args:
        edition: Whose forecasts are exported.
        folder: The hub's root; the notes lie in its README.
        notes: Not used here.
        later: A later edition, whose figures say what came of the forecasts; without it there is no oracle output.
    """
    forecasts = edition.forecasts
    published = forecasts[forecasts["model_id"].isin(MODELS.values())]
    config = folder / "hub-config"
    write_atomically(config / "admin.json", json_bytes(admin(edition)))
    write_atomically(config / "tasks.json", json_bytes(tasks(edition, published)))
    write_atomically(config / "model-metadata-schema.json", json_bytes(dict(metadata_schema())))
    origin = edition.manifest["origin_date"]
    for model, model_id in MODELS.items():
        name = f"{TEAM}-{model}"
        about = yaml.safe_dump(model_metadata(edition, model), sort_keys=False, allow_unicode=True)
        write_atomically(folder / "model-metadata" / f"{name}.yml", about.encode())
        rows = published[published["model_id"] == model_id]
        _write(rows, folder / "model-output" / name / f"{origin}-{name}.parquet", MODEL_OUTPUT)
    exchanged = set(published["location"])
    _write(_observed(edition, exchanged), folder / "target-data" / "time-series.parquet", TIME_SERIES)
    oracle = _oracle(later, published) if later is not None else pd.DataFrame()
    if len(oracle):
        _write(oracle, folder / "target-data" / "oracle-output.parquet", ORACLE_OUTPUT)


def _observed(edition: Edition, locations: set[str]) -> pd.DataFrame:
    """What an edition knew as reported: a row per target, location and period; unknown periods are left out."""
    long = edition.forecast["history"].to_series().rename("observation").dropna().reset_index()
    table = long.rename(columns={"indicator": "target"}).assign(location=long["unit"].map(location_of))
    table = table[table["location"].isin(locations)]
    ends = period_ends(table["time"], edition.manifest["freq"])
    return table.assign(target_end_date=ends, as_of=pd.Timestamp(edition.manifest["as_of"]))


def _oracle(later: Edition, published: pd.DataFrame) -> pd.DataFrame:
    """What came of the forecasts, as far as a later edition knows it."""
    key = ["target", "nationality", "location", "target_end_date"]
    tasks_asked = (
        published[key].drop_duplicates().assign(target_end_date=lambda t: pd.to_datetime(t["target_end_date"]))
    )
    known = _observed(later, set(published["location"])).rename(columns={"observation": "oracle_value"})
    found = tasks_asked.merge(known[[*key, "oracle_value", "as_of"]], on=key, how="inner")
    return found.assign(output_type="quantile", output_type_id=None)


def _write(table: pd.DataFrame, path: Path, schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrow = pa.Table.from_pandas(table[schema.names], schema=schema, preserve_index=False)
    pq.write_table(arrow.replace_schema_metadata(None), path, compression="zstd")
