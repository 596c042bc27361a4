"""What a profile's forecasts are made from: figures that agree with all that is shown, and depend on nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from benchmarks.attack.inversion import Inversion, invert_series
from forecasting.models.baseline import Baseline
from pipelines.publish.disclosure.protect import CountsByUnit
from pipelines.publish.disclosure.released_figures import fill_withheld
from tests.disclosure import Hierarchy, make_hierarchy, publish_all
from tests.histories import make_history

CELLS = [("north", "AAA-BBB", "a1"), ("north", "AAA-BBB", "a2"), ("south", "BBB-CCC", "b1"), ("south", "BBB-CCC", "b2")]
MOST = 9.0


def hierarchy() -> Hierarchy:
    return make_hierarchy(CELLS, headline=(0, 1))


def filled(counts: np.ndarray) -> tuple[CountsByUnit, np.ndarray, np.ndarray]:
    """The grid, what is shown of it, and the filled counts of the cells."""
    grid = hierarchy().grid(counts)
    (protected,) = publish_all(hierarchy(), [counts])
    return grid, protected.history, fill_withheld(grid, protected.history, most=MOST)


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4), min_size=3, max_size=9))
def test_filled_counts_add_up_to_every_figure_that_is_shown(rows: list[list[int]]) -> None:
    grid, shown, cells = filled(np.array(rows, dtype=float).T)
    assert np.isfinite(cells).all()
    assert (cells >= 0).all()
    seen = np.isfinite(shown)
    assert (grid.cells @ cells)[seen] == pytest.approx(shown[seen], abs=1e-3)


def test_filled_counts_share_a_sum_as_their_cells_did_in_the_periods_around() -> None:
    counts = np.array([[40.0] * 6, [80.0] * 6, [30.0] * 6, [30.0] * 6])
    grid = hierarchy().grid(counts)
    shown = grid.history.copy()
    shown[grid.finest[:2], 3] = np.nan
    cells = fill_withheld(grid, shown, most=MOST)
    assert cells[:2, 3] == pytest.approx([40.0, 80.0])


def test_unknown_counts_stay_unknown_and_those_in_no_shown_sum_are_what_withheld_ones_usually_are() -> None:
    grid = hierarchy().grid(np.array([[0.0, 4.0, 6.0], [3.0, 6.0, 2.0], [30.0, 0.0, 30.0], [30.0, 0.0, 30.0]]))
    shown = np.full_like(grid.history, np.nan)
    shown[0, 1:] = grid.history[0, 1:]  # totals of 10 and 68
    shown[grid.finest[2:]] = grid.history[grid.finest[2:]]
    grid.history[grid.finest[0], 0] = np.nan
    cells = fill_withheld(grid, shown, most=MOST)
    assert np.isnan(cells[0, 0])
    assert cells[1, 0] == pytest.approx(4.5)  # (10 + 8) / 4
    assert cells[:2, 1:] == pytest.approx(np.array([[5.0, 4.0], [5.0, 4.0]]))


def test_filled_counts_do_not_depend_on_what_is_withheld() -> None:
    """Two tables that agree in all that is shown give the same figures, bit for bit."""
    counts = np.array([[3.0, 40.0], [7.0, 40.0], [30.0, 30.0], [30.0, 30.0]])
    grid, shown, cells = filled(counts)
    assert np.isnan(shown[grid.finest[:2], 0]).all()
    other = counts + np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert (fill_withheld(hierarchy().grid(other), shown, most=MOST) == cells).all()


def test_inverting_a_baseline_finds_the_count_that_it_was_made_from_and_not_one_that_it_was_not() -> None:
    """The attack works on what was published before: the defence is that the published baseline is another's."""
    rng = np.random.default_rng(4)
    true = make_history({"u": np.append(rng.poisson(30, 60), [4.0])})
    released = make_history({"u": np.append(rng.poisson(30, 60), [5.0])})
    series = true["count"].sel(unit="u").assign_attrs(freq="M")
    last = np.array([60])
    leaky, safe = (Baseline().fit(h).quantiles(6, 1).sel(unit="u") for h in (true, released))
    assert invert_series(series, leaky, last, width=5, largest=20) == Inversion(1, 1)
    assert invert_series(series, safe, last, width=5, largest=20) == Inversion(1, 0)
