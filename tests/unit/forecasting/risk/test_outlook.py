"""Sums over the coming quarters and year, and what they are held against."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.risk.outlook import RANGES, outlook_rows
from tests.histories import make_history

MONTHS = 12


def draws_of(values: np.ndarray) -> xr.DataArray:
    """Draws of one unit, the same at each of twelve months: values (draw,)."""
    data = np.broadcast_to(values, (1, MONTHS, len(values)))
    return xr.DataArray(data, dims=("unit", "horizon", "draw"), coords={"unit": ["a"], "horizon": range(1, MONTHS + 1)})


def baseline_of(count: float) -> xr.DataArray:
    data = np.full((1, MONTHS, len(QUANTILE_LEVELS)), count)
    return xr.DataArray(
        data, dims=("unit", "horizon", "quantile"), coords={"unit": ["a"], "quantile": list(QUANTILE_LEVELS)}
    )


def rows(draws: xr.DataArray, counts: np.ndarray, *, capacity: float = np.nan, base: float = 1.0) -> pd.DataFrame:
    planned = xr.DataArray([capacity], dims="unit", coords={"unit": ["a"]})
    return outlook_rows(draws, baseline_of(base), make_history({"a": counts}, freq="M"), planned)


def whole(table: pd.DataFrame, model: str = "routecast") -> pd.Series:
    return table[table["span"].eq("year") & table["model_id"].eq(model)].iloc[0]


def test_sums_are_taken_draw_by_draw() -> None:
    opposite = draws_of(np.array([10.0, 20.0])).copy(deep=True)
    opposite[:, 6:] = opposite[:, 6:, ::-1]  # low in the second half where it is high in the first
    table = rows(opposite, np.full(24, 5.0))
    assert whole(table)[["q025", "q50", "q975"]].tolist() == [180.0, 180.0, 180.0]
    first = table[table["span"].eq("quarter") & table["model_id"].eq("routecast")].iloc[0]
    assert (first["q025"], first["q975"]) == (30.0, 60.0)


def test_year_is_held_against_the_year_before_the_highest_of_five_and_the_capacity() -> None:
    counts = np.repeat([100.0, 3.0, 9.0, 5.0, 1.0, 7.0], 12)  # six years: the first is too long ago
    table = rows(draws_of(np.array([5.0, 8.0, 10.0, 12.0])), counts, capacity=11.0)
    found = whole(table)
    assert found[["last_year", "highest", "planned", "years"]].tolist() == [84.0, 108.0, 132.0, 5]
    assert found[["chance_last_year", "chance_highest", "chance_planned"]].tolist() == [0.75, 0.5, 0.25]


def test_a_sum_as_large_as_a_level_does_not_exceed_it() -> None:
    assert whole(rows(draws_of(np.array([5.0, 5.0])), np.full(12, 5.0)))["chance_last_year"] == 0.0


def test_a_level_that_is_not_known_in_full_has_no_chance() -> None:
    counts = np.full(36, 5.0)
    counts[-3] = np.nan
    found = whole(rows(draws_of(np.array([6.0])), counts))
    assert np.isnan(found[["last_year", "chance_last_year", "planned", "chance_planned"]].astype(float)).all()
    assert found[["highest", "years", "chance_highest"]].tolist() == [60.0, 2, 1.0]


def test_quarters_are_held_against_the_same_months_of_earlier_years() -> None:
    counts = np.tile(np.arange(1.0, 13.0), 2)  # months 1 … 12
    quarters = rows(draws_of(np.array([1.0])), counts).query("span == 'quarter' and model_id == 'routecast'")
    assert quarters["last_year"].tolist() == [6.0, 15.0, 24.0, 33.0]


def test_baseline_is_summed_beside_it() -> None:
    found = whole(rows(draws_of(np.array([1.0, 2.0])), np.full(24, 1.0), base=4.0), "baseline")
    assert found[list(RANGES)].tolist() == pytest.approx([48.0] * len(RANGES))


def test_unit_without_a_forecast_has_no_row() -> None:
    assert rows(draws_of(np.array([np.nan])), np.full(24, 1.0)).empty
