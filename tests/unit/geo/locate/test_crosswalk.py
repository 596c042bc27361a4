from typing import Any

import numpy as np
import pytest

from geo.locate.crosswalk import place_shares
from geo.pack.load import load_region
from geo.region.region import Region
from tests.regions import make_region


def shares(region: Region, kind: str, place: str, route: str | None = None) -> dict[str, Any]:
    found = place_shares(region, kind, place, route)
    return {region.cells[i].id: pytest.approx(w) for i, w in zip(found.cells, found.weights, strict=True)}


def test_segment_goes_to_its_cell() -> None:
    found = place_shares(make_region(), "segment", "b-1")
    assert (found.cells.tolist(), found.weights.tolist(), found.reason) == ([3], [1.0], None)


def test_segment_of_two_routes_is_shared_equally() -> None:
    assert shares(make_region(), "segment", "a-2") == {"north/a-2": 0.5, "south/a-2": 0.5}


def test_segment_of_two_routes_goes_to_one_when_the_source_names_it() -> None:
    found = place_shares(make_region(), "segment", "a-2", "south")
    assert (found.cells.tolist(), found.weights.tolist()) == ([2], [1.0])


def test_country_goes_to_the_cells_that_enter_it() -> None:
    # lengths 10, 30, 30 km, no crossing point among them
    assert shares(make_region(), "country", "BBB") == {"north/a-1": 1 / 7, "north/a-2": 3 / 7, "south/a-2": 3 / 7}


def test_weights_count_length_and_crossing_points_by_half() -> None:
    # south: a-2 has 30 of 50 km and no crossing point, b-1 20 of 50 km and the only one
    assert shares(make_region(), "route", "south") == {"south/a-2": 0.3, "south/b-1": 0.7}


def test_route_goes_to_its_headline_cells_when_it_has_any() -> None:
    assert shares(make_region(), "route", "north") == {"north/a-1": 1.0}


def test_region_goes_to_its_headline() -> None:
    assert shares(make_region(), "region", "small") == {"north/a-1": 1.0}


def test_region_named_as_route_goes_to_its_headline() -> None:
    assert shares(make_region(), "route", "small") == {"north/a-1": 1.0}


def test_crossing_point_goes_to_its_segment() -> None:
    assert shares(make_region(), "crossing_point", "pass") == {"south/b-1": 1.0}


def test_table_of_the_pack_wins() -> None:
    table = {("country", "BBB"): {"north/a-1": 0.9, "south/a-2": 0.1}}
    assert shares(make_region(crosswalk=table), "country", "BBB") == {"north/a-1": 0.9, "south/a-2": 0.1}


def test_table_of_the_pack_keeps_to_the_route_when_the_source_names_one() -> None:
    table = {("country", "BBB"): {"north/a-1": 0.9, "south/a-2": 0.1}}
    assert shares(make_region(crosswalk=table), "country", "BBB", "south") == {"south/a-2": 1.0}


@pytest.mark.parametrize(
    ("kind", "place", "route", "reason"),
    [
        ("segment", "b-2", None, "segment 'b-2' is on no route"),
        ("country", "AAA", None, "no route enters 'AAA'"),
        ("country", "BBB", "elsewhere", "country 'BBB' on a route that is not part of this region"),
        ("route", "sahara", "elsewhere", "route 'sahara' is not part of this region"),
        ("country", "BBB", "internal", "internal move: it enters no country"),
        ("segment", "b-1", "north", "segment 'b-1' is not on route 'north'"),
    ],
)
def test_figure_is_unallocated_with_a_reason(kind: str, place: str, route: str | None, reason: str) -> None:
    found = place_shares(make_region(), kind, place, route)
    assert (found.cells.size, found.weights.size, found.reason) == (0, 0, reason)


def test_crosswalk_refuses_a_point() -> None:
    with pytest.raises(ValueError, match="got 'point'"):
        place_shares(make_region(), "point", "a-1")


@pytest.mark.parametrize("country", ["SRB", "MKD", "HRV", "HUN", "SVN", "AUT"])
def test_country_figures_of_unhcr_are_allocated_in_western_balkans(country: str) -> None:
    region = load_region("western_balkans")
    found = place_shares(region, "country", country)
    assert {region.cells[i].to_country for i in found.cells} == {country}
    assert np.isclose(found.weights.sum(), 1)


def test_frontex_western_balkan_figure_goes_to_the_headline_only() -> None:
    region = load_region("western_balkans")
    found = place_shares(region, "route", "western_balkans")
    assert found.cells.tolist() == [i for i, cell in enumerate(region.cells) if cell.headline]
