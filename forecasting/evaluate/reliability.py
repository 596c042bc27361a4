"""Whether chances meant what they said: how often it came true, per bin of the probability that was given."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

BINS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SPEAKERS = {"routecast": "probability", "baseline": "baseline_probability"}  # model → its column
RELIABILITY_COLUMNS = ("model", "level", "horizon", "bin_low", "bin_high", "n", "mean_probability", "observed_share")


def reliability(warnings: pd.DataFrame, level_of: Mapping[str, str], *, event: str) -> pd.DataFrame:
    """Per model, level, horizon and bin of probability: how many chances, their mean, and how often it came.

    Args:
        warnings: `unit, horizon`, the columns of `SPEAKERS`, and the event; no unknowns.
        level_of: Unit → level.
        event: Column that says whether it came, 1 or 0.

    Returns:
        Columns `RELIABILITY_COLUMNS`; bins without a chance are absent.

    Source:
        Murphy & Winkler (1977), Applied Statistics 26, 41-47.
    """
    tables = []
    for model, column in SPEAKERS.items():
        which = np.clip(np.searchsorted(BINS, warnings[column], side="right") - 1, 0, len(BINS) - 2)
        keys = [warnings["unit"].map(dict(level_of)).rename("level"), warnings["horizon"], pd.Series(which, name="bin")]
        grouped = warnings.groupby(keys)
        table = grouped.agg(n=(event, "size"), mean_probability=(column, "mean"), observed_share=(event, "mean"))
        table = table.reset_index()
        edges = np.array(BINS)
        table = table.assign(model=model, bin_low=edges[table["bin"]], bin_high=edges[table["bin"] + 1])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)[list(RELIABILITY_COLUMNS)]
