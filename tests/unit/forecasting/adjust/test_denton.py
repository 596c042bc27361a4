"""Proportional Denton: it adds up, follows the indicator, and meets the textbook's properties."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.optimize import minimize

from forecasting.adjust.denton import proportional_denton

QUARTERS = np.repeat(np.arange(4), 3)


def test_an_indicator_in_proportion_is_reproduced() -> None:
    x = np.array([3.0, 4, 5, 5, 6, 7, 2, 3, 4, 6, 5, 4])
    totals = 10 * np.bincount(QUARTERS, weights=x)
    assert proportional_denton(totals, x, QUARTERS) == pytest.approx(10 * x)


def test_it_is_the_minimum_that_a_general_optimiser_finds() -> None:
    totals, x = np.array([90.0, 120, 150, 110]), np.array([1.0, 1.2, 0.9, 1, 1, 1.3, 1, 0.8, 1, 1.1, 1, 1])
    adding = np.equal.outer(np.arange(4), QUARTERS).astype(float)
    found = minimize(
        lambda y: (np.diff(y / x) ** 2).sum(),
        (totals / 3)[QUARTERS],
        method="SLSQP",
        tol=1e-12,
        constraints={"type": "eq", "fun": lambda y: adding @ y - totals},
        options={"maxiter": 500},
    )
    assert proportional_denton(totals, x, QUARTERS) == pytest.approx(found.x, rel=1e-3)


def test_there_is_no_step_between_the_coarser_periods() -> None:
    values = proportional_denton(np.array([30.0, 60, 90, 120]), np.ones(12), QUARTERS)
    assert np.abs(np.diff(values)).max() < 6  # sharing out equally would step by 10
    assert (np.diff(values) > 0).all()


@given(st.lists(st.floats(0, 1e6), min_size=4, max_size=4), st.lists(st.floats(0.05, 50), min_size=12, max_size=12))
def test_the_sums_are_the_published_figures_and_no_count_is_negative(totals: list[float], x: list[float]) -> None:
    values = proportional_denton(np.array(totals), np.array(x), QUARTERS)
    assert (values >= 0).all()
    assert np.bincount(QUARTERS, weights=values) == pytest.approx(totals, rel=1e-9, abs=1e-9)
