"""Levels of units, from the total down to the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


LEVELS = ("total", "headline", "route", "border", "segment", "cell")
