"""Planned capacities: an input of the planners, here invented around the level of the weeks before."""

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import settings


def planned_capacities(
    expected: np.ndarray, weeks: pd.DatetimeIndex, region: Region, *, reception: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Capacities of the busiest segments, and of the reception places.

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
    planned = busiest * rng.uniform(*settings.CAPACITY_RANGE, len(busiest))
    table = pd.concat([_rows(planned.map(_round), "irregular_crossings"), _rows(reception, "reception_occupied")])
    return table.sort_values(["indicator", "segment"], ignore_index=True)


def _rows(values: pd.Series, indicator: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": values.index,
            "indicator": indicator,
            "value": values.to_numpy().astype(int),
            "owner": settings.CAPACITY_OWNER,
            "as_of": settings.CAPACITY_AS_OF,
        }
    )


def _round(value: float) -> int:
    """To fives below a hundred, to tens above, as planners do."""
    step = 5 if value < 100 else 10
    return max(step, int(step * np.ceil(value / step)))
