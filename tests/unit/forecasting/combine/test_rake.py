import numpy as np
from scipy.sparse import csr_array

from forecasting.base.quantile_functions import MEDIAN, quantiles_of
from forecasting.combine.dependence import MAX_FACTOR, rake
from tests.histories import make_quantiles

LEVELS = ["total", "cell", "cell"]
SUMMING = csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))


def cell_draws(n: int = 400) -> np.ndarray:
    return np.random.default_rng(0).lognormal(4, 0.5, (2, 2, n))


def raked(target: float, strength: float, draws: np.ndarray | None = None) -> np.ndarray:
    targets = np.full((3, 2, 23), np.nan)
    targets[0] = make_quantiles({"total": target}, spread=0.3).to_numpy()[0]
    draws = cell_draws() if draws is None else draws
    return rake(draws, SUMMING, targets, levels=LEVELS, strengths={"total": strength})


def test_raking_changes_nothing_at_strength_0() -> None:
    np.testing.assert_array_equal(raked(200, 0.0), cell_draws())


def test_raked_sums_have_the_upper_levels_margin_at_strength_1() -> None:
    sums = raked(150, 1.0).sum(axis=0)
    wanted = make_quantiles({"total": 150}, spread=0.3).to_numpy()[0, 0]
    np.testing.assert_allclose(quantiles_of(sums[0])[2:-2], wanted[2:-2], rtol=0.05)


def test_raked_median_lies_between_at_strength_half() -> None:
    medians = [quantiles_of(raked(220, s).sum(axis=0)[0])[MEDIAN] for s in (0.0, 0.5, 1.0)]
    assert medians[0] < medians[1] < medians[2]


def test_raking_keeps_the_shares_of_the_cells() -> None:
    before, after = cell_draws(), raked(220, 1.0)
    np.testing.assert_allclose(after[0] / after[1], before[0] / before[1])


def test_raking_factor_is_bounded() -> None:
    np.testing.assert_allclose(raked(1e6, 1.0), MAX_FACTOR * cell_draws())


def test_raking_keeps_zeros() -> None:
    draws = cell_draws()
    draws[:, :, :50] = 0
    assert (raked(200, 1.0, draws)[:, :, :50] == 0).all()
