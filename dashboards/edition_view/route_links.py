"""Links between places along the routes."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.pack.load import PackError, builtin_regions, load_region
from geo.region.region import Region
from pipelines.editions.edition import Edition


def _builtin(region_id: str) -> Region | None:
    if region_id not in builtin_regions():
        return None
    try:
        return load_region(region_id)
    except PackError:  # the edition stands without its pack; the map then has no countries
        return None


def route_links(edition: Edition, region: Region | None = None) -> Sequence["Link"] | None:
    """The route graph: of the edition's manifest, else of the pack (by default the built-in one); None without."""
    routes = edition.manifest.get("routes")
    if routes:
        return [Link(e["source"], e["target"], int(e["lag"])) for r in routes for e in r.get("edges", ())]
    pack = region or _builtin(edition.region_id)
    return None if pack is None else [Link(e.source, e.target, e.lag) for r in pack.routes for e in r.edges]


@dataclass(frozen=True)
class Link:
    """Movement on a route from one segment to the next, `lag` periods later."""

    source: str
    target: str
    lag: int
