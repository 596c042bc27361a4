from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import ContractError
from forecasting.combine import joint_draws
from forecasting.combine.assemble import (
    BacktestState,
    JointForecast,
    PastForecast,
    assemble,
    earned_strength,
    learn,
)
from forecasting.combine.dependence import bottom_rows
from forecasting.combine.joint_draws import FromDraws
from forecasting.evaluate.scores import observed_ahead
from forecasting.members.run_members import Members, member_quantiles, stack_members
from tests.histories import make_history, make_quantiles, seasonal_counts

UNITS = ["total", "border:x", "segment:a", "segment:b", "segment:c"]
LEVELS = ["total", "border", "segment", "segment", "segment"]
SUMMING = csr_array(np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))


def make_units(n: int = 120) -> xr.Dataset:
    cells = np.stack([seasonal_counts(n, level=50 * (i + 1), seed=i) for i in range(3)])
    return make_history(dict(zip(UNITS, SUMMING @ cells, strict=True)))


def forecast(history: xr.Dataset, state: BacktestState | None = None, **options: int) -> JointForecast:
    plan = dict.fromkeys(UNITS, ("baseline", "ets"))
    members = member_quantiles(history, plan, horizon=3, seed=1)
    kept = {"n_draws": 300, "seed": 1, **options}
    return assemble(members, history, summing=SUMMING, levels=LEVELS, state=state, **kept)


def test_units_are_the_sums_of_their_cells_in_every_draw() -> None:
    state = BacktestState(strengths={"border": 0.5, "total": 1.0})
    draws = forecast(make_units(), state).draws.to_numpy()
    np.testing.assert_allclose(draws, np.einsum("uc,chd->uhd", SUMMING.toarray(), draws[2:]))
    assert draws.min() >= 0


