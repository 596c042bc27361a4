"""What a pack's files say about each other: ids, references, directions, loops, weights, shapes."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.pack.disclosure_checks import check_disclosure
from geo.pack.entries import PackEntry, suggest
from geo.pack.pack import Pack
from geo.pack.problems import Problem
from geo.pack.risk_checks import check_risk_inputs
from geo.pack.shape_checks import check_shapes
from geo.pack.spec import CrosswalkSpec, RouteSpec

WEIGHT_TOLERANCE = 1e-6
SEA = "SEA"


def check_pack(pack: Pack) -> list[Problem]:
    """Every problem between the entries of a pack, in no more than one message each."""
    checks: tuple[Callable[[Pack], Iterable[Problem]], ...] = (
        _ids,
        _segments,
        _routes,
        _directions,
        _capacities,
        _events,
        _points,
        _crosswalk,
        _renamed,
        _settings,
        check_risk_inputs,
        check_disclosure,
        check_shapes,
    )
    return [problem for check in checks for problem in check(pack)]


def _ids(pack: Pack) -> Iterator[Problem]:
    for kind in ("segments", "routes", "events", "crossing_points"):
        first: dict[str, PackEntry[Any]] = {}
        for entry in getattr(pack, kind):
            name = entry.spec.id
            if name in first:
                where = first[name]
                stands = f"{where.file}:{where.line_of(())}"
                yield entry.problem(f"{kind}: the id '{name}' is given twice, first in {stands}. Rename one.")
            first.setdefault(name, entry)


def _segments(pack: Pack) -> Iterator[Problem]:
    known = _known(pack.segments)
    countries = set(pack.settings.spec.countries) if pack.settings else set()
    written: dict[frozenset[str], str] = {}  # the two sides of a border → the order in which it came first
    for entry, geometry in zip(pack.segments, pack.geometries, strict=True):
        name = entry.spec.id
        yield from _unknown(entry, entry.spec.neighbours, known, what=f"segment '{name}': neighbour")
        sides = [side for side in entry.spec.border.split("-") if re.fullmatch("[A-Z]{3}", side)]
        if countries and entry.spec.border != SEA and len(sides) == 2:
            yield from _unknown(entry, sides, countries, what=f"segment '{name}': country", inner=("border",))
        if len(sides) == 2 and (first := written.setdefault(frozenset(sides), entry.spec.border)) != entry.spec.border:
            message = f"segment '{name}': border '{entry.spec.border}' is '{first}' further up. Write it one way."
            yield entry.problem(message, "border")
        if name in entry.spec.neighbours:
            yield entry.problem(f"segment '{name}': is its own neighbour. Take it out.", "neighbours")
        if geometry is not None and (fault := _geometry_fault(geometry)):
            yield entry.problem(f"segment '{name}': {fault}")


def _geometry_fault(geometry: BaseGeometry) -> str | None:
    if geometry.is_empty:
        return "expected a geometry, got an empty one. Leave it out (null) or draw it."
    if not geometry.is_valid:
        return "expected a valid geometry, got one that crosses itself or is broken. Repair it."
    if geometry.geom_type not in ("LineString", "MultiLineString", "Polygon", "MultiPolygon"):
        return f"expected a line or a polygon, got a {geometry.geom_type}."
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"expected longitude and latitude in degrees, got {west:.0f} … {east:.0f}, {south:.0f} … {north:.0f}."
    return None


def _routes(pack: Pack) -> Iterator[Problem]:
    known = _known(pack.segments)
    for entry in pack.routes:
        route = entry.spec
        own: set[str] = set()
        for position, step in enumerate(route.segments):
            where = ("segments", position)
            if step.id in own:
                message = f"route '{route.id}': segment '{step.id}' is given twice; a route uses it in one direction."
                yield entry.problem(message, *where)
            own.add(step.id)
            yield from _unknown(entry, [step.id], known, what=f"route '{route.id}': segment", inner=where)
        for part in ("entries", "exits"):
            names = getattr(route, part)
            yield from _unknown(entry, names, own, what=f"route '{route.id}': {part}: segment", inner=(part,))
        for position, edge in enumerate(route.edges):
            what = f"route '{route.id}': edge [{edge.source}, {edge.target}]: segment"
            yield from _unknown(entry, (edge.source, edge.target), own, what=what, inner=("edges", position))
        yield from _unlinked(entry, known)
        yield from _lag_loops(entry)


def _unlinked(entry: PackEntry[RouteSpec], known: set[str]) -> Iterator[Problem]:
    """Where a route says how flow moves, every segment takes part in it."""
    route = entry.spec
    if not route.edges:
        return
    linked = {name for edge in route.edges for name in (edge.source, edge.target)} | {*route.entries, *route.exits}
    loose = [step.id for step in route.segments if step.id not in linked and step.id in known]
    if loose:
        yield entry.problem(f"route '{route.id}': no edge leads to or from {', '.join(loose[:5])}. Link it.")


def _lag_loops(entry: PackEntry[RouteSpec]) -> Iterator[Problem]:
    """Flow that comes back to a segment within the same period has no beginning."""
    at_once: dict[str, list[str]] = defaultdict(list)
    for edge in entry.spec.edges:
        if edge.lag == 0:
            at_once[edge.target].append(edge.source)
    try:
        TopologicalSorter(at_once).prepare()
    except CycleError as error:
        loop = list(pairwise(error.args[1]))
        pairs = [(edge.source, edge.target) for edge in entry.spec.edges]
        first = min(loop, key=pairs.index)  # where the file names the loop first
        at = loop.index(first)
        path = " → ".join([first[0], *(target for _, target in loop[at:] + loop[:at])])
        message = f"route '{entry.spec.id}': edges of lag 0 form a loop: {path}. Give one of them a lag of 1 or more."
        yield entry.problem(message, "edges", pairs.index(first))


def _directions(pack: Pack) -> Iterator[Problem]:
    countries = set(pack.settings.spec.countries) if pack.settings else set()
    border_of = {entry.spec.id: entry.spec.border for entry in pack.segments}
    for entry in pack.routes:
        for position, step in enumerate(entry.spec.segments):
            inner, ends = ("segments", position), [c for c in (step.from_country, step.to_country) if c]
            what = f"route '{entry.spec.id}': segment '{step.id}'"
            if countries:
                yield from _unknown(entry, ends, countries, what=f"{what}: country", inner=inner)
            if len(ends) == 2 and ends[0] == ends[1]:
                yield entry.problem(f"{what}: goes from {ends[0]} to itself.", *inner)
            sides = border_of.get(step.id, "").split("-")
            is_pair = len(sides) == 2 and all(re.fullmatch("[A-Z]{3}", side) for side in sides)
            if is_pair and set(ends) - set(sides):
                yield entry.problem(f"{what}: lies on {'-'.join(sides)}, but goes {' → '.join(ends)}.", *inner)


def _capacities(pack: Pack) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for entry in pack.capacities:
        spec = entry.spec
        yield from _unknown(entry, [spec.segment], _known(pack.segments), what="capacities: segment")
        yield from _unknown(entry, [spec.indicator], set(pack.indicators), what="capacities: indicator")
        if (spec.segment, spec.indicator) in seen:
            yield entry.problem(f"capacities: {spec.segment}, {spec.indicator} is given twice. Keep one.")
        seen.add((spec.segment, spec.indicator))


def _events(pack: Pack) -> Iterator[Problem]:
    for entry in pack.events:
        event = entry.spec
        what = f"event '{event.id}'"
        yield from _unknown(entry, event.segments, _known(pack.segments), what=f"{what}: segment", inner=("segments",))
        yield from _unknown(entry, event.routes, _route_ids(pack), what=f"{what}: route", inner=("routes",))
        if event.end and event.end < event.start:
            yield entry.problem(f"{what}: ends on {event.end}, before it starts on {event.start}.", "end")


def _points(pack: Pack) -> Iterator[Problem]:
    border_of = {entry.spec.id: entry.spec.border for entry in pack.segments}
    for entry in pack.crossing_points:
        point = entry.spec
        yield from _unknown(entry, [point.segment], set(border_of), what=f"crossing point '{point.id}': segment")
        border = border_of.get(point.segment, point.border)
        if border != point.border:
            message = f"crossing point '{point.id}': is on {point.border}, its segment {point.segment} on {border}."
            yield entry.problem(message)


def _crosswalk(pack: Pack) -> Iterator[Problem]:
    cells = {f"{r.spec.id}/{step.id}" for r in pack.routes for step in r.spec.segments}
    cells = cells or {f"all/{name}" for name in _known(pack.segments)}
    groups: dict[tuple[str, str], list[PackEntry[CrosswalkSpec]]] = defaultdict(list)
    for entry in pack.crosswalk:
        yield from _unknown(entry, [entry.spec.cell], cells, what="crosswalk: cell")
        groups[entry.spec.place_kind, entry.spec.place].append(entry)
    for (kind, place), entries in groups.items():
        total = math.fsum(entry.spec.weight for entry in entries)
        if abs(total - 1) > WEIGHT_TOLERANCE:
            message = f"crosswalk: weights of {kind} '{place}' must sum to 1, they sum to {total:.3f}."
            yield entries[0].problem(message)


def _renamed(pack: Pack) -> Iterator[Problem]:
    places = _places(pack)
    for entry in pack.renamed:
        yield from _unknown(entry, [entry.spec.new], places, what=f"renamed: '{entry.spec.old}': place")
        if entry.spec.old in places:
            yield entry.problem(f"renamed: '{entry.spec.old}' is still the id of a place. Remove the row.")


def _settings(pack: Pack) -> Iterator[Problem]:
    entry = pack.settings
    if entry is None:
        return
    settings = entry.spec
    if settings.crs is not None and not _is_projected(settings.crs):
        yield entry.problem(f"crs: expected a projected CRS such as 'EPSG:3035', got '{settings.crs}'.", "crs")
    targets = _places(pack) | {pack.folder.resolve().name}
    for alias, target in settings.aliases.items():
        yield from _unknown(entry, [target], targets, what=f"aliases: '{alias}': place", inner=("aliases", alias))
    for name in ("exceedance_limits", "history_percentiles"):
        limits: Sequence[float] = getattr(settings.risk, name)
        if list(limits) != sorted(set(limits)):
            yield entry.problem(f"risk.{name}: expected three rising numbers, got {list(limits)}.", "risk", name)


def _places(pack: Pack) -> set[str]:
    borders = {segment.spec.border for segment in pack.segments}
    countries = set(pack.settings.spec.countries) if pack.settings else set()
    return _known(pack.segments) | _route_ids(pack) | _known(pack.crossing_points) | countries | borders


def _is_projected(crs: str) -> bool:
    from pyproj import CRS  # noqa: PLC0415 - slow to import, and only packs with a map need it
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        return bool(CRS.from_user_input(crs).is_projected)
    except CRSError:
        return False


def _known(entries: Sequence[PackEntry[Any]]) -> set[str]:
    return {entry.spec.id for entry in entries}


def _route_ids(pack: Pack) -> set[str]:
    return _known(pack.routes) or {"all"}


def _unknown(
    entry: PackEntry[Any],
    names: Iterable[str],
    known: set[str],
    *,
    what: str,
    inner: tuple[int | str, ...] = (),
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield entry.problem(f"{what} '{name}' is unknown.{suggest(name, sorted(known))}", *inner)
