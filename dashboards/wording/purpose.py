"""What an edition is for: stated by its region's pack, else the purpose that every pack has without saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.region.region import PURPOSE

if TYPE_CHECKING:
    from collections.abc import Mapping


def purpose_of(manifest: Mapping[str, Any]) -> str:
    """The purpose statement in an edition's manifest."""
    return str(manifest.get("purpose") or PURPOSE).strip()
