import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from pipelines.grid.aggregate import SUPERSEDED, aggregate_block
from pipelines.grid.encode import Places
from tests.figures import make_figures, make_grid, make_places

WEEK1, WEEK2 = "2026-11-02", "2026-11-09"


def test_weekly_figure_lands_in_its_cell_and_week() -> None:
    grid = make_grid(WEEK1, 2)
    block = aggregate_block(make_figures([{"start": WEEK2, "count": 7}]), make_places({1: 1.0}), grid, (0, 2))
    assert block.count[0, 0, 1, 1] == 7
    assert np.isnan(block.count[0, 0, 1, 0])


def test_days_add_up_to_their_week_with_the_share_that_was_reported() -> None:
    grid = make_grid(WEEK1, 1)
    days = pd.date_range(WEEK1, periods=7)
    figures = make_figures(
        [{"start": d.date(), "period": "D", "count": 1 if i < 5 else np.nan} for i, d in enumerate(days)]
    )
    block = aggregate_block(figures, make_places({0: 1.0}), grid, (0, 1))
    assert block.count[0, 0, 0, 0] == 5
    assert block.coverage[0, 0, 0] == pytest.approx(5 / 7)


def test_count_with_a_reason_is_a_lower_bound() -> None:
    figures = make_figures([{"start": WEEK1, "period": "W", "count": 7, "missing": 4}])
    block = aggregate_block(figures, make_places({0: 1.0}), make_grid(WEEK1, 1), (0, 1))
    assert (block.count[0, 0, 0, 0], block.coverage[0, 0, 0], block.missing[0, 0, 0]) == (7, 0, 4)


def test_days_of_one_place_stand_beside_the_week_of_another_in_the_same_cell() -> None:
    week = {"start": WEEK1, "period": "W", "count": 7, "place": 0}
    days = [{"start": d.date(), "period": "D", "count": 10, "place": 1} for d in pd.date_range(WEEK1, periods=6)]
    places = Places(
        np.array([0, 1]),
        np.array([1, 1]),
        np.array([0, 0]),
        np.ones(2),
        reasons=("", ""),
        stated=np.zeros(2, dtype=bool),
    )
    block = aggregate_block(make_figures([week, *days]), places, make_grid(WEEK1, 1), (0, 1))
    assert block.count[0, 0, 0, 0] == 67


def test_month_is_spread_over_its_weeks_by_days_and_marked() -> None:
    grid = make_grid("2026-01-26", 6)  # weeks that hold February 2026
    block = aggregate_block(
        make_figures([{"start": "2026-02-01", "period": "M", "count": 28}]), make_places({0: 1.0}), grid, (0, 6)
    )
    np.testing.assert_allclose(block.count[0, 0, 0, :5], [1, 7, 7, 7, 6])
    assert block.allocated[0, 0, 1] == 1


def test_border_figure_is_spread_by_weights_and_marked() -> None:
    block = aggregate_block(
        make_figures([{"start": WEEK1, "count": 10, "rank": 3}]),
        make_places({0: 0.7, 2: 0.3}),
        make_grid(WEEK1, 1),
        (0, 1),
    )
    np.testing.assert_allclose(block.count[0, 0, :, 0], [7, np.nan, 3])
    assert block.allocated[0, 0, 0] == 1


def test_finer_report_replaces_the_coarser_one_and_the_rest_is_accounted_for() -> None:
    figures = make_figures(
        [
            {"start": WEEK1, "count": 10, "rank": 3, "place": 0},
            {"start": WEEK1, "count": 4, "rank": 2, "place": 1},
        ]
    )
    block = aggregate_block(figures, make_places({0: 0.5, 1: 0.5}, {0: 1.0}), make_grid(WEEK1, 1), (0, 1))
    np.testing.assert_allclose(block.count[0, 0, :2, 0], [4, 5])
    lost = block.ledger.set_index("reason")["count"]
    assert lost[SUPERSEDED] == 5


def test_missing_report_stays_unknown_with_its_reason() -> None:
    block = aggregate_block(
        make_figures([{"start": WEEK1, "count": np.nan, "missing": 3}]),
        make_places({0: 1.0}),
        make_grid(WEEK1, 1),
        (0, 1),
    )
    assert np.isnan(block.count[0, 0, 0, 0])
    assert block.missing[0, 0, 0] == 3


def test_silent_finer_reporter_gives_way_to_a_coarser_figure() -> None:
    figures = make_figures(
        [
            {"start": WEEK1, "count": np.nan, "rank": 2, "place": 1, "missing": 1},
            {"start": WEEK1, "count": 10, "rank": 3, "place": 0},
        ]
    )
    block = aggregate_block(figures, make_places({0: 1.0}, {0: 1.0}), make_grid(WEEK1, 1), (0, 1))
    assert block.count[0, 0, 0, 0] == 10


def test_stock_takes_the_last_reading_of_the_week() -> None:
    figures = make_figures(
        [{"start": WEEK1, "period": "D", "count": 80}, {"start": "2026-11-05", "period": "D", "count": 90}]
    )
    block = aggregate_block(figures, make_places({0: 1.0}), make_grid(WEEK1, 1, flow=False), (0, 1))
    assert block.count[0, 0, 0, 0] == 90
    assert block.coverage[0, 0, 0] == 1


figure = st.fixed_dictionaries(
    {
        "start": st.dates(min_value=pd.Timestamp("2026-01-05").date(), max_value=pd.Timestamp("2026-02-22").date()),
        "period": st.sampled_from(["D", "W"]),
        "place": st.integers(0, 2),
        "rank": st.integers(1, 3),
        "source": st.integers(0, 1),
        "count": st.one_of(st.just(float("nan")), st.integers(0, 1000).map(float)),
    }
)


@settings(max_examples=25)
@given(st.lists(figure, min_size=1, max_size=30), st.integers(1, 7))
def test_counts_are_conserved_whatever_the_blocks(rows: list[dict[str, object]], width: int) -> None:
    figures = make_figures(rows)
    grid, places = make_grid("2026-01-05", 8), make_places({0: 1.0}, {1: 0.25, 2: 0.75}, {})
    blocks = [aggregate_block(figures, places, grid, (a, min(a + width, 8))) for a in range(0, 8, width)]
    ledger = pd.concat([b.ledger for b in blocks])
    assert ledger["count"].sum() == pytest.approx(np.nansum(figures["count"]))
    on_grid = sum(np.nansum(b.count[:, 0]) for b in blocks)
    assert on_grid == pytest.approx(ledger.loc[ledger["reason"] == "", "count"].sum())
