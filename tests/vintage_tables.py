"""Tables of observations with several vintages, for tests."""

import numpy as np
import pandas as pd

from pipelines.observations.schema import SCHEMA


def make_vintages(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Vintages of monthly figures: (month, as of, count)."""
    table = pd.DataFrame(rows, columns=["period_start", "as_of", "count"])
    fixed = {
        "source": "frontex",
        "indicator": "irregular_crossings",
        "place_kind": "route",
        "place": "wb",
        "route": None,
        "lon": np.nan,
        "lat": np.nan,
        "nationality": "TOTAL",
        "period": "M",
        "status": "final",
        "as_of_assumed": False,
        "missing_reason": None,
        "count_upper": None,
    }
    dated = {c: pd.to_datetime(table[c]) for c in ("period_start", "as_of")}
    return table.assign(**fixed, **dated)[list(SCHEMA.names)]
