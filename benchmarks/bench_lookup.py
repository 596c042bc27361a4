"""Points to segments: Routecast's index against `geopandas.sjoin_nearest`, same projection, same limit, one run.

`--quick`: 20,000 points in place of a million.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.locate.lookup import SegmentIndex
from geo.pack.load import load_region
from geo.region.region import Region

REGION = "western_balkans"
SPREAD_DEGREES = 0.05  # of points near borders, about 5 km


def uniform(region: Region, n: int, rng: np.random.Generator) -> np.ndarray:
    """Points all over the map (point, 2)."""
    bounds = np.array([s.geometry.bounds for s in region.segments if s.geometry is not None])
    return rng.uniform(bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0), (n, 2))


def near_borders(region: Region, n: int, rng: np.random.Generator) -> np.ndarray:
    """Points around the land borders (point, 2)."""
    lines = np.array([s.geometry for s in region.segments if s.kind != "sea"])
    places = shapely.line_interpolate_point(lines[rng.integers(len(lines), size=n)], rng.random(n), normalized=True)
    return shapely.get_coordinates(places) + rng.normal(0, SPREAD_DEGREES, (n, 2))


def joined(region: Region, lon: np.ndarray, lat: np.ndarray) -> tuple[gpd.GeoDataFrame, float, float]:
    """The nearest join, its seconds, and those of projecting the points."""
    kept = [i for i, s in enumerate(region.segments) if s.geometry is not None]
    shapes = gpd.GeoDataFrame({"i": kept}, geometry=[region.segments[i].geometry for i in kept], crs=4326)
    shapes = shapes.to_crs(region.crs)
    places, projecting = timed(
        lambda: gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat, crs=4326)).to_crs(region.crs)
    )
    found, seconds = timed(lambda: gpd.sjoin_nearest(places, shapes, how="left", max_distance=25_000))
    return found, seconds, projecting


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """A result and its seconds."""
    since = time.perf_counter()
    return work(), time.perf_counter() - since


def _drawn(region: Region) -> SegmentIndex:
    index = SegmentIndex(region)
    index.draw_raster()
    return index


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 points")
    n = 20_000 if parser.parse_args().quick else 1_000_000
    load_region(REGION)  # imports
    region, loading = timed(lambda: load_region(REGION))
    index, building = timed(lambda: _drawn(region))
    print(f"load the region pack {loading:.3f} s · build the index {building:.2f} s")
    for name, spread in (("uniform", uniform), ("near borders", near_borders)):
        lon, lat = spread(region, n, np.random.default_rng(1)).T
        index.locate(lon[:1000], lat[:1000])
        mine, seconds = timed(lambda lon=lon, lat=lat: index.locate(lon, lat))
        theirs, join_s, project_s = joined(region, lon, lat)
        sets = theirs["i"].fillna(-1).astype(int).groupby(level=0).agg(set)
        differ = sum(a not in b for a, b in zip(mine.tolist(), sets, strict=True))
        print(
            f"{name:<12} {n:,} points: {seconds:.3f} s · "
            f"sjoin_nearest {join_s:.2f} s (+ {project_s:.2f} s to project) · "
            f"{join_s / seconds:.0f} × as fast as the join alone · answers that differ: {differ}"
        )


if __name__ == "__main__":
    main()
