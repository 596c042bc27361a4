"""Ranges that missed what came are issued wider, by horizon, and only once it is known."""

import numpy as np
import pytest
import xarray as xr

from forecasting.combine.calibrate import INNER, OUTER
from forecasting.combine.track_coverage import RATES, tracked_factors
from tests.histories import make_quantiles

UNITS = {f"u{i}": 100.0 for i in range(20)}
NEAR = 6  # months of half a year


def issued(number: int, *, horizon: int = 5) -> list[xr.DataArray]:
    return [make_quantiles(UNITS, horizon=horizon)] * number


def came(count: float, *, horizon: int = 5) -> xr.DataArray:
    like = make_quantiles(UNITS, horizon=horizon).isel(quantile=0, drop=True)
    return like.copy(data=np.full(like.shape, count))


def ends(factors: xr.DataArray | None) -> tuple[np.ndarray, np.ndarray]:
    """Factors of the quartile and of the 97.5 % quantile (horizon,)."""
    assert factors is not None
    return factors.sel(quantile=0.75).to_numpy(), factors.sel(quantile=0.975).to_numpy()


def test_nothing_is_tracked_without_a_past_or_an_outcome() -> None:
    assert tracked_factors([], [], near=NEAR) is None
    np.testing.assert_allclose(ends(tracked_factors(issued(1), [came(np.nan)], near=NEAR)), 1.0)


def test_a_cutoff_that_missed_widens_by_its_share_of_misses() -> None:
    inner, outer = ends(tracked_factors(issued(1), [came(10_000.0)], near=NEAR))
    np.testing.assert_allclose(inner, np.exp(RATES[0] * INNER))
    np.testing.assert_allclose(outer, np.exp(RATES[1] * OUTER))


def test_ranges_that_always_hold_become_narrower_down_to_a_bound() -> None:
    inner, outer = ends(tracked_factors(issued(200), [came(100.0)] * 200, near=NEAR))
    np.testing.assert_allclose(inner, 0.6)
    np.testing.assert_allclose(outer, 0.6)
    np.testing.assert_allclose(ends(tracked_factors(issued(1), [came(100.0)], near=NEAR))[0], np.exp(-RATES[0] * INNER))


def test_a_horizon_is_moved_by_its_own_misses_and_its_neighbours_alone() -> None:
    missed = came(100.0)
    missed[:, 0] = 10_000.0
    inner, _ = ends(tracked_factors(issued(1), [missed], near=NEAR))
    assert inner[0] == pytest.approx(1.0)  # half of what is known of horizons 1 and 2 lay outside
    assert inner[1] == pytest.approx(np.exp(RATES[0] * (1 / 3 - INNER)))
    np.testing.assert_allclose(inner[2:], np.exp(-RATES[0] * INNER))


def test_a_zero_is_not_outside_where_zeros_fill_the_middle() -> None:
    rare = [make_quantiles(dict.fromkeys(UNITS, 0.0), horizon=5)]
    inner, outer = ends(tracked_factors(rare, [came(0.0)], near=NEAR))
    assert (inner < 1).all()
    assert (outer < 1).all()


def test_far_horizons_learn_from_all_from_a_quarter_on_and_their_outer_range_faster() -> None:
    missed = came(100.0, horizon=12)
    missed[:, 3:NEAR] = 10_000.0
    missed[:, NEAR:] = np.nan  # not known yet
    inner, outer = ends(tracked_factors(issued(1, horizon=12), [missed], near=NEAR))
    np.testing.assert_allclose(inner[NEAR:], np.exp(RATES[0] * INNER))
    np.testing.assert_allclose(outer[[NEAR - 1, 11]], np.exp(RATES[1] * OUTER * np.array([1.0, 4.0])))


def test_near_horizons_hear_nothing_of_far_ones() -> None:
    missed = came(100.0, horizon=8)
    missed[:, NEAR:] = 10_000.0
    inner, _ = ends(tracked_factors(issued(1, horizon=8), [missed], near=NEAR))
    np.testing.assert_allclose(inner[:NEAR], np.exp(-RATES[0] * INNER))
