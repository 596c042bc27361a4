"""The hub's configuration: what is forecast, by whom, in the words of the hubverse schemas."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from forecasting.base.contracts import QUANTILE_LEVELS
from pipelines.editions.edition import Edition

SCHEMA_VERSION = "v5.0.1"
TEAM = "routecast"
MODELS = {"final": "routecast", "baseline": "baseline"}  # model of the hub → `model_id` of the edition
TIME_UNITS = {"W": "week", "M": "month"}
_SCHEMAS = f"https://raw.githubusercontent.com/hubverse-org/schemas/main/{SCHEMA_VERSION}"
_LONGEST = {"target_id": 30, "target_name": 100, "target_units": 100}  # characters that the schema allows
_METHODS = {
    "final": "Weighted mean, quantile by quantile, of several models by their past skill, scaled by past coverage, "
    "coupled and summed bottom-up; the baseline where the backtest shows no skill.",
    "baseline": "Random walk on log counts with symmetrised empirical increments.",
}


def admin(edition: Edition) -> dict[str, Any]:
    """`hub-config/admin.json`."""
    return {
        "schema_version": f"{_SCHEMAS}/admin-schema.json",
        "name": f"{edition.manifest['region_name']}: edition {edition.id}{_mark(edition)}",
        "maintainer": "Routecast",
        "contact": {"name": "the institution that exported this edition"},
        "repository": {"name": f"routecast-{edition.region_id}"},
        "file_format": ["parquet"],
        "timezone": "Europe/Brussels",
        "model_output_dir": "model-output",
    }


def tasks(edition: Edition, forecasts: pd.DataFrame) -> dict[str, Any]:
    """`hub-config/tasks.json`: one round, the edition's origin date, and one modelling task per indicator.

    Args:
        edition: Whose manifest names the indicators.
        forecasts: Its rows of the published models.
    """
    return {
        "schema_version": f"{_SCHEMAS}/tasks-schema.json",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "origin_date",
                "model_tasks": [
                    _task(edition, str(target), rows) for target, rows in forecasts.groupby("target", sort=False)
                ],
                "submissions_due": _due(edition, forecasts),
            }
        ],
        "output_type_id_datatype": "character",
        "derived_task_ids": ["target_end_date"],
    }


def _task(edition: Edition, target: str, rows: pd.DataFrame) -> dict[str, Any]:
    freq = edition.manifest["freq"]
    facts = edition.manifest["indicators"].get(target, {"name": target, "unit": "count"})
    unit = TIME_UNITS[freq]
    metadata = {
        "target_id": target,
        "target_name": facts["name"],
        "target_units": f"{facts['unit']} per {unit}",
        "target_keys": {"target": target},
        "description": f"{facts['name']} in the {unit} that ends on target_end_date, [horizon] {unit}s after the one "
        "that begins on origin_date, the last one seen. Detections are not persons.",
        "target_type": "discrete",
        "is_step_ahead": True,
        "time_unit": unit,
    }
    return {
        "task_ids": {
            "origin_date": _optional(_days(rows["origin_date"])),
            "target": _optional([target]),
            "nationality": _optional(sorted(rows["nationality"].unique())),
            "horizon": _optional(sorted(int(h) for h in rows["horizon"].unique())),
            "location": _optional(list(dict.fromkeys(rows["location"]))),
            "target_end_date": _optional(_days(rows["target_end_date"])),
        },
        "output_type": {
            "quantile": {
                "output_type_id": {"required": list(QUANTILE_LEVELS)},
                "is_required": True,
                "value": {"type": "double", "minimum": 0},
            }
        },
        "target_metadata": [{k: v[: _LONGEST[k]] if k in _LONGEST else v for k, v in metadata.items()}],
    }


def _optional(values: list[Any]) -> dict[str, Any]:
    return {"required": None, "optional": values}


def _days(column: pd.Series) -> list[str]:
    return sorted({f"{day:%Y-%m-%d}" for day in pd.to_datetime(column)})


def _due(edition: Edition, forecasts: pd.DataFrame) -> dict[str, Any]:
    """From the day after the last period seen to the end of the first target period."""
    origin = pd.Timestamp(edition.manifest["origin_date"])
    first_end = pd.to_datetime(forecasts.loc[forecasts["horizon"] == 1, "target_end_date"]).min()
    steps = 7 if edition.manifest["freq"] == "W" else origin.days_in_month
    return {"relative_to": "origin_date", "start": int(steps), "end": int((first_end - origin).days)}


def model_metadata(edition: Edition, model: str) -> dict[str, Any]:
    """`model-metadata/<team>-<model>.yml`."""
    return {
        "team_name": "Routecast",
        "team_abbr": TEAM,
        "model_name": f"Routecast {model}",
        "model_abbr": model,
        "model_version": edition.manifest["code_version"],
        "methods": _METHODS[model],
        "data_inputs": ", ".join(sorted({str(entry["source"]) for entry in edition.manifest["inputs"]})),
        "designated_model": model == "final",
        "ensemble_of_models": model == "final",
        "edition": edition.id,
        "synthetic": bool(edition.manifest["synthetic"]),
    }


def metadata_schema() -> Mapping[str, Any]:
    """`hub-config/model-metadata-schema.json`: what a model's metadata must say in this hub."""
    texts = ("team_name", "team_abbr", "model_name", "model_abbr", "model_version", "methods", "data_inputs", "edition")
    switches = ("designated_model", "ensemble_of_models", "synthetic")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Model metadata",
        "type": "object",
        "properties": {**{t: {"type": "string"} for t in texts}, **{s: {"type": "boolean"} for s in switches}},
        "required": ["team_name", "team_abbr", "model_name", "model_abbr", "designated_model"],
    }


def _mark(edition: Edition) -> str:
    return " (SYNTHETIC DATA)" if edition.manifest["synthetic"] else ""
