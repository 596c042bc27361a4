from collections import Counter

import pytest
from pyproj import Geod
from shapely.geometry import Point

from geo.pack.load import CONTEXT, country_shapes, load_region
from geo.region.region import KOSOVO_FOOTNOTE, Region
from tests.regions import make_region


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region("western_balkans")


def test_pack_holds_the_31_land_borders(region: Region) -> None:
    assert len({s.border for s in region.segments if s.kind != "sea"}) == 31


def test_land_borders_are_about_7600_km(region: Region) -> None:
    assert sum(s.length_m for s in region.segments if s.kind != "sea") == pytest.approx(7_612_857)


def test_segments_are_15_to_75_km_long(region: Region) -> None:
    lengths_m = [s.length_m for s in region.segments if s.kind != "sea"]
    assert min(lengths_m) >= 15_000
    assert max(lengths_m) <= 75_000


def test_stated_lengths_are_those_of_the_lines(region: Region) -> None:
    geod = Geod(ellps="WGS84")
    for segment in region.segments:
        if segment.kind != "sea":
            assert segment.length_m == pytest.approx(geod.geometry_length(segment.geometry), rel=0.02)


def test_names_and_ids_are_unique(region: Region) -> None:
    assert max(Counter(s.name for s in region.segments).values()) == 1
    assert max(Counter(p.id for p in region.crossing_points).values()) == 1


def test_segments_meet_end_to_end(region: Region) -> None:
    lines = {s.id: s.geometry for s in region.segments if s.kind != "sea"}
    for name, line in lines.items():
        following = lines.get(f"{name[:-2]}{int(name[-2:]) + 1:02d}")
        gap = name == "BIH-HRV-15"  # Bosnia and Herzegovina's coast at Neum parts the border
        if following is not None and not gap:
            assert line.coords[-1] == following.coords[0]


def test_each_crossing_point_lies_inside_its_segment(region: Region) -> None:
    assert len(region.crossing_points) == 122
    for point in region.crossing_points:
        segments = [s for s in region.segments if s.border == point.border]
        nearest = min(segments, key=lambda s: s.geometry.distance(Point(point.lon, point.lat)))
        assert nearest.id == point.segment


def test_neighbours_hold_both_ways(region: Region) -> None:
    for segment in region.segments:
        for other in segment.neighbours:
            assert segment.id in region.segment_by_id[other].neighbours


def test_three_borders_are_neighbours_at_their_tripoint(region: Region) -> None:
    assert {"HUN-ROU-01", "ROU-SRB-09"} <= set(region.segment_by_id["HUN-SRB-05"].neighbours)


def test_headline_cells_enter_the_union_from_the_region(region: Region) -> None:
    headline = [cell for cell in region.cells if cell.headline]
    assert {cell.to_country for cell in headline} == {"BGR", "HRV", "HUN", "ROU"}
    assert {cell.from_country for cell in headline} <= {"ALB", "BIH", "MKD", "MNE", "SRB", "XKX"}


def test_headline_counts_no_segment_twice(region: Region) -> None:
    segments = [cell.segment for cell in region.cells if cell.headline]
    assert len(segments) == len(set(segments))


def test_flow_goes_on_where_it_arrived(region: Region) -> None:
    for route in region.routes:
        cells = {cell.segment: cell for cell in region.cells if cell.route == route.id}
        for edge in route.edges:
            assert cells[edge.source].to_country == cells[edge.target].from_country
            assert edge.lag >= 1


def test_every_route_names_entries_and_exits(region: Region) -> None:
    assert all(route.entries and route.exits for route in region.routes)


def test_kosovo_has_its_star_and_footnote(region: Region) -> None:
    assert region.countries["XKX"] == "Kosovo*"
    assert region.footnote == KOSOVO_FOOTNOTE
    assert "Corridor through Kosovo*" in [route.name for route in region.routes]


def test_stock_is_marked_as_one(region: Region) -> None:
    assert {i.id for i in region.indicators.values() if i.kind == "stock"} == {"reception_occupied"}


def test_eu_routes_has_nine_routes_and_no_headline() -> None:
    region = load_region("eu_routes")
    assert (len(region.routes), region.freq, region.has_geometry) == (9, "M", False)
    assert [route.segments for route in region.routes] == [(route.id,) for route in region.routes]
    assert not any(cell.headline for cell in region.cells)


def test_context_is_light(region: Region) -> None:
    assert (region.folder / CONTEXT).stat().st_size <= 300_000


def test_context_names_the_countries_of_the_region(region: Region) -> None:
    shapes = country_shapes(region)
    own = shapes[(shapes["kind"] == "country") & shapes["in_region"]]
    assert dict(zip(own["id"], own["name"], strict=True)) == dict(region.countries)
    assert shapes.geometry.is_valid.all()


def test_context_draws_the_line_between_serbia_and_kosovo_as_boundary_line(region: Region) -> None:
    shapes = country_shapes(region)
    assert set(shapes.loc[shapes["kind"] == "boundary_line", "id"]) == {"SRB-XKX"}


def test_context_is_none_when_the_pack_has_none() -> None:
    assert country_shapes(load_region("eu_routes")) is None
    assert country_shapes(make_region()) is None
