"""What the figures draw, read back from the figure."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboards.components.map_panel import RECENT, ranking_rows
from dashboards.edition_view.facts import Facts
from dashboards.figures.fan import chance_figure, fan_figure, past_figure
from dashboards.figures.past_skill import by_place, ratios, surge_table
from dashboards.figures.reported import reported_figure
from dashboards.wording.bands import ALL_BANDS
from dashboards.wording.palette import LIGHT
from pipelines.editions.edition import Edition
from tests.editions import write_edition


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(write_edition(tmp_path_factory.mktemp("store")))


def named(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def test_fan_median_starts_from_the_last_known_count(edition: Edition) -> None:
    unit = str(Facts(edition).ranked["unit"].iloc[0])
    one = edition.forecast.sel(indicator="irregular_crossings", nationality="TOTAL", unit=unit)
    median = named(fan_figure(one, Facts(edition), LIGHT), "median")
    assert median.y[0] == one["history"].to_series().dropna().iloc[-1]
    np.testing.assert_allclose(median.y[1:], one["value"].sel(quantile=0.5))


def test_fan_leaves_a_missing_report_as_a_gap(edition: Edition) -> None:
    units = edition.forecast["unit"].to_numpy()
    history = (
        edition.forecast["history"]
        .sel(indicator="irregular_crossings", nationality="TOTAL")
        .isel(time=slice(-60, None))
    )
    gaps = [u for u in units if 0 < int(np.isnan(history.sel(unit=u)).sum()) < 40]
    one = edition.forecast.sel(indicator="irregular_crossings", nationality="TOTAL", unit=gaps[0])
    assert np.isnan(np.array(named(fan_figure(one, Facts(edition), LIGHT), "observed").y, float)).any()


def test_chances_are_drawn_by_lead_time_in_the_bands_colours(edition: Edition) -> None:
    facts = Facts(edition)
    unit = facts.ranked["unit"].iloc[0]
    rows = facts.risk[facts.risk["unit"].eq(unit) & facts.risk["indicator"].eq(facts.indicator)]
    bars = chance_figure(rows, facts, LIGHT).data[0]
    np.testing.assert_allclose(bars.y, rows.sort_values("horizon")["exceedance_probability"])
    assert set(bars.marker.color) <= {b.colour for b in ALL_BANDS}


def test_past_figure_marks_what_fell_outside() -> None:
    days = pd.date_range("2026-01-05", periods=3, freq="7D")
    past = pd.DataFrame(
        {
            "target_start": days,
            "q025": 1.0,
            "q25": 2.0,
            "q50": 3.0,
            "q75": 4.0,
            "q975": 5.0,
            "observed": [3.0, 9.0, 0.0],
        }
    )
    misses = named(past_figure(past, pd.Series([3.0, 9.0, 0.0], days), LIGHT), "outside 95 %")
    assert list(misses.y) == [9.0, 0.0]


def test_ratios_compare_the_same_forecasts_only() -> None:
    scores = pd.DataFrame(
        {
            "model": ["routecast", "baseline", "baseline"],
            "location": ["a", "a", "b"],
            "horizon": [1, 1, 1],
            "origin_date": pd.Timestamp("2026-01-05"),
            "wis_log1p": [0.5, 1.0, 9.0],
        }
    )
    assert ratios(scores, "horizon").loc[1, "routecast"] == 0.5


def test_by_place_puts_the_worst_first(edition: Edition) -> None:
    table = by_place(edition.scores, {})
    assert table["ratio"].is_monotonic_decreasing


def test_reported_figure_leaves_out_borders_without_the_indicator(edition: Edition) -> None:
    forecast = edition.forecast.copy(deep=True)
    border = next(u for u in forecast["unit"].to_numpy() if str(u).startswith("border:"))
    forecast["coverage"].loc[{"unit": border}] = np.nan
    drawn = reported_figure(forecast, "irregular_crossings", LIGHT, freq="W", level="border").data[0]
    assert not [name for name in drawn.y if border.removeprefix("border:") in name]
    assert len(drawn.y) > 1


def test_ranking_has_a_small_chart_of_equal_length_for_every_place(edition: Edition) -> None:
    assert {len(row["recent"]) for row in ranking_rows(Facts(edition), top=99)} == {RECENT}


def test_surge_table_says_where_there_is_no_skill_to_tell() -> None:
    scores = pd.DataFrame(
        {
            "model": ["routecast", "routecast", "baseline"],
            "level": "segment",
            "horizon": [1, 2, 1],
            "n": 10,
            "surges": 2,
            "brier": [0.1234, 0.2, 0.1],
            "skill": [0.253, -0.1, 0.5],
            "skill_to_baseline": [float("nan"), 0.1, 0.0],
        }
    )
    table = surge_table(scores)
    assert table["skill"].tolist() == ["0.25", "no skill to tell"]
    assert table["skill_to_baseline"].tolist() == ["no skill to tell", "0.10"]
    assert table["brier"].tolist() == [0.123, 0.2]


def test_fan_starts_at_the_newest_count_and_at_the_forecast_where_that_is_unknown(edition: Edition) -> None:
    one = edition.forecast.isel(indicator=0).sel(nationality="TOTAL", unit="segment:HUN-SRB-02").load()
    joined = len(named(fan_figure(one, Facts(edition), LIGHT), "median").x)
    counts = "nowcast" if "nowcast" in one else "history"
    gap = one.assign({counts: one[counts].where(one["time"] < one["time"][-1])})
    assert joined == one.sizes["horizon"] + 1
    assert len(named(fan_figure(gap, Facts(edition), LIGHT), "median").x) == one.sizes["horizon"]
