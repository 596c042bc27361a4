"""A region pack: load it, say all that is wrong with it and what is only odd about it, and the wider map around it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry

from geo.pack.checks import ONLY_ROUTE, check_pack
from geo.pack.entries import PackEntry, PackError, Problem, ValueT, suggest
from geo.pack.pack import Pack, PackSettings, read_pack
from geo.region.region import KOSOVO, KOSOVO_NAME, Cell, Edge, Indicator, Region, Route, Segment
from geo.region.risk_inputs import PARTS

if TYPE_CHECKING:  # slow to import
    import geopandas as gpd

__all__ = ["PackError", "Problem", "builtin_regions", "load_region", "pack_folder"]

CONTEXT = "context.geojson"
PACKS = Path(__file__).parents[1] / "packs"


def builtin_regions() -> list[str]:
    """Names of the packs that ship with Routecast."""
    return sorted(path.parent.name for path in PACKS.glob("*/region.yaml"))


def builtin_region(region_id: str) -> Region | None:
    """The built-in region of an id; None where there is none, or its pack can't be read."""
    try:
        return load_region(region_id) if region_id in builtin_regions() else None
    except PackError:
        return None


def pack_folder(name_or_folder: str | Path) -> Path:
    """The folder of a built-in pack, or the given one.

    Raises:
        PackError: it is neither a built-in name nor a folder with a `region.yaml`.
    """
    folder = PACKS / name_or_folder if str(name_or_folder) in builtin_regions() else Path(name_or_folder)
    if not (folder / "region.yaml").is_file():
        name = str(name_or_folder)
        got = "a folder without region.yaml" if folder.is_dir() else "neither"
        near = suggest(name, builtin_regions())
        message = f"expected a built-in region or a folder that holds region.yaml, got {got}.{near}"
        raise PackError([Problem(name, None, message)])
    return folder


def load_region(name_or_folder: str | Path) -> Region:
    """Load and check a region pack.

    Args:
        name_or_folder: A built-in name (`builtin_regions()`) or a folder; the folder's name is the region's id.

    Raises:
        PackError: something is wrong with it; its `problems` are all that is, with file and line.
    """
    folder = pack_folder(name_or_folder)
    pack = read_pack(folder)
    problems = [*pack.problems, *check_pack(pack)]
    name = folder.resolve().name
    if not re.fullmatch("[A-Za-z0-9_-]+", name):
        message = f"the folder's name is the region's id: expected letters, digits, '-' and '_', got '{name}'."
        problems.append(Problem("region.yaml", None, message))
    if not pack.segments and not problems:
        problems.append(Problem("region.yaml", None, "segments: expected at least one, got none."))
    if problems or pack.settings is None:
        raise PackError(sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line or 0)))
    return _assembled(pack, pack.settings.value)


def _assembled(pack: Pack, settings: PackSettings) -> Region:
    """The region of a pack without problems."""
    neighbours = _both_ways(pack)
    segments = tuple(_segment(entry.value, neighbours[entry.value.id]) for entry in pack.segments)
    routes = tuple(_route(entry.value, neighbours) for entry in pack.routes) or (_only_route(segments, neighbours),)
    name = pack.folder.resolve().name
    crosswalk: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in _values(pack.crosswalk):
        crosswalk[row.place_kind, row.place][row.cell] = row.weight
    stated = {
        "id": name,
        "name": settings.name or name,
        "indicators": {key: _named(indicator) for key, indicator in settings.indicators.items()},
        "aliases": {**{row.old: row.new for row in _values(pack.renamed)}, **settings.aliases},
        "countries": {code: KOSOVO_NAME if code == KOSOVO else name for code, name in settings.countries.items()},
    }
    return Region(
        **{**vars(settings), **stated},
        segments=segments,
        routes=routes,
        cells=tuple(
            Cell(route.id, step.id, step.from_country or "", step.to_country or "", headline=step.headline)
            for route in routes
            for step in route.steps
        ),
        crossing_points=_values(pack.crossing_points),
        capacities=_values(pack.capacities),
        events=_values(pack.events),
        assessments=tuple(text.assessment(part) for part in PARTS for text in _values(getattr(pack, part))),
        impact_levels=_values(pack.impact_levels),
        alert_rules=_values(pack.alerts),
        budgets=_values(pack.budgets),
        crosswalk=dict(crosswalk),
        folder=pack.folder,
    )


def _values(entries: Iterable[PackEntry[ValueT]]) -> tuple[ValueT, ...]:
    return tuple(entry.value for entry in entries)


def _named(indicator: Indicator) -> Indicator:
    return replace(indicator, name=indicator.name or indicator.id.replace("_", " ").capitalize())


