from dataclasses import replace

import numpy as np
import pytest

from pipelines.grid.encode import PRIOR_COUNTS, Places, weigh_by_history
from tests.figures import make_figures, make_places

WEEK = "2026-11-02"
BORDER, LEFT, RIGHT = 0, 1, 2


def places() -> Places:
    """A border over two cells, half each, and each cell as a place of its own."""
    return make_places({0: 0.5, 1: 0.5}, {0: 1.0}, {1: 1.0})


def test_shares_follow_what_the_cells_reported() -> None:
    figures = make_figures(
        [
            {"start": WEEK, "count": 300, "place": LEFT},
            {"start": WEEK, "count": 100, "place": RIGHT},
        ]
    )
    found = weigh_by_history(places(), figures)
    left = (300 + 0.5 * PRIOR_COUNTS) / (400 + PRIOR_COUNTS)
    np.testing.assert_allclose(found.weights[:2], [left, 1 - left])


def test_shares_stay_where_nothing_was_reported_at_the_cells() -> None:
    figures = make_figures([{"start": WEEK, "count": 300, "place": BORDER, "rank": 3}])
    assert weigh_by_history(places(), figures).weights.tolist() == places().weights.tolist()


def test_shares_that_the_pack_states_are_kept() -> None:
    stated = replace(places(), stated=np.array([True, False, False]))
    figures = make_figures([{"start": WEEK, "count": 300, "place": LEFT}])
    assert weigh_by_history(stated, figures).weights[:2].tolist() == [0.5, 0.5]


def test_shares_of_every_place_sum_to_one() -> None:
    figures = make_figures([{"start": WEEK, "count": 7, "place": RIGHT}])
    found = weigh_by_history(places(), figures)
    for first, size in zip(found.first, found.size, strict=True):
        assert found.weights[first : first + size].sum() == pytest.approx(1)
