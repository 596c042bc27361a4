"""From a checked pack to the frozen `Region`."""

from collections import defaultdict
from collections.abc import Mapping

from shapely.geometry.base import BaseGeometry

from geo.pack.disclosure_spec import disclosure_rules
from geo.pack.pack import Pack
from geo.pack.spec import RouteSpec, SegmentSpec, SettingsSpec
from geo.region.region import (
    KOSOVO,
    KOSOVO_NAME,
    Capacity,
    Cell,
    CrossingPoint,
    Edge,
    Event,
    Indicator,
    Region,
    RiskRules,
    Route,
    Segment,
)
from geo.region.risk_inputs import PARTS, AlertRule, Budget, ImpactLevel

ONLY_ROUTE = "all"


def assemble(pack: Pack, settings: SettingsSpec) -> Region:
    """Build the region; the pack must have no problems."""
    neighbours = _both_ways(pack)
    segments = tuple(
        _segment(entry.spec, geometry, neighbours[entry.spec.id])
        for entry, geometry in zip(pack.segments, pack.geometries, strict=True)
    )
    routes = tuple(_route(entry.spec, neighbours) for entry in pack.routes) or (_only_route(segments),)
    steps = {(entry.spec.id, step.id): step for entry in pack.routes for step in entry.spec.segments}
    return Region(
        id=pack.folder.resolve().name,
        name=settings.name or pack.folder.resolve().name,
        freq=settings.freq,
        pack_version=settings.pack_version,
        indicators=_indicators(settings),
        segments=segments,
        routes=routes,
        cells=tuple(
            Cell(route.id, name, step.from_country or "", step.to_country or "", headline=step.headline)
            if (step := steps.get((route.id, name)))
            else Cell(route.id, name)
            for route in routes
            for name in route.segments
        ),
        crossing_points=tuple(CrossingPoint(**entry.spec.model_dump()) for entry in pack.crossing_points),
        capacities=tuple(Capacity(**entry.spec.model_dump()) for entry in pack.capacities),
        events=tuple(Event(**entry.spec.model_dump()) for entry in pack.events),
        assessments=tuple(entry.spec.assessment(part) for part in PARTS for entry in getattr(pack, part)),
        impact_levels=tuple(ImpactLevel(**entry.spec.model_dump()) for entry in pack.impact_levels),
        alert_rules=tuple(AlertRule(**entry.spec.model_dump()) for entry in pack.alerts),
        budgets=tuple(Budget(**entry.spec.model_dump()) for entry in pack.budgets),
        aliases={**{entry.spec.old: entry.spec.new for entry in pack.renamed}, **settings.aliases},
        crosswalk=_crosswalk(pack),
        countries={code: KOSOVO_NAME if code == KOSOVO else name for code, name in settings.countries.items()},
        forecast_nationalities=settings.forecast_nationalities,
        risk=RiskRules(**settings.risk.model_dump()),
        disclosure=disclosure_rules(settings.disclosure),
        crs=settings.crs,
        footnote=settings.footnote,
        purpose=settings.purpose,
        folder=pack.folder,
    )


def _both_ways(pack: Pack) -> Mapping[str, tuple[str, ...]]:
    """Neighbours of each segment; who is named as a neighbour is one. In the pack's order of segments."""
    found: dict[str, set[str]] = {entry.spec.id: set() for entry in pack.segments}
    for entry in pack.segments:
        for other in entry.spec.neighbours:
            found[entry.spec.id].add(other)
            found[other].add(entry.spec.id)
    order = {name: position for position, name in enumerate(found)}
    return {name: tuple(sorted(others, key=order.__getitem__)) for name, others in found.items()}


def _segment(spec: SegmentSpec, geometry: BaseGeometry | None, neighbours: tuple[str, ...]) -> Segment:
    return Segment(
        id=spec.id,
        name=spec.name or spec.id,
        border=spec.border,
        kind=spec.kind,
        length_m=spec.length_m if spec.length_m is not None else _length_m(geometry),
        neighbours=neighbours,
        geometry=geometry,
    )


def _length_m(geometry: BaseGeometry | None) -> float:
    """Geodesic length of a line on WGS 84; NaN for a polygon or no geometry."""
    if geometry is None or "LineString" not in geometry.geom_type:
        return float("nan")
    from pyproj import Geod  # noqa: PLC0415 - slow to import; built-in packs state their lengths

    return float(Geod(ellps="WGS84").geometry_length(geometry))


def _route(spec: RouteSpec, neighbours: Mapping[str, tuple[str, ...]]) -> Route:
    names = tuple(step.id for step in spec.segments)
    edges = tuple(Edge(edge.source, edge.target, edge.lag) for edge in spec.edges)
    return Route(
        id=spec.id,
        name=spec.name or spec.id,
        segments=names,
        edges=edges or _neighbour_edges(names, neighbours),
        entries=spec.entries or tuple(n for n in names if edges and n not in {edge.target for edge in edges}),
        exits=spec.exits or tuple(n for n in names if edges and n not in {edge.source for edge in edges}),
    )


def _only_route(segments: tuple[Segment, ...]) -> Route:
    names = tuple(segment.id for segment in segments)
    edges = _neighbour_edges(names, {segment.id: segment.neighbours for segment in segments})
    return Route(id=ONLY_ROUTE, name="All segments", segments=names, edges=edges)


def _neighbour_edges(names: tuple[str, ...], neighbours: Mapping[str, tuple[str, ...]]) -> tuple[Edge, ...]:
    """Without edges of its own, a route's graph is who neighbours whom, both ways, lag 1."""
    own = set(names)
    return tuple(Edge(name, other) for name in names for other in neighbours[name] if other in own)


def _indicators(settings: SettingsSpec) -> dict[str, Indicator]:
    return {
        name: Indicator(
            id=name,
            name=spec.name or name.replace("_", " ").capitalize(),
            unit=spec.unit,
            kind=spec.kind,
            sensitivity=spec.sensitivity,
            delay_days=spec.delay_days,
        )
        for name, spec in settings.indicators.items()
    }


def _crosswalk(pack: Pack) -> dict[tuple[str, str], dict[str, float]]:
    table: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for entry in pack.crosswalk:
        table[entry.spec.place_kind, entry.spec.place][entry.spec.cell] = entry.spec.weight
    return dict(table)
