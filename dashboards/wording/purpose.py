"""What an edition is for: stated by its region's pack, else the purpose that every pack has without saying so."""

from collections.abc import Mapping
from typing import Any

from geo.region.region import PURPOSE


def purpose_of(manifest: Mapping[str, Any]) -> str:
    """The purpose statement in an edition's manifest."""
    return str(manifest.get("purpose") or PURPOSE).strip()
