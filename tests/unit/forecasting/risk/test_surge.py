import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.base.contracts import ALL_HORIZONS
from forecasting.evaluate.scores import reliability
from forecasting.risk.surge import earned, surge_scores, surged, usual_surge_rate, warning_frame
from tests.histories import make_history

LEVEL_OF = {"a": "segment", "b": "segment", "total": "total"}


def make_warnings(rows: list[tuple[float, float, float, float]], unit: str = "a") -> pd.DataFrame:
    """(probability, the baseline's, the usual rate, surged) at horizon 1, one cutoff each."""
    table = pd.DataFrame(rows, columns=["probability", "baseline_probability", "climatology", "surged"])
    return table.assign(unit=unit, horizon=1, origin_date=pd.date_range("2024-01-01", periods=len(rows), freq="MS"))


def at_horizons(*values: float) -> xr.DataArray:
    coords = {"unit": ["a"], "horizon": np.arange(1, len(values) + 1)}
    return xr.DataArray([list(values)], dims=("unit", "horizon"), coords=coords)


def test_surge_is_above_one_and_a_half_times_the_known_ones_of_the_last_four() -> None:
    happened = surged(at_horizons(15, 16, np.nan), make_history({"a": [99.0, 99, 10, np.nan, 10, 10]}))
    np.testing.assert_array_equal(happened, [[0, 1, np.nan]])


def test_surge_cannot_be_told_after_zeros() -> None:
    assert np.isnan(surged(at_horizons(5), make_history({"a": np.zeros(8)}))).all()


def test_usual_rate_is_the_share_of_past_windows_leaning_on_all_units() -> None:
    doubling = [1.0, 1, 1, 1, 2, 1, 1, 1]  # one surge in seven windows, 1 ahead
    rate = usual_surge_rate(make_history({"a": doubling, "b": np.ones(8)}), 1)
    assert rate.sel(unit="a").item() == pytest.approx((1 + 20 / 14) / (7 + 20))
    assert rate.sel(unit="b").item() == pytest.approx((0 + 20 / 14) / (7 + 20))


def test_usual_rate_looks_back_over_four_periods_only() -> None:
    gap = [1.0, *[np.nan] * 5, 9, 9]  # the one before the gap is no level to surge from
    rate = usual_surge_rate(make_history({"a": gap}), 1)
    assert rate.item() == 0


def test_usual_rate_is_unknown_without_any_window() -> None:
    assert np.isnan(usual_surge_rate(make_history({"a": [1.0]}), 2)).all()


def test_warning_frame_leaves_out_what_is_unknown() -> None:
    one = at_horizons(0.5, 0.5)
    parts = {"probability": one, "baseline_probability": one, "climatology": one, "surged": at_horizons(1, np.nan)}
    assert warning_frame(parts, origin_date=pd.Timestamp("2024-01-01"))["horizon"].tolist() == [1]


def test_scores_are_those_of_the_worked_example() -> None:
    scores = surge_scores(make_warnings([(0.8, 0.5, 0.5, 1.0), (0.2, 0.5, 0.5, 0.0)]), LEVEL_OF)
    ours = scores[scores["model"] == "routecast"].iloc[0]
    assert ours["brier"] == pytest.approx(0.04)
    assert ours["brier_climatology"] == pytest.approx(0.25)
    assert ours["skill"] == pytest.approx(1 - 0.04 / 0.25)
    assert ours["skill_to_baseline"] == pytest.approx(0.84)
    assert (ours["n"], ours["surges"]) == (2, 1)
    assert scores[scores["model"] == "baseline"]["skill"].item() == pytest.approx(0)


def test_reliability_compares_each_bin_with_what_came() -> None:
    warned = make_warnings([(0.82, 0.1, 0.1, 1.0), (0.88, 0.1, 0.1, 0.0), (1.0, 0.1, 0.1, 1.0), (0.0, 0.1, 0.1, 0.0)])
    table = reliability(warned, LEVEL_OF, event="surged")
    ours = table[table["model"].eq("routecast") & table["horizon"].eq(1)].set_index("bin_low")
    assert ours["n"].tolist() == [1, 2, 1]
    assert ours.loc[0.8, "mean_probability"] == pytest.approx(0.85)
    assert ours.loc[0.8, "observed_share"] == 0.5
    assert ours.loc[0.9, "bin_high"] == 1.0


def test_range_of_what_came_is_by_cutoffs_and_not_by_chances() -> None:
    """Ten chances of one date come or fail together: ten dates that differ are worth ten chances, not a hundred."""
    together = pd.concat([make_warnings([(0.5, 0.1, 0.1, d % 2)] * 10).assign(origin_date=d) for d in range(10)])
    apart = pd.concat(
        [make_warnings([(0.5, 0.1, 0.1, k % 2) for k in range(10)]).assign(origin_date=d) for d in range(10)]
    )
    ranges = []
    for warned in (together, apart):
        table = reliability(warned, LEVEL_OF, event="surged")
        row = table[table["model"].eq("routecast") & table["horizon"].eq(ALL_HORIZONS)].iloc[0]
        assert (row["n"], row["cutoffs"], row["observed_share"]) == (100, 10, 0.5)
        ranges.append((row["observed_low"], row["observed_high"]))
    (wide_low, wide_high), (low, high) = ranges
    assert (wide_low, wide_high) == pytest.approx((0.27, 0.73), abs=0.02)  # Wilson, 9 or 10 chances
    assert low >= wide_low
    assert high <= wide_high


def test_warnings_are_earned_where_they_beat_the_usual_rate_and_lean_on_the_level() -> None:
    good = make_warnings([(0.9, 0.5, 0.5, 1.0), (0.1, 0.5, 0.5, 0.0)] * 4)
    bad = make_warnings([(0.4, 0.5, 0.5, 1.0), (0.6, 0.5, 0.5, 0.0)] * 4, unit="total")
    found = earned(pd.concat([good, bad], ignore_index=True), LEVEL_OF)
    assert found.loc[("a", 1), "earned"]
    assert found.loc[("a", 1), "skill"] == pytest.approx(1 - 0.015 / 0.255)
    assert not found.loc[("total", 1), "earned"]


def test_unit_with_one_cutoff_follows_its_level() -> None:
    many = make_warnings([(0.9, 0.5, 0.5, 1.0), (0.1, 0.5, 0.5, 0.0)] * 8)
    once = make_warnings([(0.3, 0.5, 0.2, 0.0)], unit="b")
    found = earned(pd.concat([many, once], ignore_index=True), LEVEL_OF)
    assert found.loc[("b", 1), "earned"]


def test_warning_no_better_than_the_usual_rate_is_not_earned() -> None:
    assert not earned(make_warnings([(0.2, 0.2, 0.2, 0.0)] * 5), LEVEL_OF)["earned"].any()
