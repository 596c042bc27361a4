"""`outlook.parquet`: the year ahead of every flow, by quarters and as a whole, from sums of joint draws."""

from collections.abc import Sequence

import pandas as pd

from forecasting.risk.outlook import LEVELS, RANGES
from geo.region.region import Region
from pipelines.forecasts.result import IndicatorForecast
from pipelines.store.periods import period_ends, target_starts

PLACE = ("level", "name", "from_country", "to_country")
OUTLOOK_COLUMNS = (
    *("indicator", "unit", *PLACE, "span", "number", "first_horizon", "last_horizon", "target_start", "target_end"),
    *("model_id", "mean", *RANGES, *LEVELS, "years", *(f"chance_{level}" for level in LEVELS)),
)
TEXTS = ("indicator", "unit", *PLACE, "span", "model_id")


def outlook_table(
    results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> pd.DataFrame:
    """One row per (flow, unit above the cells, span, model), in the order of the units; empty without any."""
    flows = [r for r in results if len(r.outlook)]
    parts = [r.outlook.assign(indicator=r.indicator) for r in flows]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype=str if c in TEXTS else float) for c in OUTLOOK_COLUMNS})
    table = pd.concat(parts, ignore_index=True)
    starts = target_starts(origin_date, int(table["last_horizon"].max()), region.freq)
    ends = period_ends(starts, region.freq)
    table = table.merge(units[["unit", *PLACE]], on="unit", how="inner", sort=False)
    dated = table.assign(
        target_start=starts[table["first_horizon"] - 1], target_end=pd.DatetimeIndex(ends)[table["last_horizon"] - 1]
    )
    position = {unit: n for n, unit in enumerate(units["unit"])}
    order = {r.indicator: n for n, r in enumerate(flows)}
    places = {"indicator": order, "unit": position}  # within them quarters stand before the whole
    dated = dated.sort_values(list(places), key=lambda c: c.map(places[c.name]), kind="stable")
    return dated.reset_index(drop=True)[list(OUTLOOK_COLUMNS)]
