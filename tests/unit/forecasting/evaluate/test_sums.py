"""Sums over a quarter are made draw by draw, and scored only where every period is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.evaluate.sums import coupled_as, sum_scores, summed
from tests.histories import make_quantiles

ORIGIN = pd.Timestamp("2024-12-01")


def make_draws(values: np.ndarray) -> xr.DataArray:
    """The same draws (horizon, draw) for one unit."""
    coords = {"unit": ["a"], "horizon": np.arange(1, len(values) + 1)}
    return xr.DataArray(values[None], dims=("unit", "horizon", "draw"), coords=coords)


def counts(*values: float) -> xr.DataArray:
    coords = {"unit": ["a"], "horizon": np.arange(1, len(values) + 1)}
    return xr.DataArray([list(values)], dims=("unit", "horizon"), coords=coords)


def scores(draws: xr.DataArray, came: xr.DataArray) -> pd.DataFrame:
    baseline = make_quantiles({"a": 10.0}, horizon=draws.sizes["horizon"])
    return sum_scores(draws, baseline, came, freq="M", origin_date=ORIGIN)


def test_windows_that_are_not_whole_are_left_out_and_an_unknown_period_leaves_its_sum_unknown() -> None:
    sums = summed(counts(1, 2, 3, 4, np.nan, 6, 7), 3)
    assert sums["horizon"].to_numpy().tolist() == [3, 6]
    np.testing.assert_array_equal(sums, [[6, np.nan]])


def test_draws_that_go_against_each_other_have_a_sum_without_width() -> None:
    up = np.linspace(0, 10, 101)
    apart = scores(make_draws(np.stack([up, 10 - up, np.zeros(101)])), counts(5, 5, 0))
    together = scores(make_draws(np.stack([up, up, np.zeros(101)])), counts(5, 5, 0))
    ours, theirs = (s.set_index("model")["wis"]["routecast"] for s in (apart, together))
    assert ours == pytest.approx(0.0)
    assert theirs > 1


def test_baseline_has_its_own_margins_and_the_ranks_of_the_draws() -> None:
    draws = make_draws(np.random.default_rng(1).gamma(2.0, size=(2, 500)))
    own = make_quantiles({"a": 100.0}, horizon=2)
    coupled = coupled_as(own, draws)
    np.testing.assert_array_equal(coupled.argsort(axis=-1), draws.argsort(axis=-1))
    np.testing.assert_allclose(coupled.median("draw"), 100.0, rtol=0.02)


def test_a_sum_is_over_a_quarter_and_scored_where_all_of_it_came() -> None:
    table = scores(make_draws(np.full((6, 50), 2.0)), counts(1, 2, 3, 4, 5, np.nan))
    assert table[["model", "horizon", "periods"]].to_numpy().tolist() == [["routecast", 3, 3], ["baseline", 3, 3]]
