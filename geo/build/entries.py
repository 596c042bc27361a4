"""Shares of the cells that enter a country: by border as stated, within a border by length and crossing points."""

import math
from collections.abc import Mapping, Sequence

from geo.build.flows import BorderFlow, Step

MICRO = 1_000_000  # weights are written in millionths


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
