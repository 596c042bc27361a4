"""What a run knows of one indicator before it becomes an edition's files, and how it is kept for a run after a kill."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pipelines.compute.checkpoints import Checkpoints
from pipelines.observations.schema import TOTAL
from pipelines.store.checksums import DamagedError

_ONLY = "value"  # the variable that stands for an array by itself


@dataclass(frozen=True)
class IndicatorForecast:
    """Forecast of one indicator, of all nationalities or of one, for every unit that has a history."""

    indicator: str
    history: xr.Dataset  # count, known_share (unit, time); the newest figures, all vintages up to the run's day
    value: xr.DataArray  # (unit, horizon, quantile), what is published
    baseline: xr.DataArray  # (unit, horizon, quantile)
    mean: xr.DataArray  # (unit, horizon) of what is published
    members: xr.DataArray  # (member, unit, horizon, quantile), NaN where a member did not run
    exceedance_probability: xr.DataArray  # (unit, horizon), NaN without a capacity
    surge_probability: xr.DataArray  # (unit, horizon), NaN where past warnings had no skill
    capacity: xr.DataArray  # (unit,), NaN without one
    band: np.ndarray  # (unit, horizon) int8, 0 low … 3 very high, -1 none
    basis: np.ndarray  # (unit, horizon) str, what the band rests on
    previous_band: np.ndarray  # (unit, horizon) int8 for the same target periods, -1 unknown
    threat: xr.Dataset  # what the band rests on: rung_probability, rung_limit, expected_excess; see `risk/bands.py`
    skill: xr.DataArray  # (unit, horizon), WIS ratio to the baseline in the backtest
    no_better: xr.DataArray  # (unit, horizon) bool
    regime_break: np.ndarray  # (unit,) bool
    scores: pd.DataFrame
    backtest: pd.DataFrame
    surge_scores: pd.DataFrame
    surge_reliability: pd.DataFrame
    exceedance_reliability: pd.DataFrame = field(default_factory=pd.DataFrame)  # of chances of exceeding a capacity
    judged: pd.DataFrame = field(default_factory=pd.DataFrame)  # member, unit, horizon, weight of people's judgements
    outlook: pd.DataFrame = field(default_factory=pd.DataFrame)  # of `forecasting.risk.outlook`
    nationality: str = TOTAL
    draws: xr.DataArray | None = None  # (unit, horizon, draw) of what is published, of the units that are asked for it
    reasons: xr.Dataset | None = None  # of `forecasting.combine.attribution`: what moved each published median
    failures: list[dict[str, str]] = field(default_factory=list)


def keep_result(result: IndicatorForecast, kept: Checkpoints) -> IndicatorForecast | None:
    """Keep a finished indicator, bit for bit; one that is not kept is given back, and and named where it can not be."""
    try:
        there = kept.keep(
            f"{result.indicator}-result", [labelled(f.name, getattr(result, f.name)) for f in fields(result)]
        )
    except TypeError as error:
        kept.refused.append(f"{result.indicator}: {error}")
        there = False
    return None if there else result


def kept_result(indicator: str, kept: Checkpoints) -> IndicatorForecast | None:
    """The indicator that this run or an earlier one has finished; None where it has to be made."""
    found = kept.load(f"{indicator}-result")
    return None if found is None else IndicatorForecast(**dict(value_of(dataset) for dataset in found))


def require_kept_result(indicator: str, kept: Checkpoints) -> IndicatorForecast:
    """The indicator that was just kept.

    Raises:
        DamagedError: what was written is not what is read.
    """
    found = kept_result(indicator, kept.elsewhere())
    if found is None:
        raise DamagedError(
            f"{indicator}: expected the forecast that this run has just kept in {kept.folder}, found none, or other "
            "bytes. Look at the disk, and run again: what is whole is taken over."
        )
    return found


def labelled(name: str, value: Any) -> xr.Dataset:  # noqa: ANN401 - a field of a result
    """A field as a dataset that says what it was (`value_of`)."""
    label = {"field": name, "kind": type(value).__name__}
    match value:
        case xr.Dataset():
            return value.assign_attrs(_label=label)
        case xr.DataArray():
            return value.to_dataset(name=_ONLY).assign_attrs(_label={**label, "name": value.name})
        case np.ndarray():
            dims = tuple(f"axis_{n}" for n in range(value.ndim))
            return xr.Dataset({_ONLY: (dims, value)}, attrs={"_label": label})
        case pd.DataFrame():
            return _of_table(value).assign_attrs(_label={**label, "columns": [str(c) for c in value.columns]})
        case _:
            return xr.Dataset(attrs={"_label": {**label, "value": value}})


def _of_table(table: pd.DataFrame) -> xr.Dataset:
    """A table's columns as variables; numbers, flags, dates and texts, and rows numbered from 0."""
    if not table.index.equals(pd.RangeIndex(len(table))):
        raise TypeError(f"kept result: expected rows numbered from 0, got an index like {table.index[:2].tolist()}.")
    other = [str(c) for c, kind in table.dtypes.items() if not isinstance(kind, np.dtype)]
    if other:
        raise TypeError(f"kept result: expected NumPy's types, got others in {', '.join(other)}.")
    return xr.Dataset({str(c): ("row", table[c].to_numpy()) for c in table.columns})


def value_of(dataset: xr.Dataset) -> tuple[str, Any]:
    """Name and value of a field."""
    label = dataset.attrs.pop("_label")
    match label["kind"]:
        case "Dataset":
            value: Any = dataset
        case "DataArray":
            value = dataset[_ONLY].rename(label["name"])
        case "ndarray":
            value = dataset[_ONLY].to_numpy()
        case "DataFrame":
            columns = {c: dataset[c].to_numpy() for c in label["columns"]}
            value = pd.DataFrame(columns, columns=label["columns"]) if columns else pd.DataFrame()
        case _:
            value = label["value"]
    return label["field"], value
