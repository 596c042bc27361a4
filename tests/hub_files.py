"""A partner's hub files for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from forecasting.base.contracts import QUANTILE_LEVELS
from geo.region.region import Freq
from pipelines.store.periods import period_ends, target_starts


def hub_table(
    medians: Mapping[str, float],
    *,
    origin_date: str = "2026-11-09",
    freq: Freq = "W",
    horizons: int = 2,
    levels: Sequence[float] = QUANTILE_LEVELS,
    target: str = "irregular_crossings",
) -> pd.DataFrame:
    """Quantiles of a log-normal-like forecast around a median a location, in the hub's columns."""
    ends = period_ends(target_starts(pd.Timestamp(origin_date), horizons, freq), freq)
    rows = [
        (
            origin_date,
            target,
            h + 1,
            location,
            f"{end:%Y-%m-%d}",
            "quantile",
            f"{level:g}",
            float(np.expm1(max(np.log1p(median) + 0.4 * ndtri(level), 0.0))),
        )
        for location, median in medians.items()
        for h, end in enumerate(ends)
        for level in levels
    ]
    columns = [
        "origin_date",
        "target",
        "horizon",
        "location",
        "target_end_date",
        "output_type",
        "output_type_id",
        "value",
    ]
    return pd.DataFrame(rows, columns=columns)


def write_hub_file(folder: Path, table: pd.DataFrame, *, name: str = "2026-11-09-agency-model.csv") -> Path:
    """Write it as CSV or Parquet, as the name says."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)
    return path
