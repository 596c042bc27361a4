"""A finished indicator comes back bit for bit, and so makes the same edition."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pipelines.compute.checkpoints import Checkpoints
from pipelines.forecasts.result import IndicatorForecast, keep_result, kept_result
from tests.regions import make_region
from tests.results import make_result, spread_draws

REGION = make_region()


def finished() -> IndicatorForecast:
    """A result with every kind of field filled: arrays, tables with dates, texts and gaps, failures, reasons."""
    draws = spread_draws([[5.0, 6.0]] * len(REGION.cells))
    made = make_result(REGION, draws, np.full((len(REGION.cells), 200), 5.0))
    table = pd.DataFrame(
        {
            "location": ["a-1", "Žabljak"],
            "origin_date": pd.to_datetime(["2026-01-05", "2026-01-12"]),
            "horizon": np.array([1, 2], dtype=np.int8),
            "wis": [0.1 + 0.2, np.nan],
            "covered_50": [True, False],
        }
    )
    return replace(
        made,
        scores=table,
        backtest=table.iloc[:0],
        failures=[{"member": "ets", "unit": "total", "reason": "too short"}],
        draws=made.value.rename(quantile="draw").rename("draws"),
        reasons=xr.Dataset({"reason": ("unit", [1.0, np.nan])}, attrs={"parts": ["level"]}),
    )


def back(result: IndicatorForecast, folder: Path) -> IndicatorForecast:
    keep_result(result, Checkpoints(folder))
    found = kept_result(result.indicator, Checkpoints(folder))
    assert found is not None
    return found


def require_same(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    match ours:
        case xr.Dataset() | xr.DataArray():
            xr.testing.assert_identical(ours, theirs)
            variables = ours.variables if isinstance(ours, xr.Dataset) else ours.coords
            assert {n: v.dtype for n, v in variables.items()} == {n: theirs[n].dtype for n in variables}
        case np.ndarray():
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
        case pd.DataFrame():
            pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
        case _:
            assert ours == theirs


@pytest.mark.parametrize("name", [f.name for f in fields(IndicatorForecast)])
def test_every_field_comes_back_equal_in_values_and_types(name: str, tmp_path: Path) -> None:
    result = finished()
    require_same(getattr(result, name), getattr(back(result, tmp_path), name))


def test_an_indicator_that_was_not_finished_is_none(tmp_path: Path) -> None:
    assert kept_result("irregular_crossings", Checkpoints(tmp_path)) is None


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (pd.DataFrame({"wis": [1.0]}, index=[7]), "rows numbered from 0"),
        (pd.DataFrame({"model": pd.Categorical(["a"])}), "got others in model"),
        (pd.DataFrame({"model": ["a", None]}), "got other objects"),
    ],
    ids=["index", "categories", "gaps in texts"],
)
def test_a_table_that_would_not_come_back_equal_is_named_and_not_kept(
    table: pd.DataFrame, reason: str, tmp_path: Path
) -> None:
    kept = Checkpoints(tmp_path)
    keep_result(replace(finished(), scores=table), kept)
    assert reason in kept.refused[0]
    assert kept_result("irregular_crossings", kept) is None
