"""What planners would state, here made up: capacities, occupied reception places, vulnerability, impact, a budget."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from geo.region.region import Region
from geo.region.risk_inputs import LEVELS, Assessment, Budget, Part
from pipelines.sample import settings

OWNER = "demonstration"
KINDS: dict[Part, tuple[str, ...]] = {
    "vulnerability": ("staff", "crossing_points", "response_time"),
    "impact": ("reception_shortfall", "deaths_missing", "minors_share"),
}
STATED = {"vulnerability": 0.7, "impact": 0.5}  # share of the planned segments of which something is stated
BEDS = 300


def with_demonstration_inputs(region: Region, *, seed: int) -> Region:
    """The region with made-up risk inputs of the segments that have a planned capacity; some stay missing.

    Used by `demo` alone. The built-in pack itself holds none: with real figures nobody's judgement is invented.
    """
    segments = sorted({c.segment for c in region.capacities})
    day = date.fromisoformat(settings.CAPACITY_AS_OF)
    assessments = []
    for part, kinds in KINDS.items():
        rng = np.random.default_rng([seed, len(part)])
        for segment in segments:
            if rng.random() < STATED[part]:
                kind = kinds[int(rng.integers(len(kinds)))]
                level = LEVELS[int(rng.choice(len(LEVELS), p=(0.35, 0.35, 0.2, 0.1)))]
                assessments.append(Assessment(part, f"segment:{segment}", kind, level, OWNER, day))  # type: ignore[arg-type]
    budgets = tuple(Budget(i, BEDS, OWNER, day) for i in ("reception_occupied",) if i in region.indicators)
    return replace(region, assessments=tuple(assessments), budgets=budgets)


def planned_capacities(
    expected: np.ndarray, weeks: pd.DatetimeIndex, region: Region, *, reception: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Capacities of the busiest segments, around the level of the weeks before, and of the reception places.

    Args:
        expected: Expected detections (cell, week).
        weeks: Mondays.
        region: The pack.
        reception: Places by segment.
        rng: Randomness of the planners' foresight.

    Returns:
        `segment, indicator, value, owner, as_of`.
    """
    before = weeks < pd.Timestamp(settings.CAPACITY_AS_OF)
    segments = pd.Series(expected[:, before][:, -8:].mean(axis=1)).groupby([c.segment for c in region.cells]).sum()
    busiest = segments.sort_values(ascending=False, kind="stable").head(settings.CAPACITY_SEGMENTS)
    planned = (busiest * rng.uniform(*settings.CAPACITY_RANGE, len(busiest))).map(_round)
    values = {"irregular_crossings": planned, "reception_occupied": reception.sort_index()}
    rows = [(s, indicator, int(v)) for indicator, planned in values.items() for s, v in planned.sort_index().items()]
    table = pd.DataFrame(rows, columns=["segment", "indicator", "value"])
    return table.assign(owner=settings.CAPACITY_OWNER, as_of=settings.CAPACITY_AS_OF)


def _round(value: float) -> int:
    """To fives below a hundred, to tens above, as planners do."""
    step = 5 if value < 100 else 10
    return max(step, int(step * np.ceil(value / step)))


def reception_cells(region: Region, level: np.ndarray) -> list[int]:
    """The cells beside whose segment most reception places stand: the busiest of each country, by weekly detections."""
    chosen: list[int] = []
    for country, n in settings.RECEPTION.items():
        inside = [i for i, c in enumerate(region.cells) if c.to_country == country]
        chosen += sorted(inside, key=lambda i: -level[i])[:n]
    return chosen


def occupancy(inflow: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Occupied places (place, week): a share of the inflow comes, a part leaves each week, at most 8 % over full."""
    out = np.zeros_like(inflow)
    level = 0.5 * places
    for week in range(inflow.shape[1]):
        arriving = 0.14 * inflow[:, week] * rng.lognormal(0.0, 0.08, len(level))
        level = np.minimum(0.86 * level + arriving, 1.08 * places)
        out[:, week] = level
    return np.rint(out)
