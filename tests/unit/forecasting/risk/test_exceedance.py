"""Lead time, persistence and expected excess."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

from forecasting.risk.exceedance import (
    exceedance_probability,
    expected_excess,
    expected_periods_above,
    first_likely,
    likely_run,
)


@pytest.mark.parametrize("capacity", [100.0, 300.0, 7.0, 12345.0])
def test_full_to_the_last_place_exceeds_nothing(capacity: float) -> None:
    back_from_logs = np.array([np.expm1(np.log1p(capacity)), np.nextafter(capacity, np.inf), capacity + 0.4])
    assert exceedance(back_from_logs, capacity) == excess(back_from_logs, capacity) == 0.0


def test_one_more_than_the_places_exceeds_them() -> None:
    assert exceedance(np.array([100.5, 101.0, 101.4, 99.0]), 100.0) == 0.75


def test_capacity_shared_by_cells_and_added_up_again_is_as_whole_as_it_was() -> None:
    assert exceedance(np.array([100.0]), 100.0 - 1e-12) == 0.0


def test_lead_time_begins_where_the_chance_is_shown_as_likely() -> None:
    assert first_likely(np.array([[0.544, 0.546, 0.9]])).tolist() == [2]  # shown as 54 and 55 %


def test_lead_time_is_the_first_likely_horizon() -> None:
    chances = np.array([[0.54, 0.55, 0.2], [0.1, 0.1, 0.1], [np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(first_likely(chances), [2, np.nan, np.nan])


def test_run_ends_with_the_first_unlikely_period() -> None:
    assert likely_run(np.array([[0.6, 0.7, 0.3, 0.9]])).tolist() == [2]


def test_expected_periods_above_is_the_sum_of_the_chances() -> None:
    assert expected_periods_above(np.array([[0.5, 0.25, 0.25]])).tolist() == [1.0]


def test_expected_periods_above_is_unknown_without_a_capacity() -> None:
    assert np.isnan(expected_periods_above(np.array([[np.nan, np.nan]]))).all()


def draws_of(values: np.ndarray) -> xr.DataArray:
    coords = {"unit": ["a"], "horizon": [1]}
    return xr.DataArray(values[None, None, :], dims=("unit", "horizon", "draw"), coords=coords)


def excess(values: np.ndarray, capacity: float) -> float:
    return expected_excess(draws_of(values), xr.DataArray([capacity], dims="unit", coords={"unit": ["a"]})).item()


def exceedance(values: np.ndarray, capacity: float) -> float:
    planned = xr.DataArray([capacity], dims="unit", coords={"unit": ["a"]})
    return exceedance_probability(draws_of(values), planned).item()


def test_expected_excess_is_the_mean_above_the_capacity() -> None:
    assert excess(np.array([5.0, 10.0, 14.0, 18.0]), 10.0) == 3.0


def test_expected_excess_agrees_with_the_normal_distributions_formula() -> None:
    mean, sd, capacity = 500.0, 80.0, 560.0
    values = norm.ppf((np.arange(20_000) + 0.5) / 20_000, mean, sd)
    z = (capacity - mean) / sd
    expected = sd * (norm.pdf(z) - z * norm.sf(z))  # partial expectation, e.g. the newsvendor's expected shortage
    assert excess(values, capacity) == pytest.approx(expected, rel=1e-3)


def test_expected_excess_is_unknown_without_a_plan() -> None:
    assert np.isnan(excess(np.array([5.0, 10.0]), np.nan))
