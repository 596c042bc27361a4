"""A hub of one edition: configuration, models, their output, and what was observed (design §4.4)."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.risk.outlook import RANGES
from geo.region.units import location_of
from pipelines.editions.edition import Edition
from pipelines.observations.schema import TOTAL
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.periods import period_ends

SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
MODELS = {"final": "routecast", "baseline": "baseline"}  # model of the hub → `model_id` of the edition
_TYPES = {
    **dict.fromkeys(("origin_date", "target_end_date", "as_of"), pa.date32()),
    **dict.fromkeys(("target", "nationality", "location", "output_type", "output_type_id"), pa.string()),
    **dict.fromkeys(("value", "observation", "oracle_value"), pa.float64()),
    "horizon": pa.int64(),
}
SAMPLES = 100  # joint draws
SUM = "{target} sum over {periods}"  # a target of its own: the sum of so many periods up to `target_end_date`
_TASK_IDS = ("origin_date", "target", "nationality", "horizon", "location", "target_end_date")
_TARGET = ("target", "nationality", "location", "target_end_date")
MODEL_OUTPUT = (*_TASK_IDS, "output_type", "output_type_id", "value")
TIME_SERIES = (*_TARGET, "observation", "as_of")
ORACLE_OUTPUT = (*_TARGET, "output_type", "output_type_id", "oracle_value", "as_of")


def write_hub(edition: Edition, folder: Path, *, later: Edition | None = None) -> None:
    """The hub's folders: `hub-config`, `model-metadata`, `model-output`, `target-data`.

    Args:
        edition: Whose forecasts are exported.
        folder: The hub's root.
        later: A later edition, whose figures say what came of the forecasts; without it there is no oracle output.
    """
    forecasts = edition.forecasts
    published = forecasts[forecasts["model_id"].isin(MODELS.values())]
    sums = _sums(edition, set(published["location"]))
    samples = _samples(edition, published)
    config = hub_config(edition, published, sampled=set(samples["target"]), sums=sums)
    for name in ("admin", "tasks", "target-data", "model-metadata-schema"):
        write_atomically(folder / "hub-config" / f"{name}.json", json_bytes(config[name]))
    for model, model_id in MODELS.items():
        name = f"routecast-{model}"
        about = yaml.safe_dump(config["models"][model], sort_keys=False, allow_unicode=True)
        write_atomically(folder / "model-metadata" / f"{name}.yml", about.encode())
        told = [
            published,
            *([samples.assign(model_id=MODELS["final"])] if len(samples) else []),
            *([sums] if len(sums) else []),
        ]
        rows = pd.concat([table[table["model_id"] == model_id] for table in told], ignore_index=True)
        _write(rows, folder / "model-output" / name / f"{edition.manifest['origin_date']}-{name}.parquet", MODEL_OUTPUT)
    observed = _observed(edition, set(published["location"]))
    _write(observed, folder / "target-data" / "time-series.parquet", TIME_SERIES)
    oracle = _oracle(later, published) if later is not None else pd.DataFrame()
    if len(oracle):
        _write(oracle, folder / "target-data" / "oracle-output.parquet", ORACLE_OUTPUT)


def hub_config(
    edition: Edition, forecasts: pd.DataFrame, *, sampled: Collection[str] = (), sums: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The template `hub.yaml.j2`, filled in: one round, the edition's origin date, a task per indicator or sum.

    Args:
        edition: Whose manifest names the indicators.
        forecasts: Its rows of the published models.
        sampled: Indicators of which joint draws are exported too.
        sums: Rows of sums over quarters and the year, with `indicator` and `periods`.

    Returns:
        `admin`, `tasks`, `target-data`, `model-metadata-schema`, and `models` by name.
    """
    weekly, origin = edition.manifest["freq"] == "W", pd.Timestamp(edition.manifest["origin_date"])
    first_end = pd.to_datetime(forecasts.loc[forecasts["horizon"] == 1, "target_end_date"]).min()
    # due from the day after the last period seen to the end of the first target period
    due = {"start": 7 if weekly else origin.days_in_month, "end": (first_end - origin).days}
    tasks = [
        {"target": target, "ids": {name: _values(rows[name]) for name in _TASK_IDS}, "sampled": target in sampled}
        for target, rows in forecasts.groupby("target", sort=False)
    ]
    summed = [
        {"target": target, "indicator": rows["indicator"].iloc[0], "periods": int(rows["periods"].iloc[0])}
        | {"ids": {name: _values(rows[name]) for name in _TASK_IDS}}
        for target, rows in (() if sums is None or sums.empty else sums.groupby("target", sort=False))
    ]
    places = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True)
    text = places.get_template("hub.yaml.j2").render(
        manifest=edition.manifest,
        tasks=tasks,
        summed=summed,
        sum_levels=list(RANGES.values()),
        due=due,
        unit="week" if weekly else "month",
        levels=QUANTILE_LEVELS,
        samples=SAMPLES,
        schemas=SCHEMAS,
        observable=_TARGET,
    )
    filled: dict[str, Any] = yaml.safe_load(text)
    return filled


