import pickle

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from geo.locate.lookup import SegmentIndex, segment_index
from geo.pack.load import load_region
from geo.region.region import Region, Segment
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
    places = np.array([10.5, 11.5]), np.array([45.1, 45.0])
    assert small_index().locate(*places).tolist() == [1, 2]
    distance_m = small_index().distance_m(*places)
    assert distance_m[0] == pytest.approx(11_113, rel=0.03)  # a tenth of a degree of latitude; lines are chords in LAEA
    assert distance_m[1] == pytest.approx(0, abs=500)


def test_point_gets_none_when_it_is_too_far() -> None:
    assert small_index(max_distance_m=5_000).locate(np.array([10.5]), np.array([45.1])).tolist() == [-1]


@pytest.mark.parametrize(("lon", "lat"), [(np.nan, 45), (10, np.nan), (181, 45), (10, 91), (np.inf, 0)])
def test_point_gets_none_when_it_is_not_on_earth(lon: float, lat: float) -> None:
    assert small_index().locate(np.array([lon]), np.array([lat])).tolist() == [-1]


def test_point_gets_the_first_segment_when_two_are_equally_near() -> None:
    assert small_index().locate(np.array([11.0]), np.array([45.0])).tolist() == [1]


def test_no_points_give_no_segments() -> None:
    assert small_index().locate(np.array([]), np.array([])).size == 0


def test_index_refuses_a_region_without_geometry() -> None:
    with pytest.raises(ValueError, match="expected geometry and a projected crs"):
        SegmentIndex(make_region())


def test_crossing_points_lie_on_their_own_border() -> None:
    region = load_region("western_balkans")
    points = region.crossing_points
    lon, lat = np.array([[p.lon, p.lat] for p in points]).T
    found, distance_m = segment_index(region).locate(lon, lat), segment_index(region).distance_m(lon, lat)
    borders = [region.segments[i].border for i in found]
    # beside a tripoint another border may be nearer, so a few may differ
    assert sum(b == p.border for b, p in zip(borders, points, strict=True)) >= len(points) - 4
    assert distance_m.max() <= 6_000


def test_island_lies_in_the_aegean() -> None:
    region = load_region("western_balkans")
    lesvos, lon, lat = "SEA-AEGEAN", np.array([26.45]), np.array([39.2])
    assert region.segments[segment_index(region).locate(lon, lat)[0]].id == lesvos


def reference(region: Region, lon: np.ndarray, lat: np.ndarray) -> list[set[int]]:
    """Every segment that `geopandas` finds nearest within 25 km, per point."""
    crs = region.crs
    drawn = [i for i, s in enumerate(region.segments) if s.geometry is not None]
    lines = gpd.GeoDataFrame({"i": drawn}, geometry=[region.segments[i].geometry for i in drawn], crs=4326).to_crs(crs)
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat, crs=4326).to_crs(crs))
    joined = gpd.sjoin_nearest(places, lines, how="left", max_distance=25_000)
    found = joined["i"].fillna(-1).astype(int)
    return found.groupby(found.index).agg(set).to_list()


@pytest.fixture(scope="module")
def drawn() -> Region:
    """The Western Balkans, with the raster."""
    region = load_region("western_balkans")
    segment_index(region).draw_raster()
    return region


def test_few_points_are_answered_without_the_raster_as_with_it(drawn: Region) -> None:
    rng = np.random.default_rng(9)
    lon, lat = rng.uniform(-20, 60, 3_000), rng.uniform(20, 60, 3_000)
    near = slice(0, 2_000)
    lon[near], lat[near] = rng.uniform(18, 24, 2_000), rng.uniform(39, 46, 2_000)
    few = SegmentIndex(drawn)
    assert few.locate(lon, lat).tolist() == segment_index(drawn).locate(lon, lat).tolist()


def test_raster_answers_as_the_nearest_join_everywhere(drawn: Region) -> None:
    region = drawn
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(12, 30, 20_000), rng.uniform(34, 49, 20_000)
    found = segment_index(region).locate(lon, lat)
    assert all(mine in theirs for mine, theirs in zip(found.tolist(), reference(region, lon, lat), strict=True))


def test_raster_answers_as_the_nearest_join_where_segments_meet(drawn: Region) -> None:
    region = drawn
    rng = np.random.default_rng(8)
    ends = np.array([s.geometry.coords[0] for s in region.segments if s.kind != "sea"])
    lon, lat = (ends[rng.integers(len(ends), size=5_000)] + rng.normal(0, 0.05, (5_000, 2))).T
    found = segment_index(region).locate(lon, lat)
    assert all(mine in theirs for mine, theirs in zip(found.tolist(), reference(region, lon, lat), strict=True))


def test_index_travels_with_what_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    index = small_index()
    index.draw_raster()
    sent = pickle.dumps(index)

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("built anew")

    monkeypatch.setattr("geo.locate.lookup.build_raster", refuse)
    lon, lat = np.linspace(9, 13, 200), np.full(200, 45.05)
    assert pickle.loads(sent).locate(lon, lat).tolist() == index.locate(lon, lat).tolist()
