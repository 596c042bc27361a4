"""`clusters.parquet`: where expected counts cluster over the segment graph, and only where that is no chance."""

from collections.abc import Sequence

import pandas as pd

from forecasting.risk.hot_spots import hot_spots
from geo.region.region import Region
from geo.region.units import segment_graph
from pipelines.forecasts.result import IndicatorForecast

COLUMNS = (
    "indicator",
    "unit",
    "segment",
    "expected",
    "gi_z",
    "gi_p",
    "gi_q",
    "moran",
    "moran_p",
    "moran_q",
    "moran_kind",
    "hot",
)
LEVEL = 0.05
ORDER = 2  # neighbours up to this order: along a line two neighbours alone can't tell a cluster from chance


def clusters_table(results: Sequence[IndicatorForecast], region: Region, *, seed: int) -> pd.DataFrame:
    """Segments whose Gi* or local Moran is significant at a false discovery rate of 5 %, of flows; else no row.

    `expected`: mean count a period over the outlook, what the statistics are of.
    """
    flows = [r for r in results if region.indicators[r.indicator].kind == "flow"]
    parts = [_indicator(r, region, seed) for r in flows] if any(s.neighbours for s in region.segments) else []
    found = [p for p in parts if len(p)]
    if not found:
        return pd.DataFrame({c: pd.Series(dtype=str if c in ("indicator", "unit", "hot") else float) for c in COLUMNS})
    return pd.concat(found, ignore_index=True)[list(COLUMNS)]


def _indicator(result: IndicatorForecast, region: Region, seed: int) -> pd.DataFrame:
    means = result.mean.mean("horizon").to_series()
    means = means[[str(u).startswith("segment:") for u in means.index]].dropna()
    values = means.set_axis([str(u).partition(":")[2] for u in means.index])
    found = hot_spots(values, segment_graph(region).higher_order(ORDER, lower_order=True), seed=seed)
    if found.empty:
        return found
    found = found[(found["gi_q"] <= LEVEL) | (found["moran_q"] <= LEVEL)]
    return (
        found.rename_axis("segment")
        .reset_index()
        .assign(
            indicator=result.indicator,
            unit=lambda t: "segment:" + t["segment"],
            expected=lambda t: values.loc[t["segment"]].to_numpy(),
        )
    )
