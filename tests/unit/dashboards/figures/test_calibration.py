"""Promise against outcome, warnings against surges, words against both, models against the baseline."""

import numpy as np
import pandas as pd
import pytest

from dashboards.figures.past_skill import (
    FEW,
    by_model,
    calibration,
    calibration_figure,
    ran_at_few,
    reliability,
    reliability_figure,
    words_table,
    worst_misses,
)
from dashboards.wording import formats as words
from dashboards.wording.palette import LIGHT


def past(observed: list[float], *, q025: float = 0.0, q50: float = 5.0, q975: float = 10.0) -> pd.DataFrame:
    """Forecasts of one made-up place with equal quantiles and these outcomes."""
    n = len(observed)
    return pd.DataFrame(
        {
            "location": [f"p{i}" for i in range(n)],
            "target_start": pd.date_range("2026-01-05", periods=n, freq="7D"),
            "q025": q025,
            "q25": (q025 + q50) / 2,
            "q50": q50,
            "q75": (q50 + q975) / 2,
            "q975": q975,
            "observed": observed,
        }
    )


def bins(*rows: tuple[float, float, int, float, float], model: str = "routecast") -> pd.DataFrame:
    columns = ["bin_low", "bin_high", "n", "mean_probability", "observed_share"]
    return pd.DataFrame(list(rows), columns=columns).assign(model=model, horizon=1)


def scores(**errors: list[float]) -> pd.DataFrame:
    """Scores of models by name: their errors on forecasts 0, 1, …; NaN where a model made none."""
    parts = [
        pd.DataFrame(
            {
                "model": model,
                "location": [f"p{i}" for i in range(len(found))],
                "horizon": 1,
                "origin_date": pd.Timestamp("2026-01-05"),
                "wis_log1p": found,
                "wis": [10 * e for e in found],
                "covered_50": 1.0,
                "covered_95": 1.0,
            }
        )
        for model, found in errors.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_calibration_counts_outcomes_below_each_quantile() -> None:
    table = calibration(past([1.0, 4.0, 6.0, 9.0])).set_index("promised")
    assert table.loc[0.5, "below"] == 0.5
    assert table.loc[0.25, "below"] == 0.25
    assert table.loc[0.975, "below"] == 1.0


def test_calibration_spans_outcomes_that_equal_the_quantile() -> None:
    table = calibration(past([5.0, 5.0, 9.0, 1.0])).set_index("promised")
    assert (table.loc[0.5, "strictly_below"], table.loc[0.5, "below"]) == (0.25, 0.75)


def test_calibration_leaves_out_forecasts_whose_outcome_is_not_known() -> None:
    table = calibration(past([1.0, float("nan")]))
    assert set(table["n"]) == {1}


def test_calibration_figure_draws_what_the_table_says() -> None:
    known = past([1.0, 4.0, 6.0, 9.0])
    drawn = calibration_figure(known, LIGHT).data[1]
    table = calibration(known)
    np.testing.assert_allclose(np.array(drawn.y) + drawn.error_y.array, table["below"])


def test_reliability_weighs_lead_times_by_their_warnings() -> None:
    table = reliability(bins((0.2, 0.3, 30, 0.22, 0.1), (0.2, 0.3, 10, 0.26, 0.5)))
    assert table[["n", "given", "came"]].to_numpy().tolist() == [[40, pytest.approx(0.23), pytest.approx(0.2)]]


def test_reliability_reads_our_warnings_only() -> None:
    theirs = bins((0.2, 0.3, 30, 0.22, 0.1), model="baseline")
    assert reliability(theirs).empty


def test_reliability_figure_is_hollow_where_warnings_are_few() -> None:
    drawn = reliability_figure(bins((0.0, 0.1, FEW, 0.05, 0.0), (0.1, 0.2, FEW - 1, 0.15, 0.1)), LIGHT, came="x").data[
        1
    ]
    assert list(drawn.marker.color) == [LIGHT.shade(1), LIGHT.paper]


def test_words_table_has_every_word_and_the_share_that_came_true() -> None:
    table = words_table(bins((0.5, 0.6, 10, 0.56, 0.4), (0.6, 0.7, 30, 0.65, 0.8))).set_index("word")
    assert list(table.index) == [word for word, *_ in words.YARDSTICK]
    assert (table.loc["likely", "n"], table.loc["likely", "observed_share"]) == (40, "70 %")
    assert (table.loc["almost certain", "n"], table.loc["almost certain", "observed_share"]) == (0, "no data")


def test_models_are_ranked_on_the_forecasts_that_all_of_them_made_and_those_of_few_are_not() -> None:
    none = float("nan")
    mine = scores(routecast=[0.5] * 10, baseline=[1.0] * 9 + [9.0], ets=[0.6] * 9 + [none], prophet=[0.1] + [none] * 9)
    table = by_model(mine, {})
    assert table["model"].tolist() == ["routecast", "ets", "baseline"]
    assert table["ratio"].tolist() == pytest.approx([0.5, 0.6, 1.0])  # without the forecast that ets did not make
    assert set(table["forecasts"]) == {9}
    few = ran_at_few(mine, {})
    assert few.to_dict("records") == [{"model": "prophet", "ratio": 0.1, "ours": 0.5, "forecasts": 1}]


def test_worst_misses_names_the_furthest_outside_its_range_first() -> None:
    misses = worst_misses(past([5.0, 30.0, 11.0, 90.0]), most=2)
    assert list(misses["observed"]) == [90.0, 30.0]


def test_worst_misses_are_none_where_every_range_held() -> None:
    assert worst_misses(past([0.0, 10.0]), most=5).empty
