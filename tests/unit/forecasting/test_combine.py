import numpy as np
import pytest
import xarray as xr

from forecasting.combine import combine, prior_weights, skill_weights
from tests.histories import make_quantiles


def three(*sizes: float, names: tuple[str, ...] = ("x", "y", "z")) -> xr.DataArray:
    members = [make_quantiles({"a": size}, spread=0, member=name) for size, name in zip(sizes, names, strict=True)]
    return xr.concat(members, dim="member")


def test_combination_is_the_mean_of_logs_over_members_that_speak() -> None:
    members = three(0.0, 3.0, 15.0)  # log1p: 0, 2 log 2, 4 log 2
    np.testing.assert_allclose(combine(members), 3)
    members[2] = np.nan
    np.testing.assert_allclose(combine(members), 1)
    members[:] = np.nan
    assert np.isnan(combine(members)).all()


def test_combination_follows_the_weights() -> None:
    members = three(0.0, 3.0, 15.0)
    weights = prior_weights(members)
    weights[:] = np.array([0.0, 1.0, 0.0])[:, None, None]
    np.testing.assert_allclose(combine(members, weights=weights), 3)


def test_nobody_is_heard_who_is_not_asked() -> None:
    np.testing.assert_allclose(combine(three(0.0, 3.0, 15.0), without=["x"]), 7)


def test_weights_are_the_prior_ones_without_a_past() -> None:
    members = three(1.0, 2.0, 3.0, names=("baseline", "ucm", "boosted"))
    assert skill_weights(members, [], ["cell"])[:, 0, 0].to_numpy().tolist() == [0.4, 0.7, 3.0]


def scores(members: xr.DataArray, *values: float) -> xr.DataArray:
    like = members.isel(quantile=0, drop=True)
    return like.copy(data=np.broadcast_to(np.array(values)[:, None, None], like.shape).copy())


def test_who_scored_better_counts_for_more() -> None:
    members = three(1.0, 2.0, 3.0, names=("baseline", "y", "z"))
    weights = skill_weights(members, [scores(members, 1.0, 0.8, 1.2)] * 8, ["cell"])[:, 0, 0].to_numpy()
    assert weights[1] == 1.0  # the best keeps its weight
    assert weights[2] == pytest.approx(np.exp(-4.0 * 0.5 * 0.5))  # 50 % worse, half of the evidence at 8 cutoffs
    assert weights[0] < 0.4


def test_who_was_never_scored_keeps_the_prior_weight() -> None:
    members = three(1.0, 2.0, 3.0, names=("baseline", "y", "z"))
    weights = skill_weights(members, [scores(members, 1.0, 0.8, np.nan)] * 5, ["cell"])
    assert weights[2, 0, 0] == 1.0


def test_recent_scores_count_for_more() -> None:
    members = three(1.0, 2.0, 3.0, names=("baseline", "y", "z"))
    good, bad = scores(members, 1.0, 0.5, 1.0), scores(members, 1.0, 2.0, 1.0)
    late = skill_weights(members, [good, bad], ["cell"])[1, 0, 0]
    early = skill_weights(members, [bad, good], ["cell"])[1, 0, 0]
    assert late < early
