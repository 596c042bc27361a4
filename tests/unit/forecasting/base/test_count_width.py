"""Series that have just begun: no range without width, and steady ones as they were."""

import numpy as np
import pytest

from forecasting.base.contracts import NotApplicable
from forecasting.base.count_width import newly_begun, with_own_width
from forecasting.base.quantile_functions import LEVELS, quantiles_of
from forecasting.models.baseline import Baseline
from forecasting.models.ets import ETS
from forecasting.models.seasonal_naive import SeasonalNaive
from tests.histories import make_history

NEW_ROUTE = np.array([0.0] * 45 + [1, 20, 158])
CHANNEL = np.array(([0.0] * 9 + [7]) * 8 + [0, 0, 12, 57])  # mostly silent, a boat now and then, then more
AT = {level: int(np.argmin(np.abs(LEVELS - level))) for level in (0.1, 0.25, 0.5, 0.75, 0.9)}


def width(model: type, counts: np.ndarray, low: float, high: float) -> np.ndarray:
    """Of a central range by horizon, counts."""
    values = model().fit(make_history({"a": counts})).quantiles(3, 1).to_numpy()[0]
    return values[:, AT[high]] - values[:, AT[low]]


@pytest.mark.parametrize("model", [Baseline, ETS])
@pytest.mark.parametrize("counts", [NEW_ROUTE, CHANNEL], ids=["new route", "mostly silent"])
def test_middle_of_the_fan_is_no_narrower_than_a_poisson_count(model: type, counts: np.ndarray) -> None:
    median = model().fit(make_history({"a": counts})).quantiles(3, 1).to_numpy()[0][:, AT[0.5]]
    assert (width(model, counts, 0.25, 0.75) >= 1.3 * np.sqrt(median) - 1e-9).all()  # quartiles: ± 0.67 √mean


def test_seasonal_naive_has_nothing_to_say_of_a_route_that_was_silent_a_year_ago() -> None:
    with pytest.raises(NotApplicable, match="has 3"):
        width(SeasonalNaive, NEW_ROUTE, 0.25, 0.75)


def test_baseline_of_a_steady_series_is_as_narrow_as_it_was() -> None:
    """A centre that is full month after month, after years without it."""
    counts = np.array([0.0] * 12 + [100] * 40)
    assert width(Baseline, counts, 0.25, 0.75).max() == 0.0
    assert not newly_begun(counts)


def test_series_that_is_silent_now_goes_on_saying_so() -> None:
    counts = np.array([0.0] * 30 + [5, 0, 0, 0, 0, 0, 0])
    assert width(Baseline, counts, 0.25, 0.75).max() == 0.0


def test_own_width_is_near_that_of_negative_binomial_draws() -> None:
    draws = np.random.default_rng(1).negative_binomial(4.0, 4.0 / (4.0 + 200.0), 100_000).astype(float)
    real, ours = quantiles_of(draws), with_own_width(np.full(23, np.median(draws)))
    for level in (0.1, 0.25, 0.75, 0.9):
        assert ours[AT[level]] == pytest.approx(real[AT[level]], rel=0.15)


def test_wider_ranges_stay_and_a_zero_stays_one() -> None:
    wide = np.geomspace(1.0, 1e6, 23)
    np.testing.assert_array_equal(with_own_width(wide), wide)
    assert with_own_width(np.zeros(23)).tolist() == [0.0] * 23
