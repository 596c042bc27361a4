"""What the program that starts the server does for its pages, which know only this: take tables, approve editions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from geo.region.region import Region


class TablePreview(Protocol):
    """What a mapping makes of a table."""

    @property
    def figures(self) -> pd.DataFrame:
        """The first figures: indicator, place, nationality, period_start, period, count."""

    @property
    def sums(self) -> pd.DataFrame:
        """Sums: indicator, place, nationality, figures, first, last, count."""

    @property
    def taken(self) -> int:
        """Figures in all."""

    @property
    def count(self) -> float:
        """Their sum."""

    @property
    def refused(self) -> Sequence[tuple[str, int, float]]:
        """Reason, rows, and their count as far as it can be read."""

    @property
    def unread(self) -> Sequence[str]:
        """What of the table is not read."""


class TableDoor(Protocol):
    """What may be done with an uploaded table; each raises `DataRefusedError` for what can't be taken."""

    def propose(self, name: str, content: bytes, region: Region) -> str:
        """The text of a proposed mapping, with `?` for what the table does not say."""

    def preview(self, name: str, content: bytes, region: Region, mapping: str) -> TablePreview:
        """What a mapping makes of the table; nothing is kept."""

    def take(self, name: str, content: bytes, region: Region, mapping: str) -> list[str]:
        """Take the table into the store; what became of it, a line each."""


class Approver(Protocol):
    """Approves an edition, in a process of its own: it forecasts anew, and the server goes on serving."""

    def __call__(
        self, region: str, edition: str, *, user: str, note: str, progress: Callable[[str, str], None]
    ) -> None:
        """Approve; `region` is an id or a pack's folder. Raises `EditionError` where it is refused or fails.

        `progress` is told a stage and how far it is, as they come; what it raises ends the telling, not the work.
        """


@dataclass(frozen=True)
class Doors:
    """What this server was started with; None: it does without."""

    tables: TableDoor | None = None
    approve: Approver | None = None


_open = [Doors()]  # of this process: pages run in the one that was started with them


def open_doors(doors: Doors) -> None:
    """Have these from now on."""
    _open[0] = doors


def doors() -> Doors:
    """What pages may ask for."""
    return _open[0]
