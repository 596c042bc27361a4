from collections.abc import Callable

import numpy as np
import pytest

from forecasting.base.contracts import NotApplicable
from forecasting.members import run_members as module
from forecasting.members.run_members import join_members, member_plan, member_quantiles
from forecasting.models.baseline import Baseline
from forecasting.models.per_series import Series
from forecasting.models.registry import MODELS, PANEL_MODELS, SERIES_MODELS
from tests.histories import make_history, seasonal_counts

COUNTS = {f"segment:s{i}": seasonal_counts(100, seed=i) for i in range(4)}


def make_model(behave: Callable[[Series], np.ndarray]) -> type[Baseline]:
    class Odd(Baseline):
        name = "ets"

        def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:  # noqa: ARG002
            return behave(series)

    return Odd


def run(history_counts: dict[str, np.ndarray], members: list[str]) -> module.Members:
    history = make_history(history_counts)
    return member_quantiles(history, dict.fromkeys(history_counts, members), horizon=3, seed=1)


def test_blocks_do_not_change_a_number() -> None:
    names = ["baseline", "seasonal_naive", "ets", "ucm"]
    units = list(COUNTS)
    whole = run(COUNTS, names)
    blocks = [run({u: COUNTS[u] for u in part}, names) for part in (units[2:], units[:2])]
    joined = join_members(blocks, units=units)
    np.testing.assert_array_equal(joined.quantiles, whole.quantiles)
    assert joined.quantiles["member"].to_numpy().tolist() == names


def test_what_came_after_the_cutoff_changes_nothing() -> None:
    history = make_history(COUNTS)
    changed = history.copy(deep=True)
    changed["count"][:, 80:] = 1e5
    plan = dict.fromkeys(COUNTS, ("baseline", "ets", "ucm", "seasonal_naive"))
    options = {"horizon": 3, "seed": 1}
    then, now = (member_quantiles(h.isel(time=slice(0, 80)), plan, **options) for h in (history, changed))
    np.testing.assert_array_equal(then.quantiles, now.quantiles)


@pytest.mark.parametrize("fault", [ValueError("odd"), np.linalg.LinAlgError("singular"), NotApplicable("too short")])
def test_failing_member_is_dropped_for_its_unit_and_named(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def behave(series: Series) -> np.ndarray:
        if series.unit == "segment:s1":
            raise fault
        return np.ones((3, 23))

    monkeypatch.setattr(module, "SERIES_MODELS", {"baseline": Baseline, "ets": make_model(behave)})
    result = run(COUNTS, ["baseline", "ets"])
    assert [(f.member, f.unit) for f in result.failures] == [("ets", "segment:s1")]
    assert str(fault) in result.failures[0].reason
    spoke = np.isfinite(result.quantiles).all(["horizon", "quantile"])
    assert spoke.sel(member="ets").to_numpy().tolist() == [True, False, True, True]
    assert spoke.sel(member="baseline").all()


def test_infinite_forecast_does_not_leave_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERIES_MODELS", {"ets": make_model(lambda _: np.full((3, 23), np.inf))})
    result = run(COUNTS, ["ets"])
    assert np.isnan(result.quantiles).all()
    assert len(result.failures) == 4


def test_unit_that_was_never_reported_gets_no_forecast_and_a_reason() -> None:
    result = run({"a": np.full(50, np.nan)}, ["baseline"])
    assert np.isnan(result.quantiles).all()
    assert result.failures[0].reason == "no known period"


def test_plan_gives_dear_members_where_there_is_enough() -> None:
    counts = {"route:r": seasonal_counts(100), "segment:s": seasonal_counts(100), "segment:z": np.eye(1, 100)[0]}
    plan = member_plan(make_history(counts), ["route", "segment", "segment"], full=True)
    dear = ["baseline", "seasonal_naive", "ets", "nb_autoregression", "endemic_epidemic", "boosted"]
    assert {*dear, "ucm", "prophet"} <= set(plan["route:r"])
    assert set(dear) <= set(plan["segment:s"])
    assert not {"ucm", "prophet"} & set(plan["segment:s"])
    assert plan["segment:z"][:2] == ["baseline", "seasonal_naive"]
    assert not set(dear[2:]) & set(plan["segment:z"])


def test_plan_keeps_to_cheap_members_for_side_indicators() -> None:
    plan = member_plan(make_history({"route:r": seasonal_counts(100)}), ["route"], full=False)
    assert plan["route:r"][:3] == ["baseline", "seasonal_naive", "ets"]
    assert not {"nb_autoregression", "endemic_epidemic", "boosted", "ucm", "prophet"} & set(plan["route:r"])


def test_plan_asks_a_dear_model_at_every_sixth_cutoff() -> None:
    history = make_history({"route:r": seasonal_counts(100)})
    asked = ["prophet" in member_plan(history, ["route"], full=True, turn=n)["route:r"] for n in range(13)]
    assert np.flatnonzero(asked).tolist() == [0, 6, 12]


def test_registry_names_the_baseline_first_and_models_of_all_units_last() -> None:
    assert next(iter(SERIES_MODELS)) == "baseline"
    assert {"endemic_epidemic", "boosted"} <= set(PANEL_MODELS)
    assert list(MODELS) == [*SERIES_MODELS, *PANEL_MODELS]
