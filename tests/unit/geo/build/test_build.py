import os
from pathlib import Path

import numpy as np
import pytest

from geo.build.atlas import Atlas, read_atlas
from geo.build.segments import Line, RawPoint, border_pieces, cut_positions
from geo.build.western_balkans import DEFINITION, PACK, POINTS, build, main, read_points


def world_atlas() -> Path:
    path = os.environ.get("ROUTECAST_WORLD_ATLAS")
    if not path:
        pytest.skip("ROUTECAST_WORLD_ATLAS is not set: world-atlas 2.0.2 (npm) is not here")
    return Path(path)


def test_rebuilding_gives_the_committed_files_bit_for_bit() -> None:
    for name, text in build(world_atlas()).items():
        assert text.encode() == (PACK / name).read_bytes(), name


def test_main_writes_the_files_to_the_folder(tmp_path: Path) -> None:
    main(["--world-atlas", str(world_atlas()), "--out", str(tmp_path)])
    assert (tmp_path / "segments.geojson").stat().st_size > 10_000


def test_atlas_says_where_to_get_it_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"npm pack world-atlas@2\.0\.2"):
        read_atlas(tmp_path, {})


def test_border_is_what_two_countries_share() -> None:
    # two unit squares side by side share the line x = 1; TopoJSON arcs are deltas
    arcs = [[[1, 0], [0, 1]], [[1, 1], [-1, 0], [0, -1], [1, 0]], [[1, 1], [1, 0], [0, -1], [-1, 0]]]
    shapes = [
        {"type": "Polygon", "id": "1", "properties": {"name": "West"}, "arcs": [[0, 1]]},
        {"type": "Polygon", "properties": {"name": "East"}, "arcs": [[0, 2]]},
    ]
    topology = {
        "arcs": arcs,
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "objects": {"countries": {"geometries": shapes}},
    }
    atlas = Atlas(topology, {"1": "WES", "East": "EAS"})
    (line,) = atlas.border("WES", "EAS")
    assert line.tolist() == [[1, 0], [1, 1]]
    assert atlas.country("WES", tolerance=0).area == 1


def test_cut_is_midway_between_crossing_points() -> None:
    assert cut_positions(100_000, [20_000, 60_000]) == [0, 40_000, 100_000]


def test_crossing_points_of_one_town_stay_together() -> None:
    assert cut_positions(60_000, [28_000, 32_000]) == [0, 60_000]


def test_short_piece_joins_its_shorter_neighbour() -> None:
    # midways at 12, 30 and 50 km; the first piece is under 15 km
    assert cut_positions(70_000, [2_000, 22_000, 38_000, 62_000]) == [0, 30_000, 50_000, 70_000]


def test_long_piece_is_split_evenly() -> None:
    assert cut_positions(200_000, [10_000]) == pytest.approx([0, 200_000 / 3, 400_000 / 3, 200_000])


def test_split_keeps_clear_of_a_crossing_point() -> None:
    cut = cut_positions(140_000, [70_000])[1]
    assert abs(cut - 70_000) >= 2_500


def test_short_border_is_one_segment() -> None:
    assert cut_positions(9_000, [1_000, 8_000]) == [0, 9_000]


def test_line_between_ends_where_the_next_begins() -> None:
    line = Line(np.array([[20.0, 45.0], [20.5, 45.0], [21.0, 45.0]]))
    middle = line.length_m / 2
    assert line.between(0, middle)[-1].tolist() == line.between(middle, line.length_m)[0].tolist()


def test_pieces_are_numbered_from_the_west_and_named_after_their_points() -> None:
    part = np.array([[22.0, 45.0], [21.0, 45.0], [20.0, 45.0]])  # runs from the east, about 157 km
    points = [
        RawPoint("Alpha–Beta", "AAA-BBB", 20.2, 45.0, "road"),
        RawPoint("Gamma–Gamma", "AAA-BBB", 20.6, 45.0, "road"),
    ]
    pieces = border_pieces("AAA-BBB", [part], points)
    assert [(p.id, p.name) for p in pieces] == [
        ("AAA-BBB-01", "Alpha–Beta"),
        ("AAA-BBB-02", "Gamma"),
        ("AAA-BBB-03", "east of Gamma"),
    ]
    assert pieces[0].geometry.coords[0] == (20.0, 45.0)


def test_pieces_refuse_a_crossing_point_far_from_its_border() -> None:
    part = np.array([[20.0, 45.0], [21.0, 45.0]])
    with pytest.raises(ValueError, match="expected 'Far–Off' within 6 km"):
        border_pieces("AAA-BBB", [part], [RawPoint("Far–Off", "AAA-BBB", 20.5, 45.2, "road")])


def test_lengths_add_up_to_the_border() -> None:
    part = np.array([[20.0, 45.0], [20.7, 45.3], [22.0, 45.0], [24.0, 44.0]])
    pieces = border_pieces("AAA-BBB", [part], [])
    assert sum(p.length_m for p in pieces) == round(Line(part).length_m)


def test_list_of_crossing_points_is_read() -> None:
    assert len(read_points(POINTS)) == 122
    assert DEFINITION.exists()
