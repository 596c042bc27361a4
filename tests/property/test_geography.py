"""Random planar regions: the nearest segment, contiguity, weights and levels hold whatever the borders look like."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from shapely import voronoi_polygons
from shapely.geometry import LineString, MultiPoint, Point, box

from geo.build.segments import Line, RawPoint, border_pieces, cut_positions, with_neighbours
from geo.locate.crosswalk import place_shares, shares_without_history
from geo.locate.lookup import SegmentIndex
from geo.region.region import Cell, Region, Route, Segment
from geo.region.units import segment_graph, summing_matrix, unit_table
from tests.regions import make_region

steps = st.lists(st.floats(0.05, 0.4), min_size=2, max_size=8)
bends = st.lists(st.floats(-0.2, 0.2), min_size=9, max_size=9)


def border(east: list[float], bend: list[float]) -> np.ndarray:
    """A line that runs east from 10° E, 45° N (vertex, 2)."""
    lon = 10 + np.concatenate([[0], np.cumsum(east)])
    return np.stack([lon, 45 + np.array(bend[: len(lon)])], axis=1)


def region_of(east: list[float], bend: list[float]) -> Region:
    """A region of one border, cut; one route uses every segment."""
    pieces = with_neighbours(border_pieces("AAA-BBB", [border(east, bend)], []), [])
    segments = tuple(
        Segment(p.id, p.name, p.border, length_m=float(p.length_m or 1), neighbours=p.neighbours, geometry=p.geometry)
        for p in pieces
    )
    names = tuple(s.id for s in segments)
    cells = tuple(Cell("r", name, "AAA", "BBB", headline=i % 2 == 0) for i, name in enumerate(names))
    return make_region(
        segments=segments,
        routes=(Route("r", "R", names),),
        cells=cells,
        crossing_points=(),
        crs="EPSG:3035",
        aliases={},
    )


def planar_borders(seed: int, countries: int) -> dict[str, np.ndarray]:
    """Borders of a plane that is divided among countries (Voronoi cells of random places): id → its line."""
    rng = np.random.default_rng(seed)
    places = MultiPoint(np.stack([rng.uniform(10, 18, countries), rng.uniform(42, 48, countries)], axis=1))
    cells = list(voronoi_polygons(places, extend_to=box(8, 40, 20, 50)).geoms)
    found = {}
    for i, j in itertools.combinations(range(len(cells)), 2):
        shared = cells[i].intersection(cells[j])
        if shared.geom_type == "LineString" and shared.length > 0.01:
            found[f"A{i:02d}-A{j:02d}"] = np.array(shared.coords)
    return found


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(3, 9))
def test_planar_region_is_covered_and_contiguous_across_tripoints(seed: int, countries: int) -> None:
    borders = planar_borders(seed, countries)
    pieces = with_neighbours([p for name, line in borders.items() for p in border_pieces(name, [line], [])], [])
    for name, line in borders.items():
        mine = [p for p in pieces if p.border == name]
        assert sum(p.length_m or 0 for p in mine) == pytest.approx(Line(line).length_m, abs=2)
    known = {p.id: p for p in pieces}
    for piece in pieces:
        for other in pieces:
            meet = piece is not other and bool(set(piece.ends) & set(other.ends))
            assert (other.id in piece.neighbours) == meet == (piece.id in known[other.id].neighbours)


@given(steps, bends)
def test_segments_cover_the_border_and_do_not_overlap(east: list[float], bend: list[float]) -> None:
    region = region_of(east, bend)
    whole = Line(border(east, bend)).length_m
    assert sum(s.length_m for s in region.segments) == pytest.approx(whole, abs=1)
    for one, other in zip(region.segments, region.segments[1:], strict=False):
        assert one.geometry.coords[-1] == other.geometry.coords[0]


@given(steps, bends, st.lists(st.floats(0.02, 0.98), max_size=6))
def test_every_crossing_point_lies_in_one_segment(east: list[float], bend: list[float], shares: list[float]) -> None:
    line = border(east, bend)
    places = [LineString(line).interpolate(share, normalized=True) for share in shares]
    points = [RawPoint(f"p{i}", "AAA-BBB", p.x, p.y, "road") for i, p in enumerate(places)]
    pieces = border_pieces("AAA-BBB", [line], points)
    assert sorted(p.name for piece in pieces for p in piece.points) == sorted(p.name for p in points)
    assert all(length <= 75_001 for piece in pieces if (length := piece.length_m or 0))


@given(st.floats(10_000, 900_000), st.lists(st.floats(0, 1), max_size=12))
def test_cuts_leave_no_gap_and_no_long_piece(length_m: float, shares: list[float]) -> None:
    cuts = cut_positions(length_m, [share * length_m for share in shares])
    assert (cuts[0], cuts[-1]) == (0, pytest.approx(length_m))
    assert all(0 < step <= 75_001 for step in np.diff(cuts))


@given(steps, bends)
def test_contiguity_is_symmetric(east: list[float], bend: list[float]) -> None:
    found = segment_graph(region_of(east, bend)).sparse
    assert (found != found.T).nnz == 0
    assert found.sum() == 2 * (found.shape[0] - 1)  # a chain


@settings(max_examples=15)
@given(steps, bends, st.integers(0, 2**31))
def test_lookup_finds_a_nearest_segment(east: list[float], bend: list[float], seed: int) -> None:
    region = region_of(east, bend)
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(9, 15, 300), rng.uniform(44, 46, 300)
    index = SegmentIndex(region)
    found, nearest_m = index.locate(lon, lat), index.distance_m(lon, lat)
    assert ((found >= 0) == (nearest_m <= index.max_distance_m)).all()
    index.draw_raster()
    assert index.locate(lon, lat).tolist() == found.tolist()
    lines = [LineString(np.stack(index._project(*np.array(s.geometry.coords).T), axis=1)) for s in region.segments]
    x, y = index._project(lon, lat)
    for i in np.flatnonzero(found >= 0):
        assert lines[found[i]].distance(Point(x[i], y[i])) == pytest.approx(nearest_m[i], abs=1e-3)


@given(steps, bends)
def test_weights_sum_to_one_and_are_never_negative(east: list[float], bend: list[float]) -> None:
    region = region_of(east, bend)
    found = place_shares(region, "country", "BBB")
    assert found.weights.sum() == pytest.approx(1)
    assert (shares_without_history(region, list(range(len(region.cells)))) >= 0).all()


@given(steps, bends, st.integers(0, 2**31))
def test_levels_add_up_as_a_plain_group_by(east: list[float], bend: list[float], seed: int) -> None:
    region = region_of(east, bend)
    counts = np.random.default_rng(seed).poisson(5, (len(region.cells), 4)).astype(float)
    sums = dict(zip(unit_table(region)["unit"], summing_matrix(region) @ counts, strict=True))
    assert sums["total"].tolist() == counts.sum(axis=0).tolist()
    assert sums["headline"].tolist() == counts[[c.headline for c in region.cells]].sum(axis=0).tolist()
    for cell, row in zip(region.cells, counts, strict=True):
        assert sums[f"segment:{cell.segment}"].tolist() == row.tolist()
