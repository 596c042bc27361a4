from pathlib import Path

import pytest

from geo.locate.places import resolve_place
from geo.pack.load import check_region, load_region, region_warnings
from tests.regions import USER_PACK, make_region, write_pack

MINIMAL = "freq: W\nindicators: {x: {}}\n"
DRAWN = MINIMAL + "crs: EPSG:3035\n"
MANY_FAULTS = """\
name: Many faults
freq: Q
pak_version: 3
indicators:
  irregular_crossings: {unit: encounters, kind: flo}
segments:
  - {id: san diego, border: MEX-USA}
  - {id: el_centro, border: MEX-USA, neighbours: [san_diego]}
  - {id: el_centro, border: MEX-USA}
  - {id: b}
routes:
  - id: r
    segments:
      - el_centro
      - yumaa
      - {id: b, from: USA, to: USA}
    edges:
      - [el_centro, b, 0]
      - [b, el_centro, 0]
capacities:
  - {segment: yuma, indicator: irregular_crossings, value: 3, owner: x, as_of: 2024-01-01}
  - {segment: b, indicator: irregular_crossing, value: -1, owner: x, as_of: 2024-01-01}
"""


def test_border_written_in_both_orders_is_told(tmp_path: Path) -> None:
    text = MINIMAL + "segments:\n  - {id: a, border: MKD-GRC}\n  - {id: b, border: GRC-MKD}\n"
    assert messages(tmp_path, text) == [
        "region.yaml:5: segment 'b': border 'GRC-MKD' is 'MKD-GRC' further up. Write it one way."
    ]


def test_nationality_alias_of_no_code_is_told(tmp_path: Path) -> None:
    text = MINIMAL + "segments: [{id: a}]\nnationality_aliases:\n  Tajiks: TJK\n  Syrians: SYY\n"
    assert messages(tmp_path, text) == ["region.yaml:6: nationality_aliases: 'Syrians': code 'SYY' is unknown."]


def test_origin_aliases_are_nationality_aliases_by_another_word(tmp_path: Path) -> None:
    text = MINIMAL + "segments: [{id: a}]\norigin_aliases: {Tajiks: TJK}\n"
    assert load_region(write_pack(tmp_path / "r", text)).nationality_aliases == {"Tajiks": "TJK"}


def messages(tmp_path: Path, text: str = USER_PACK, **files: str) -> list[str]:
    return [str(problem) for problem in check_region(write_pack(tmp_path / "r", text, **files))]


def test_check_is_silent_when_the_pack_is_good(tmp_path: Path) -> None:
    assert messages(tmp_path) == []


