"""The parts of every published change add up, and what has no name is said to have none."""

import numpy as np
import pytest
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.attribution import DRIVERS
from forecasting.combine.assemble import BacktestState, JointForecast, assemble
from forecasting.combine.attribution import attribution
from forecasting.members.run_members import Members, joint_quantiles, member_quantiles, stack_members
from forecasting.models.registry import PANEL_MODELS
from tests.histories import make_history, make_quantiles, seasonal_counts

UNITS = ["total", "border:x", "segment:a", "segment:b", "segment:c"]
LEVELS = ["total", "border", "segment", "segment", "segment"]
SUMMING = csr_array(np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))
NAMES = ("baseline", "seasonal_naive", "ets", "nb_autoregression", "endemic_epidemic", "boosted")
HORIZON = 3


def make_units() -> xr.Dataset:
    cells = np.stack([seasonal_counts(96, level=50 * (i + 1), seed=i) for i in range(3)])
    cells[2, -1] = np.nan
    return make_history(dict(zip(UNITS, SUMMING @ cells, strict=True)))


def make_members(history: xr.Dataset, names: tuple[str, ...] = NAMES) -> Members:
    plan = dict.fromkeys(UNITS, names)
    options = {"horizon": HORIZON, "seed": 1, "explain": True}
    return stack_members(
        [
            member_quantiles(history, plan, **options),  # type: ignore[arg-type]
            *(
                members
                for name in PANEL_MODELS
                for members in joint_quantiles(
                    name, [history], [plan], dict(zip(UNITS, LEVELS, strict=True)), **options
                )  # type: ignore[arg-type]
            ),
        ]
    )


@pytest.fixture(scope="module")
def history() -> xr.Dataset:
    return make_units()


@pytest.fixture(scope="module")
def members(history: xr.Dataset) -> Members:
    return make_members(history)


def assembled(members: Members, history: xr.Dataset, **strengths: float) -> JointForecast:
    state = BacktestState(strengths=strengths)
    return assemble(members, history, summing=SUMMING, levels=LEVELS, n_draws=200, seed=1, state=state)


def explained(members: Members, history: xr.Dataset, **raked: float) -> xr.Dataset:
    joint = assembled(members, history, **raked)
    found = attribution(members, joint, history, summing=SUMMING)
    return found.assign(median=joint.quantiles.sel(quantile=0.5, drop=True))


def part(found: xr.Dataset, name: str) -> np.ndarray:
    return np.asarray(found["reason"].sel(part=name))


def change_of(found: xr.Dataset) -> np.ndarray:
    return np.asarray(np.log1p(found["median"].to_numpy()) - np.log1p(found["reference"].to_numpy())[:, None])


@pytest.mark.parametrize("raked", [{}, {"border": 0.4, "total": 1.0}])
def test_parts_add_up_to_every_published_change(members: Members, history: xr.Dataset, raked: dict[str, float]) -> None:
    found = explained(members, history, **raked)
    change = np.log1p(found["median"]) - np.log1p(found["reference"])
    np.testing.assert_allclose(
        found["reason"].sum("part", skipna=False), change.transpose("unit", "horizon"), atol=1e-9
    )


def test_parts_in_counts_add_up_to_every_published_change(members: Members, history: xr.Dataset) -> None:
    found = explained(members, history)
    change = found["median"].to_numpy() - found["reference"].to_numpy()[:, None]
    np.testing.assert_allclose(found["reason_counts"].sum("part", skipna=False), change, atol=1e-9)


def test_nearly_all_of_a_change_has_a_name_when_every_member_can_be_split(
    members: Members, history: xr.Dataset
) -> None:
    found = explained(members, history)
    assert not part(found, "other_models").any()
    assert np.abs(part(found, "other")).max() < 1e-9
    assert np.abs(part(found, "alignment")[2:]).max() < 0.03


def test_reference_is_the_mean_of_the_known_ones_of_the_last_four(members: Members, history: xr.Dataset) -> None:
    found = explained(members, history)
    expected = history["count"].isel(time=slice(-4, None)).mean("time")
    np.testing.assert_allclose(found["reference"], expected)


