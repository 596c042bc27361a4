"""Rows of observations as they were known on a day."""

from dataclasses import dataclass

from geo.region.region import Region
from pipelines.grid.axes import Axes
from pipelines.grid.encode import Rows


@dataclass(frozen=True)
class KnownRows:
    """What the rows and the grid are, shared by every task of a run."""

    rows: Rows
    grid: Axes
    region: Region
    strict_vintages: bool
    zero_within_span: tuple[str, ...]
