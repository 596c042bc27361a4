"""What holds for every forecast, whatever the numbers."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from forecasting.calibrate import scale
from forecasting.contracts import require_valid_draws
from forecasting.couple import couple_draws, draw_quantiles, sum_draws
from forecasting.marginals import MEDIAN, at_ranks, quantiles_of, stratified_ranks
from forecasting.models.baseline import Baseline
from forecasting.rake import rake
from forecasting.scores import wis
from tests.histories import make_history, make_quantiles

COUNTS = st.one_of(st.just(float("nan")), st.integers(0, 10**6).map(float))
QUANTILES = arrays(np.float64, 23, elements=st.floats(0, 1e6)).map(np.sort)
QUICK = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.lists(COUNTS, min_size=1, max_size=60).filter(lambda row: not np.isnan(row).all()))
def test_baseline_is_valid_on_any_history_with_one_known_period(counts: list[float]) -> None:
    draws = Baseline().fit(make_history({"a": counts})).draw(5, 40, 1)
    require_valid_draws(draws, who="baseline")
    assert draws.max() <= 2 * 2 * np.nanmax(counts)


@QUICK
@given(QUANTILES)
def test_draws_rise_with_their_rank_and_hold_the_median(quantiles: np.ndarray) -> None:
    draws = at_ranks(quantiles, stratified_ranks(201))
    assert (np.diff(draws) >= -1e-9 * (1 + draws[1:])).all()
    assert draws.min() >= 0
    np.testing.assert_allclose(quantiles_of(draws)[MEDIAN], quantiles[MEDIAN], rtol=1e-9, atol=1e-9)


@QUICK
@given(QUANTILES, st.floats(0, 1e6), st.floats(0.1, 10))
def test_wis_is_never_negative_and_scales_with_the_unit(quantiles: np.ndarray, observed: float, factor: float) -> None:
    score = float(wis(np.array(observed), quantiles))
    assert score >= 0
    np.testing.assert_allclose(float(wis(np.array(factor * observed), factor * quantiles)), factor * score, atol=1e-6)


@QUICK
@given(QUANTILES, arrays(np.float64, 23, elements=st.floats(0.3, 3)))
def test_scaled_quantiles_keep_median_order_and_sign(quantiles: np.ndarray, factors: np.ndarray) -> None:
    template = make_quantiles({"a": 1.0}, horizon=1)
    forecast = template.copy(data=quantiles[None, None, :])
    scaled = scale(forecast, template.copy(data=factors[None, None, :])).to_numpy()[0, 0]
    assert (np.diff(scaled) >= 0).all()
    assert scaled.min() >= 0
    np.testing.assert_allclose(scaled[MEDIAN], quantiles[MEDIAN], rtol=1e-9, atol=1e-9)


@QUICK
@given(arrays(np.float64, (3, 30), elements=st.floats(0, 1e5)), st.floats(0, 1), st.integers(0, 10**6))
def test_sums_are_coherent_and_unit_order_does_not_matter(counts: np.ndarray, strength: float, seed: int) -> None:
    names, summing = ["a", "b", "c"], csr_array(np.vstack([np.ones((1, 3)), np.eye(3)]))
    history = make_history(dict(zip(names, counts, strict=True)))
    quantiles = make_quantiles(dict(zip(names, counts[:, -1], strict=True)))
    draws = couple_draws(quantiles, history, n_draws=50, seed=seed)
    turned = couple_draws(quantiles[::-1], history.isel(unit=[2, 1, 0]), n_draws=50, seed=seed)
    np.testing.assert_array_equal(draws, turned[::-1])
    targets = np.full((4, 2, 23), np.nan)
    targets[0] = make_quantiles({"total": float(counts.max())}).to_numpy()[0]
    levels = ["total", "segment", "segment", "segment"]
    raked = rake(draws.to_numpy(), summing, targets, levels=levels, strengths={"total": strength})
    sums = sum_draws(draws.copy(data=raked), summing, ["total", *names])
    np.testing.assert_allclose(sums[0], sums[1:].sum("unit"))
    require_valid_draws(sums, who="sums")
    assert (draw_quantiles(sums).diff("quantile") >= 0).all()
