"""Routes as directed graphs over segments, from steps such as "this border, from Serbia to Hungary"."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.build.segments import BorderPiece

WAYS_ON = 3  # from where a country was entered, flow goes on to this many of the nearest ways out


@dataclass(frozen=True)
class Step:
    """One segment of a route, with its direction."""

    segment: BorderPiece
    start: str
    end: str
    headline: bool


@dataclass(frozen=True)
class BorderFlow:
    """A route: its steps, and who comes after whom with which lag in weeks."""

    id: str
    name: str
    steps: tuple[Step, ...]
    edges: tuple[tuple[str, str, int], ...]

    @property
    def entries(self) -> list[str]:
        """Segments that nothing of the route comes before."""
        targets = {target for _, target, _ in self.edges}
        return [step.segment.id for step in self.steps if step.segment.id not in targets]

    @property
    def exits(self) -> list[str]:
        """Segments that nothing of the route comes after."""
        sources = {source for source, _, _ in self.edges}
        return [step.segment.id for step in self.steps if step.segment.id not in sources]


def build_flow(route: Mapping[str, Any], pieces: Sequence[BorderPiece], transit_weeks: Mapping[str, int]) -> BorderFlow:
    """Choose the segments of each step and connect those that share a country."""
    steps = [
        Step(piece, wanted["from"], wanted["to"], bool(wanted.get("headline")))
        for wanted in route["steps"]
        for piece in pieces
        if _is_meant(piece, wanted)
    ]
    edges: list[tuple[str, str, int]] = []
    for country in dict.fromkeys(step.end for step in steps):
        ins = [step for step in steps if step.end == country]
        outs = [step for step in steps if step.start == country]
        weeks = transit_weeks.get(country, 1)
        edges += [(one.segment.id, other.segment.id, weeks) for one, other in _connections(ins, outs)]
    return BorderFlow(route["id"], route["name"], tuple(steps), tuple(edges))


def _is_meant(piece: BorderPiece, wanted: Mapping[str, Any]) -> bool:
    if "sea" in wanted:
        return bool(piece.id == wanted["sea"])
    west, south, east, north = wanted.get("within", (-180, -90, 180, 90))
    lon, lat = piece.middle
    inside = west <= lon <= east and south <= lat <= north
    return piece.border == wanted["border"] and inside and (bool(piece.points) or not wanted.get("crossings"))


def _connections(ins: list[Step], outs: list[Step]) -> list[tuple[Step, Step]]:
    """Each way in with its nearest ways out; a way out that none is nearest to, with its nearest way in."""
    if not ins or not outs:
        return []
    chosen = {
        (i, o)
        for i, one in enumerate(ins)
        for o in sorted(range(len(outs)), key=lambda o: (_distance(one, outs[o]), o))[:WAYS_ON]
    }
    reached = {o for _, o in chosen}
    for o, other in enumerate(outs):
        if o not in reached:
            chosen.add((min(range(len(ins)), key=lambda i: (_distance(ins[i], other), i)), o))
    return [(ins[i], outs[o]) for i, o in sorted(chosen)]


def _distance(one: Step, other: Step) -> float:
    """Between the middles, degrees of latitude; rounded so that the order never hangs on the last bit."""
    (lon, lat), (lon2, lat2) = one.segment.middle, other.segment.middle
    return round(math.hypot((lon2 - lon) * math.cos(math.radians((lat + lat2) / 2)), lat2 - lat), 4)
