"""What a pack's files say about each other: ids, references, directions, loops, weights, risk inputs, shapes."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

import numpy as np
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geo.names.countries import GROUPS, country_codes
from geo.pack.entries import PackEntry, Problem, suggest
from geo.pack.pack import CrosswalkRow, Pack, PackSettings
from geo.region.region import Route
from geo.region.risk_inputs import PARTS, STATES

ONLY_ROUTE = "all"  # of a pack without routes
WEIGHT_TOLERANCE = 1e-6
SEA = "SEA"
TOUCH_DEGREES = 0.005  # neighbouring segments may share their ends' last few hundred metres (rounded coordinates)
TOUCH_SQUARE_DEGREES = 1e-4


def check_pack(pack: Pack) -> list[Problem]:
    """Every problem between the entries of a pack, in no more than one message each."""
    checks: tuple[Callable[[Pack], Iterable[Problem]], ...] = (
        *(_ids, _segments, _routes, _directions, _capacities, _events, _points, _crosswalk, _renamed, _settings),
        *(_assessments, _impact_levels, _alerts_and_budgets, _shapes),
    )
    return [problem for check in checks for problem in check(pack)]


def _ids(pack: Pack) -> Iterator[Problem]:
    for kind in ("segments", "routes", "events", "crossing_points"):
        first: dict[str, PackEntry[Any]] = {}
        for entry in getattr(pack, kind):
            name = entry.value.id
            if name in first:
                where = first[name]
                stands = f"{where.file}:{where.line_of(())}"
                yield entry.problem(f"{kind}: the id '{name}' is given twice, first in {stands}. Rename one.")
            first.setdefault(name, entry)


def _segments(pack: Pack) -> Iterator[Problem]:
    known = _known(pack.segments)
    countries = set(pack.settings.value.countries) if pack.settings else set()
    written: dict[frozenset[str], str] = {}  # the two sides of a border → the order in which it came first
    for entry in pack.segments:
        segment = entry.value
        what = f"segment '{segment.id}'"
        yield from _unknown(entry, segment.neighbours, known, what=f"{what}: neighbour")
        sides = [side for side in segment.border.split("-") if re.fullmatch("[A-Z]{3}", side)]
        if countries and segment.border != SEA and len(sides) == 2:
            yield from _unknown(entry, sides, countries, what=f"{what}: country", inner=("border",))
        first = written.setdefault(frozenset(sides), segment.border) if len(sides) == 2 else segment.border
        if first != segment.border:
            yield entry.problem(
                f"{what}: border '{segment.border}' is '{first}' further up. Write it one way.", "border"
            )
        if segment.id in segment.neighbours:
            yield entry.problem(f"{what}: is its own neighbour. Take it out.", "neighbours")
        if segment.geometry is not None and (fault := _geometry_fault(segment.geometry)):
            yield entry.problem(f"{what}: {fault}")


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
        route = entry.value
        own: set[str] = set()
        for position, step in enumerate(route.steps):
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


def _unlinked(entry: PackEntry[Route], known: set[str]) -> Iterator[Problem]:
    """Where a route says how flow moves, every segment takes part in it."""
    route = entry.value
    if not route.edges:
        return
    linked = {name for edge in route.edges for name in (edge.source, edge.target)} | {*route.entries, *route.exits}
    loose = [step.id for step in route.steps if step.id not in linked and step.id in known]
    if loose:
        yield entry.problem(f"route '{route.id}': no edge leads to or from {', '.join(loose[:5])}. Link it.")


def _lag_loops(entry: PackEntry[Route]) -> Iterator[Problem]:
    """Flow that comes back to a segment within the same period has no beginning."""
    at_once: dict[str, list[str]] = defaultdict(list)
    for edge in entry.value.edges:
        if edge.lag == 0:
            at_once[edge.target].append(edge.source)
    try:
        TopologicalSorter(at_once).prepare()
    except CycleError as error:
        loop = list(pairwise(error.args[1]))
        pairs = [(edge.source, edge.target) for edge in entry.value.edges]
        first = min(loop, key=pairs.index)  # where the file names the loop first
        at = loop.index(first)
        path = " → ".join([first[0], *(target for _, target in loop[at:] + loop[:at])])
        message = f"route '{entry.value.id}': edges of lag 0 form a loop: {path}. Give one of them a lag of 1 or more."
        yield entry.problem(message, "edges", pairs.index(first))


def _directions(pack: Pack) -> Iterator[Problem]:
    countries = set(pack.settings.value.countries) if pack.settings else set()
    border_of = {entry.value.id: entry.value.border for entry in pack.segments}
    for entry in pack.routes:
        for position, step in enumerate(entry.value.steps):
            inner, ends = ("segments", position), [c for c in (step.from_country, step.to_country) if c]
            what = f"route '{entry.value.id}': segment '{step.id}'"
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
        spec = entry.value
        yield from _unknown(entry, [spec.segment], _known(pack.segments), what="capacities: segment")
        yield from _unknown(entry, [spec.indicator], set(pack.indicators), what="capacities: indicator")
        if (spec.segment, spec.indicator) in seen:
            yield entry.problem(f"capacities: {spec.segment}, {spec.indicator} is given twice. Keep one.")
        seen.add((spec.segment, spec.indicator))


def _events(pack: Pack) -> Iterator[Problem]:
    for entry in pack.events:
        event = entry.value
        what = f"event '{event.id}'"
        yield from _unknown(entry, event.segments, _known(pack.segments), what=f"{what}: segment", inner=("segments",))
        yield from _unknown(entry, event.routes, _route_ids(pack), what=f"{what}: route", inner=("routes",))
        if event.end and event.end < event.start:
            yield entry.problem(f"{what}: ends on {event.end}, before it starts on {event.start}.", "end")


def _points(pack: Pack) -> Iterator[Problem]:
    border_of = {entry.value.id: entry.value.border for entry in pack.segments}
    for entry in pack.crossing_points:
        point = entry.value
        yield from _unknown(entry, [point.segment], set(border_of), what=f"crossing point '{point.id}': segment")
        border = border_of.get(point.segment, point.border)
        if border != point.border:
            message = f"crossing point '{point.id}': is on {point.border}, its segment {point.segment} on {border}."
            yield entry.problem(message)


def _crosswalk(pack: Pack) -> Iterator[Problem]:
    cells = {f"{r.value.id}/{step.id}" for r in pack.routes for step in r.value.steps}
    cells = cells or {f"{ONLY_ROUTE}/{name}" for name in _known(pack.segments)}
    groups: dict[tuple[str, str], list[PackEntry[CrosswalkRow]]] = defaultdict(list)
    for entry in pack.crosswalk:
        yield from _unknown(entry, [entry.value.cell], cells, what="crosswalk: cell")
        groups[entry.value.place_kind, entry.value.place].append(entry)
    for (kind, place), entries in groups.items():
        total = math.fsum(entry.value.weight for entry in entries)
        if abs(total - 1) > WEIGHT_TOLERANCE:
            message = f"crosswalk: weights of {kind} '{place}' must sum to 1, they sum to {total:.3f}."
            yield entries[0].problem(message)


def _renamed(pack: Pack) -> Iterator[Problem]:
    places = _places(pack)
    for entry in pack.renamed:
        yield from _unknown(entry, [entry.value.new], places, what=f"renamed: '{entry.value.old}': place")
        if entry.value.old in places:
            yield entry.problem(f"renamed: '{entry.value.old}' is still the id of a place. Remove the row.")


def _settings(pack: Pack) -> Iterator[Problem]:
    entry = pack.settings
    if entry is None:
        return
    settings = entry.value
    if settings.crs is not None and not _is_projected(settings.crs):
        yield entry.problem(f"crs: expected a projected CRS such as 'EPSG:3035', got '{settings.crs}'.", "crs")
    for key, indicator in settings.indicators.items():
        if indicator.id != key:  # it comes from the key
            yield entry.problem(f"indicators.{key}.id: unknown key.", "indicators", key, "id")
    targets = _places(pack) | {pack.folder.resolve().name}
    for alias, target in settings.aliases.items():
        yield from _unknown(entry, [target], targets, what=f"aliases: '{alias}': place", inner=("aliases", alias))
    codes = country_codes() | GROUPS if settings.nationality_aliases else frozenset()
    for name, code in settings.nationality_aliases.items():
        inner = ("nationality_aliases", name)
        yield from _unknown(entry, [code], codes, what=f"nationality_aliases: '{name}': code", inner=inner)
    yield from _risk_rules(entry)
    yield from _disclosure(entry, pack.indicators)


def _disclosure(entry: PackEntry[PackSettings], indicators: Sequence[str]) -> Iterator[Problem]:
    rules = entry.value.disclosure
    for name in rules.indicators:
        if name not in indicators:
            message = f"disclosure.indicators: indicator '{name}' is unknown.{suggest(name, indicators)}"
            yield entry.problem(message, "disclosure", "indicators")
    codes = [code for members in rules.partner.nationality_groups.values() for code in members]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        message = f"disclosure.partner.nationality_groups: '{twice[0]}' stands in two groups. Keep it in one."
        yield entry.problem(message, "disclosure", "partner", "nationality_groups")


def _risk_rules(entry: PackEntry[PackSettings]) -> Iterator[Problem]:
    """Limits rise, and a band must be able to fall: the margin stays below every limit."""
    risk = entry.value.risk
    for name in ("exceedance_limits", "history_percentiles"):
        limits: Sequence[float] = getattr(risk, name)
        if list(limits) != sorted(set(limits)):
            yield entry.problem(f"risk.{name}: expected three rising numbers, got {list(limits)}.", "risk", name)
    least = min(risk.exceedance_limits[0], risk.history_probability)
    if risk.hysteresis_margin >= least > 0:
        message = (
            f"risk.hysteresis_margin: expected less than the lowest limit ({least:g}), got {risk.hysteresis_margin:g}; "
            "no band could fall again."
        )
        yield entry.problem(message, "risk", "hysteresis_margin")


def _places(pack: Pack) -> set[str]:
    borders = {segment.value.border for segment in pack.segments}
    countries = set(pack.settings.value.countries) if pack.settings else set()
    return _known(pack.segments) | _route_ids(pack) | _known(pack.crossing_points) | countries | borders


def _is_projected(crs: str) -> bool:
    from pyproj import CRS  # noqa: PLC0415 - slow to import, and only packs with a map need it
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        return bool(CRS.from_user_input(crs).is_projected)
    except CRSError:
        return False


def _known(entries: Sequence[PackEntry[Any]]) -> set[str]:
    return {entry.value.id for entry in entries}


def _route_ids(pack: Pack) -> set[str]:
    return _known(pack.routes) or {ONLY_ROUTE}


def _unknown(
    entry: PackEntry[Any], names: Iterable[str], known: Set[str], *, what: str, inner: tuple[int | str, ...] = ()
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield entry.problem(f"{what} '{name}' is unknown.{suggest(name, sorted(known))}", *inner)


def _assessments(pack: Pack) -> Iterator[Problem]:
    known = _unit_names(pack)
    for part in PARTS:
        seen: set[tuple[str, str]] = set()
        for entry in getattr(pack, part):
            place, kind = entry.value.place, entry.value.kind
            if place not in known:
                level, _, name = place.partition(":")
                nearest = suggest(name, [p.partition(":")[2] for p in sorted(known) if p.startswith(f"{level}:")])
                yield entry.problem(f"{part}: {level} '{name}' is unknown.{nearest}", level)
            if (place, kind) in seen:
                yield entry.problem(f"{part}: {place}, {kind} is given twice. Keep one.")
            seen.add((place, kind))


def _impact_levels(pack: Pack) -> Iterator[Problem]:
    borders = {segment.value.border for segment in pack.segments}
    for entry in pack.impact_levels:
        border = entry.value.border
        yield from _unknown(entry, [border], borders, what="impact_levels: border")
        if border in borders and re.fullmatch("[A-Z]{3}-[A-Z]{3}", border) and not STATES & set(border.split("-")):
            yield entry.problem(
                f"impact_levels: neither side of {border} is a Member State; Article 34 of Regulation (EU) 2019/1896 "
                "attributes no impact level to it. Take the entry out."
            )


def _alerts_and_budgets(pack: Pack) -> Iterator[Problem]:
    ids = [entry.value.id for entry in pack.alerts]
    for position, entry in enumerate(pack.alerts):
        if entry.value.id in ids[:position]:
            yield entry.problem(f"alerts: the id '{entry.value.id}' is given twice. Rename one.", "id")
    for budget in pack.budgets:
        name = budget.value.indicator
        if name not in pack.indicators:
            message = f"budgets: indicator '{name}' is unknown.{suggest(name, pack.indicators)}"
            yield budget.problem(message, "indicator")


def _unit_names(pack: Pack) -> set[str]:
    segments = [segment.value for segment in pack.segments]
    return {
        *(f"segment:{s.id}" for s in segments),
        *(f"border:{s.border}" for s in segments),
        *(f"route:{r}" for r in _route_ids(pack)),
    }


def _shapes(pack: Pack) -> Iterator[Problem]:
    """A missing CRS, and pairs of segments that overlap."""
    shapes = [(entry, entry.value.geometry) for entry in pack.segments]
    drawn = [(entry, shape) for entry, shape in shapes if shape is not None and shape.is_valid and not shape.is_empty]
    if drawn and pack.settings and pack.settings.value.crs is None:
        message = "crs: expected a projected CRS such as 'EPSG:3035' because segments have geometry, got none."
        yield pack.settings.problem(message)
    geometries = np.array([shape for _, shape in drawn], dtype=object)
    for a, b in STRtree(geometries).query(geometries, predicate="intersects").T:
        (one, shape), (other, other_shape) = drawn[a], drawn[b]
        if a < b and _overlap(shape, other_shape):
            message = (
                f"segment '{other.value.id}': overlaps segment '{one.value.id}'. Each stretch belongs to one segment."
            )
            yield other.problem(message)


def _overlap(one: BaseGeometry, other: BaseGeometry) -> bool:
    areas = ["Polygon" in shape.geom_type for shape in (one, other)]
    if any(areas) and not all(areas):
        return False  # a border may run along, or end in, a sea area
    common = one.intersection(other)
    return bool(common.area > TOUCH_SQUARE_DEGREES if all(areas) else common.length > TOUCH_DEGREES)
