import numpy as np
import pytest

from geo.pack.load import load_region
from geo.region.units import location_of, summing_matrix, unit_table
from tests.regions import make_region


def test_units_stand_in_order_of_levels() -> None:
    assert list(unit_table(make_region())["unit"]) == [
        "total",
        "headline",
        "route:north",
        "route:south",
        "border:AAA-BBB",
        "border:BBB-CCC",
        "segment:a-1",
        "segment:a-2",
        "segment:b-1",
        "cell:north/a-1",
        "cell:north/a-2",
        "cell:south/a-2",
        "cell:south/b-1",
    ]


def test_summing_matrix_sums_the_cells_of_each_unit() -> None:
    counts = np.array([1.0, 10.0, 100.0, 1000.0])
    sums = summing_matrix(make_region()) @ counts
    assert sums.tolist() == [1111, 1, 11, 1100, 111, 1000, 1, 110, 1000, 1, 10, 100, 1000]


def test_units_have_no_headline_when_no_cell_is_one() -> None:
    cells = tuple(type(c)(c.route, c.segment, c.from_country, c.to_country) for c in make_region().cells)
    assert "headline" not in set(unit_table(make_region(cells=cells))["level"])


def test_units_leave_cells_out_when_there_is_one_route() -> None:
    region = make_region()
    one = make_region(routes=region.routes[:1], cells=region.cells[:2])
    assert set(unit_table(one)["level"]) == {"total", "headline", "route", "border", "segment"}


def test_unit_names_what_its_cells_share() -> None:
    table = unit_table(make_region()).set_index("unit")
    assert table.loc["segment:a-2", ["route", "segment", "border", "from_country"]].tolist() == [
        "",
        "a-2",
        "AAA-BBB",
        "AAA",
    ]
    assert table.loc["total", "border"] == ""


def test_border_unit_is_named_by_its_countries() -> None:
    assert unit_table(make_region()).set_index("unit").loc["border:BBB-CCC", "name"] == "Bland – Cland*"


def test_location_drops_the_prefix_of_segments_only() -> None:
    assert [location_of(u) for u in ("segment:a-1", "cell:n/a-1", "total")] == ["a-1", "cell:n/a-1", "total"]


@pytest.mark.parametrize("name", ["western_balkans", "eu_routes"])
def test_each_grouping_level_sums_to_the_total(name: str) -> None:
    region = load_region(name)
    counts = np.arange(1.0, len(region.cells) + 1)
    sums = unit_table(region).assign(sum=summing_matrix(region) @ counts).groupby("level")["sum"].sum()
    for level in ("route", "border", "segment", "cell"):
        assert sums[level] == sums["total"]
