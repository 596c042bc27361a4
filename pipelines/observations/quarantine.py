"""What was refused at the door, as counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    pass


def quarantined_counts(quarantine: pd.DataFrame) -> dict[str, float]:
    """Readable counts in quarantine by indicator."""
    return {str(k): float(v) for k, v in quarantine.groupby("indicator")["count"].sum().items()}
