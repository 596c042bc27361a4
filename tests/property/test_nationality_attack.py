"""No count of a nationality group is bounded narrowly from all editions together, whatever is revised."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.attack.nationalities import Figure, NationalityTable
from pipelines.publish.disclosure.nationalities import withheld_nationalities
from pipelines.publish.disclosure.protect import nothing_earlier
from tests.disclosure import Hierarchy, make_hierarchy
from tests.nationality_tables import INDICATOR, RULES, START, Outlet, attacked, shown_as

ROUTES, BORDERS = ("north", "south", "coast"), ("A-B", "A-C", "B-C")
PATIENT = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LONG = settings(PATIENT, max_examples=150)
WIDTH = RULES.protection_width
TWO_ROUTES = make_hierarchy([("north", "A-B", "one"), ("south", "A-C", "two")])


@st.composite
def hierarchies(draw: st.DrawFn) -> Hierarchy:
    """Routes that overlap borders and the headline."""
    borders = draw(st.lists(st.sampled_from(BORDERS), min_size=2, max_size=4))
    cells = [(draw(st.sampled_from(ROUTES)), border, f"{border}-{n}") for n, border in enumerate(borders)]
    return make_hierarchy(cells, draw(st.lists(st.integers(0, len(cells) - 1), max_size=2, unique=True)))


def counts_of(draw: st.DrawFn, n_cells: int, n_times: int) -> np.ndarray:
    """By group, cell and week: mostly nobody or few of a named nationality, and many of no known one."""
    few = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8, 15])
    many = st.sampled_from([0, 4, 12, 20, 35])
    size = n_cells * n_times
    groups = [draw(st.lists(kind, min_size=size, max_size=size)) for kind in (few, few, many)]
    return np.array(groups, dtype=float).reshape(3, n_cells, n_times)


def revised(draw: st.DrawFn, counts: np.ndarray) -> np.ndarray:
    """Counts of a few groups, cells and weeks are others."""
    counts = counts.copy()
    for _ in range(draw(st.integers(0, 4))):
        where = tuple(draw(st.integers(0, n - 1)) for n in counts.shape)
        counts[where] = max(0.0, counts[where] + draw(st.sampled_from([-20, -9, -4, -2, 2, 4, 9, 20])))
    return counts


def one_edition(data: st.DataObject) -> None:
    hierarchy = data.draw(hierarchies())
    outlet = Outlet(hierarchy)
    outlet.publish(counts_of(data.draw, hierarchy.members.shape[1], 4))
    assert [b for b in attacked(hierarchy, outlet.tables) if b.width < WIDTH] == []


def three_editions(data: st.DataObject) -> None:
    hierarchy = data.draw(hierarchies())
    outlet, counts = Outlet(hierarchy), counts_of(data.draw, hierarchy.members.shape[1], 5)
    for week in range(3):
        outlet.publish(counts[:, :, : 4 + min(week, 1)])
        counts = revised(data.draw, counts)
    narrow = [b for b in attacked(hierarchy, outlet.tables) if b.width < WIDTH]
    assert narrow == [], (narrow, outlet.told)


@PATIENT
@given(st.data())
def test_attack_bounds_no_count_of_an_nationality_group_narrowly_within_one_edition(data: st.DataObject) -> None:
    one_edition(data)


@PATIENT
@given(st.data())
def test_attack_bounds_no_count_of_an_nationality_group_narrowly_over_revised_editions(data: st.DataObject) -> None:
    three_editions(data)


@pytest.mark.slow
@LONG
@given(st.data())
def test_attack_bounds_no_count_of_an_nationality_group_narrowly_in_many_single_editions(data: st.DataObject) -> None:
    one_edition(data)


@pytest.mark.slow
@LONG
@given(st.data())
def test_attack_bounds_no_count_of_an_nationality_group_narrowly_over_many_revised_editions(
    data: st.DataObject,
) -> None:
    three_editions(data)


def weeks(first: list[float], other: list[float], rest: list[float]) -> np.ndarray:
    """Counts of AFG, SYR and no known nationality in the first of two cells; the second has ten of none a week."""
    one = np.array([first, other, rest])
    second = np.stack([np.zeros_like(one[0]), np.zeros_like(one[0]), np.full_like(one[0], 10.0)])
    return np.stack([one, second], axis=1)


def careless(outlet: Outlet, counts: np.ndarray) -> NationalityTable:
    """Stretches counted back from the newest week, as they once were, each safe by itself."""
    table = outlet.tables[-1]
    members, units = outlet.hierarchy.members, outlet.hierarchy.units
    start = counts.shape[2] % 4
    sums = members @ counts[:, :, start : start + 4].sum(axis=2).T
    figures = [
        Figure(group, unit, int(table.times[0]) + start, 4, float(sums[u, g]))
        for g, group in enumerate(("East", "Levant", "other or not known"))
        for u, unit in enumerate(units)
        if unit.partition(":")[0] in RULES.partner.nationality_levels
    ]
    assert all(f.value >= RULES.threshold or f.value == 0 for f in figures)
    return replace(table, figures=figures)


def test_attack_names_the_week_that_shifted_stretches_of_two_editions_give_away() -> None:
    """Nobody came in the first week, so the later stretch has what the earlier one has, and the last week's three."""
    counts = weeks([0, 6, 6, 6, 3], [0, 5, 5, 5, 5], [0, 20, 20, 20, 20])
    outlet = Outlet(TWO_ROUTES)
    tables = []
    for n_weeks in (4, 5):
        outlet.publish(counts[:, :, :n_weeks])
        tables.append(careless(outlet, counts[:, :, :n_weeks]))
    found = {(b.unit.rpartition("|")[0], b.low, b.high) for b in attacked(TWO_ROUTES, tables)}
    assert ("East|route:north", 3.0, 3.0) in found
    assert attacked(TWO_ROUTES, outlet.tables) == []


