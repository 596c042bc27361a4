"""Completion of recent figures: worked examples, the gate, and the widening."""

from statistics import NormalDist

import numpy as np
import pytest
import xarray as xr

from forecasting.adjust.nowcast import MIN_PAIRS, Pairs, complete, learn_completion, widen
from forecasting.base.contracts import QUANTILE_LEVELS


def make_pairs(reported: np.ndarray, final: np.ndarray) -> Pairs:
    n = len(final)
    return Pairs(reported, final, np.full(n, final.mean()), np.zeros(n, dtype=int), np.arange(n))


def test_a_share_that_all_figures_lack_is_added() -> None:
    final = np.random.default_rng(1).integers(80, 400, 60).astype(float)
    learnt = learn_completion(make_pairs(final * 0.8, final))
    expected, _ = complete(learnt, np.array([80.0]), np.array([np.nan]), np.array([0]))
    assert learnt.share == pytest.approx(0.8)
    assert expected == pytest.approx([100.0], rel=0.02)


def test_figures_that_never_change_are_taken_as_reported() -> None:
    final = np.arange(1.0, 61.0)
    learnt = learn_completion(make_pairs(final, final))
    expected, sd = complete(learnt, np.array([7.0]), np.array([5.0]), np.array([0]))
    assert learnt.strength is None
    assert (expected.tolist(), sd.tolist()) == ([7.0], [0.0])


def test_changes_without_direction_widen_but_do_not_move() -> None:
    rng = np.random.default_rng(2)
    final = rng.integers(80, 400, 200).astype(float)
    learnt = learn_completion(make_pairs(final * rng.choice([0.9, 1.1], 200), final))
    expected, sd = complete(learnt, np.array([200.0]), np.array([200.0]), np.array([0]))
    assert expected == pytest.approx([200.0], rel=0.03)
    assert 10 < sd[0] < 35


def test_few_pairs_teach_nothing() -> None:
    final = np.full(MIN_PAIRS - 1, 100.0)
    assert learn_completion(make_pairs(final * 0.5, final)).strength is None


def test_a_first_report_of_nothing_is_pulled_towards_the_level() -> None:
    """Chain ladder would leave 0 at 0; Bornhuetter and Ferguson's expected level does not."""
    rng = np.random.default_rng(3)
    final = rng.integers(150, 250, 80).astype(float)
    learnt = learn_completion(make_pairs(np.where(rng.random(80) < 0.5, 0.0, final * 0.5), final))
    expected, _ = complete(learnt, np.array([0.0]), np.array([200.0]), np.array([0]))
    assert expected[0] > 50


def test_coverage_of_the_error_is_near_its_nominal_value() -> None:
    rng = np.random.default_rng(4)
    final = rng.poisson(200, 400).astype(float)
    reported = rng.binomial(final.astype(int), rng.beta(30, 10, 400)).astype(float)
    learnt = learn_completion(make_pairs(reported[:200], final[:200]))
    level = np.full(200, 200.0)
    expected, sd = complete(learnt, reported[200:], level, np.zeros(200, dtype=int))
    assert 0.88 <= (np.abs(expected - final[200:]) <= 1.96 * sd).mean() <= 0.99
    assert np.abs(expected - final[200:]).mean() < 0.5 * np.abs(reported[200:] - final[200:]).mean()


def make_history(sd: float) -> xr.Dataset:
    return xr.Dataset(
        {"count": (("unit", "time"), [[90.0, 99.0]]), "nowcast_sd": (("unit", "time"), [[0.0, sd]])},
        coords={"unit": ["total"], "time": [0, 1]},
    )


def test_widen_adds_the_variances_and_keeps_the_median() -> None:
    scores = np.array([NormalDist().inv_cdf(q) for q in QUANTILE_LEVELS])
    values = np.expm1(np.log1p(100.0) + 0.3 * scores)[None, None, :]
    quantiles = xr.DataArray(
        values,
        dims=("unit", "horizon", "quantile"),
        coords={"unit": ["total"], "horizon": [1], "quantile": list(QUANTILE_LEVELS)},
    )
    wider = widen(quantiles, make_history(sd=40.0))  # 40 / (99 + 1) = 0.4 on the log scale, so 0.5 in all
    assert np.log1p(wider.to_numpy()).ravel() == pytest.approx(np.log1p(100.0) + 0.5 * scores, abs=0.01)
    assert widen(quantiles, make_history(sd=0.0)).identical(quantiles)


def test_widen_leans_on_the_newest_known_figure_where_the_last_period_is_unknown() -> None:
    """A border one of whose segments is silent has no count, and its parts' errors are not the error of a zero."""
    scores = np.array([NormalDist().inv_cdf(q) for q in QUANTILE_LEVELS])
    quantiles = xr.DataArray(
        np.expm1(np.log1p(100.0) + 0.3 * scores)[None, None, :],
        dims=("unit", "horizon", "quantile"),
        coords={"unit": ["total"], "horizon": [1], "quantile": list(QUANTILE_LEVELS)},
    )
    history = xr.Dataset(
        {"count": (("unit", "time"), [[99.0, np.nan]]), "nowcast_sd": (("unit", "time"), [[40.0, 30.0]])},
        coords={"unit": ["total"]},
    )
    wider = widen(quantiles, history)
    assert np.log1p(wider.to_numpy()).ravel() == pytest.approx(np.log1p(100.0) + 0.5 * scores, abs=0.01)
    assert widen(quantiles, history.assign(count=history["count"] * np.nan)).identical(quantiles)


def test_widen_stays_finite_where_a_forecast_is_all_but_certain() -> None:
    quantiles = xr.DataArray(
        np.where(np.array(QUANTILE_LEVELS) > 0.9, 50.0, 0.0)[None, None, :],
        dims=("unit", "horizon", "quantile"),
        coords={"unit": ["total"], "horizon": [1], "quantile": list(QUANTILE_LEVELS)},
    )
    wider = widen(quantiles, make_history(sd=40.0)).to_numpy().ravel()
    assert wider[-1] == pytest.approx(np.expm1(np.hypot(np.log(51.0), 0.4 * 2.3263)), rel=1e-3)
    assert (np.diff(wider) >= 0).all()
