import numpy as np
import pytest
import xarray as xr

from forecasting.base.attribution import last_mean_log
from forecasting.base.contracts import NEAR_PERIODS, NotApplicable
from forecasting.base.quantile_functions import at_all_levels
from forecasting.members.run_members import joint_quantiles
from forecasting.models.boosted import KNOTS, Boosted
from forecasting.models.pooled import panel_of, samples
from tests.histories import make_history, seasonal_counts

HORIZON = 3


def many(periods: int = 120, units: int = 4, freq: str = "M") -> xr.Dataset:
    rng = np.random.default_rng(4)
    counts = {f"segment:{i}": rng.poisson(seasonal_counts(periods) * (i + 1)).astype(float) for i in range(units)}
    return make_history(counts, freq=freq)


@pytest.mark.parametrize(("freq", "horizon"), [("M", 13), ("W", 53)])
def test_features_at_a_cutoff_do_not_see_later_periods(freq: str, horizon: int) -> None:
    history, cutoff = many(220, freq=freq), np.array([150])
    changed = history.copy(deep=True)
    changed["count"][:, 151:] = 10_000.0
    one, other = (samples(panel_of(h), cutoff, horizon) for h in (history, changed))
    np.testing.assert_array_equal(one.features, other.features)
    np.testing.assert_array_equal(one.base, other.base)
    np.testing.assert_array_equal(one.settled, other.settled)


def test_smoothing_leads_back_to_the_level_and_knows_the_season() -> None:
    calm = samples(panel_of(make_history({"a": np.full(80, 20.0)})), np.array([79]), HORIZON)
    np.testing.assert_allclose(calm.settled, 0.0, atol=1e-12)
    jump = samples(panel_of(make_history({"a": np.append(np.full(80, 20.0), 60.0)})), np.array([80]), HORIZON)
    np.testing.assert_allclose(jump.settled, [[0.7 * np.log(21 / 61), 0.0]] * HORIZON, atol=1e-12)
    wave = np.expm1(5 + np.cos(2 * np.pi * np.arange(240) / 12))
    seasonal = samples(panel_of(make_history({"a": wave})), np.array([239]), HORIZON)
    wanted = np.cos(2 * np.pi * np.arange(HORIZON) / 12) - np.cos(2 * np.pi / 12)  # the last period stands at 11 / 12
    np.testing.assert_allclose(seasonal.settled.sum(axis=1), wanted, atol=0.15)


def test_parts_of_the_median_add_up_with_all_three_ensembles() -> None:
    history = many()
    model = Boosted().fit(history)
    model.quantiles(HORIZON, 1)
    rows, medians = model._forecast
    parts = model.change_drivers(rows)
    np.testing.assert_allclose(parts.sum(axis=1), medians - rows.base, atol=0.03)  # but for the order of the knots
    assert not np.allclose(rows.settled, 0.0)


def test_horizons_of_half_a_year_are_the_same_however_far_a_run_looks() -> None:
    history, half = many(), NEAR_PERIODS["M"]
    model = Boosted().fit(history)
    far = model.quantiles(half + 2, 1)
    parts = model.attribution()
    near = Boosted().fit(history).quantiles(half, 1)
    np.testing.assert_array_equal(far.isel(horizon=slice(0, half)), near)
    assert far["horizon"].to_numpy().tolist() == list(range(1, half + 3))
    assert parts.shape[:2] == (len(history["unit"]), half + 2)
    medians = np.log1p(far.sel(quantile=0.5).to_numpy())
    recent = np.stack([last_mean_log(history)] * (half + 2), axis=1)
    np.testing.assert_allclose(parts.sum(axis=-1), medians - recent, atol=1e-9)


def test_change_is_from_the_cutoff_to_the_target() -> None:
    history = many()
    rows = samples(panel_of(history), np.array([80]), HORIZON)
    logs = np.log1p(history["count"].to_numpy())
    for unit, horizon, change in zip(rows.unit, rows.horizon, rows.change, strict=True):
        assert change == pytest.approx(logs[unit, 80 + horizon] - logs[unit, 80])


def test_unknown_target_is_no_lesson() -> None:
    history = many()
    history["count"][0, 82] = np.nan
    rows = samples(panel_of(history), np.array([80]), HORIZON)
    assert np.isnan(rows.change[(rows.unit == 0) & (rows.horizon == 2)]).all()
    assert np.isfinite(rows.change[rows.unit == 1]).all()


