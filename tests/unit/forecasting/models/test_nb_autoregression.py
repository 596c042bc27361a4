"""The negative binomial autoregression of one series."""

import numpy as np
import pytest
import statsmodels.api as sm

from forecasting.base.contracts import Forecaster, NotApplicable
from forecasting.models.nb_autoregression import NBAutoregression, fit_nb
from tests.histories import make_history, require_valid, seasonal_counts
from tests.unit.forecasting.models.test_models import DEGENERATE, HORIZON


def quantiles_of_series(counts: np.ndarray, *, seed: int = 1, freq: str = "M") -> np.ndarray:
    return NBAutoregression().fit(make_history({"a": counts}, freq=freq)).quantiles(HORIZON, seed).to_numpy()[0]


@pytest.mark.parametrize("freq", ["M", "W"])
def test_quantiles_surround_the_series(freq: str) -> None:
    counts = seasonal_counts(160, period={"M": 12.0, "W": 52.18}[freq])
    quantiles = quantiles_of_series(counts, freq=freq)
    assert isinstance(NBAutoregression(), Forecaster)
    assert quantiles.shape == (HORIZON, 23)
    assert 0.4 * counts[-12:].mean() < quantiles[0, 11] < 2.5 * counts[-12:].mean()


def test_seed_decides_the_quantiles() -> None:
    counts = seasonal_counts(130)
    np.testing.assert_array_equal(quantiles_of_series(counts), quantiles_of_series(counts))
    assert not np.array_equal(quantiles_of_series(counts), quantiles_of_series(counts, seed=2))


@pytest.mark.parametrize("counts", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_quantiles_are_valid_or_refused_when_history_is_degenerate(counts: np.ndarray) -> None:
    model = NBAutoregression().fit(make_history({"a": counts}))
    try:
        quantiles = model.quantiles(HORIZON, 1)
    except NotApplicable:
        assert len(counts) < 30 or np.isnan(counts).any() or np.ptp(counts) == 0
    else:
        require_valid(quantiles, who="nb_autoregression")


@pytest.mark.parametrize("dispersion", [1e-3, 0.1, 2.0])
def test_regression_is_that_of_statsmodels(dispersion: float) -> None:
    rng = np.random.default_rng(1)
    rows = np.column_stack([np.ones(200), rng.normal(size=(200, 4))])
    mean = np.exp(rows @ np.array([2.0, 0.5, -0.3, 0.1, 0.0]))
    counts = rng.negative_binomial(2, 2 / (2 + mean)).astype(float)
    weights = 0.5 ** (np.arange(200)[::-1] / 60)
    family = sm.families.NegativeBinomial(alpha=dispersion)
    theirs = sm.GLM(counts, rows, family=family, freq_weights=weights).fit(maxiter=25)
    coefficients, fitted = fit_nb(counts, rows, weights, dispersion=dispersion)
    np.testing.assert_allclose(coefficients, theirs.params, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(fitted, theirs.mu, rtol=1e-6)


def test_forecast_returns_to_the_level_after_a_high_count() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(50, 120).astype(float)
    counts[-1] = 150.0
    assert quantiles_of_series(counts)[-1, 11] < 90
