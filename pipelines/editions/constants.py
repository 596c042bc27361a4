"""What the tables of an edition and their readers count alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


LAST_PERIODS = 4  # "the last weeks" that a trend and a surge compare with
