"""The likelihood of the endemic–epidemic model."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.sparse import csr_array

from forecasting.base.contracts import NotApplicable
from forecasting.models.endemic_epidemic_fit import (
    Fit,
    Form,
    Likelihood,
    PerUnit,
    fit_endemic_epidemic,
    neighbours_past,
)

LINE = csr_array(np.diag(np.ones(3), 1))  # 0 → 1 → 2 → 3


def branching_counts(
    n: int = 600, *, own: float = 0.4, near: float = 0.3, psi: float = 0.1, lag: int = 1, seed: int = 1
) -> np.ndarray:
    """Counts (4, n) of a known process: endemic mean 20 · exp(0.5 sin), flow along the line."""
    rng = np.random.default_rng(seed)
    counts = np.full((4, n + lag), 20.0)
    for t in range(lag, n + lag):
        endemic = 20 * np.exp(0.5 * np.sin(2 * np.pi * (t - lag) / 12))
        mean = endemic + own * counts[:, t - 1] + near * (LINE.T @ counts[:, t - lag])
        counts[:, t] = rng.poisson(mean * rng.gamma(1 / psi, psi, 4))
    return counts[:, lag:]


def fit_of(counts: np.ndarray, form: Form, **data: Any) -> Fit:
    return fit_endemic_epidemic(Likelihood.of(counts, form, **data))


def monthly(**changes: object) -> Form:
    return Form(**{"period": 12.0, "trend": False, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("dispersion", ["none", "common", "unit"])
@pytest.mark.parametrize("own", ["none", "common", "unit"])
def test_gradient_equals_finite_differences(own: PerUnit, dispersion: PerUnit) -> None:
    counts = branching_counts(60)
    counts[1, 20] = np.nan
    form = Form(intercept="unit", own=own, dispersion=dispersion, harmonics=2, period=12.0, own_harmonics=1)
    weights = np.linspace(0.1, 1, 60)
    likelihood = Likelihood.of(counts, form, neighbours={2: LINE}, offset=np.full((4, 1), 0.7), weights=weights)
    if own == "none":
        likelihood = Likelihood.of(counts, monthly(own="none", dispersion=dispersion), neighbours={1: LINE})
    theta = likelihood.start + np.random.default_rng(0).normal(0, 0.2, len(likelihood.start))
    numeric = approx_fprime(theta, lambda x: likelihood.value_and_slope(x)[0], 1e-7)
    np.testing.assert_allclose(likelihood.value_and_slope(theta)[1], numeric, rtol=1e-3, atol=1e-2)


def test_penalty_gradient_equals_finite_differences() -> None:
    form = monthly(intercept="unit", own="unit", dispersion="unit", shrinkage=3.0)
    likelihood = Likelihood.of(branching_counts(60), form)
    theta = likelihood.start + np.random.default_rng(0).normal(0, 0.5, len(likelihood.start))
    numeric = approx_fprime(theta, lambda x: likelihood.penalty(x)[0], 1e-7)
    np.testing.assert_allclose(likelihood.penalty(theta)[1], numeric, atol=1e-4)


@pytest.mark.parametrize("lag", [1, 3])
def test_known_parameters_are_recovered(lag: int) -> None:
    fit = fit_of(branching_counts(2000, lag=lag), monthly(), neighbours={lag: LINE})
    assert fit.coefficients["own"] == pytest.approx(0.4, abs=0.03)
    assert fit.coefficients["neighbours"] == pytest.approx(0.3, abs=0.03)
    assert fit.coefficients["dispersion"] == pytest.approx(0.1, abs=0.02)
    assert np.exp(fit.coefficients["intercept"]) == pytest.approx(20, rel=0.1)
    assert fit.coefficients["basis"][0] == pytest.approx(0.5, abs=0.1)


def test_neighbours_improve_aic_only_when_flow_follows_them() -> None:
    with_flow, without = branching_counts(300), branching_counts(300, near=0.0)
    gain = [
        fit_of(counts, monthly()).aic - fit_of(counts, monthly(), neighbours={1: LINE}).aic
        for counts in (with_flow, without)
    ]
    assert gain[0] > 50
    assert gain[1] < 4


def test_fitted_means_sum_to_the_counts_when_poisson() -> None:
    counts = branching_counts(200)
    fit = fit_of(counts, monthly(dispersion="none"), neighbours={1: LINE})
    assert fit.fitted[:, 1:].sum() == pytest.approx(counts[:, 1:].sum(), rel=1e-3)


def test_unknown_counts_leave_out_their_row_and_those_after() -> None:
    counts = branching_counts(100)
    counts[0, 50] = np.nan
    fit = fit_of(counts, monthly(), neighbours={1: LINE})
    unknown = np.argwhere(np.isnan(fit.fitted)).tolist()
    assert unknown == [[0, 0], [0, 50], [0, 51], [1, 0], [1, 51], [2, 0], [3, 0]]


def test_weight_zero_is_as_if_the_past_were_unknown() -> None:
    counts = branching_counts(200)
    weighted = fit_of(counts, monthly(), weights=(np.arange(200) > 100).astype(float))
    cut = np.where(np.arange(200) < 100, np.nan, counts)
    assert weighted.log_likelihood == pytest.approx(fit_of(cut, monthly()).log_likelihood, rel=1e-6)


def test_neighbours_past_flows_from_row_to_column_after_the_lag() -> None:
    counts = np.array([[5.0, 0, 0], [0, 0, 0]])
    past = neighbours_past(counts, {2: csr_array(np.array([[0.0, 0.5], [0, 0]]))})
    np.testing.assert_array_equal(past[:, 2], [0, 2.5])


def test_fit_refuses_too_few_rows() -> None:
    with pytest.raises(NotApplicable, match="needs 8 periods"):
        fit_of(np.array([[1.0, 2, 3, 4]]), monthly())


def test_fit_refuses_a_silent_unit_with_its_own_intercept() -> None:
    counts = branching_counts(50)
    counts[2] = np.nan
    with pytest.raises(NotApplicable, match="1 units have no period"):
        fit_of(counts, monthly(intercept="unit"))


@pytest.mark.parametrize("counts", [np.zeros((2, 60)), np.full((2, 60), 7.0), np.eye(2, 60, 30) * 1e6])
def test_fit_stays_finite_when_counts_are_degenerate(counts: np.ndarray) -> None:
    fit = fit_of(counts, monthly(intercept="unit"))
    assert np.isfinite(fit.aic)
    assert np.isfinite(fit.fitted[:, 1:]).all()
