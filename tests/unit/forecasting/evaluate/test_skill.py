import pandas as pd
import pytest

from forecasting.evaluate.scores import pooled_ratio, relative_skill

LEVEL_OF = {"a": "segment", "b": "segment", "total": "total"}


def make_scores(scores: dict[tuple[str, str], float], n_cutoffs: int = 8) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=n_cutoffs, freq="MS")
    return pd.DataFrame(
        [
            {"model": model, "location": place, "horizon": 1, "origin_date": date, "wis_log1p": score, "wis": score}
            for (model, place), score in scores.items()
            for date in dates
        ]
    )


def test_skill_leans_on_the_level_by_the_number_of_cutoffs() -> None:
    scores = make_scores(
        {("routecast", "a"): 0.25, ("baseline", "a"): 1.0, ("routecast", "b"): 1.0, ("baseline", "b"): 1.0}
    )
    skill = relative_skill(scores, LEVEL_OF)["skill"]
    assert skill["a", 1] == pytest.approx((0.25 * 0.625) ** 0.5, rel=0.02)  # half own, half the level's 1.25 / 2
    assert skill["b", 1] == pytest.approx((1.0 * 0.625) ** 0.5, rel=0.02)


def test_own_skill_is_measured_over_the_horizons_within_two() -> None:
    ratios = {1: 0.5, 2: 2.0, 3: 0.5, 4: 0.5, 6: 4.0}
    parts = [
        make_scores({("routecast", "a"): ratio, ("baseline", "a"): 1.0}).assign(horizon=h)
        for h, ratio in ratios.items()
    ]
    skill = relative_skill(pd.concat(parts), LEVEL_OF)["skill"]
    assert skill["a", 1] == pytest.approx((1.0 * 0.5) ** 0.5, rel=0.02)  # own over horizons 1-3, level at 1
    assert skill["a", 6] == pytest.approx((2.25 * 4.0) ** 0.5, rel=0.02)  # own over 4 and 6: there is no 5


def test_unit_without_skill_is_no_better() -> None:
    scores = make_scores({("routecast", "total"): 1.01, ("baseline", "total"): 1.0})
    assert relative_skill(scores, LEVEL_OF)["no_better"].tolist() == [True]


def test_perfect_forecasts_of_both_have_no_skill_to_show() -> None:
    skill = relative_skill(make_scores({("routecast", "a"): 0.0, ("baseline", "a"): 0.0}), LEVEL_OF)
    assert skill["skill"].tolist() == [1.0]
    assert skill["no_better"].all()


def test_places_without_common_scores_are_absent() -> None:
    scores = make_scores({("routecast", "a"): 0.5, ("baseline", "b"): 1.0})
    assert relative_skill(scores, LEVEL_OF).empty


def test_pooled_ratio_is_that_of_the_mean_scores() -> None:
    scores = make_scores(
        {("routecast", "a"): 1.0, ("baseline", "a"): 1.0, ("routecast", "b"): 1.0, ("baseline", "b"): 3.0}
    )
    assert pooled_ratio(scores) == pytest.approx(0.5)
