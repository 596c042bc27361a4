import numpy as np
import pytest
from scipy.sparse import csr_array

from forecasting.combine.dependence import couple_draws, draw_quantiles, sum_draws, without_season
from tests.histories import make_history, make_quantiles, seasonal_counts

SUMMING = csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))


def twins(n: int = 120) -> dict[str, np.ndarray]:
    """Two units that rise and fall together, and one that goes the other way."""
    wave = np.cumsum(np.random.default_rng(5).normal(0, 0.3, n))
    return {"a": np.exp(5 + wave), "b": np.exp(4 + wave), "c": np.exp(5 - wave)}


def coupled(counts: dict[str, np.ndarray], *, seed: int = 1, spread: float = 0.5) -> np.ndarray:
    quantiles = make_quantiles(dict.fromkeys(counts, 100.0), spread=spread)
    return couple_draws(quantiles, make_history(counts), n_draws=500, seed=seed).to_numpy()


def test_coupled_draws_keep_the_margins() -> None:
    quantiles = make_quantiles({"a": 100.0, "b": 3.0})
    history = make_history({"a": seasonal_counts(90), "b": seasonal_counts(90, level=3)})
    draws = couple_draws(quantiles, history, n_draws=1000, seed=1)
    np.testing.assert_allclose(draw_quantiles(draws).to_numpy(), quantiles.to_numpy(), rtol=0.02, atol=0.02)


def test_coupled_draws_rise_together_when_the_past_did() -> None:
    draws = coupled(twins())
    ranks = draws.argsort(axis=-1).argsort(axis=-1)
    correlation = np.corrcoef(ranks[:, 0])
    assert correlation[0, 1] > 0.9
    assert correlation[0, 2] < -0.9


def test_coupled_draws_keep_their_rank_over_the_horizon() -> None:
    draws = coupled(twins())
    assert np.corrcoef(draws[0, 0], draws[0, 1])[0, 1] > 0.5


def test_coupled_draws_are_the_same_for_the_same_seed() -> None:
    np.testing.assert_array_equal(coupled(twins()), coupled(twins()))
    assert not np.array_equal(coupled(twins()), coupled(twins(), seed=2))


def test_coupled_draws_follow_their_units_when_these_are_permuted() -> None:
    counts = twins()
    swapped = {unit: counts[unit] for unit in ("c", "a", "b")}
    np.testing.assert_array_equal(coupled(counts)[[2, 0, 1]], coupled(swapped))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_coupling_works_when_history_is_shorter_than_the_horizon(n: int) -> None:
    assert np.isfinite(coupled({"a": np.arange(1.0, n + 1), "b": np.zeros(n)})).all()


def test_coupling_leaves_units_without_a_forecast_unknown() -> None:
    quantiles = make_quantiles({"a": 10.0, "b": 10.0})
    quantiles[1] = np.nan
    draws = couple_draws(quantiles, make_history({"a": [1.0, 2], "b": [np.nan, np.nan]}), n_draws=10, seed=1)
    assert np.isnan(draws.sel(unit="b")).all()
    sums = sum_draws(draws, SUMMING, ["total", "a", "b"])
    np.testing.assert_allclose(sums.sel(unit="total"), draws.sel(unit="a"))
    assert np.isnan(sums.sel(unit="b")).all()


def test_sums_equal_their_parts_in_every_draw() -> None:
    counts = {name: twins()[name] for name in ("a", "c")}
    draws = couple_draws(make_quantiles({"a": 100.0, "c": 50.0}), make_history(counts), n_draws=100, seed=1)
    sums = sum_draws(draws, SUMMING, ["total", "a", "c"]).to_numpy()
    np.testing.assert_allclose(sums[0], sums[1] + sums[2])


def test_noise_of_single_counts_ties_neither_horizons_nor_units() -> None:
    rng = np.random.default_rng(2)
    draws = coupled({unit: np.exp(5 + rng.normal(0, 0.3, 240)) for unit in ("a", "b")})
    ranks = draws.argsort(axis=-1).argsort(axis=-1)
    assert abs(np.corrcoef(ranks[0])[0, 1]) < 0.3  # 0.5 where windows start from the last count
    assert abs(np.corrcoef(ranks[:, 0])[0, 1]) < 0.2


def test_a_season_that_units_share_does_not_tie_them() -> None:
    rng = np.random.default_rng(4)
    wave = np.sin(2 * np.pi * np.arange(240) / 12)
    draws = coupled({unit: np.exp(5 + wave + rng.normal(0, 0.2, 240)) for unit in ("a", "b")})
    assert abs(np.corrcoef(draws[:, 1].argsort(axis=-1).argsort(axis=-1))[0, 1]) < 0.2


def test_season_is_taken_out_where_two_seasons_are_known() -> None:
    turns = 2 * np.pi * np.arange(36) / 12
    logs = (3 + np.cos(turns) + 0.5 * np.sin(2 * turns))[None]
    np.testing.assert_allclose(without_season(logs, 12.0), 3.0)
    np.testing.assert_array_equal(without_season(logs[:, :20], 12.0), logs[:, :20])
    logs[0, 5] = np.nan
    np.testing.assert_array_equal(np.isnan(without_season(logs, 12.0)), np.isnan(logs))
