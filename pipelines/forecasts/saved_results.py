"""An indicator's finished forecast as labelled arrays: the run after a killed one need not put it together again."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pipelines.compute.checkpoints import Work
from pipelines.forecasts.result import IndicatorForecast

_ONLY = "value"  # the variable that stands for an array by itself
_ROWS = "row"


def keep_result(result: IndicatorForecast, work: Work) -> None:
    """Keep a finished indicator, bit for bit; one that can't be is named in the report, and stops nothing."""
    try:
        work.keep(f"{result.indicator}-result", [_labelled(f.name, getattr(result, f.name)) for f in fields(result)])
    except TypeError as error:
        work.refused.append(f"{result.indicator}: {error}")


def kept_result(indicator: str, work: Work) -> IndicatorForecast | None:
    """The indicator that an earlier run has finished; None where it has to be made."""
    found = work.load(f"{indicator}-result")
    return None if found is None else _result(found)


def _labelled(name: str, value: Any) -> xr.Dataset:  # noqa: ANN401 - a field of the result
    label = {"field": name, "kind": type(value).__name__}
    match value:
        case xr.Dataset():
            return value.assign_attrs(_label=label)
        case xr.DataArray():
            own = {**label, "name": value.name}
            return value.to_dataset(name=_ONLY).assign_attrs(_label=own)
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
    return xr.Dataset({str(c): (_ROWS, table[c].to_numpy()) for c in table.columns})


def _result(found: Sequence[xr.Dataset]) -> IndicatorForecast:
    values = {}
    for dataset in found:
        label = dataset.attrs.pop("_label")
        values[label["field"]] = _value(dataset, label)
    return IndicatorForecast(**values)


def _value(dataset: xr.Dataset, label: dict[str, Any]) -> Any:  # noqa: ANN401 - a field of the result
    match label["kind"]:
        case "Dataset":
            return dataset
        case "DataArray":
            return dataset[_ONLY].rename(label["name"])
        case "ndarray":
            return dataset[_ONLY].to_numpy()
        case "DataFrame":
            columns = {c: dataset[c].to_numpy() for c in label["columns"]}
            return pd.DataFrame(columns, columns=label["columns"]) if columns else pd.DataFrame()
        case _:
            return label["value"]
