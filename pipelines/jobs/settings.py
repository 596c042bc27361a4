"""What a run is asked to do."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.region.region import Region
from pipelines.ingest.inbox.drop_folder import SourceProblem

DEFAULT_HORIZON = {"W": 12, "M": 6}


@dataclass(frozen=True)
class RunSettings:
    """What a run is asked to do."""

    region: Region
    horizon: int | None = None
    seed: int = 1
    as_of: date | None = None
    cutoffs: int = 10
    step: int = 4
    strict_vintages: bool = False
    scheduler: str | None = None
    workers: int | None = None
    source_problems: tuple[SourceProblem, ...] = ()  # sources that gave nothing usable: the edition says so

    @property
    def periods(self) -> int:
        """The horizon, by default 12 weeks or 6 months."""
        return self.horizon or DEFAULT_HORIZON[self.region.freq]

    def deciding(self) -> dict[str, Any]:
        """What can change an edition's bytes; where the tasks run is not among it."""
        problems = {"source_problems": {p.source: p.problem for p in sorted(self.source_problems)}}
        return {
            "horizon": self.periods,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "cutoffs": self.cutoffs,
            "step": self.step,
            "strict_vintages": self.strict_vintages,
            **(problems if self.source_problems else {}),
        }