def test_trees_learn_anew_only_where_a_fit_has_served_its_cutoffs() -> None:
    history, names = many(), [f"segment:{i}" for i in range(4)]
    seen = [history.isel(time=slice(0, end)) for end in (100, 104, 108, 112)]
    plans = [dict.fromkeys(names, ("boosted",))] * 4
    made = joint_quantiles("boosted", seen, plans, {}, horizon=HORIZON, seed=1)
    anew = joint_quantiles("boosted", seen[3:], plans[3:], {}, horizon=HORIZON, seed=1)
    old = Boosted().fit(seen[0]).update(seen[2]).quantiles(HORIZON, 1)
    np.testing.assert_array_equal(made[2].quantiles[0], old)
    np.testing.assert_array_equal(made[3].quantiles, anew[0].quantiles)


def test_trees_forecast_from_a_newer_history_without_learning_anew() -> None:
    history = many()
    model = Boosted().fit(history.isel(time=slice(0, 110)))
    before = model.quantiles(HORIZON, 1)
    after = model.update(history).quantiles(HORIZON, 1)
    assert after.shape == before.shape
    assert not np.allclose(after, before)


@pytest.mark.parametrize("periods", [1, 10, 26])
def test_short_histories_give_quantiles_or_a_refusal(periods: int) -> None:
    try:
        quantiles = Boosted().fit(many(periods, units=2)).quantiles(HORIZON, 1).to_numpy()
    except NotApplicable:
        return
    assert np.isfinite(quantiles).all()
    assert (quantiles >= 0).all()


@pytest.mark.parametrize("kind", ["zero", "constant", "spike", "gaps"])
def test_odd_series_among_others_give_quantiles(kind: str) -> None:
    history = many()
    odd = {"zero": 0.0, "constant": 7.0}.get(kind)
    counts = history["count"].to_numpy()
    if odd is not None:
        counts[0] = odd
    elif kind == "spike":
        counts[0, 60] = 1e6
    else:
        counts[0, np.random.default_rng(1).random(counts.shape[1]) < 0.6] = np.nan
        counts[0, -1] = 5.0
    quantiles = Boosted().fit(history).quantiles(HORIZON, 1).to_numpy()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=-1) >= 0).all()


def test_unit_that_fell_silent_gets_no_forecast() -> None:
    history = many()
    history["count"][0, -10:] = np.nan
    quantiles = Boosted().fit(history).quantiles(HORIZON, 1).to_numpy()
    assert np.isnan(quantiles[0]).all()
    assert np.isfinite(quantiles[1:]).all()


def test_levels_between_the_knots_keep_the_knots() -> None:
    knots = np.array([[-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]])
    found = at_all_levels(knots, np.array(KNOTS))[0]
    assert found[[1, 3, 6, 11, 16, 19, 21]] == pytest.approx(knots[0])
    assert (np.diff(found) > 0).all()
    assert found[0] < -3.0 < 3.0 < found[-1]


def test_who_is_not_planned_has_no_forecast_and_a_refusal_is_named() -> None:
    history = many(units=3)
    plan = {"segment:0": ["boosted"], "segment:1": ["boosted"], "segment:2": []}
    (found,) = joint_quantiles("boosted", [history], [plan], {}, horizon=HORIZON, seed=1)
    assert np.isfinite(found.quantiles.sel(unit="segment:0")).all()
    assert np.isnan(found.quantiles.sel(unit="segment:2")).all()
    (short,) = joint_quantiles("boosted", [history.isel(time=slice(0, 5))], [plan], {}, horizon=HORIZON, seed=1)
    assert [f.unit for f in short.failures] == ["segment:0", "segment:1"]


def test_endemic_model_leaves_out_a_silent_unit_and_names_it() -> None:
    history = many(units=3)
    history["count"][1, -10:] = np.nan
    plan = {str(u): ["endemic_epidemic"] for u in history["unit"].to_numpy()}
    levels = dict.fromkeys(plan, "segment")
    (found,) = joint_quantiles("endemic_epidemic", [history], [plan], levels, horizon=HORIZON, seed=1)
    assert [f.unit for f in found.failures] == ["segment:1"]
    assert np.isfinite(found.quantiles.sel(unit=["segment:0", "segment:2"])).all()
