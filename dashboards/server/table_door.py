"""The way for uploaded tables: the program that starts the server says what takes them; pages know only this."""

from collections.abc import Sequence
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


_doors: list[TableDoor] = []  # of this process: pages run in the one that was started with it


def open_door(door: TableDoor) -> None:
    """Let tables in through `door` from now on."""
    _doors[:] = [door]


def table_door() -> TableDoor | None:
    """Where tables go in; None: this server was started without."""
    return _doors[0] if _doors else None
