"""The endemic–epidemic model as a forecaster."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.sparse import csr_array, diags_array

from forecasting.base.contracts import Forecaster, NotApplicable
from forecasting.models.endemic_epidemic import MAX_GROWTH, EndemicEpidemic, growth, offspring
from forecasting.models.endemic_epidemic_fit import Form
from tests.histories import make_history, require_valid, seasonal_counts
from tests.unit.forecasting.models.test_models import DEGENERATE, HORIZON

LEAD = csr_array(np.array([[0.0, 1.0], [0.0, 0.0]]))  # a → b


def two_units(n: int = 130) -> dict[str, np.ndarray]:
    return {"a": seasonal_counts(n), "b": seasonal_counts(n, level=5, seed=2)}


def draws_of(counts: dict[str, np.ndarray], seed: int = 3) -> np.ndarray:
    return EndemicEpidemic().fit(make_history(counts)).draw(HORIZON, 200, seed).to_numpy()


def followed(n: int = 150, *, surge: bool = False) -> dict[str, np.ndarray]:
    """Unit b sees 0.8 of what unit a saw two periods before."""
    rng = np.random.default_rng(1)
    lead = rng.poisson(rng.gamma(2, 50, n)).astype(float)
    if surge:
        lead[-1] = 300.0
    return {"a": lead, "b": np.append([80.0, 80.0], rng.poisson(0.8 * lead[:-2])).astype(float)}


def medians_next_door(counts: dict[str, np.ndarray]) -> xr.DataArray:
    draws = EndemicEpidemic(neighbours={2: LEAD}).fit(make_history(counts)).draw(3, 500, 1)
    return draws.sel(unit="b").median("draw")


def test_it_is_a_forecaster_with_valid_draws_and_quantiles() -> None:
    model = EndemicEpidemic(neighbours={1: LEAD})
    assert isinstance(model, Forecaster)
    model.fit(make_history(two_units()))
    draws = model.draw(HORIZON, 200, 1)
    require_valid(draws, who=model.name)
    assert draws.shape == (2, HORIZON, 200)
    assert (np.diff(model.quantiles(HORIZON, 1).to_numpy(), axis=-1) >= 0).all()
    assert 20 < np.median(draws[0]) < 500


def test_seed_decides_the_draws() -> None:
    np.testing.assert_array_equal(draws_of(two_units()), draws_of(two_units()))
    assert not np.array_equal(draws_of(two_units()), draws_of(two_units(), seed=4))


@pytest.mark.parametrize("counts", [np.empty((0,)), *DEGENERATE.values()], ids=["no period", *DEGENERATE])
def test_forecast_is_valid_or_refused_when_history_is_degenerate(counts: np.ndarray) -> None:
    model = EndemicEpidemic(neighbours={1: LEAD})
    history = make_history({"a": counts, "b": np.full(len(counts), 9.0)})
    try:
        draws = model.fit(history).draw(HORIZON, 50, 1)
    except NotApplicable:
        assert len(counts) < 30 or np.isnan(counts).any()
    else:
        require_valid(draws, who="endemic_epidemic")
        assert draws.sel(unit="a").max() <= model.cap_factor * np.nanmax(counts)


def test_surge_next_door_arrives_after_its_lag() -> None:
    calm, surge = (medians_next_door(followed(surge=surge)) for surge in (False, True))
    assert float(surge.sel(horizon=2)) > 180
    assert float(surge.sel(horizon=2)) > 1.5 * float(surge.sel(horizon=1))
    assert float(calm.sel(horizon=1)) == pytest.approx(float(surge.sel(horizon=1)), rel=0.3)


def test_unknown_end_is_simulated_and_known_ends_are_kept() -> None:
    counts = followed(surge=True)
    counts["b"][-1] = np.nan
    draws = EndemicEpidemic(neighbours={2: LEAD}).fit(make_history(counts)).draw(2, 500, 1)
    assert float(draws.sel(unit="b", horizon=2).median()) > 180


@pytest.mark.parametrize("terms", [{"own": "none"}, {"dispersion": "none"}, {"intercept": "common", "trend": True}])
def test_draws_are_valid_whatever_the_terms(terms: dict[str, Any]) -> None:
    draws = EndemicEpidemic(form=Form(**terms), neighbours={1: LEAD}).fit(make_history(two_units())).draw(3, 50, 1)
    require_valid(draws, who="endemic_epidemic")


def test_explosive_growth_is_scaled_down() -> None:
    counts = {"a": 2.0 ** np.arange(16).repeat(2), "b": 3.0 * 2.0 ** np.arange(16).repeat(2)}
    model = EndemicEpidemic(neighbours={1: LEAD}).fit(make_history(counts))
    own, near = offspring(model._fit, model.neighbours)
    assert growth((diags_array(own) + near[1]).tocsr()) <= MAX_GROWTH + 0.02


@pytest.mark.parametrize(("matrix", "radius"), [([[0.0, 2.0], [0.5, 0.0]], 1.0), ([[0.3, 0.0], [0.0, 0.9]], 0.9)])
def test_growth_is_the_largest_eigenvalue(matrix: list[list[float]], radius: float) -> None:
    assert growth(csr_array(np.array(matrix))) == pytest.approx(radius, abs=1e-6)


def test_fit_refuses_a_short_or_silent_unit_by_name() -> None:
    full = seasonal_counts(60)
    with pytest.raises(NotApplicable, match=r"1 units have too few .* e\.g\. 'b'"):
        EndemicEpidemic().fit(make_history({"a": full, "b": np.where(np.arange(60) < 55, np.nan, full)}))
    with pytest.raises(NotApplicable, match=r"1 units have too few .* e\.g\. 'b'"):
        EndemicEpidemic().fit(make_history({"a": full, "b": np.where(np.arange(60) > 40, np.nan, full)}))
