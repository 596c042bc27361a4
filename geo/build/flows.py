"""Routes as directed graphs over segments, from steps such as "this border, from Serbia to Hungary"; entry shares."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.build.segments import BorderPiece, inside

MICRO = 1_000_000  # shares are written in millionths


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
    """Choose the segments of each step and connect every way into a country with every way out of it.

    Nearness says what share takes which way (`forecasting.scenarios.transitions`), never who can be reached: with the
    nearest three ways out alone, two thirds of a border could not reach the corridor behind it.
    """
    steps = [
        Step(piece, stated["from"], stated["to"], bool(stated.get("headline")))
        for stated in route["steps"]
        for piece in pieces
        if _is_meant(piece, stated)
    ]
    edges: list[tuple[str, str, int]] = []
    for country in dict.fromkeys(step.end for step in steps):
        ins = [step for step in steps if step.end == country]
        outs = [step for step in steps if step.start == country]
        weeks = transit_weeks.get(country, 1)
        edges += [(one.segment.id, other.segment.id, weeks) for one in ins for other in outs]
    return BorderFlow(route["id"], route["name"], tuple(steps), tuple(edges))


def _is_meant(piece: BorderPiece, stated: Mapping[str, Any]) -> bool:
    if "sea" in stated:
        return bool(piece.id == stated["sea"])
    within = inside(piece.middle, stated.get("within", (-180, -90, 180, 90)))
    return piece.border == stated["border"] and within and (bool(piece.points) or not stated.get("crossings"))


def entry_rows(flows: Sequence[BorderFlow], shares: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str, float]]:
    """(country, cell id, weight) for `crosswalk.csv`; the weights of a country sum to exactly 1.

    Raises:
        ValueError: the stated shares and the routes disagree about the borders over which a country is entered.
    """
    rows = []
    for country, by_border in shares.items():
        steps = [(flow.id, step) for flow in flows for step in flow.steps if step.end == country]
        borders = {step.segment.border for _, step in steps}
        if borders != set(by_border) or not math.isclose(sum(by_border.values()), 1):
            raise ValueError(f"entry_shares: {country}: expected shares of {sorted(borders)} that sum to 1.")
        weights = [by_border[s.segment.border] * _within(s, [o for _, o in steps]) for _, s in steps]
        rows += [
            (country, f"{route}/{step.segment.id}", weight)
            for (route, step), weight in zip(steps, _in_millionths(weights), strict=True)
        ]
    return rows


def _within(step: Step, others: Sequence[Step]) -> float:
    """Share of one segment among those of its border."""
    same = [other.segment for other in others if other.segment.border == step.segment.border]
    points = sum(len(piece.points) for piece in same)
    length = sum(piece.length_m or 0 for piece in same)
    if not length:
        return 1 / len(same)
    by_length = (step.segment.length_m or 0) / length
    return (by_length + len(step.segment.points) / points) / 2 if points else by_length


def _in_millionths(weights: Sequence[float]) -> list[float]:
    """Rounded, with the largest taking what rounding leaves over."""
    whole = [round(weight * MICRO) for weight in weights]
    whole[whole.index(max(whole))] += MICRO - sum(whole)
    return [number / MICRO for number in whole]