def _both_ways(pack: Pack) -> Mapping[str, tuple[str, ...]]:
    """Neighbours of each segment; who is named as a neighbour is one. In the pack's order of segments."""
    found: dict[str, set[str]] = {segment.id: set() for segment in _values(pack.segments)}
    for segment in _values(pack.segments):
        for other in segment.neighbours:
            found[segment.id].add(other)
            found[other].add(segment.id)
    order = {name: position for position, name in enumerate(found)}
    return {name: tuple(sorted(others, key=order.__getitem__)) for name, others in found.items()}


def _segment(segment: Segment, neighbours: tuple[str, ...]) -> Segment:
    length_m = segment.length_m or _length_m(segment.geometry)
    return replace(segment, name=segment.name or segment.id, length_m=length_m, neighbours=neighbours)


def _length_m(geometry: BaseGeometry | None) -> float | None:
    """Geodesic length of a line on WGS 84; None for a polygon or no geometry."""
    if geometry is None or "LineString" not in geometry.geom_type:
        return None
    from pyproj import Geod  # noqa: PLC0415 - slow to import; built-in packs state their lengths

    return float(Geod(ellps="WGS84").geometry_length(geometry))


def _route(route: Route, neighbours: Mapping[str, tuple[str, ...]]) -> Route:
    """With its name, and with the entries and exits of the edges that it states."""
    sources, targets = {edge.source for edge in route.edges}, {edge.target for edge in route.edges}
    entries = route.entries or tuple(n for n in route.segments if targets and n not in targets)
    exits = route.exits or tuple(n for n in route.segments if sources and n not in sources)
    edges = route.edges or _neighbour_edges(route.segments, neighbours)
    return Route(route.id, route.name or route.id, route.steps, edges, entries, exits)


def _only_route(segments: tuple[Segment, ...], neighbours: Mapping[str, tuple[str, ...]]) -> Route:
    names = tuple(segment.id for segment in segments)
    return Route(ONLY_ROUTE, "All segments", names, _neighbour_edges(names, neighbours))  # type: ignore[arg-type]


def _neighbour_edges(names: tuple[str, ...], neighbours: Mapping[str, tuple[str, ...]]) -> tuple[Edge, ...]:
    """Without edges of its own, a route's graph is who neighbours whom, both ways, lag 1."""
    own = set(names)
    return tuple(Edge(name, other) for name in names for other in neighbours[name] if other in own)


def check_region(name_or_folder: str | Path) -> list[Problem]:
    """Everything that is wrong with a pack, with file and line; empty if it can be used."""
    try:
        load_region(name_or_folder)
    except PackError as error:
        return list(error.problems)
    return []


def region_warnings(region: Region) -> list[str]:
    """What a usable pack probably does not mean."""
    used = {cell.segment for cell in region.cells}
    idle = [segment.id for segment in region.segments if segment.id not in used]
    found = []
    if idle:
        shown = ", ".join(idle[:3]) + (" …" if len(idle) > 3 else "")
        found.append(
            f"{len(idle)} of {len(region.segments)} segments are on no route, e.g. {shown}: no forecast there."
        )
    found += [
        f"route '{route.id}': no edges, its segments are unrelated."
        for route in region.routes
        if len(route.segments) > 1 and not route.edges
    ]
    if region.has_geometry and any(segment.geometry is None for segment in region.segments):
        lacking = [segment.id for segment in region.segments if segment.geometry is None]
        found.append(f"{len(lacking)} segments have no geometry, e.g. {lacking[0]}: maps leave them out.")
    return found


def country_shapes(region: Region) -> "gpd.GeoDataFrame | None":
    """Country shapes and border lines for maps; None where the pack has none.

    Returns:
        EPSG:4326, columns `id` (alpha-3, or a border's id), `name` ("Kosovo*" with its star; None for lines), `kind`,
        `in_region` (bool), `label_lon`, `label_lat` (where the name stands, degrees; NaN for lines), `geometry`. `kind`
        is `country` (polygon: fill it, no outline), `border` (line: solid) or `boundary_line` (the line between Serbia
        and Kosovo*: neutral and dotted). Lines follow the polygons' edges.
    """
    if region.folder is None or not (region.folder / CONTEXT).exists():
        return None
    import geopandas as gpd  # noqa: PLC0415 - slow to import, and only maps need it

    try:
        content = json.loads((region.folder / CONTEXT).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise PackError([Problem(CONTEXT, None, "expected GeoJSON, it can't be read. Build it anew.")]) from error
    columns = ["id", "name", "kind", "in_region", "label_lon", "label_lat", "geometry"]
    return gpd.GeoDataFrame.from_features(content["features"], columns=columns, crs="EPSG:4326")
