"""Places against need: what fills them is found again, nothing changes without a change, missing stays missing."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.scenarios.reception_capacity import (
    MIN_PERIODS,
    Stay,
    estimate_stay,
    lacking_beds,
    moved_need,
    need_draws,
)


def filled(
    *, intake: float, carry_over: float, seed: int, places: int = 6, periods: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    """Stocks that fill by a flow, and the flow as it is counted: with the noise of counting."""
    rng = np.random.default_rng(seed)
    season = np.sin(np.arange(periods) / 8 + rng.uniform(0, 6, (places, 1)))
    flow = 60 * np.exp(0.5 * season + rng.normal(0, 0.15, (places, periods)))
    stock, level = np.zeros((places, periods)), flow.mean(axis=1) * intake / (1 - carry_over)
    for t in range(periods):
        level = carry_over * level + intake * flow[:, t]
        stock[:, t] = level * rng.lognormal(0, 0.02, places)
    return stock, rng.poisson(flow).astype(float)


@pytest.mark.parametrize(("intake", "carry_over"), [(0.14, 0.86), (0.3, 0.6), (0.05, 0.94)])
def test_intake_and_carry_over_are_found_again_in_noisy_counts(intake: float, carry_over: float) -> None:
    found = [
        estimate_stay(*filled(intake=intake, carry_over=carry_over, seed=s), n_draws=200, seed=1) for s in range(5)
    ]
    assert np.mean([f.carry_over.mean() for f in found]) == pytest.approx(carry_over, abs=0.05)
    assert np.mean([f.beds_per_detection.mean() for f in found]) == pytest.approx(intake, rel=0.2)


def test_ranges_hold_the_truth() -> None:
    held = []
    for seed in range(10):
        stay = estimate_stay(*filled(intake=0.14, carry_over=0.86, seed=seed), n_draws=400, seed=1)
        low, high = np.quantile(stay.beds_per_detection, [0.025, 0.975], axis=1)
        held.append((low <= 0.14) & (high >= 0.14))
    assert np.mean(held) > 0.9


def test_place_without_history_takes_what_all_together_say_and_is_unsure() -> None:
    stock, flow = filled(intake=0.14, carry_over=0.86, seed=1)
    stock[0, MIN_PERIODS - 1 :] = np.nan
    stay = estimate_stay(stock, flow, n_draws=800, seed=1)
    assert stay.periods[0] == MIN_PERIODS - 1
    assert stay.beds_per_detection[0].mean() == pytest.approx(stay.beds_per_detection[1:].mean(), rel=0.3)
    assert stay.beds_per_detection[0].std() > 3 * stay.beds_per_detection[1].std()


def test_nothing_known_means_nothing_follows() -> None:
    stay = estimate_stay(np.full((2, 60), np.nan), np.full((2, 60), 10.0), n_draws=5, seed=1)
    assert (stay.beds_per_detection == 0).all()


def test_missing_reports_are_no_zeros() -> None:
    stock, flow = filled(intake=0.14, carry_over=0.86, seed=2)
    holes = stock.copy()
    holes[:, ::3] = np.nan
    full, sparse = (estimate_stay(s, flow, n_draws=200, seed=1).beds_per_detection.mean() for s in (stock, holes))
    assert sparse == pytest.approx(full, rel=0.1)


def test_need_without_a_change_of_the_flow_is_the_need_itself() -> None:
    need = np.random.default_rng(1).gamma(4, 10, (3, 5, 40))
    stay = Stay(np.full((3, 40), 0.8), np.full((3, 40), 0.2), np.full(3, 99))
    assert (moved_need(need, np.zeros_like(need), stay) == need).all()


@given(st.floats(0, 50), st.floats(0, 50))
def test_more_flow_never_needs_fewer_places(less: float, more: float) -> None:
    less, more = sorted((less, more))
    need = np.full((1, 4, 1), 30.0)
    stay = Stay(np.full((1, 1), 0.7), np.full((1, 1), 0.3), np.array([99]))
    first, second = (moved_need(need, np.full((1, 4, 1), change), stay) for change in (less, more))
    assert (second >= first).all()


def test_need_is_never_negative() -> None:
    stay = Stay(np.full((1, 1), 0.9), np.full((1, 1), 0.5), np.array([99]))
    assert (moved_need(np.full((1, 6, 1), 5.0), np.full((1, 6, 1), -100.0), stay) == 0).all()


def test_need_draws_have_the_published_margins_and_the_ranks_of_the_flow() -> None:
    quantiles = np.linspace(10, 80, len(QUANTILE_LEVELS))[None, None]
    template = np.random.default_rng(3).permutation(1_000).astype(float)[None, None]
    draws = need_draws(quantiles, template)
    assert np.quantile(draws[0, 0], 0.5) == pytest.approx(quantiles[0, 0, QUANTILE_LEVELS.index(0.5)], rel=0.01)
    assert (draws[0, 0].argsort() == template[0, 0].argsort()).all()


def test_places_lack_only_above_a_stated_capacity() -> None:
    need = np.array([[[10.0, 30.0]], [[10.0, 30.0]]])
    lacking = lacking_beds(need, np.array([[20.0], [np.nan]]))
    assert lacking[0].tolist() == [[0.0, 10.0]]
    assert np.isnan(lacking[1]).all()
