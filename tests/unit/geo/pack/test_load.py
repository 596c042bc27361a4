import pickle
from datetime import date
from pathlib import Path

import pytest

from geo.locate.places import resolve_place
from geo.pack.load import PackError, builtin_regions, load_region
from geo.region.region import Capacity, Edge, Segment
from geo.region.units import unit_table
from tests.regions import USER_PACK, write_pack


def test_user_pack_loads_exactly_as_printed(tmp_path: Path) -> None:
    region = load_region(write_pack(tmp_path / "my_region"))
    assert (region.id, region.name, region.freq) == ("my_region", "US south-west sectors", "M")
    assert [cell.id for cell in region.cells] == ["south_west/san_diego", "south_west/el_centro", "south_west/yuma"]
    assert region.capacities == (Capacity("yuma", "irregular_crossings", 3000.0, "planning unit", date(2024, 1, 1)),)
    indicator = region.indicators["irregular_crossings"]
    assert (indicator.unit, indicator.sensitivity, indicator.kind, indicator.delay_days) == (
        "encounters",
        "public",
        "flow",
        0,
    )


@pytest.mark.parametrize(("line", "horizon"), [("", None), ("horizon: 12\n", 12)])
def test_pack_may_say_how_far_a_run_looks(tmp_path: Path, line: str, horizon: int | None) -> None:
    assert load_region(write_pack(tmp_path / "r", line + USER_PACK)).horizon == horizon


@pytest.mark.parametrize("horizon", ["0", "53", "a year"])
def test_horizon_that_no_run_can_have_is_refused(tmp_path: Path, horizon: str) -> None:
    with pytest.raises(PackError, match="horizon"):
        load_region(write_pack(tmp_path / "r", f"horizon: {horizon}\n{USER_PACK}"))


def test_neighbours_hold_both_ways_when_named_once(tmp_path: Path) -> None:
    region = load_region(write_pack(tmp_path / "r"))
    assert region.segment_by_id["el_centro"].neighbours == ("san_diego", "yuma")
    assert region.segment_by_id["san_diego"].neighbours == ("el_centro",)


def test_neighbours_are_the_graph_when_a_route_has_no_edges(tmp_path: Path) -> None:
    region = load_region(write_pack(tmp_path / "r"))
    assert region.routes[0].edges == (
        Edge("san_diego", "el_centro", 1),
        Edge("el_centro", "san_diego", 1),
        Edge("el_centro", "yuma", 1),
        Edge("yuma", "el_centro", 1),
    )


def test_one_route_holds_every_segment_when_none_is_given(tmp_path: Path) -> None:
    text = "freq: W\nindicators: {x: {}}\nsegments: [{id: a}, {id: b, neighbours: [a]}]\n"
    region = load_region(write_pack(tmp_path / "r", text))
    assert [cell.id for cell in region.cells] == ["all/a", "all/b"]
    assert region.routes[0].edges == (Edge("a", "b", 1), Edge("b", "a", 1))


def test_edges_of_a_route_replace_neighbours_when_given(tmp_path: Path) -> None:
    text = USER_PACK.replace(
        "segments: [san_diego, el_centro, yuma]}", "segments: [yuma, el_centro], edges: [[yuma, el_centro, 3]]}"
    )
    assert load_region(write_pack(tmp_path / "r", text)).routes[0].edges == (Edge("yuma", "el_centro", 3),)


def test_direction_and_headline_reach_the_cell_when_a_step_states_them(tmp_path: Path) -> None:
    text = USER_PACK.replace("[san_diego,", "[{id: san_diego, from: MEX, to: USA, headline: true},")
    cell = load_region(write_pack(tmp_path / "r", text)).cells[0]
    assert (cell.from_country, cell.to_country, cell.headline) == ("MEX", "USA", True)


def test_length_is_geodesic_when_a_line_states_none(tmp_path: Path) -> None:
    feature = (
        '{"type":"FeatureCollection","features":[\n{"type":"Feature","properties":{"id":"a"},'
        '"geometry":{"type":"LineString","coordinates":[[20,0],[21,0]]}}]}'
    )
    pack = write_pack(tmp_path / "r", "freq: W\ncrs: EPSG:3035\nindicators: {x: {}}\n", segments__geojson=feature)
    assert load_region(pack).segments[0].length_m == pytest.approx(111_319.5, abs=0.1)  # one degree of the equator


def test_region_is_the_same_when_it_was_sent_to_a_worker(tmp_path: Path) -> None:
    region = load_region(write_pack(tmp_path / "r"))
    region.derived["cache"] = object()
    copy = pickle.loads(pickle.dumps(region))
    assert [s.id for s in copy.segments] == [s.id for s in region.segments]
    assert copy.derived == {}


def test_defaults_of_a_segment_hold_when_only_its_id_is_given(tmp_path: Path) -> None:
    region = load_region(write_pack(tmp_path / "r", "freq: W\nindicators: {x: {}}\nsegments: [{id: a}]\n"))
    segment: Segment = region.segments[0]
    assert (segment.name, segment.border, segment.kind) == ("a", "all", "land")


@pytest.mark.parametrize("name", ["western_balkans", "eu_routes"])
def test_builtin_region_loads(name: str) -> None:
    assert name in builtin_regions()
    assert load_region(name).id == name


def test_loading_names_the_built_in_regions_when_the_name_is_unknown() -> None:
    with pytest.raises(PackError, match="Did you mean 'western_balkans'"):
        load_region("western_balkan")


def test_loading_refuses_a_folder_when_its_name_is_no_id(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="the folder's name is the region's id"):
        load_region(write_pack(tmp_path / "my region"))


def test_kosovo_carries_its_star_however_the_pack_names_it(tmp_path: Path) -> None:
    text = "freq: W\nindicators: {x: {}}\nsegments: [{id: a, border: SRB-XKX}]\ncountries: {SRB: Serbia, XKX: Kosovo}\n"
    region = load_region(write_pack(tmp_path / "r", text))
    assert region.countries["XKX"] == "Kosovo*"
    assert "Serbia – Kosovo*" in unit_table(region)["name"].tolist()
    assert resolve_place(region, "country", "Kosovo").id == "XKX"
