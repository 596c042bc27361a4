import numpy as np
import xarray as xr

from forecasting.base.quantile_functions import LEVELS, MEDIAN, SCORES
from forecasting.combine.calibrate import MEMORY, STEPS, _losses, capped, scale, scaling_factors, size_classes
from forecasting.evaluate.scores import covered, wis_log1p
from tests.histories import make_history, make_quantiles

UNITS = {f"u{i}": 500.0 for i in range(30)}
NEAR = 6  # months of half a year


def make_past(true_spread: float, *, n_cutoffs: int = 30) -> tuple[list[xr.DataArray], list[xr.DataArray]]:
    """Forecasts that believe in a spread of 0.5, and what came with another."""
    forecast = make_quantiles(UNITS, spread=0.5)
    rng = np.random.default_rng(3)
    observed = [
        forecast[..., 0].drop_vars("quantile").copy(data=500 * np.exp(rng.normal(0, true_spread, (30, 2))))
        for _ in range(n_cutoffs)
    ]
    return [forecast] * n_cutoffs, observed


def factors(true_spread: float, n_cutoffs: int = 30) -> np.ndarray:
    found = scaling_factors(*make_past(true_spread, n_cutoffs=n_cutoffs), np.zeros(30, dtype=int), near=NEAR)
    assert found is not None
    return found.to_numpy()[0, 0]


def test_no_past_teaches_nothing() -> None:
    assert scaling_factors([], [], np.zeros(0, dtype=int), near=NEAR) is None
    quantiles = make_quantiles({"a": 9.0})
    assert scale(quantiles, None) is quantiles


def test_intervals_widen_when_the_past_missed_them() -> None:
    assert (factors(1.0)[[0, 1, 6, 16, 21, 22]] > 1.5).all()


def test_intervals_narrow_when_they_were_too_wide() -> None:
    assert (factors(0.25)[[0, 1, 6, 16, 21, 22]] < 0.85).all()


def test_factors_are_near_one_when_intervals_were_right() -> None:
    np.testing.assert_allclose(factors(0.5), 1.0, atol=0.12)


def test_few_scores_teach_little() -> None:
    assert 1 < factors(1.0, n_cutoffs=1)[0] < factors(1.0)[0]


def test_factors_are_bounded() -> None:
    assert factors(50.0).max() <= STEPS[-1]
    assert factors(1e-9).min() >= STEPS[0]


def test_scaling_brings_coverage_to_its_level() -> None:
    past, observed = make_past(0.9)
    scaled = scale(past[0], scaling_factors(past, observed, np.zeros(30, dtype=int), near=NEAR))
    share = np.mean([covered(o, scaled, 0.95) for o in observed])
    assert 0.92 < share < 0.97


def test_scaling_keeps_the_median_and_the_order() -> None:
    quantiles = make_quantiles({"a": 40.0})
    odd = quantiles.copy(data=np.broadcast_to(np.where(np.arange(23) % 2, 2.5, 0.6), quantiles.shape))
    scaled = scale(quantiles, odd).to_numpy()
    np.testing.assert_allclose(scaled[..., MEDIAN], 40)
    assert (np.diff(scaled, axis=-1) >= 0).all()
    assert scaled.min() >= 0


def test_what_is_not_known_yet_teaches_nothing() -> None:
    past, observed = make_past(5.0)
    unknown = [o * np.nan for o in observed]
    found = scaling_factors(past, unknown, np.zeros(30, dtype=int), near=NEAR)
    assert found is not None
    assert (found == 1).all()


def test_size_classes_follow_the_mean_of_the_last_year() -> None:
    counts = {"a": np.zeros(30), "b": np.full(30, 50.0), "c": np.append(np.full(18, 9e5), np.full(12, 500.0))}
    assert size_classes(make_history(counts)).tolist() == [0, 1, 2]


