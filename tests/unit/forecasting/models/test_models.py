"""Every registered model keeps the same promises."""

import logging

import numpy as np
import pytest

from forecasting.base.attribution import DRIVERS, last_mean_log
from forecasting.base.contracts import ContractError, Forecaster, NotApplicable, PanelForecaster
from forecasting.models.per_series import CAP_FROM
from forecasting.models.registry import MODELS, PANEL_MODELS, SERIES_MODELS
from geo.region.disclosure import LEVELS
from tests.histories import make_history, require_valid, seasonal_counts

PROPHET = pytest.param("prophet", marks=pytest.mark.slow)
SERIES = [PROPHET if name == "prophet" else name for name in SERIES_MODELS]
ALL = [*SERIES, *PANEL_MODELS]
RANDOM = ["nb_autoregression", "endemic_epidemic", "boosted", PROPHET]  # the others are analytic
HORIZON = 4


def two_units(freq: str = "M", n: int = 130) -> dict[str, np.ndarray]:
    period = {"M": 12.0, "W": 52.18}[freq]
    return {"a": seasonal_counts(n, period=period), "b": seasonal_counts(n, level=5, period=period, seed=2)}


def quantiles_of(name: str, counts: dict[str, np.ndarray], *, freq: str = "M", seed: int = 3) -> np.ndarray:
    quantiles = MODELS[name]().fit(make_history(counts, freq=freq)).quantiles(HORIZON, seed)
    require_valid(quantiles, who=name)
    return quantiles.to_numpy()


@pytest.mark.parametrize("name", ALL)
def test_model_is_a_forecaster_that_says_what_it_is(name: str) -> None:
    model = MODELS[name]()
    assert isinstance(model, Forecaster)
    assert isinstance(model, PanelForecaster) is model.joint
    assert model.name == name
    assert model.title
    assert model.prior_weight > 0
    assert model.forecast_every >= 1
    assert set(model.levels) <= set(LEVELS)


@pytest.mark.parametrize("freq", ["M", "W"])
@pytest.mark.parametrize("name", ALL)
def test_quantiles_are_valid_and_near_the_series(name: str, freq: str) -> None:
    quantiles = quantiles_of(name, two_units(freq), freq=freq)
    assert quantiles.shape == (2, HORIZON, 23)
    assert 20 < np.median(quantiles[0]) < 500
    assert np.median(quantiles[1]) < 30


@pytest.mark.parametrize("name", ALL)
def test_same_seed_gives_same_quantiles(name: str) -> None:
    np.testing.assert_array_equal(quantiles_of(name, two_units()), quantiles_of(name, two_units()))


@pytest.mark.parametrize("name", RANDOM)
def test_other_seed_gives_other_quantiles(name: str) -> None:
    assert not np.array_equal(quantiles_of(name, two_units()), quantiles_of(name, two_units(), seed=4))


@pytest.mark.parametrize("name", SERIES)
def test_permuting_units_permutes_quantiles(name: str) -> None:
    units = two_units()
    swapped = {"b": units["b"], "a": units["a"]}
    np.testing.assert_array_equal(quantiles_of(name, units), quantiles_of(name, swapped)[::-1])


@pytest.mark.parametrize("name", ALL)
def test_quantiles_rise_with_the_level_and_spread_over_the_horizon(name: str) -> None:
    quantiles = quantiles_of(name, two_units())
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    widths = np.log1p(quantiles[0, :, -1]) - np.log1p(quantiles[0, :, 0])
    assert widths[-1] > 0.8 * widths[0]


@pytest.mark.parametrize("name", ALL)
def test_drivers_add_up_to_the_change_of_the_median(name: str) -> None:
    history = make_history(two_units())
    model = MODELS[name]() if MODELS[name].joint else SERIES_MODELS[name](explain=True)
    medians = np.log1p(model.fit(history).quantiles(HORIZON, 1).sel(quantile=0.5).to_numpy())
    drivers = model.attribution()
    assert drivers.shape == (2, HORIZON, len(DRIVERS))
    np.testing.assert_allclose(drivers.sum(axis=2), medians - last_mean_log(history)[:, None], atol=1e-9)


DEGENERATE = {
    "one period": np.array([7.0]),
    "ten periods": np.arange(10.0),
    "26 periods": seasonal_counts(26),
    "all zero": np.zeros(80),
    "constant": np.full(80, 12.0),
    "one spike": np.where(np.arange(80) == 60, 1e6, 3.0),
    "spike at the end": np.where(np.arange(80) == 79, 1e6, 3.0),
    "60 % missing": np.where(np.random.default_rng(0).random(120) < 0.6, np.nan, seasonal_counts(120)),
    "unknown start": np.where(np.arange(80) < 40, np.nan, seasonal_counts(80)),
    "silent end": np.where(np.arange(80) >= 77, np.nan, seasonal_counts(80)),
    "silent for long": np.where(np.arange(80) >= 30, np.nan, seasonal_counts(80)),
}


@pytest.mark.parametrize("counts", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("name", SERIES)
def test_model_gives_valid_quantiles_or_refuses_when_history_is_degenerate(name: str, counts: np.ndarray) -> None:
    model = SERIES_MODELS[name]().fit(make_history({"a": counts}))
    try:
        quantiles = model.quantiles(HORIZON, 1)
    except NotApplicable:
        refused = True
    else:
        refused = False
        require_valid(quantiles, who=name)
        known = np.isfinite(counts).sum()
        assert quantiles.max() <= model.cap_factor * np.nanmax(counts) * max(1, CAP_FROM / known) + 1e-9
    assert not (refused and name == "baseline")


@pytest.mark.parametrize("name", SERIES)
def test_model_refuses_when_nothing_is_known(name: str) -> None:
    with pytest.raises(NotApplicable, match="no known period"):
        SERIES_MODELS[name]().fit(make_history({"a": np.full(40, np.nan)})).quantiles(HORIZON, 1)


def test_fit_refuses_negative_counts() -> None:
    with pytest.raises(ContractError, match="finite and ≥ 0"):
        MODELS["baseline"]().fit(make_history({"a": [3, -1, 2]}))


def test_fit_refuses_an_unknown_frequency() -> None:
    history = make_history({"a": [3, 1, 2]})
    history.attrs["freq"] = "D"
    with pytest.raises(ContractError, match="freq"):
        MODELS["baseline"]().fit(history)


def test_gap_before_the_cutoff_lengthens_the_way() -> None:
    counts = seasonal_counts(100)
    silent = np.append(counts, [np.nan, np.nan])
    full = MODELS["ucm"]().fit(make_history({"a": counts})).quantiles(6, 1).to_numpy()
    late = MODELS["ucm"]().fit(make_history({"a": silent})).quantiles(4, 1).to_numpy()
    np.testing.assert_allclose(late[0, :, 11], full[0, 2:, 11], rtol=0.02)


@pytest.mark.slow
def test_prophet_is_quiet(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    state = np.random.get_state()[1].copy()
    with caplog.at_level(logging.INFO):
        quantiles_of("prophet", two_units())
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    np.testing.assert_array_equal(np.random.get_state()[1], state)
