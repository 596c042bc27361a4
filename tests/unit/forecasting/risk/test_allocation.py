"""Places go where they save most expected shortfall."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from forecasting.risk.allocation import allocate_beds, expected_shortfall


def least_shortfall(need: np.ndarray, capacity: np.ndarray, budget: int) -> float:
    """The same problem as a linear programme over the draws, solved by HiGHS: min Σ s / draws, s ≥ need − cap − x."""
    units, draws = need.shape
    cost = np.concatenate([np.zeros(units), np.full(units * draws, 1 / draws)])
    covers = np.zeros((units * draws, units + units * draws))
    for u in range(units):
        rows = slice(u * draws, (u + 1) * draws)
        covers[rows, u] = -1.0
        covers[rows, units + u * draws : units + (u + 1) * draws] = -np.eye(draws)
    spent = np.concatenate([np.ones(units), np.zeros(units * draws)])
    limits = np.concatenate([(capacity[:, None] - need).ravel(), [budget]])
    found = linprog(cost, A_ub=np.vstack([covers, spent]), b_ub=limits, method="highs")
    return float(found.fun)


def test_single_place_goes_where_it_is_most_surely_needed() -> None:
    need = np.array([[10.0, 10, 10, 10], [12, 12, 12, 0]])
    assert allocate_beds(need, np.array([9.0, 9.0]), 1).places.tolist() == [1, 0]


def test_places_that_save_nothing_are_not_given() -> None:
    found = allocate_beds(np.array([[10.0, 12.0]]), np.array([9.0]), 100)
    assert found.places.tolist() == [3]
    assert found.shortfall_after.tolist() == [0.0]


def test_value_of_the_next_place_is_the_chance_that_it_is_needed() -> None:
    found = allocate_beds(np.array([[5.0, 20, 20, 20]]), np.array([10.0]), 2)
    assert found.next_value.tolist() == [0.75]


def test_status_quo_is_what_no_budget_gives() -> None:
    need, capacity = np.array([[5.0, 20.0]]), np.array([10.0])
    found = allocate_beds(need, capacity, 0)
    assert found.shortfall_before.tolist() == found.shortfall_after.tolist() == [5.0]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    arrays(float, (3, 8), elements=st.integers(0, 40)),
    arrays(float, 3, elements=st.integers(0, 40)),
    st.integers(0, 40),
)
def test_allocation_saves_as_much_as_the_linear_programme(need: np.ndarray, capacity: np.ndarray, budget: int) -> None:
    found = allocate_beds(need, capacity, budget)
    assert found.places.sum() <= budget
    assert found.shortfall_after.sum() == pytest.approx(least_shortfall(need, capacity, budget), abs=1e-6)


def test_expected_shortfall_is_a_mean_over_the_draws() -> None:
    assert expected_shortfall(np.array([[8.0, 12.0, 16.0, 4.0]]), np.array([10.0])).tolist() == [2.0]


def test_negative_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="budget"):
        allocate_beds(np.ones((1, 2)), np.zeros(1), -1)