def test_losses_are_those_of_the_scaled_forecasts() -> None:
    past, observed = make_past(0.8, n_cutoffs=2)
    classes = np.arange(30) % 2
    found, number = _losses(past, observed, classes)
    error = np.log1p(np.stack(observed))[..., None] - np.log1p(np.stack(past))[..., [MEDIAN]]
    age = MEMORY ** np.array([1, 0])
    for step in (0, 7, 24):
        left = error - STEPS[step] * (np.log1p(np.stack(past)) - np.log1p(np.stack(past))[..., [MEDIAN]])
        pinball = np.maximum(LEVELS * left, (LEVELS - 1) * left)
        inner = (np.abs(SCORES) <= 1) & (SCORES != 0)
        expected = np.einsum("c,cuhq->u", age, pinball[..., inner])
        np.testing.assert_allclose(found[:2, 0, step], [expected[classes == k].sum() for k in (0, 1)])
    np.testing.assert_allclose(number[:2], age.sum() * 15 * 2)


def test_factors_are_the_ones_that_score_best() -> None:
    past, observed = make_past(0.9)
    found = scaling_factors(past, observed, np.zeros(30, dtype=int), near=NEAR)
    mean = [
        np.mean([wis_log1p(o, scale(past[0], past[0].copy(data=np.full(past[0].shape, f)))) for o in observed])
        for f in STEPS
    ]
    assert np.mean([wis_log1p(o, scale(past[0], found)) for o in observed]) <= min(mean) * 1.005  # shrunk a little


def test_a_class_of_its_own_leaves_the_common_factor_only_with_much_evidence() -> None:
    past, observed = make_past(0.5)
    wild = np.arange(30) < 5
    mixed = [o.where(~wild[:, None], 500 * np.exp(2.5 * np.log(o / 500))) for o in observed]
    few, many = (
        scaling_factors(past[:n], mixed[:n], np.where(wild, 0, 3), near=NEAR).to_numpy()[:, 0, -2]  # type: ignore[union-attr]
        for n in (2, 30)
    )
    assert few[0] - few[-1] < 0.05
    assert many[0] - many[-1] > 0.1


def test_what_lies_on_the_median_teaches_nothing() -> None:
    past, observed = make_past(0.9, n_cutoffs=3)
    point = [p * 0 + 500.0 for p in past]
    found = scaling_factors(point, observed, np.zeros(30, dtype=int), near=NEAR)
    assert found is not None
    assert (found == 1).all()


def test_far_horizons_have_factors_of_their_own_and_say_nothing_of_the_near_ones() -> None:
    forecast = make_quantiles(UNITS, spread=0.5, horizon=8)
    like, rng = forecast.isel(quantile=0, drop=True), np.random.default_rng(3)

    def outer(far_spread: float) -> np.ndarray:
        """Factor of the 97.5 % quantile at each horizon, where far horizons came with this spread."""
        spread = np.where(np.arange(8) < NEAR, 0.5, far_spread)
        came = [like.copy(data=500 * np.exp(rng.normal(size=(30, 8)) * spread)) for _ in range(30)]
        found = scaling_factors([forecast] * 30, came, np.zeros(30, dtype=int), near=NEAR)
        assert found is not None
        return found[0].sel(quantile=0.975).to_numpy()

    np.testing.assert_allclose(outer(2.0)[:NEAR], 1.0, atol=0.12)
    assert (outer(2.0)[NEAR:] > 1.8).all()


def test_far_factors_are_those_of_near_horizons_until_a_far_outcome_is_known() -> None:
    forecast = make_quantiles(UNITS, spread=0.5, horizon=8)
    came = forecast.isel(quantile=0, drop=True).copy(data=np.full((30, 8), 5000.0))
    came[:, NEAR:] = np.nan
    found = scaling_factors([forecast] * 30, [came] * 30, np.zeros(30, dtype=int), near=NEAR)
    assert found is not None
    assert (found > 1.5).all()
    np.testing.assert_array_equal(found[:, NEAR], found[:, 0])


def test_no_far_quantile_lies_above_three_times_the_largest_count_or_where_it_was() -> None:
    history = make_history({"a": np.full(60, 100.0), "b": np.full(60, 100.0)}, freq="M")
    before = make_quantiles({"a": 90.0, "b": 1000.0}, spread=0, horizon=8)
    after = capped(before * 10, before, history)
    assert after.isel(quantile=-1).to_numpy()[:, [5, 6]].round(6).tolist() == [[900.0, 300.0], [10_000.0, 1000.0]]
