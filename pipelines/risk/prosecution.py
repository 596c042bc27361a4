"""`prosecution.parquet`: expected smuggling cases, identified victims and reports, and whether they lead or follow.

Never derived from crossings: an indicator without figures has a row that says so, and nothing else.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from forecasting.risk.lead_lag import LEVEL, lead_lag
from geo.region.region import Region
from pipelines.forecasts.result import IndicatorForecast

INDICATORS = ("smuggling_cases", "thb_victims_identified", "iff_reports")
CROSSINGS = "irregular_crossings"
MAX_LAG = {"W": 8, "M": 4}
MIN_COUNTS = 100  # cases in all: with fewer no lead could show, and the test is the table's dearest part
LEVELS = ("total", "border")


def prosecution_table(results: Sequence[IndicatorForecast], units: pd.DataFrame, region: Region) -> pd.DataFrame:
    """One row per (indicator, unit, horizon) of the whole region and its borders; `state` is `data` or `no data`.

    Columns: `q10, q50, q90` and `mean`, the forecast per period; `known_periods`; of the whole history and so the same
    for each horizon: `lag_periods` (positive: it follows crossings, negative: it leads; NaN: no lead to tell),
    `lag_correlation`, `lag_p_value`, `lag_q_value` (corrected for the borders tested), `lag_band`, `lag_pairs`.
    """
    by_id = {r.indicator: r for r in results}
    wanted = [i for i in INDICATORS if i in region.indicators]
    parts = [_indicator(i, by_id, units, region) for i in wanted]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"indicator": pd.Series(dtype=str)})


def _indicator(
    indicator: str, by_id: dict[str, IndicatorForecast], units: pd.DataFrame, region: Region
) -> pd.DataFrame:
    result = by_id.get(indicator)
    known = set() if result is None else {str(u) for u in result.value["unit"].to_numpy()}
    chosen = units[units["level"].isin(LEVELS)]
    frames = []
    for unit, level, name in zip(chosen["unit"], chosen["level"], chosen["name"], strict=True):
        who = {"indicator": indicator, "unit": unit, "level": level, "name": name}
        if result is None or unit not in known:
            frames.append(pd.DataFrame([{**who, "state": "no data"}]))
        else:
            frames.append(_rows(result, by_id.get(CROSSINGS), unit, region).assign(**who, state="data"))
    table = corrected_lags(pd.concat(frames, ignore_index=True))
    return table.astype({"horizon": "Int64"}) if "horizon" in table else table  # whole numbers beside rows without


def corrected_lags(table: pd.DataFrame) -> pd.DataFrame:
    """Leads and lags of the borders are told only where they stand among all borders that were tested at once.

    `lag_q_value`: of borders by Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289–300; of the whole region, which
    is one test, the p-value itself. With few shifted copies no p-value can be small enough for many borders: then
    none is told.
    """
    if "lag_p_value" not in table:
        return table
    tested = table.dropna(subset=["lag_p_value"]).drop_duplicates("unit").set_index("unit")
    q_value = tested["lag_p_value"].copy()
    borders = tested["level"].eq("border")
    if borders.any():
        q_value[borders] = false_discovery_control(tested.loc[borders, "lag_p_value"])
    adjusted = table["unit"].map(q_value)
    told = adjusted.le(LEVEL)
    return table.assign(lag_q_value=adjusted, lag_periods=table["lag_periods"].where(told))


def _rows(result: IndicatorForecast, crossings: IndicatorForecast | None, unit: str, region: Region) -> pd.DataFrame:
    one = result.value.sel(unit=unit)
    counts = result.history["reported"].sel(unit=unit).to_numpy()
    return pd.DataFrame(
        {
            "horizon": one["horizon"].to_numpy(),
            **{name: one.sel(quantile=q).to_numpy() for name, q in (("q10", 0.1), ("q50", 0.5), ("q90", 0.9))},
            "mean": result.mean.sel(unit=unit).to_numpy(),
            "known_periods": int(np.isfinite(counts).sum()),
            **_lead(counts, crossings, unit, region),
        }
    )


def _lead(counts: np.ndarray, crossings: IndicatorForecast | None, unit: str, region: Region) -> dict[str, float]:
    known = crossings is not None and unit in crossings.history["unit"].to_numpy()
    if crossings is None or not known or np.nansum(counts) < MIN_COUNTS:
        return {
            "lag_periods": np.nan,
            "lag_correlation": np.nan,
            "lag_p_value": np.nan,
            "lag_band": np.nan,
            "lag_pairs": 0,
        }
    other = crossings.history["reported"].sel(unit=unit).to_numpy()
    found = lead_lag(counts, other, max_lag=MAX_LAG[region.freq])
    return {
        "lag_periods": np.nan if found.lag is None else float(found.lag),
        "lag_correlation": found.correlation,
        "lag_p_value": found.p_value,
        "lag_band": found.band,
        "lag_pairs": found.n_pairs,
    }
