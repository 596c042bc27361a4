"""Chances of exceeding a capacity against what came: a worked example, and what has no capacity is left out."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.evaluate.scores import RELIABILITY_COLUMNS
from forecasting.risk.exceedance import exceedance_probability
from pipelines.forecasts.backtest_scores import exceedance_chances, exceedance_reliability, exceedance_warnings
from tests.histories import make_history, make_quantiles

LEVEL = {"a": "segment", "b": "segment"}
ORIGIN = pd.Timestamp("2020-01-27")


def cutoff(draws: list[float]) -> tuple[Any, xr.DataArray]:
    """One cutoff at which `a` was given these draws one period ahead, and its baseline the median 50."""
    values = np.array([draws, draws], dtype=float)[:, None, :]
    coords = {"unit": ["a", "b"], "horizon": [1]}
    quantiles = make_quantiles({"a": 50.0, "b": 50.0}).sel(horizon=[1]).expand_dims(member=["baseline"])
    at = SimpleNamespace(origin_date=ORIGIN, members=SimpleNamespace(quantiles=quantiles))
    return at, xr.DataArray(values, dims=("unit", "horizon", "draw"), coords=coords)


def capacity(a: float) -> xr.DataArray:
    return xr.DataArray([a, np.nan], dims="unit", coords={"unit": ["a", "b"]})


def truth(last: float) -> xr.Dataset:
    return make_history({"a": [5.0, last], "b": [5.0, last]}, freq="W", end="2020-02-03")


def table_of(*cutoffs: tuple[Any, xr.DataArray], came: float, planned: float) -> pd.DataFrame:
    limit = capacity(planned)
    warnings = [
        exceedance_warnings(at, exceedance_chances(at, exceedance_probability(draws, limit), limit), truth(came), limit)
        for at, draws in cutoffs
    ]
    return exceedance_reliability(warnings, LEVEL)


def ours(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["model"].eq("routecast") & table["horizon"].gt(0)].reset_index(drop=True)


def test_chance_is_held_against_whether_the_capacity_was_exceeded() -> None:
    made = cutoff([5.0, 5.0, 15.0, 15.0])
    for came, share in ((12.0, 1.0), (10.0, 0.0)):
        table = ours(table_of(made, came=came, planned=10.0))
        assert table[["n", "mean_probability", "observed_share"]].to_numpy().tolist() == [[1, 0.5, share]]


def test_unknown_outcome_is_not_scored() -> None:
    table = table_of(cutoff([5.0, 15.0]), came=np.nan, planned=10.0)
    assert table.empty


def test_table_is_empty_without_any_capacity_or_backtest() -> None:
    for scored, planned in (([cutoff([5.0])], np.nan), ([], 10.0)):
        table = table_of(*scored, came=12.0, planned=planned)
        assert list(table) == list(RELIABILITY_COLUMNS)
        assert table.empty
