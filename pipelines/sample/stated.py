"""Vulnerability, impact and a budget of the demonstration: made up, owned by "demonstration", used by `demo` alone."""

from dataclasses import replace
from datetime import date

import numpy as np

from geo.region.region import Region
from geo.region.risk_inputs import LEVELS, Assessment, Budget, Part
from pipelines.sample import settings

OWNER = "demonstration"
KINDS: dict[Part, tuple[str, ...]] = {
    "vulnerability": ("staff", "crossing_points", "response_time"),
    "impact": ("reception_shortfall", "deaths_missing", "minors_share"),
}
STATED = {"vulnerability": 0.7, "impact": 0.5}  # share of the planned segments of which something is stated
PLACES = 300


def with_demonstration_inputs(region: Region, *, seed: int) -> Region:
    """The region with made-up risk inputs of the segments that have a planned capacity; some stay missing.

    The built-in pack itself holds none: with real figures nobody's judgement is invented.
    """
    segments = sorted({c.segment for c in region.capacities})
    day = date.fromisoformat(settings.CAPACITY_AS_OF)
    stated = []
    for part, kinds in KINDS.items():
        rng = np.random.default_rng([seed, len(part)])
        for segment in segments:
            if rng.random() < STATED[part]:
                kind = kinds[int(rng.integers(len(kinds)))]
                level = LEVELS[int(rng.choice(len(LEVELS), p=(0.35, 0.35, 0.2, 0.1)))]
                stated.append(Assessment(part, f"segment:{segment}", kind, level, OWNER, day))  # type: ignore[arg-type]
    budgets = tuple(Budget(i, PLACES, OWNER, day) for i in ("reception_occupied",) if i in region.indicators)
    return replace(region, assessments=tuple(stated), budgets=budgets)
