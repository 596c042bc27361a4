"""Where movement could turn to when one segment tightens: the neighbours in the graph, before any is estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import shortest_path

from geo.weights import contiguity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.region import Region

PER_STEP = 0.5  # what each further step along the borders takes off


def alternatives(region: Region, segment: str) -> tuple[str, ...]:
    """Segments that movement towards this one could use in its place, in the pack's order.

    They leave the same country: those that meet it, and those that the same earlier segment of a route leads to, or
    that the same route begins with. Where the pack states no direction, those that meet it.
    """
    mine = [c for c in region.cells if c.segment == segment]
    leaves = {c.from_country for c in mine} - {""}
    near = set(region.segment_by_id[segment].neighbours)
    for cell in mine:
        near |= _siblings(region, cell.route, segment)
    allowed = {c.segment for c in region.cells if not leaves or c.from_country in leaves}
    return tuple(s.id for s in region.segments if s.id in near & allowed and s.id != segment)


def displacement_shares(region: Region, segment: str, level: Mapping[str, float]) -> dict[str, float]:
    """How displaced movement would be shared out, highest first: by usual counts, halved by each further step.

    Args:
        region: The pack.
        segment: The one that tightens.
        level: Usual counts of segments; an absent one, or a zero, takes none.

    Returns:
        Shares that sum to 1; empty where no alternative has a usual count.
    """
    found = alternatives(region, segment)
    steps = _steps(region)[_position(region, segment)]
    weights = {s: level.get(s, 0.0) * PER_STEP ** (steps[_position(region, s)] - 1) for s in found}
    total = sum(weights.values())
    ordered = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return {s: w / total for s, w in ordered if w > 0} if total > 0 else {}


def _siblings(region: Region, route_id: str, segment: str) -> set[str]:
    route = region.route_by_id[route_id]
    before = {e.source for e in route.edges if e.target == segment}
    found = {e.target for e in route.edges if e.source in before}
    return found | (set(route.entries) if segment in route.entries else set())


def _steps(region: Region) -> np.ndarray:
    """Steps along the borders between segments; what no border links is one step further than the longest way."""
    known = region.derived.get("steps")
    if known is None:
        steps = shortest_path(contiguity(region), unweighted=True)
        far = steps[np.isfinite(steps)].max() + 1
        known = region.derived["steps"] = np.where(np.isfinite(steps), steps, far)
    result: np.ndarray = known
    return result


def _position(region: Region, segment: str) -> int:
    if "positions" not in region.derived:
        region.derived["positions"] = {s.id: i for i, s in enumerate(region.segments)}
    return int(region.derived["positions"][segment])