def test_member_without_a_split_is_named_other_models(history: xr.Dataset) -> None:
    ours = member_quantiles(history, dict.fromkeys(UNITS, ("baseline",)), horizon=HORIZON, seed=1, explain=True)
    theirs = make_quantiles(dict.fromkeys(UNITS, 500.0), horizon=HORIZON, member="partner")
    found = explained(stack_members([ours, Members(theirs, [])]), history)
    assert (part(found, "other_models")[2:] > 0.1).all()
    assert not part(found, "season").any()


def test_forecast_made_without_splits_is_all_other_models(history: xr.Dataset) -> None:
    ours = member_quantiles(history, dict.fromkeys(UNITS, ("baseline",)), horizon=HORIZON, seed=1)
    found = explained(ours, history)
    assert ours.attribution is None
    assert not part(found, "level").any()
    assert part(found, "other_models")[2:].any()


def test_median_under_half_a_count_that_is_published_as_none_is_named_other() -> None:
    rare = make_history(dict.fromkeys(UNITS, np.tile([0.0, 0, 0, 1], 24)))
    values = make_quantiles(dict.fromkeys(UNITS, 0.3), horizon=HORIZON, member="baseline")
    found = explained(Members(values, []), rare)
    assert not found["median"].sel(unit="segment:a").any()
    np.testing.assert_allclose(part(found, "other")[2:], -np.log1p(0.3), atol=0.05)
    np.testing.assert_allclose(found["reason"].sum("part"), change_of(found), atol=1e-9)


def test_widening_after_a_regime_break_leaves_every_sum(members: Members, history: xr.Dataset) -> None:
    joint = assemble(
        members, history, summing=SUMMING, levels=LEVELS, n_draws=200, seed=1, broken=np.ones(len(UNITS), dtype=bool)
    )
    medians = joint.quantiles.sel(quantile=0.5, drop=True)
    found = attribution(members, joint, history, summing=SUMMING).assign(median=medians)
    np.testing.assert_allclose(found["reason"].sum("part"), change_of(found), atol=1e-9)


def test_late_reports_are_what_the_nowcast_adds_to_the_mean(members: Members, history: xr.Dataset) -> None:
    reported = history["count"].copy()
    reported[:, -2] *= 0.5
    found = explained(members, history.assign(reported=reported))
    added = np.log1p(history["count"][:, -4:].mean("time").to_numpy()) - np.log1p(found["reference"].to_numpy())
    assert (added > 0.05).all()
    np.testing.assert_allclose(part(found, "late_reports"), np.tile(added[:, None], HORIZON))
    np.testing.assert_allclose(found["reason"].sum("part"), change_of(found), atol=1e-9)


def test_no_reason_is_given_when_no_recent_figure_is_known(members: Members, history: xr.Dataset) -> None:
    silent = history.copy(deep=True)
    silent["count"][4, -4:] = np.nan
    found = explained(members, silent)
    assert np.isnan(found["reason"].sel(unit="segment:c")).all()
    assert np.isfinite(found["reason"].sel(unit="segment:a")).all()


def test_sum_has_its_cells_parts_when_its_own_forecast_is_not_followed(members: Members, history: xr.Dataset) -> None:
    counts = explained(members, history)["reason_counts"]
    cells = counts.sel(unit=["segment:a", "segment:b"]).sum("unit").sel(part=["season", "level"])
    np.testing.assert_allclose(counts.sel(unit="border:x", part=["season", "level"]), cells, rtol=0.1, atol=1.0)


def test_explaining_changes_no_forecast(history: xr.Dataset, members: Members) -> None:
    plan = dict.fromkeys(UNITS, NAMES)
    plain = member_quantiles(history, plan, horizon=HORIZON, seed=1)
    np.testing.assert_array_equal(plain.quantiles, members.quantiles.sel(member=plain.quantiles["member"]))
    assert plain.attribution is None
    assert list(members.attribution["part"].to_numpy() if members.attribution is not None else []) == list(DRIVERS)