def test_all_editions_tell_the_same_complete_stretches_counted_from_1970() -> None:
    counts = weeks([12.0] * 10, [15.0] * 10, [20.0] * 10)
    outlet = Outlet(TWO_ROUTES)
    told = [set(outlet.publish(counts[:, :, first : first + 8], first=first)["period_start"]) for first in range(3)]
    assert [sorted((t - START).days // 7 for t in starts) for starts in told] == [[0, 4], [4], [4]]


def test_nationalities_of_a_stock_are_not_told_because_its_counts_do_not_add_up_over_periods() -> None:
    counts = weeks([12.0] * 4, [15.0] * 4, [20.0] * 4)
    assert len(Outlet(TWO_ROUTES).publish(counts))
    assert not len(Outlet(TWO_ROUTES, stocks=frozenset({INDICATOR})).publish(counts))


def test_attack_succeeds_where_two_editions_withhold_different_figures_of_a_stretch() -> None:
    """Each is safe by itself; the second shows what hid the small count in the first."""
    counts = weeks([1, 1, 1, 0], [10, 10, 10, 10], [20, 20, 20, 20])
    outlet = Outlet(TWO_ROUTES)
    outlet.publish(counts)
    shown = outlet.tables[0]
    hidden = {f.group for f in shown.figures if np.isnan(f.value)}
    assert hidden == {"East", "Levant"}
    true = {("Levant", u): 40.0 for u in ("total", "route:north")}
    rest = {("other or not known", u): np.nan for u in ("total", "route:north")}
    other = replace(shown_as(shown, true | rest), edition=1)
    assert min(b.width for b in attacked(TWO_ROUTES, [shown])) >= WIDTH
    assert min(b.width for b in attacked(TWO_ROUTES, [other])) >= WIDTH
    assert min(b.width for b in attacked(TWO_ROUTES, [shown, other])) == 0


def test_what_was_withheld_of_a_stretch_stays_withheld_and_an_unchanged_one_is_told_again() -> None:
    outlet = Outlet(TWO_ROUTES)
    first = outlet.publish(weeks([1, 1, 1, 0], [10, 10, 10, 10], [20, 20, 20, 20]))
    again = outlet.publish(weeks([1, 1, 1, 0], [10, 10, 10, 10], [20, 20, 20, 20]))
    grown = outlet.publish(weeks([5, 5, 5, 5], [10, 10, 10, 10], [20, 20, 20, 20]))
    assert first["withheld"].any()
    assert first.equals(again)
    assert (grown["withheld"] >= first["withheld"]).all()


def test_a_told_stretch_is_not_told_again_when_a_shown_figure_becomes_small() -> None:
    outlet = Outlet(TWO_ROUTES)
    assert len(outlet.publish(weeks([4, 4, 4, 4], [10, 10, 10, 10], [20, 20, 20, 20])))
    assert not len(outlet.publish(weeks([1, 1, 1, 0], [10, 10, 10, 10], [20, 20, 20, 20])))


def test_a_stretch_is_not_told_by_other_groups_than_before() -> None:
    counts = weeks([12.0] * 4, [15.0] * 4, [20.0] * 4)
    outlet = Outlet(TWO_ROUTES)
    assert len(outlet.publish(counts))
    outlet.rules = replace(
        RULES, partner=replace(RULES.partner, nationality_groups={"East": ("AFG", "SYR"), "Levant": ()})
    )
    assert not len(outlet.publish(counts))


def test_a_small_count_is_no_difference_of_a_total_and_the_routes_that_are_told() -> None:
    """Eight are too few, so south and coast are not told: East's three there are the total's less the north's."""
    hierarchy = make_hierarchy([("north", "A-B", "one"), ("south", "A-C", "two"), ("coast", "A-D", "three")])
    east, levant = [[20.0] * 4, [3.0, 0, 0, 0], [0.0] * 4], [[0.0] * 4] * 3
    one = np.array([east, levant, [[10.0] * 4, [4.0, 8, 8, 8], [8.0] * 4]])
    outlet = Outlet(hierarchy)
    table = outlet.publish(one)
    assert set(table["unit"]) == {"total", "route:north"}
    assert set(table.loc[table["withheld"], "unit"]) == {"total"}
    assert [b for b in attacked(hierarchy, outlet.tables) if b.width < WIDTH] == []


def test_no_pool_cuts_a_known_sum_whatever_the_rounding_of_costs() -> None:
    """Four routes are told, two are not: in these the total leaves two persons of the first group."""
    counts = np.array(
        [
            [0.0, 0, 8, 0, 2, 0],
            [0, 0, 17, 0, 4, 0],
            [0, 0, 0, 0, 0, 0],
            [1692, 455, 372, 1217, 278, 51],
        ]
    )
    members = np.concatenate([np.ones((1, 6)), np.eye(4, 6)])
    left = np.array([[False] * 4 + [True] * 2])
    hide = withheld_nationalities(counts, members > 0, left, RULES, threshold=10, earlier=nothing_earlier((4, 5)))
    assert hide is not None
    assert set(hide.sum(axis=0)) <= {0, 2, 3}  # never one group of a unit alone: the unit's sum would tell it
    assert hide.any()