def test_check_reports_everything_at_once_when_much_is_wrong(tmp_path: Path) -> None:
    found = messages(tmp_path, MANY_FAULTS)
    starts = [message.split(": ", 1)[0] for message in found]
    lines = [2, 3, 5, 7, 8, 9, 15, 16, 18, 21, 22]
    assert sorted(set(starts), key=lambda s: int(s.split(":")[1])) == [f"region.yaml:{line}" for line in lines]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("freq: M ", "freq: D ", "region.yaml:3: freq: should be 'W' or 'M', got 'D'."),
        ("name: US", "nam: US", "region.yaml:2: nam: unknown key. Did you mean 'name'?"),
        ("unit:", "kind: rate, unit:", "irregular_crossings.kind: should be 'flow' or 'stock', got 'rate'"),
        (
            "name: Yuma,",
            "name: Yuma}\n  - {id: yuma,",
            "region.yaml:10: segments: the id 'yuma' is given twice, first in region.yaml:9",
        ),
        ("neighbours: [el_centro]", "neighbours: [el_centr]", "region.yaml:9: segment 'yuma': neighbour 'el_centr' is"),
        ("el_centro, yuma]}", "el_centro, yma]}", "region.yaml:11: route 'south_west': segment 'yma' is unknown."),
        ("el_centro, yuma]}", "el_centro, yuma, yuma]}", "segment 'yuma' is given twice"),
        ("segment: yuma", "segment: yum", "region.yaml:13: capacities: segment 'yum' is unknown. Did you mean 'yuma'?"),
        ("indicator: irregular_crossings", "indicator: stays", "region.yaml:13: capacities: indicator 'stays'"),
        ("as_of: 2024-01-01", "as_of: soon", "region.yaml:13: capacities[1].as_of: should be a valid date"),
        ("as_of: 2024-01-01", "as_of: 2024-13-01", "region.yaml: expected valid YAML"),
        ("yuma]}", "yuma], edges: [[yuma, el_centro, -1]]}", "region.yaml:11: routes[1].edges.0.lag: should be"),
        ("[san_diego, el_c", "[{id: san_diego, from: MEX, to: CAN}, el_c", "lies on MEX-USA, but goes MEX → CAN"),
        ("freq: M ", "crs: EPSG:4326\nfreq: M ", "crs: expected a projected CRS such as 'EPSG:3035', got 'EPSG:4326'"),
        ("freq: M ", "aliases: {Yooma: yma}\nfreq: M ", "region.yaml:3: aliases: 'Yooma': place 'yma' is unknown"),
        ("freq: M ", "freq: W\nfreq: M ", "region.yaml:4: 'freq' is given twice, first on line 3."),
        ("freq: M ", "freq: [M\n", "expected valid YAML"),
    ],
)
def test_check_names_file_line_and_fault(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in USER_PACK
    found = messages(tmp_path, USER_PACK.replace(old, new, 1))
    assert len(found) == 1
    assert expected in found[0]


def test_check_refuses_a_country_when_the_pack_does_not_list_it(tmp_path: Path) -> None:
    text = (
        USER_PACK.replace("[san_diego, el", "[{id: san_diego, from: MEX, to: USA}, el")
        + "countries: {USA: United States}\n"
    )
    assert messages(tmp_path, text)[-1:] == [
        "region.yaml:11: route 'south_west': segment 'san_diego': country 'MEX' is unknown. Known: USA."
    ]


def test_check_refuses_a_loop_when_all_its_lags_are_0(tmp_path: Path) -> None:
    edges = "yuma], edges: [[san_diego, el_centro, 0], [el_centro, yuma, 0], [yuma, san_diego, 0]]}"
    (found,) = messages(tmp_path, USER_PACK.replace("yuma]}", edges))
    assert "edges of lag 0 form a loop" in found


def test_check_accepts_a_loop_when_one_lag_is_not_0(tmp_path: Path) -> None:
    edges = "yuma], edges: [[san_diego, el_centro, 0], [el_centro, yuma, 0], [yuma, san_diego, 1]]}"
    assert messages(tmp_path, USER_PACK.replace("yuma]}", edges)) == []


def test_check_refuses_weights_that_do_not_sum_to_1(tmp_path: Path) -> None:
    table = "place_kind,place,cell,weight\ncountry,USA,south_west/yuma,0.5\ncountry,USA,south_west/el_centro,0.4\n"
    assert messages(tmp_path, crosswalk__csv=table) == [
        "crosswalk.csv:2: crosswalk: weights of country 'USA' must sum to 1, they sum to 0.900."
    ]


def test_check_names_the_line_when_a_crosswalk_cell_is_unknown(tmp_path: Path) -> None:
    table = "place_kind,place,cell,weight\ncountry,USA,south_west/yuma,0.5\ncountry,USA,south_west/el_paso,0.5\n"
    (found,) = messages(tmp_path, crosswalk__csv=table)
    assert found.startswith("crosswalk.csv:3: crosswalk: cell 'south_west/el_paso' is unknown.")


def test_check_refuses_a_crossing_point_on_another_border(tmp_path: Path) -> None:
    table = "id,name,border,segment,lon,lat\np,Bridge,CAN-USA,yuma,-114,32\n"
    assert messages(tmp_path, crossing_points__csv=table) == [
        "crossing_points.csv:2: crossing point 'p': is on CAN-USA, its segment yuma on MEX-USA."
    ]


def test_check_names_the_columns_when_a_table_lacks_them(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, crossing_points__csv="id,name\np,Bridge\n")
    assert "missing ['border', 'lat', 'lon', 'segment']" in found


def test_check_refuses_an_event_that_ends_before_it_starts(tmp_path: Path) -> None:
    events = "- {id: fence, name: Fence,\n   start: 2020-02-01,\n   end: 2020-01-01}\n"
    assert messages(tmp_path, events__yaml=events) == [
        "events.yaml:3: event 'fence': ends on 2020-01-01, before it starts on 2020-02-01."
    ]


def test_check_asks_for_one_place_when_routes_stand_in_two(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, routes__yaml="- {id: x, segments: [yuma]}\n")
    assert found.startswith("region.yaml:10: routes: stand in routes.yaml too.")


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        ('{"type":"LineString","coordinates":[]}', "got an empty one"),
        ('{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}', "crosses itself"),
        ('{"type":"Point","coordinates":[1,1]}', "got a Point"),
        ('{"type":"LineString","coordinates":[[500000,0],[600000,0]]}', "expected longitude and latitude"),
        ('{"type":"LineString","coordinates":[[1,1]]}', "got one that fails"),
    ],
)
def test_check_names_the_line_of_a_broken_geometry(tmp_path: Path, geometry: str, expected: str) -> None:
    good = '{"type":"Feature","properties":{"id":"a"},"geometry":{"type":"LineString","coordinates":[[0,0],[1,0]]}}'
    bad = '{"type":"Feature","properties":{"id":"b"},"geometry":' + geometry + "}"
    text = '{"type":"FeatureCollection","features":[\n' + good + ",\n" + bad + "\n]}"
    (found,) = messages(tmp_path, DRAWN, segments__geojson=text)
    assert found.startswith("segments.geojson:3: segment 'b': ")
    assert expected in found


