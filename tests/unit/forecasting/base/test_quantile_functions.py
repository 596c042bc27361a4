import numpy as np
import pytest

from forecasting.base.quantile_functions import LEVELS, at_ranks, mid_ranks, quantiles_of, stratified_ranks
from tests.histories import make_quantiles


def test_counts_at_the_levels_are_the_quantiles() -> None:
    quantiles = make_quantiles({"a": 200.0}).to_numpy()[0, 0]
    np.testing.assert_allclose(at_ranks(quantiles, LEVELS), quantiles)


def test_draws_give_the_quantiles_back() -> None:
    quantiles = make_quantiles({"a": 200.0}).to_numpy()[0, 0]
    draws = at_ranks(quantiles, stratified_ranks(1000))
    np.testing.assert_allclose(quantiles_of(draws), quantiles, rtol=0.01)


def test_exact_zeros_stay_zeros() -> None:
    quantiles = np.where(LEVELS <= 0.6, 0.0, 5.0)
    draws = at_ranks(quantiles, stratified_ranks(1000))
    assert (draws == 0).mean() >= 0.6


def test_tail_ends_at_twice_the_outermost_quantile() -> None:
    quantiles = np.where(LEVELS < 0.99, 1.0, 100.0)
    assert at_ranks(quantiles, np.array([0.9999999])).item() == 200


def test_lower_tail_does_not_pass_zero() -> None:
    quantiles = np.linspace(0.1, 9, 23)
    assert at_ranks(quantiles, np.array([1e-9])).item() == 0


def test_quantiles_of_even_draws_are_known() -> None:
    np.testing.assert_allclose(quantiles_of(np.arange(4.0), [0.125, 0.5, 0.875]), [0, 1.5, 3])


def test_mid_rank_is_the_level_between_quantiles_and_half_the_count_own_probability_on_equal_ones() -> None:
    rising = np.arange(23.0)
    assert mid_ranks(np.array(11.0), rising) == pytest.approx(0.5)
    assert mid_ranks(np.array(11.5), rising) == pytest.approx((0.5 + LEVELS[12]) / 2)
    half = np.where(LEVELS <= 0.5, 0.0, 10.0)
    assert mid_ranks(np.array(0.0), half) == pytest.approx(0.25)  # zeros up to the median
    assert mid_ranks(np.array(10.0), half) == pytest.approx((LEVELS[12] + 0.99) / 2)


def test_mid_rank_beyond_the_levels_is_half_way_to_the_end_and_unknown_is_unknown() -> None:
    rising = 1 + np.arange(23.0)
    np.testing.assert_allclose(mid_ranks(np.array([0.0, 99.0]), np.stack([rising, rising])), [0.005, 0.995])
    assert np.isnan(mid_ranks(np.array(np.nan), rising))
    assert np.isnan(mid_ranks(np.array(1.0), np.where(LEVELS < 0.9, rising, np.nan)))
