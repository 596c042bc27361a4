"""An integer program that knows every published table can't bound a withheld count narrowly, whatever the hierarchy."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
from hypothesis import HealthCheck, given, settings

from tests.disclosure import RULES, Hierarchy, attacked, make_hierarchy, publish_all

ROUTES, BORDERS = ("north", "south", "coast"), ("A-B", "A-C", "B-C", "C-D")
PATIENT = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def hierarchies(draw: st.DrawFn) -> Hierarchy:
    """Routes that overlap borders, and segments that several routes use."""
    segments = draw(st.lists(st.sampled_from(BORDERS), min_size=2, max_size=5))
    cells = []
    for number, border in enumerate(segments):
        routes = draw(st.lists(st.sampled_from(ROUTES), min_size=1, max_size=2, unique=True))
        cells += [(route, border, f"{border}-{number}") for route in routes]
    headline = draw(st.lists(st.integers(0, len(cells) - 1), max_size=3, unique=True))
    return make_hierarchy(cells, headline)


def counts_of(draw: st.DrawFn, n_cells: int, n_times: int) -> np.ndarray:
    one = st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 9), st.integers(10, 40))
    values = draw(st.lists(one, min_size=n_cells * n_times, max_size=n_cells * n_times))
    return np.array(values, dtype=float).reshape(n_cells, n_times)


@PATIENT
@given(st.data())
def test_attack_bounds_no_withheld_count_narrowly_within_one_edition(data: st.DataObject) -> None:
    hierarchy = data.draw(hierarchies())
    counts = counts_of(data.draw, hierarchy.members.shape[1], 2)
    bounds = attacked(hierarchy, publish_all(hierarchy, [counts]), least=1.0)
    assert all(b.width >= RULES.protection_width for b in bounds), [b for b in bounds if b.width < 5]


@PATIENT
@given(st.data())
def test_attack_bounds_no_withheld_count_narrowly_over_three_editions_with_revisions(data: st.DataObject) -> None:
    hierarchy = data.draw(hierarchies())
    first = counts_of(data.draw, hierarchy.members.shape[1], 2)
    vintages = [first]
    for _ in range(2):
        revised = vintages[-1].copy()
        for _ in range(data.draw(st.integers(0, 3))):
            cell, time = data.draw(st.integers(0, len(first) - 1)), data.draw(st.integers(0, 1))
            revised[cell, time] = max(0.0, revised[cell, time] + data.draw(st.integers(-12, 12)))
        vintages.append(revised)
    editions = publish_all(hierarchy, vintages)
    bounds = attacked(hierarchy, editions)
    narrow = [b for b in bounds if b.width < RULES.protection_width]
    assert not narrow, (narrow, vintages)


def test_attack_succeeds_where_only_the_small_counts_are_withheld() -> None:
    """The attack is no formality: without complementary suppression it names the count."""
    hierarchy = make_hierarchy([("north", "A-B", "one"), ("north", "A-B", "two"), ("south", "A-C", "three")])
    counts = np.array([[4.0], [30.0], [25.0]])
    shown = publish_all(hierarchy, [counts])[0]
    grid = hierarchy.grid(counts)
    naive = grid.history < RULES.threshold
    careless = replace(shown, history=np.where(naive, np.nan, grid.history), withheld=naive)
    assert {(b.low, b.high) for b in attacked(hierarchy, [careless])} == {(4.0, 4.0)}
    assert min(b.width for b in attacked(hierarchy, [shown])) >= RULES.protection_width


def test_attack_succeeds_where_two_editions_withhold_different_figures_beside_the_small_one() -> None:
    """Each edition is safe by itself, both together are not: why what was shown must be remembered."""
    hierarchy = make_hierarchy([("north", "A-B", "one"), ("north", "A-B", "two"), ("north", "A-B", "three")])
    counts = np.array([[4.0], [20.0], [25.0]])
    shown = publish_all(hierarchy, [counts])[0]
    other = np.array(["one" in u or "three" in u for u in hierarchy.units])[:, None]
    careless = replace(shown, history=np.where(other, np.nan, hierarchy.grid(counts).history), withheld=other)
    assert min(b.width for b in attacked(hierarchy, [shown])) >= RULES.protection_width
    assert min(b.width for b in attacked(hierarchy, [careless])) >= RULES.protection_width
    assert min(b.width for b in attacked(hierarchy, [shown, careless])) == 0


def test_protect_withholds_in_a_later_edition_what_an_earlier_one_withheld() -> None:
    hierarchy = make_hierarchy([("north", "A-B", "one"), ("north", "A-B", "two"), ("north", "A-B", "three")])
    first, second = np.array([[4.0], [20.0], [25.0]]), np.array([[4.0], [20.0], [15.0]])
    before, after = publish_all(hierarchy, [first, second])
    assert (before.withheld <= after.withheld).all()
