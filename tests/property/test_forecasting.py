"""What holds for every forecast, whatever the numbers."""

import numpy as np
import xarray as xr
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from forecasting.base.attribution import DRIVERS
from forecasting.base.quantile_functions import MEDIAN, at_ranks, quantiles_of, stratified_ranks
from forecasting.combine.assemble import BacktestState, assemble
from forecasting.combine.attribution import attribution
from forecasting.combine.calibrate import scale
from forecasting.combine.dependence import couple_draws, draw_quantiles, rake, sum_draws
from forecasting.evaluate.scores import wis
from forecasting.members.run_members import members_of
from forecasting.models.baseline import Baseline
from forecasting.models.per_series import CAP_FROM
from tests.histories import make_history, make_quantiles, require_valid

COUNTS = st.one_of(st.just(float("nan")), st.integers(0, 10**6).map(float))
QUANTILES = arrays(np.float64, 23, elements=st.floats(0, 1e6)).map(np.sort)
QUICK = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.lists(COUNTS, min_size=1, max_size=60).filter(lambda row: not np.isnan(row).all()))
def test_baseline_is_valid_on_any_history_with_one_known_period(counts: list[float]) -> None:
    quantiles = Baseline().fit(make_history({"a": counts})).quantiles(5, 1)
    require_valid(quantiles, who="baseline")
    known = np.isfinite(counts).sum()
    assert quantiles.max() <= 2 * np.nanmax(counts) * max(1, CAP_FROM / known) * (1 + 1e-9)


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
    require_valid(sums, who="sums")
    assert (draw_quantiles(sums).diff("quantile") >= 0).all()


@QUICK
@given(
    arrays(np.float64, (3, 12), elements=st.floats(0, 1e5) | st.just(np.nan)),
    arrays(np.float64, (2, 4), elements=st.floats(0, 1e6)),
    arrays(np.float64, (2, 4, 2, len(DRIVERS)), elements=st.floats(-3, 3)),
    st.floats(0, 1),
)
def test_reasons_add_up_whatever_the_members_say(
    counts: np.ndarray, centres: np.ndarray, given_parts: np.ndarray, strength: float
) -> None:
    counts[:, -1] = np.nan_to_num(counts[:, -1])  # something is known of late
    names, summing = ["total", "a", "b", "c"], csr_array(np.vstack([np.ones((1, 3)), np.eye(3)]))
    levels = ["total", "segment", "segment", "segment"]
    history = make_history(dict(zip(names, np.vstack([counts.sum(axis=0), counts]), strict=True)))
    spoken = [make_quantiles(dict(zip(names, c, strict=True)), member=m) for m, c in zip("xy", centres, strict=True)]
    quantiles = xr.concat(spoken, dim="member").assign_coords(member=["baseline", "boosted"])
    given_parts[0, 0] = np.nan  # one that can't be split
    members = members_of(["baseline", "boosted"], names, quantiles.to_numpy(), [], given_parts)
    state = BacktestState(strengths={"total": strength})
    joint = assemble(members, history, summing=summing, levels=levels, n_draws=20, seed=1, state=state)
    medians = joint.quantiles.isel(quantile=MEDIAN)
    found = attribution(members, joint, history, summing=summing)
    told = np.log1p(found["reference"].to_numpy())[:, None]
    sums = found[["reason", "reason_counts"]].sum("part", skipna=False)
    np.testing.assert_allclose(sums["reason"], np.log1p(medians.to_numpy()) - told, atol=1e-9)
    np.testing.assert_allclose(sums["reason_counts"], medians.to_numpy() - np.expm1(told), rtol=1e-9, atol=1e-6)
