import numpy as np
import pytest
from shapely.geometry import LineString

from geo.load import load_region
from geo.lookup import SegmentIndex
from geo.region import Segment
from tests.regions import make_region


def small_index(max_distance_m: float = 25_000) -> SegmentIndex:
    """Two segments along 45° N, from 10 to 11 and from 11 to 12° E."""
    segments = (
        Segment("flat", "No geometry", "X"),
        Segment("west", "West", "X", geometry=LineString([(10, 45), (11, 45)])),
        Segment("east", "East", "X", geometry=LineString([(11, 45), (12, 45)])),
    )
    return SegmentIndex(make_region(segments=segments, crs="EPSG:3035"), max_distance_m)


def test_point_gets_the_nearest_segment_and_its_distance() -> None:
    found, distance_m = small_index().locate(np.array([10.5, 11.5]), np.array([45.1, 45.0]))
    assert found.tolist() == [1, 2]
    assert distance_m[0] == pytest.approx(11_113, rel=0.03)  # a tenth of a degree of latitude; lines are chords in LAEA
    assert distance_m[1] == pytest.approx(0, abs=500)


def test_point_gets_none_when_it_is_too_far() -> None:
    found, distance_m = small_index(max_distance_m=5_000).locate(np.array([10.5]), np.array([45.1]))
    assert found.tolist() == [-1]
    assert np.isnan(distance_m).all()


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 45), (10, np.nan), (181, 45), (10, 91), (np.inf, 0)])
def test_point_gets_none_when_it_is_not_on_earth(lon: float, lat: float) -> None:
    assert small_index().locate(np.array([lon]), np.array([lat]))[0].tolist() == [-1]


def test_point_gets_the_first_segment_when_two_are_equally_near() -> None:
    assert small_index().locate(np.array([11.0]), np.array([45.0]))[0].tolist() == [1]


def test_no_points_give_no_segments() -> None:
    found, distance_m = small_index().locate(np.array([]), np.array([]))
    assert (found.size, distance_m.size) == (0, 0)


def test_index_refuses_a_region_without_geometry() -> None:
    with pytest.raises(ValueError, match="expected geometry and a projected crs"):
        SegmentIndex(make_region())


def test_crossing_points_lie_on_their_own_border() -> None:
    region = load_region("western_balkans")
    points = region.crossing_points
    found, distance_m = SegmentIndex(region).locate(
        np.array([p.lon for p in points]), np.array([p.lat for p in points])
    )
    borders = [region.segments[i].border for i in found]
    # beside a tripoint another border may be nearer, so a few may differ
    assert sum(b == p.border for b, p in zip(borders, points, strict=True)) >= len(points) - 4
    assert distance_m.max() <= 6_000


def test_island_lies_in_the_aegean() -> None:
    region = load_region("western_balkans")
    lesvos, lon, lat = "SEA-AEGEAN", np.array([26.45]), np.array([39.2])
    assert region.segments[SegmentIndex(region).locate(lon, lat)[0][0]].id == lesvos
