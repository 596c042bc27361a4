"""Exponential smoothing, held against `statsmodels`."""

import warnings

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from forecasting.models.ets import smoothed

LENGTHS = {False: (10, 11, 60, 261), True: (36, 47, 60, 200)}


def by_statsmodels(values: np.ndarray, horizon: int, *, seasonal: bool) -> tuple[np.ndarray, float, np.ndarray]:
    """Its forecast, searched for until nothing gets better, the one-step error and the months' season."""
    season = {"seasonal": "add", "seasonal_periods": 12} if seasonal else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ETSModel(values, error="add", initialization_method="heuristic", **season)
        fit = model.fit(disp=False, maxiter=1000, pgtol=1e-9, factr=10)
        months = np.asarray(fit.season)[-12:] if seasonal else np.zeros(1)
        return np.asarray(fit.forecast(horizon)), float(np.sqrt(fit.mse)), months


@pytest.mark.parametrize("seasonal", [False, True])
@pytest.mark.parametrize("kind", ["level", "walk", "waves", "rare"])
@pytest.mark.parametrize("at", range(4))
def test_ends_where_statsmodels_ends(seasonal: bool, kind: str, at: int) -> None:
    rng, n = np.random.default_rng([at, len(kind)]), LENGTHS[seasonal][at]
    counts = {
        "level": rng.poisson(40, n),
        "walk": np.exp(3 + 0.3 * rng.standard_normal(n).cumsum()).round(),
        "waves": rng.poisson(50 * (1 + 0.7 * np.sin(2 * np.pi * np.arange(n) / 12))),
        "rare": rng.poisson(0.4, n),
    }[kind]
    values = np.log1p(counts)
    mean, sd, months = smoothed(values, 14, seasonal=seasonal)
    theirs, error, season = by_statsmodels(values, 14, seasonal=seasonal)
    np.testing.assert_allclose(mean, theirs, atol=1e-6)
    np.testing.assert_allclose(months, season, atol=1e-6)
    assert sd[0] == pytest.approx(error, abs=1e-9)


@pytest.mark.parametrize("length", [36, 37, 60, 71])
def test_series_that_repeats_itself_goes_on_so(length: int) -> None:
    year = np.log1p(np.arange(12.0))
    values = np.resize(year, length)
    mean, sd, _ = smoothed(values, 12, seasonal=True)
    np.testing.assert_allclose(mean, np.resize(year, length + 12)[length:], atol=1e-9)
    np.testing.assert_allclose(sd, 0, atol=1e-9)
