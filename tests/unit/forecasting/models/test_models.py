"""Every registered model keeps the same promises."""

import logging

import numpy as np
import pytest

from forecasting.base.contracts import ContractError, Forecaster, require_valid_draws
from forecasting.models.per_series import CAP_FROM, NotApplicable
from forecasting.models.registry import MODELS
from tests.histories import make_history, seasonal_counts

QUICK = [name for name in MODELS if name != "prophet"]
ALL = [*QUICK, pytest.param("prophet", marks=pytest.mark.slow)]
HORIZON = 4


def two_units(freq: str = "M", n: int = 130) -> dict[str, np.ndarray]:
    period = {"M": 12.0, "W": 52.18}[freq]
    return {"a": seasonal_counts(n, period=period), "b": seasonal_counts(n, level=5, period=period, seed=2)}


def draws_of(name: str, counts: dict[str, np.ndarray], *, freq: str = "M", seed: int = 3) -> np.ndarray:
    model = MODELS[name]().fit(make_history(counts, freq=freq))
    draws = model.draw(HORIZON, 200, seed)
    require_valid_draws(draws, who=name)
    return draws.to_numpy()


@pytest.mark.parametrize("name", ALL)
def test_model_is_a_forecaster_under_its_published_name(name: str) -> None:
    model = MODELS[name]()
    assert isinstance(model, Forecaster)
    assert model.name == name


@pytest.mark.parametrize("freq", ["M", "W"])
@pytest.mark.parametrize("name", ALL)
def test_draws_are_valid_and_near_the_series(name: str, freq: str) -> None:
    draws = draws_of(name, two_units(freq), freq=freq)
    assert draws.shape == (2, HORIZON, 200)
    assert 20 < np.median(draws[0]) < 500
    assert np.median(draws[1]) < 30


@pytest.mark.parametrize("name", ALL)
def test_same_seed_gives_same_draws(name: str) -> None:
    np.testing.assert_array_equal(draws_of(name, two_units()), draws_of(name, two_units()))


@pytest.mark.parametrize("name", QUICK)
def test_other_seed_gives_other_draws(name: str) -> None:
    assert not np.array_equal(draws_of(name, two_units()), draws_of(name, two_units(), seed=4))


@pytest.mark.parametrize("name", ALL)
def test_permuting_units_permutes_draws(name: str) -> None:
    units = two_units()
    swapped = {"b": units["b"], "a": units["a"]}
    np.testing.assert_array_equal(draws_of(name, units), draws_of(name, swapped)[::-1])


@pytest.mark.parametrize("name", ALL)
def test_quantiles_rise_with_the_level_and_spread_over_the_horizon(name: str) -> None:
    quantiles = MODELS[name]().fit(make_history(two_units())).quantiles(HORIZON, 3).to_numpy()
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    widths = np.log1p(quantiles[0, :, -1]) - np.log1p(quantiles[0, :, 0])
    assert widths[-1] > 0.8 * widths[0]


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
@pytest.mark.parametrize("name", ALL)
def test_model_gives_valid_draws_or_refuses_when_history_is_degenerate(name: str, counts: np.ndarray) -> None:
    model = MODELS[name]().fit(make_history({"a": counts}))
    try:
        draws = model.draw(HORIZON, 50, 1)
    except NotApplicable:
        refused = True
    else:
        refused = False
        require_valid_draws(draws, who=name)
        known = np.isfinite(counts).sum()
        assert draws.max() <= 2 * model.cap_factor * np.nanmax(counts) * max(1, CAP_FROM / known)
    assert not (refused and name == "baseline")


@pytest.mark.parametrize("name", ALL)
def test_model_refuses_when_nothing_is_known(name: str) -> None:
    with pytest.raises(NotApplicable, match="no known period"):
        MODELS[name]().fit(make_history({"a": np.full(40, np.nan)})).draw(HORIZON, 50, 1)


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
        draws_of("prophet", two_units())
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    np.testing.assert_array_equal(np.random.get_state()[1], state)
