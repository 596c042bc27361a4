"""`points.parquet`: pressure points, ranked, with what a planner asks of each (one row per indicator and unit)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecasting.risk.exceedance import expected_periods_above, first_likely, likely_run
from forecasting.scenarios.displacement import segment_displacement
from forecasting.scenarios.network import route_network
from forecasting.scenarios.transitions import estimate_transitions, pass_levels
from geo.region.region import Region
from geo.region.units import cell_units, summing_matrix, unit_table
from pipelines.forecasts.result import IndicatorForecast
from pipelines.store.periods import target_starts

LEVELS = ("headline", "route", "border", "segment")
N_ALTERNATIVES = 4
MIN_SHARE = 0.005  # less is not told


def points_table(
    result: IndicatorForecast, units: pd.DataFrame, region: Region, *, origin_date: pd.Timestamp
) -> pd.DataFrame:
    """Pressure points of one indicator.

    Columns: the unit's description; `capacity`, `capacity_owner`, `capacity_as_of`; `lead_periods` (first horizon at
    which an exceedance is likely, ≥ 55 %; NaN where never) and `likely_from`; `likely_run` (periods in a row that it
    stays likely), `expected_periods_above`; `peak_horizon`, `peak_chance`, `peak_excess`, `total_excess` (expected
    counts above capacity, over the whole outlook; for a stock its highest); `peak_surge`; `alternatives` ("id=share"
    by `;`, where displaced movement would turn to); `rank` among the level's units, by total excess, chance, median.
    """
    table = units[units["level"].isin(LEVELS)].set_index("unit")
    table = table.loc[[u for u in result.value["unit"].to_numpy() if u in table.index]]
    chosen = {"unit": table.index.to_list()}
    chance = result.exceedance_probability.sel(chosen).to_numpy()
    excess = result.threat["expected_excess"].sel(chosen).to_numpy()
    lead = first_likely(chance)
    starts = target_starts(origin_date, chance.shape[1], region.freq)
    peak = np.where(np.isnan(excess), -1.0, excess).argmax(axis=1)
    rows = np.arange(len(peak))
    is_stock = region.indicators[result.indicator].kind == "stock"
    table = table.assign(
        indicator=result.indicator,
        capacity=result.capacity.sel(chosen).to_numpy(),
        lead_periods=lead,
        likely_from=[pd.NaT if np.isnan(h) else starts[int(h) - 1] for h in lead],
        likely_run=likely_run(chance),
        expected_periods_above=expected_periods_above(chance),
        peak_horizon=peak + 1,
        peak_chance=np.where(np.isnan(chance), -1.0, chance).max(axis=1),
        peak_excess=excess[rows, peak],
        total_excess=excess[rows, peak] if is_stock else excess.sum(axis=1),
        peak_surge=_highest(result.surge_probability.sel(chosen).to_numpy()),
        peak_q50=_highest(result.value.sel(chosen).sel(quantile=0.5).to_numpy()),
        **_owners(result, table, region),
        alternatives=_alternatives(result, table, region),
    ).reset_index()
    table["peak_chance"] = table["peak_chance"].where(table["peak_chance"] >= 0)
    return _ranked(table)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    keys = table.assign(_excess=table["total_excess"].fillna(-1), _chance=table["peak_chance"].fillna(-1))
    by = ["level", "_excess", "_chance", "peak_q50", "unit"]
    ordered = keys.sort_values(by, ascending=[True, False, False, False, True], kind="stable")
    ordered = ordered.drop(columns=["_excess", "_chance"]).reset_index(drop=True)
    return ordered.assign(rank=ordered.groupby("level").cumcount() + 1)


def _highest(values: np.ndarray) -> np.ndarray:
    """Highest over the horizons (unit); NaN where all are."""
    filled = np.where(np.isnan(values), -1.0, values).max(axis=1)
    return np.where(filled < 0, np.nan, filled)


def _owners(result: IndicatorForecast, table: pd.DataFrame, region: Region) -> dict[str, list[str]]:
    """Who owns a unit's capacity, and of what date the newest is; empty where it has none."""
    stated = {c.segment: c for c in region.capacities if c.indicator == result.indicator}
    cells, row_of = summing_matrix(region), {u: i for i, u in enumerate(unit_table(region)["unit"])}
    parts = []
    for unit, capacity in zip(table.index, result.capacity.sel(unit=table.index.to_list()).to_numpy(), strict=True):
        row = row_of[unit]
        segments = {region.cells[i].segment for i in cells.indices[cells.indptr[row] : cells.indptr[row + 1]]}
        parts.append([stated[s] for s in segments if s in stated] if np.isfinite(capacity) else [])
    return {
        "capacity_owner": ["; ".join(sorted({c.owner for c in found})) for found in parts],
        "capacity_as_of": [max((c.as_of.isoformat() for c in found), default="") for found in parts],
    }


def _alternatives(result: IndicatorForecast, table: pd.DataFrame, region: Region) -> list[str]:
    """The first alternatives of the displacement matrix that scenarios use, of segments; a stock moves nowhere."""
    if region.indicators[result.indicator].kind == "stock":
        return [""] * len(table)
    segments = [u.partition(":")[2] for u, level in zip(table.index, table["level"], strict=True) if level == "segment"]
    matrix = displacement_matrix(result, region, segments)
    first = matrix[matrix["share"] >= MIN_SHARE].groupby("segment", sort=False).head(N_ALTERNATIVES)
    texts: dict[str, list[str]] = {}
    for segment, alternative, share in zip(first["segment"], first["alternative"], first["share"], strict=True):
        texts.setdefault(str(segment), []).append(f"{alternative}={share:.3f}")
    return [";".join(texts.get(u.removeprefix("segment:"), ())) for u in table.index]


def displacement_matrix(result: IndicatorForecast, region: Region, segments: Sequence[str]) -> pd.DataFrame:
    """Where displaced movement of an indicator would turn to, by its counts and its forecast."""
    network = route_network(region)
    used = set(network.segments)
    counts = result.history["reported"].reindex(unit=cell_units(region)).transpose("unit", "time").to_numpy()
    ahead = result.mean.reindex(unit=cell_units(region)).transpose("unit", "horizon").to_numpy()
    known = estimate_transitions(counts, network, freq=region.freq, ahead=ahead)
    levels = pass_levels(network, known)
    return segment_displacement(network, known, segments=[s for s in segments if s in used], levels=levels, n_draws=1)
