"""Weights of the members: prior, credibility of the history, past skill."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from forecasting.combine.weights import PastScores, credibility, skill_weights, steadiness
from forecasting.models.registry import MODELS
from tests.histories import make_history, make_quantiles

YEARS = 8  # of months: a learner keeps (8 / 10)² of its prior weight
SHARE = 0.64


def three(*names: str) -> xr.DataArray:
    return xr.concat([make_quantiles({"a": 1.0}, spread=0, member=name) for name in names], dim="member")


def history(months: int = 12 * YEARS, size: float = 50.0) -> xr.Dataset:
    return make_history({"a": np.full(months, size)}, freq="M")


def past(members: xr.DataArray, *logs: float, counts: tuple[float, ...] | None = None) -> PastScores:
    like = members.isel(quantile=0, drop=True)

    def laid_out(values: tuple[float, ...]) -> xr.DataArray:
        return like.copy(data=np.broadcast_to(np.array(values)[:, None, None], like.shape).copy())

    return PastScores(laid_out(logs), laid_out(counts or (1.0,) * len(logs)))


def weights_of(members: xr.DataArray, scores: list[PastScores], **kind: float) -> np.ndarray:
    return skill_weights(members, scores, history(**kind), ["cell"])[:, 0, 0].to_numpy()


def test_weights_are_the_prior_ones_without_a_past() -> None:
    found = weights_of(three("baseline", "ets", "y"), [])
    assert found.tolist() == [MODELS["baseline"].prior_weight, MODELS["ets"].prior_weight, 1.0]


def test_learners_with_a_short_history_count_for_less() -> None:
    assert MODELS["boosted"].learns
    members = three("baseline", "boosted")
    assert weights_of(members, [])[1] == pytest.approx(SHARE * MODELS["boosted"].prior_weight)
    assert weights_of(members, [], months=24)[1] == pytest.approx(0.25 * MODELS["boosted"].prior_weight)


def test_credibility_is_zero_without_a_known_period() -> None:
    assert credibility(make_history({"a": np.full(30, np.nan)}, freq="M")).tolist() == [0.0]


def test_who_scored_better_on_the_unit_counts_for_more() -> None:
    members = three("baseline", "y", "z")
    found = weights_of(members, [past(members, 1.0, 0.8, 1.2)] * 8)
    assert found[1] == 1.0  # the best keeps its weight
    assert found[2] == pytest.approx(np.exp(-4.0 * 0.5 * 0.5))  # 50 % worse, half of the evidence at 8 cutoffs
    assert found[0] < MODELS["baseline"].prior_weight


def test_who_scored_better_on_the_natural_scale_counts_for_more() -> None:
    members = three("baseline", "y", "z")
    found = weights_of(members, [past(members, 1.0, 1.0, 1.0, counts=(1.0, 1.0, 1.1))] * 8)
    assert found[2] == pytest.approx(np.exp(-16.0 * 0.5 * 0.1))


def test_units_of_another_size_say_nothing_of_a_unit() -> None:
    quantiles = xr.concat(
        [make_quantiles({"a": 1.0, "b": 1.0}, spread=0, member=m) for m in ("baseline", "y")], "member"
    )
    scores = past(quantiles, 1.0, 1.0)
    scores.counts.loc[{"member": "y", "unit": "b"}] = 3.0
    both = make_history({"a": np.full(96, 5000.0), "b": np.full(96, 5.0)}, freq="M")
    found = skill_weights(quantiles, [scores] * 8, both, ["cell", "cell"]).isel(horizon=0)
    assert found.sel(member="y", unit="a") == 1.0
    assert found.sel(member="y", unit="b") < 1.0


def test_far_horizons_learn_from_all_and_near_ones_from_their_neighbours_alone() -> None:
    members = xr.concat(
        [make_quantiles({"a": 1.0}, spread=0, member=m, horizon=12) for m in ("baseline", "y")], "member"
    )
    scores = past(members, 1.0, 1.0)
    scores.logs.loc[{"member": "y", "horizon": 1}] = 13.0  # summed over all horizons twice the baseline's
    scores.logs[:, :, -1] = np.nan  # not known yet
    found = skill_weights(members, [scores] * 8, history(), ["cell"]).sel(member="y", unit="a").to_numpy()
    half = np.exp(-4.0 * 0.5 * (23 / 11 - 1))  # half of the evidence at 8 cutoffs
    assert found[[2, 5, 6, 10]] == pytest.approx([1.0, 1.0, half, half])
    assert found[11] == 1.0  # no far outcome of its own yet


def test_near_horizons_hear_nothing_of_far_ones() -> None:
    members = xr.concat(
        [make_quantiles({"a": 1.0}, spread=0, member=m, horizon=8) for m in ("baseline", "y")], "member"
    )
    scores = past(members, 1.0, 1.0)
    scores.logs.loc[{"member": "y", "horizon": 7}] = 50.0
    found = skill_weights(members, [scores] * 8, history(), ["cell"]).sel(member="y", unit="a").to_numpy()
    assert found[:6].tolist() == [1.0] * 6
    assert found[6] < 0.1


def test_branching_process_counts_half_beyond_half_a_year() -> None:
    assert MODELS["endemic_epidemic"].far_share == 0.5
    parts = [make_quantiles({"a": 1.0}, spread=0, member=m, horizon=7) for m in ("baseline", "endemic_epidemic")]
    found = skill_weights(xr.concat(parts, "member"), [], history(), ["cell"])[:, 0, [5, 6]].to_numpy()
    assert (found[:, 1] / found[:, 0]).tolist() == [1.0, 0.5]


def test_who_was_never_scored_keeps_the_prior_weight() -> None:
    members = three("baseline", "y", "z")
    assert weights_of(members, [past(members, 1.0, 0.8, np.nan)] * 5)[2] == 1.0


def test_recent_scores_count_for_more() -> None:
    members = three("baseline", "y", "z")
    good, bad = past(members, 1.0, 0.5, 1.0), past(members, 1.0, 2.0, 1.0)
    assert weights_of(members, [good, bad])[1] < weights_of(members, [bad, good])[1]


def test_who_is_on_trial_moves_nobody_elses_weight() -> None:
    members = three("baseline", "y", "partner:agency-model")
    perfect, poor = (past(members, 1.0, 0.9, skill, counts=(1.0, 0.9, skill)) for skill in (0.01, 5.0))
    np.testing.assert_array_equal(weights_of(members, [perfect] * 8)[:2], weights_of(members, [poor] * 8)[:2])


def test_what_people_showed_at_one_horizon_counts_at_all_and_no_other_weight_moves() -> None:
    def scored(poor: float) -> list[PastScores]:
        one = past(members, 1.0, 0.9, 0.9, poor, counts=(1.0, 0.9, 0.9, poor))
        for values in (one.logs, one.counts):
            values[2:, :, 1:] = np.nan  # the partner and the judgement were scored at the first horizon alone
        return [one] * 8

    names = ("baseline", "y", "partner:agency-model", "judgement:ben")
    parts = [make_quantiles({"a": 1.0}, spread=0, member=name, horizon=4) for name in names]
    members = xr.concat(parts, dim="member")
    good, bad = (skill_weights(members, scored(p), history(), ["cell"])[:, 0].to_numpy() for p in (0.9, 3.0))
    assert (bad[3] < 0.01).all()
    assert good[3].tolist() == pytest.approx([1.0] * 4)
    np.testing.assert_array_equal(good[:3], bad[:3])


def walk(*, step: float = 0.1, signs: tuple[int, ...] = (1, 1, -1, -1), size: float = 5000.0) -> xr.Dataset:
    """Sixty months of steps of one length in logs; two up and two down say as little of the next as a random walk's."""
    path = step * np.cumsum(np.resize(signs, 60))
    return make_history({"a": size * np.exp(path)}, freq="M")


def test_large_random_walk_of_small_steps_is_a_steady_series() -> None:
    assert steadiness(walk())[0] == pytest.approx(np.exp(-0.16) * 5500 / 5800, rel=0.15)


@pytest.mark.parametrize("other", [{"step": 0.6}, {"signs": (1, -1)}, {"size": 5.0}])
def test_series_of_large_steps_noise_around_a_level_or_small_counts_is_none(other: dict[str, Any]) -> None:
    assert steadiness(walk(**other))[0] < 0.02


def test_series_of_which_little_is_known_or_that_never_moved_is_none() -> None:
    assert steadiness(walk().isel(time=slice(0, 20))).tolist() == [0.0]
    assert steadiness(make_history({"a": np.full(60, 5000.0)}, freq="M")).tolist() == [0.0]


def test_baseline_has_most_of_the_weight_of_a_steady_series_until_others_show_skill() -> None:
    members = three("baseline", "y")
    before = skill_weights(members, [], walk(), ["cell"])[:, 0, 0]
    after = skill_weights(members, [past(members, 1.0, 0.5, counts=(1.0, 0.5))] * 30, walk(), ["cell"])[:, 0, 0]
    assert before[0] > 5 * before[1]
    assert after[1] > 5 * after[0]