def _samples(edition: Edition, published: pd.DataFrame) -> pd.DataFrame:
    """Joint draws of the cells, the same in all places and periods of a sample, so that who reads them can sum.

    Rows of the main indicator as in `published`; none where the edition keeps no draws (another profile's).
    """
    if not edition.has_draws:
        return published.iloc[:0]
    kept = edition.draws
    places, draws = set(published["location"]), kept.sizes["draw"]
    chosen = kept["draws"].isel(draw=np.linspace(0, draws, SAMPLES, endpoint=False).astype(int))
    rows = chosen.assign_coords(draw=[f"s{n:03d}" for n in range(len(chosen["draw"]))]).to_series().dropna()
    table = rows.rename("value").reset_index().rename(columns={"draw": "output_type_id"})
    whole = {
        cell: f"cell:{cell}" if f"cell:{cell}" in places else cell.rpartition("/")[2] for cell in set(table["cell"])
    }
    table = table.assign(location=table["cell"].map(whole), target=kept.attrs["indicator"], output_type="sample")
    tasks = published.loc[published["nationality"] == TOTAL, list(_TASK_IDS)].drop_duplicates()
    return table.merge(tasks, on=["target", "location", "horizon"], how="inner")


def _sums(edition: Edition, locations: set[str]) -> pd.DataFrame:
    """Sums of the coming year in the hub's columns, with `indicator` and `periods`; empty where the edition has none.

    `horizon` is a sum's last period.
    """
    table = edition.table("outlook")
    if table.empty:
        return table
    table = table.assign(location=table["unit"].map(location_of), horizon=table["last_horizon"])
    table = table[table["location"].isin(locations)]
    table = table.assign(
        periods=table["last_horizon"] - table["first_horizon"] + 1,
        origin_date=pd.Timestamp(edition.manifest["origin_date"]),
        target_end_date=table["target_end"],
        nationality=TOTAL,
        output_type="quantile",
    )
    unit = "weeks" if edition.manifest["freq"] == "W" else "months"
    named = [
        SUM.format(target=i, periods=f"{n} {unit}") for i, n in zip(table["indicator"], table["periods"], strict=True)
    ]
    kept = ["indicator", "periods", "model_id", "output_type", *(name for name in _TASK_IDS if name != "target")]
    wide = table.assign(target=named)[["target", *kept, *RANGES]]
    long = wide.melt(id_vars=["target", *kept], value_vars=list(RANGES), var_name="output_type_id", value_name="value")
    levels = {name: f"{level:g}" for name, level in RANGES.items()}
    return long.assign(output_type_id=long["output_type_id"].map(levels))


def _values(column: pd.Series) -> list[Any]:
    """The values of a task id: days and numbers in order, locations as in the edition."""
    if column.name in ("origin_date", "target_end_date"):
        return sorted({f"{day:%Y-%m-%d}" for day in pd.to_datetime(column)})
    values = column.unique().tolist()
    return values if column.name == "location" else sorted(values)


def _observed(edition: Edition, locations: set[str]) -> pd.DataFrame:
    """What an edition knew as reported: a row per target, location and period; unknown periods are left out."""
    long = edition.forecast["history"].to_series().rename("observation").dropna().reset_index()
    table = long.rename(columns={"indicator": "target"}).assign(location=long["unit"].map(location_of))
    table = table[table["location"].isin(locations)]
    ends = period_ends(table["time"], edition.manifest["freq"])
    return table.assign(target_end_date=ends, as_of=pd.Timestamp(edition.manifest["as_of"]))


def _oracle(later: Edition, published: pd.DataFrame) -> pd.DataFrame:
    """What came of the forecasts, as far as a later edition knows it."""
    key = list(_TARGET)
    asked = published[key].drop_duplicates().assign(target_end_date=lambda t: pd.to_datetime(t["target_end_date"]))
    known = _observed(later, set(published["location"])).rename(columns={"observation": "oracle_value"})
    found = asked.merge(known[[*key, "oracle_value", "as_of"]], on=key, how="inner")
    return found.assign(output_type="quantile", output_type_id=None)


def _write(table: pd.DataFrame, path: Path, columns: tuple[str, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(name, _TYPES[name]) for name in columns])
    arrow = pa.Table.from_pandas(table[schema.names], schema=schema, preserve_index=False)
    pq.write_table(arrow.replace_schema_metadata(None), path, compression="zstd")
