import numpy as np
import pytest
from scipy.sparse import csr_array

from forecasting.base.attribution import DRIVERS, last_mean_log, log_mean, movement, split_change
from forecasting.base.contracts import ContractError
from forecasting.models import nb_autoregression
from forecasting.models.baseline import Baseline
from forecasting.models.boosted import KNOTS, Boosted, PooledRidge, by_driver
from forecasting.models.endemic_epidemic import EndemicEpidemic
from forecasting.models.ets import ETS
from forecasting.models.nb_autoregression import NBAutoregression
from forecasting.models.per_series import PerSeriesForecaster
from forecasting.models.pooled import FEATURE_DRIVERS, panel_of, samples
from forecasting.models.seasonal_naive import SeasonalNaive
from forecasting.models.ucm import UCM
from tests.histories import make_history, seasonal_counts

SEASON, LEVEL, NEAR = (DRIVERS.index(part) for part in ("season", "level", "neighbours"))
HORIZON = 5


def wave(positions: np.ndarray) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * positions / 12)


def make_wave(n: int = 96) -> np.ndarray:
    """Counts whose log1p is 5 and a wave of the year, with a little noise so that every model finds a spread."""
    return np.asarray(np.expm1(5 + wave(np.arange(n)) + np.random.default_rng(3).normal(0, 0.02, n)))


def parts_of(model: PerSeriesForecaster, counts: np.ndarray, *, freq: str = "M") -> tuple[np.ndarray, np.ndarray]:
    """Parts (horizon, part), and the change that they must add up to (horizon,)."""
    history = make_history({"a": counts}, freq=freq)
    quantiles = model.fit(history).quantiles(HORIZON, seed=1)
    change = np.log1p(quantiles.sel(quantile=0.5).to_numpy()[0]) - last_mean_log(history)[0]
    return model.attribution()[0], change


@pytest.mark.parametrize("model", [Baseline, SeasonalNaive, ETS, UCM, NBAutoregression])
@pytest.mark.parametrize("gap", [0, 2])
def test_parts_of_a_model_add_up_to_its_change(model: type[PerSeriesForecaster], gap: int) -> None:
    counts = seasonal_counts(96)
    counts[len(counts) - gap :] = np.nan
    parts, change = parts_of(model(explain=True), counts)
    np.testing.assert_allclose(parts.sum(axis=1), change, atol=1e-12)


@pytest.mark.parametrize("model", [SeasonalNaive, ETS, UCM, NBAutoregression])
@pytest.mark.parametrize("gap", [0, 2])
def test_season_is_the_waves_move_when_counts_follow_a_wave(model: type[PerSeriesForecaster], gap: int) -> None:
    counts = make_wave()
    counts[len(counts) - gap :] = np.nan
    n = len(counts)
    expected = wave(np.arange(n, n + HORIZON)) - wave(np.arange(n - 4, n)).mean()
    np.testing.assert_allclose(parts_of(model(explain=True), counts)[0][:, SEASON], expected, atol=0.08)


def test_baseline_is_all_level() -> None:
    parts, change = parts_of(Baseline(explain=True), np.array([10.0, 20, 10, 20, 10, 20, 10, 40]))
    np.testing.assert_allclose(parts[:, LEVEL], change, atol=1e-12)
    np.testing.assert_allclose(parts[:, LEVEL], np.log(41 / 21), atol=1e-12)


def test_limit_of_a_model_is_named_other() -> None:
    parts = split_change(np.array([3.0]), np.array([2.5]), 1.0, {"season": np.array([0.7])})[0]
    found = {name: round(float(v), 9) for name, v in zip(DRIVERS, parts, strict=True) if v}
    assert found == {"level": 1.3, "season": 0.7, "other": -0.5}


def test_weekly_parts_add_up_when_a_series_is_short() -> None:
    parts, change = parts_of(ETS(explain=True), seasonal_counts(26, period=52), freq="W")
    np.testing.assert_allclose(parts.sum(axis=1), change, atol=1e-12)
    assert not parts[:, SEASON].any()


def test_last_mean_skips_unknown_periods() -> None:
    history = make_history({"a": [9, np.nan, 5, np.nan, 7], "b": [9, *[np.nan] * 4]})
    np.testing.assert_allclose(np.expm1(last_mean_log(history)), [6.0, np.nan])


def test_movement_counts_from_the_last_four_periods_before_the_cutoff() -> None:
    ramp = movement(lambda steps: steps.astype(float), steps=5, gap=2)  # the last four are steps −1 … 2, mean ½
    assert ramp.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_log_mean_lies_between_both_levels() -> None:
    a, b = np.log1p(np.array([30.0, 10.0, 10.0])), np.log1p(np.array([10.0, 30.0, 10.0]))
    means = log_mean(a, b)
    np.testing.assert_allclose(means * (a - b), [20.0, -20.0, 0.0])
    assert ((means >= 11) & (means <= 31)).all()


