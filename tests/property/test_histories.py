"""Whatever a history looks like, the whole chain gives valid distributions or names who has no forecast."""

import numpy as np
import pytest
import xarray as xr
from scipy.sparse import csr_array

from forecasting.combine.assemble import JointForecast, assemble
from forecasting.members.run_members import Members, joint_quantiles, member_plan, member_quantiles, stack_members
from forecasting.models.boosted import Boosted
from forecasting.models.registry import PANEL_MODELS, SERIES_MODELS
from tests.histories import make_history, seasonal_counts

HORIZON, N = 3, 60
LEVELS = ["total", "segment", "segment"]
SUMMING = csr_array(np.array([[1.0, 1], [1, 0], [0, 1]]))


def odd_histories() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    usual = rng.poisson(20, N).astype(float)
    spike, sparse = usual.copy(), usual.copy()
    spike[40] = 1e6
    sparse[rng.choice(N, int(0.6 * N), replace=False)] = np.nan
    known = {n: np.where(np.arange(N) < N - n, np.nan, usual) for n in (0, 1, 10, 26)}
    ended = np.where(np.arange(N) < N - 12, usual, 0.0)
    return {
        **{f"{n} known periods": row for n, row in known.items()},
        "all zero": np.zeros(N),
        "constant": np.full(N, 7.0),
        "one spike": spike,
        "60 % missing": sparse,
        "zero for a year": ended,
    }


def of_total(odd: np.ndarray, *, freq: str = "M") -> xr.Dataset:
    other = seasonal_counts(len(odd), seed=3)
    return make_history({"total": odd + other, "segment:odd": odd, "segment:other": other}, freq=freq)


def members_of(history: xr.Dataset) -> Members:
    """Every planned member but Prophet, which is dear."""
    plan = {u: [m for m in ms if m != "prophet"] for u, ms in member_plan(history, LEVELS, full=True).items()}
    level = dict(zip(map(str, history["unit"].to_numpy()), LEVELS, strict=True))
    joint = [joint_quantiles(m, [history], [plan], level, horizon=HORIZON, seed=1)[0] for m in PANEL_MODELS]
    return stack_members([member_quantiles(history, plan, horizon=HORIZON, seed=1), *joint])


def assembled(members: Members, history: xr.Dataset) -> JointForecast:
    return assemble(members, history, summing=SUMMING, levels=LEVELS, n_draws=100, seed=1)


@pytest.mark.parametrize("freq", ["M", "W"])
@pytest.mark.parametrize("kind", odd_histories())
def test_chain_gives_valid_distributions_or_names_who_has_none(kind: str, freq: str) -> None:
    history = of_total(odd_histories()[kind], freq=freq)
    members = members_of(history)
    made = assembled(members, history)
    for unit in history["unit"].to_numpy():
        quantiles, draws = made.quantiles.sel(unit=unit), made.draws.sel(unit=unit)
        if unit in made.no_forecast:
            assert np.isnan(quantiles).all()
            continue
        assert np.isfinite(draws).all()
        assert (draws >= 0).all()
        assert (quantiles.diff("quantile") >= 0).all()
    assert ("segment:odd" in made.no_forecast) == (kind == "0 known periods")
    assert all(f.member and f.unit and f.reason for f in members.failures)


def test_no_period_at_all_is_refused_or_named() -> None:
    history = of_total(np.full(N, np.nan)).assign(count=(("unit", "time"), np.full((3, N), np.nan)))
    members = members_of(history)
    assert set(assembled(members, history).no_forecast) == {"total", "segment:odd", "segment:other"}
    assert {f.member for f in members.failures} >= {"baseline"}


def test_segment_at_zero_for_a_year_may_still_see_counts() -> None:
    history = of_total(odd_histories()["zero for a year"])
    ahead = assembled(members_of(history), history).quantiles.sel(unit="segment:odd", quantile=0.975)
    assert (ahead > 0).all()


class Broken:
    """A member that always fails."""

    name = "broken"

    def __init__(self, **given: object) -> None:
        self.given = given

    def forecast_one(self, *_asked: object) -> None:
        raise ZeroDivisionError("on purpose")


def test_baseline_stands_and_the_others_are_named_when_all_others_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    history = of_total(odd_histories()["constant"] + np.arange(N) % 3)
    for member in [m for m in SERIES_MODELS if m != "baseline"]:
        monkeypatch.setitem(SERIES_MODELS, member, Broken)
    plan = {str(u): [m for m in SERIES_MODELS if m != "prophet"] for u in history["unit"].to_numpy()}
    members = member_quantiles(history, plan, horizon=HORIZON, seed=1)
    made = assembled(members, history)
    baseline = members.quantiles.sel(member="baseline", drop=True)
    np.testing.assert_allclose(made.past.combined, baseline, rtol=1e-9)
    assert not made.no_forecast
    assert {f.member for f in members.failures} == set(SERIES_MODELS) - {"baseline", "prophet"}
    assert all("on purpose" in f.reason for f in members.failures)


def test_trees_that_fail_to_learn_are_dropped_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: Boosted, _history: xr.Dataset) -> Boosted:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(Boosted, "fit", fail)
    history = of_total(odd_histories()["constant"])
    units = [str(u) for u in history["unit"].to_numpy()]
    plan = {u: ["boosted"] for u in units}
    found = joint_quantiles("boosted", [history], [plan], {}, horizon=HORIZON, seed=1)[0]
    assert [f.unit for f in found.failures] == units
    assert np.isnan(found.quantiles).all()