def test_check_refuses_another_crs_in_geojson(tmp_path: Path) -> None:
    text = (
        '{"crs":{"properties":{"name":"urn:ogc:def:crs:EPSG::3035"}},"features":[{"properties":{"id":"a"},'
        '"geometry":{"type":"LineString","coordinates":[[0,0],[1,0]]}}]}'
    )
    (found,) = messages(tmp_path, DRAWN, segments__geojson=text)
    assert "expected WGS 84 longitude and latitude" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file is empty"),
        ("just words", "expected settings ('key: value')"),
        (MINIMAL, "segments: expected a list here, or segments.geojson beside it."),
        (MINIMAL + "segments: {id: a}\n", "segments: expected a list of entries"),
        (MINIMAL + "segments: []\n", "segments: expected at least one, got none."),
        ("freq: W\nsegments: [{id: a}]\n", "indicators: expected a value, there is none."),
        ("freq: W\nindicators: {}\nsegments: [{id: a}]\n", "indicators: should"),
    ],
)
def test_check_says_what_is_missing_when_the_file_is_thin(tmp_path: Path, text: str, expected: str) -> None:
    found = messages(tmp_path, text)
    assert len(found) == 1
    assert expected in found[0]


def test_check_survives_a_file_that_is_no_text(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "r")
    (pack / "region.yaml").write_bytes(b"\xff\xfe\x00n")
    assert "expected UTF-8 text" in str(check_region(pack)[0])


def test_warnings_name_segments_when_they_are_on_no_route() -> None:
    (found,) = [w for w in region_warnings(make_region()) if "on no route" in w]
    assert "1 of 4 segments" in found
    assert "b-2" in found


def test_warnings_are_silent_for_routes_of_one_segment() -> None:
    assert region_warnings(load_region("eu_routes")) == []


def feature(name: str, *places: tuple[float, float]) -> str:
    line = ",".join(f"[{x},{y}]" for x, y in places)
    geometry = '{"type":"LineString","coordinates":[' + line + "]}"
    return '{"type":"Feature","properties":{"id":"' + name + '"},"geometry":' + geometry + "}"


def collection(*features: str) -> str:
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}"


def test_check_refuses_segments_that_overlap(tmp_path: Path) -> None:
    text = collection(feature("a", (20, 45), (21, 45)), feature("b", (20.5, 45), (22, 45)))
    (found,) = messages(tmp_path, DRAWN, segments__geojson=text)
    assert found.startswith("segments.geojson:3: segment 'b': overlaps segment 'a'.")


def test_check_accepts_segments_that_meet(tmp_path: Path) -> None:
    text = collection(feature("a", (20, 45), (21, 45)), feature("b", (21, 45), (22, 45)))
    assert messages(tmp_path, DRAWN, segments__geojson=text) == []


def test_check_asks_for_a_crs_when_segments_are_drawn(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, MINIMAL, segments__geojson=collection(feature("a", (20, 45), (21, 45))))
    assert "crs: expected a projected CRS" in found


def test_check_refuses_a_segment_that_no_flow_reaches(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, USER_PACK.replace("yuma]}", "yuma], edges: [[san_diego, el_centro]]}"))
    assert "no edge leads to or from yuma" in found


def test_check_refuses_an_unknown_country_of_a_border(tmp_path: Path) -> None:
    found = messages(tmp_path, USER_PACK + "countries: {MEX: Mexico, CAN: Canada}\n")
    assert "region.yaml:7: segment 'san_diego': country 'USA' is unknown. Known: CAN, MEX." in " ".join(found)


def test_old_id_leads_to_the_new_one(tmp_path: Path) -> None:
    region = load_region(write_pack(tmp_path / "r", renamed__csv="old,new,since\nyuma_sector,yuma,2\n"))
    assert resolve_place(region, "segment", "yuma_sector").id == "yuma"


def test_check_refuses_a_renaming_to_nowhere(tmp_path: Path) -> None:
    (found,) = messages(tmp_path, renamed__csv="old,new,since\nyuma_sector,yumma,2\n")
    assert found.startswith("renamed.csv:2: renamed: 'yuma_sector': place 'yumma' is unknown.")
