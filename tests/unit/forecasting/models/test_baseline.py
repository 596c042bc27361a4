import numpy as np

from forecasting.base.quantile_functions import LEVELS, MEDIAN
from forecasting.models.baseline import Baseline
from forecasting.models.seasonal_naive import SeasonalNaive
from tests.histories import make_history, seasonal_counts


def quantiles_of_baseline(counts: np.ndarray, horizon: int = 3) -> np.ndarray:
    return Baseline().fit(make_history({"a": counts})).quantiles(horizon, 1).to_numpy()[0]


def test_baseline_median_is_the_last_count() -> None:
    np.testing.assert_allclose(quantiles_of_baseline(seasonal_counts(60))[:, MEDIAN], seasonal_counts(60)[-1])


def test_baseline_tails_end_at_twice_the_largest_count() -> None:
    counts = np.array([1, 50] * 20, dtype=float)
    assert quantiles_of_baseline(counts).max() == 100


def test_baseline_spread_is_that_of_the_symmetrised_differences() -> None:
    logs = np.array([3.0, 3.4, 3.2, 3.9, 3.5, 3.1, 3.3, 3.8, 3.6, 3.5, 3.7])
    steps = np.diff(logs)
    expected = np.quantile(np.concatenate([logs[-1] + steps, logs[-1] - steps]), LEVELS)
    np.testing.assert_allclose(np.log1p(quantiles_of_baseline(np.expm1(logs))[0]), expected)


def test_baseline_stays_at_zero_when_nothing_ever_came() -> None:
    assert (quantiles_of_baseline(np.zeros(40)) == 0).all()


def test_baseline_is_not_certain_after_one_period() -> None:
    quantiles = quantiles_of_baseline(np.array([30.0]))
    assert quantiles[0, 0] < 15
    assert quantiles[0, -1] > 60


def test_few_flat_weeks_do_not_hold_the_upper_range_at_twice_their_count() -> None:
    """Else a capacity of three times as many would be safe, by six weeks of figures."""
    far = quantiles_of_baseline(np.full(6, 100.0), horizon=6)[-1]
    assert far[np.isclose(LEVELS, 0.95)] > 300


def test_seasonal_naive_median_is_last_years_count() -> None:
    counts = seasonal_counts(60)
    quantiles = SeasonalNaive().fit(make_history({"a": counts})).quantiles(13, 1).to_numpy()[0]
    np.testing.assert_allclose(quantiles[:, MEDIAN], [*counts[-12:], counts[-12]])
