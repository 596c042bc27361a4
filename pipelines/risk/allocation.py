"""`allocation.parquet`: a stated budget of places, shared out to where it saves most expected shortfall."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecasting.risk.allocation import allocate_beds
from geo.region.region import Region
from geo.region.risk_inputs import Budget
from pipelines.forecasts.result import IndicatorForecast

COLUMNS = (
    "indicator",
    "unit",
    "name",
    "horizon",
    "budget",
    "owner",
    "as_of",
    "capacity",
    "places",
    "shortfall_before",
    "shortfall_after",
    "next_value",
)


def allocation_table(results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """One row per (budget, segment with a capacity), for the period in which most places are expected to lack.

    Columns: `capacity` (as planned, the status quo), `places` (further ones), `shortfall_before`, `shortfall_after`
    (expected places lacking), `next_value` (what one more place would still save). Empty without a stated budget.
    """
    by_id = {r.indicator: r for r in results}
    parts = [_shared_out(by_id[b.indicator], b, units) for b in region.budgets if b.indicator in by_id]
    found = [p for p in parts if len(p)]
    if not found:
        return pd.DataFrame({c: pd.Series(dtype=str if c in ("indicator", "unit") else float) for c in COLUMNS})
    return pd.concat(found, ignore_index=True)[list(COLUMNS)]


def _shared_out(result: IndicatorForecast, budget: Budget, units: pd.DataFrame) -> pd.DataFrame:
    chosen = [u for u in units.loc[units["level"].eq("segment"), "unit"] if u in result.threat["unit"].to_numpy()]
    capacity = result.capacity.sel(unit=chosen)
    planned = [u for u, known in zip(chosen, np.isfinite(capacity.to_numpy()), strict=True) if known]
    if not planned:
        return pd.DataFrame()
    excess = result.threat["expected_excess"].sel(unit=planned).sum("unit")
    horizon = int(excess["horizon"].to_numpy()[int(excess.to_numpy().argmax())])
    need = result.threat["published_draws"].sel(unit=planned, horizon=horizon).transpose("unit", "draw").to_numpy()
    places = capacity.sel(unit=planned).to_numpy()
    found = allocate_beds(need, places, budget.places)
    names = units.set_index("unit")["name"]
    return pd.DataFrame(
        {
            "indicator": budget.indicator,
            "unit": planned,
            "name": names.loc[planned].to_numpy(),
            "horizon": horizon,
            "budget": budget.places,
            "owner": budget.owner,
            "as_of": budget.as_of.isoformat(),
            "capacity": places,
            "places": found.places,
            "shortfall_before": found.shortfall_before,
            "shortfall_after": found.shortfall_after,
            "next_value": found.next_value,
        }
    )
