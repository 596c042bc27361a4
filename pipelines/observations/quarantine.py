"""What was refused at the door, as counts."""

import pandas as pd

pass


def quarantined_counts(quarantine: pd.DataFrame) -> dict[str, float]:
    """Readable counts in quarantine by indicator."""
    return {str(k): float(v) for k, v in quarantine.groupby("indicator")["count"].sum().items()}