def test_same_seed_gives_the_same_forecast() -> None:
    first, second, other = (forecast(make_units(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.draws, second.draws)
    assert not np.array_equal(first.draws, other.draws)


def test_cells_keep_their_own_margins_when_nothing_is_raked() -> None:
    result = forecast(make_units())
    np.testing.assert_allclose(result.quantiles[2:], result.past.own[2:], rtol=0.03)


def test_total_follows_its_own_forecast_when_it_earned_it() -> None:
    result = forecast(make_units(), BacktestState(strengths={"total": 1.0}))
    np.testing.assert_allclose(result.quantiles[0, :, 2:-2], result.past.own[0, :, 2:-2], rtol=0.05)


def test_silent_cell_adds_nothing_and_is_named() -> None:
    history = make_units()
    history["count"][4] = np.nan
    result = forecast(history)
    assert result.no_forecast == ("segment:c",)
    np.testing.assert_allclose(result.draws.sel(unit="total"), result.draws.sel(unit="border:x"))
    assert np.isnan(result.mean.sel(unit="segment:c")).all()


def test_assembly_refuses_units_in_another_order() -> None:
    history = make_units()
    members = Members(make_quantiles(dict.fromkeys(UNITS[::-1], 5.0), member="baseline"), [])
    with pytest.raises(ContractError, match="same order"):
        assemble(members, history, summing=SUMMING, levels=LEVELS, n_draws=10, seed=1)


def test_every_cell_has_a_row_of_its_own() -> None:
    assert bottom_rows(SUMMING).tolist() == [2, 3, 4]
    with pytest.raises(ContractError, match="unit of its own"):
        bottom_rows(SUMMING[:4])


def past_of(history: xr.Dataset, ends: range) -> list[JointForecast]:
    return [forecast(history.isel(time=slice(0, end))) for end in ends]


def test_learning_cannot_look_ahead() -> None:
    history = make_units()
    past = [a.past for a in past_of(history, range(90, 106, 3))]
    changed = history.copy(deep=True)
    changed["count"][:, 106:] = 1e6
    states = [learn(past, h.isel(time=slice(0, 106)), LEVELS) for h in (history, changed)]
    xr.testing.assert_equal(states[0].factors, states[1].factors)
    assert states[0].strengths == states[1].strengths


def test_nothing_is_learnt_at_the_first_cutoff() -> None:
    assert learn([], make_units(), LEVELS) == BacktestState()


def test_strength_is_earned_by_better_scores() -> None:
    even = np.ones(20)
    assert earned_strength(even, even) == 0
    assert earned_strength(1.2 * even, even) == 0
    assert earned_strength(0.8 * even, even) == 1
    assert earned_strength(0.8 * even[:5], even[:5]) == 0


@pytest.mark.parametrize(("error", "used"), [(0.0, True), (2.0, False)])
def test_member_on_trial_is_used_where_it_helped(error: float, used: bool) -> None:
    history = make_units()
    template = forecast(history.isel(time=slice(0, 90))).past
    past = []
    for end in range(90, 110):
        origin = history["time"].to_numpy()[end - 1]
        came = observed_ahead(history, pd.Timestamp(origin), 3).to_numpy()[..., None]
        off = template.combined.copy(data=np.repeat(came * 3, 23, axis=-1))
        probed = template.combined.copy(data=np.repeat(came * (1 + 2 * error), 23, axis=-1))
        past.append(replace(template, origin_date=origin, trials={"prophet": probed}, proven=off))
    assert (learn(past, history, LEVELS).used["prophet"] == frozenset(LEVELS)) is used


def test_each_member_on_trial_earns_its_own_part() -> None:
    history = make_units()
    template = forecast(history.isel(time=slice(0, 90))).past
    past = []
    for end in range(90, 110):
        origin = history["time"].to_numpy()[end - 1]
        came = observed_ahead(history, pd.Timestamp(origin), 3).to_numpy()[..., None]
        right, off, far = (template.combined.copy(data=np.repeat(came * k, 23, axis=-1)) for k in (1, 3, 9))
        trials = {"prophet": far, "partner:agency-model": right}
        past.append(replace(template, origin_date=origin, trials=trials, proven=off))
    used = learn(past, history, LEVELS).used
    assert used == {"prophet": frozenset(), "partner:agency-model": frozenset(LEVELS)}


@pytest.mark.parametrize(("levels", "moved"), [((), False), (("border",), True)])
def test_partner_moves_the_combination_only_where_it_is_used(levels: tuple[str, ...], moved: bool) -> None:
    history = make_units()
    members = member_quantiles(history, dict.fromkeys(UNITS, ("baseline", "ets")), horizon=3, seed=1)
    partner = make_quantiles(dict.fromkeys(UNITS, 1e4), horizon=3, member="partner:agency-model")
    both = stack_members([members, Members(partner, [])])
    state = BacktestState(used={"partner:agency-model": frozenset(levels)})
    options = {"summing": SUMMING, "levels": LEVELS, "n_draws": 50, "seed": 1, "state": state}
    past = assemble(both, history, **options).past
    assert (past.combined.sel(unit="border:x") > past.proven.sel(unit="border:x")).all().item() is moved
    np.testing.assert_array_equal(past.combined.sel(unit="total"), past.proven.sel(unit="total"))


@pytest.mark.parametrize("state", [None, BacktestState(strengths={"total": 1.0, "border": 0.5})])
def test_blocks_of_horizons_give_the_draws_of_all_at_once(
    state: BacktestState | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made() -> JointForecast:
        wanted = FromDraws(drawn=None, asked={"above": lambda draws: (draws > 5).mean("draw")})
        return forecast(make_units(), state, wanted=wanted)

    whole = made()
    monkeypatch.setattr(joint_draws, "BLOCK_BYTES", 1)  # a horizon at a time
    parted = made()
    for field in ("quantiles", "medians", "mean", "draws"):
        xr.testing.assert_identical(getattr(parted, field), getattr(whole, field))
    xr.testing.assert_identical(parted.past.summed, whole.past.summed)
    xr.testing.assert_identical(parted.answers["above"], whole.answers["above"])


def test_draws_that_nobody_asked_for_are_not_kept() -> None:
    made = forecast(make_units(), None, wanted=FromDraws(drawn=["total"]))
    assert made.draws["unit"].to_numpy().tolist() == ["total"]
    assert made.quantiles.sizes["unit"] == len(LEVELS)


def test_forecast_of_half_a_year_is_the_same_however_far_a_run_looks() -> None:
    cells = np.stack([seasonal_counts(120, level=50 * (i + 1), seed=i) for i in range(3)])
    history = make_history(dict(zip(UNITS, SUMMING @ cells, strict=True)), freq="M")

    def first_half(horizon: int) -> list[np.ndarray]:
        """Each unit's own months 1–6 at four cutoffs, which learn from those before."""
        past: list[PastForecast] = []
        for end in (80, 90, 100, 110):
            seen = history.isel(time=slice(0, end))
            members = member_quantiles(seen, dict.fromkeys(UNITS, ("baseline", "ets")), horizon=horizon, seed=1)
            options = {"summing": SUMMING, "levels": LEVELS, "n_draws": 50, "seed": 1}
            past.append(assemble(members, seen, **options, state=learn(past, seen, LEVELS)).past)
        return [p.own.isel(horizon=slice(0, 6)).to_numpy() for p in past]

    np.testing.assert_array_equal(first_half(6), first_half(9))