def test_every_feature_of_the_panel_tells_of_a_part() -> None:
    history = make_history({"a": seasonal_counts(60), "b": seasonal_counts(60, seed=2)})
    features = samples(panel_of(history), np.array([59]), 2).features
    assert features.shape[1] == len(FEATURE_DRIVERS)
    assert set(FEATURE_DRIVERS) <= set(DRIVERS)


def test_terms_without_a_driver_are_refused() -> None:
    with pytest.raises(ContractError, match="FEATURE_DRIVERS"):
        by_driver(np.zeros((2, len(FEATURE_DRIVERS))))


def test_parts_of_the_trees_add_up_to_their_change() -> None:
    history = make_history({name: seasonal_counts(96, seed=i) for i, name in enumerate("abc")})
    model = Boosted().fit(history)
    medians = np.log1p(model.quantiles(HORIZON, seed=1).sel(quantile=0.5).to_numpy())
    parts = model.attribution()
    np.testing.assert_allclose(parts.sum(axis=2), medians - last_mean_log(history)[:, None], atol=1e-12)


def test_only_putting_the_trees_quantiles_in_order_is_left_over() -> None:
    history = make_history({name: seasonal_counts(96, seed=i) for i, name in enumerate("abc")})
    model = Boosted().fit(history)
    medians = np.log1p(model.quantiles(HORIZON, seed=1).sel(quantile=0.5).to_numpy()).ravel()
    rows = samples(panel_of(history), np.array([95]), HORIZON)
    trees = sum(each[KNOTS.index(0.5)].predict(rows.features) for each in model._ensembles)
    unsorted = rows.base + (trees + model._ridge.changes(rows) + rows.settled.sum(axis=1)) / 3
    assert (np.abs(medians - unsorted) < 1e-9).mean() > 0.8
    np.testing.assert_allclose(model.attribution()[..., DRIVERS.index("other")].ravel(), medians - unsorted, atol=1e-9)


def test_ridges_terms_go_to_the_parts_of_their_features() -> None:
    history = make_history({name: seasonal_counts(96, seed=i) for i, name in enumerate("abc")})
    rows = samples(panel_of(history), np.arange(48, 90), HORIZON)
    ridge = PooledRidge.fit(rows)
    terms = ridge.terms(rows)
    parts = by_driver(terms)
    np.testing.assert_array_equal(terms.sum(axis=1), ridge.changes(rows))
    np.testing.assert_allclose(parts.sum(axis=1), ridge.changes(rows), atol=1e-12)
    common = [*(i for i, p in enumerate(FEATURE_DRIVERS) if p == "common"), -1]  # and the intercept
    np.testing.assert_allclose(parts[:, DRIVERS.index("common")], terms[:, common].sum(axis=1), atol=1e-12)


def test_season_is_that_of_the_form_that_fits_when_the_other_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def parts(*forms: tuple[float, int]) -> np.ndarray:
        monkeypatch.setattr(nb_autoregression, "FORMS", forms)
        return parts_of(NBAutoregression(explain=True), make_wave())[0][:, SEASON]

    fast, slow, refused = (1.2, 6), (3.0, 12), (3.0, 95)
    np.testing.assert_array_equal(parts(fast, refused), parts(fast))
    np.testing.assert_allclose(parts(fast, slow), (parts(fast) + parts(slow)) / 2, atol=1e-12)


def make_pair(last: float) -> dict[str, np.ndarray]:
    """A place and the one downstream that shows its counts a period later; the newest count upstream is given."""
    rng = np.random.default_rng(1)
    up = rng.poisson(np.exp(rng.normal(4.5, 0.5, 120))).astype(float)
    up[-1] = last
    down = rng.poisson(5 + 0.8 * np.roll(up, 1)).astype(float)
    return {"up": up, "down": down}


def near_of(last: float) -> np.ndarray:
    history = make_history(make_pair(last))
    model = EndemicEpidemic(neighbours={1: csr_array(np.array([[0.0, 1.0], [0.0, 0.0]]))}).fit(history)
    medians = np.log1p(model.quantiles(HORIZON, seed=1).sel(quantile=0.5).to_numpy())
    np.testing.assert_allclose(model.attribution().sum(axis=2), medians - last_mean_log(history)[:, None], atol=1e-12)
    return np.asarray(model.attribution()[1, :, NEAR])


def test_neighbours_speak_for_a_rise_when_a_wave_was_seen_upstream() -> None:
    assert near_of(500.0)[0] > 0.3
    assert near_of(20.0)[0] < -0.1


def test_place_without_neighbours_has_no_part_of_theirs() -> None:
    history = make_history(make_pair(500.0))
    model = EndemicEpidemic().fit(history)
    model.quantiles(HORIZON, seed=1)
    assert np.abs(model.attribution()[..., NEAR]).max() == 0
