"""Reception and referral places under scenarios: need, capacity and what lacks, from draws of the need."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.scenarios.assumptions import CapacityChange, Scenario
from forecasting.scenarios.places import lacking_places, moved_need
from pipelines.scenarios.needs import ALL, Need
from pipelines.scenarios.stage import ScenarioEdition

COLUMNS = (
    "scenario",
    "indicator",
    "unit",
    "name",
    "segment",
    "horizon",
    "target_start",
    "capacity",
    "baseline_capacity",
    "need_q10",
    "need_q50",
    "need_q90",
    "shortfall",
    "shortfall_q10",
    "shortfall_q90",
    "chance_short",
    "baseline_need_q10",
    "baseline_need_q50",
    "baseline_need_q90",
    "baseline_shortfall",
    "baseline_shortfall_q10",
    "baseline_shortfall_q90",
    "baseline_chance_short",
    "difference",
    "difference_q10",
    "difference_q90",
    "intake",
    "carry_over",
    "places_known",
    "places",
)


def reception_table(
    stage: ScenarioEdition, scenarios: Sequence[Scenario], before: xr.DataArray, after: Sequence[xr.DataArray]
) -> pd.DataFrame:
    """What scenarios mean for places: one row per scenario, indicator, place and period, and the sum of the places.

    Columns: `need_*`, `shortfall` (expected places lacking) with its 80 % range, `chance_short` (share of draws in
    which any lacks), the same of the baseline, `difference` (of places lacking, draw by draw). `capacity` and
    everything that needs one is missing where none is stated; the row `total` adds up the `places_known` that have
    one, of `places`. `intake` (places a detection) and `carry_over` are the means of what the need follows the flow by.

    Args:
        stage: The edition made ready.
        scenarios: What is assumed.
        before: Draws of all units without (unit, horizon, draw).
        after: The same under each scenario.
    """
    parts = [
        _rows(stage, need, s, before=before, after=draws)
        for need in stage.needs
        for s, draws in zip(scenarios, after, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))


def _rows(
    stage: ScenarioEdition, place: Need, scenario: Scenario, *, before: xr.DataArray, after: xr.DataArray
) -> pd.DataFrame:
    change = np.nan_to_num((after - before).sel(unit=place.units).to_numpy())
    planned = np.repeat(place.capacity[:, None], stage.setting.horizon, axis=1)
    capacity = changed_capacity(planned, place, scenario)
    need = moved_need(place.need, change, place.stay)
    return pd.concat(
        [
            _described(stage, place, scenario, capacity, planned),
            _figures(need, capacity),
            _figures(place.need, planned).add_prefix("baseline_"),
            _difference(lacking_places(need, capacity), lacking_places(place.need, planned)),
        ],
        axis=1,
    )


def changed_capacity(planned: np.ndarray, place: Need, scenario: Scenario) -> np.ndarray:
    """Capacity (place, horizon) under a scenario that changes the indicator's."""
    capacity = planned.copy()
    for change in scenario.assumptions:
        if not isinstance(change, CapacityChange) or change.indicator != place.indicator:
            continue
        for row in (i for i, u in enumerate(place.units) if u == f"segment:{change.segment}"):
            full = change.value if change.value is not None else planned[row] * (change.factor or 0.0)
            weights = change.span.weights(planned.shape[1])
            known = np.isfinite(capacity[row])
            started = np.where(weights > 0, full, np.nan)
            capacity[row] = np.where(known, capacity[row] + weights * (full - capacity[row]), started)
    return capacity


def _described(
    stage: ScenarioEdition, place: Need, scenario: Scenario, capacity: np.ndarray, planned: np.ndarray
) -> pd.DataFrame:
    horizon, n = stage.setting.horizon, len(place.units)
    names = stage.units.set_index("unit").loc[place.units]
    known = np.isfinite(capacity)
    return pd.DataFrame(
        {
            "scenario": scenario.name,
            "indicator": place.indicator,
            "unit": np.repeat([*place.units, ALL], horizon),
            "name": np.repeat([*names["name"], ""], horizon),
            "segment": np.repeat([*names["segment"], ""], horizon),
            "horizon": np.tile(np.arange(1, horizon + 1), n + 1),
            "target_start": np.tile(stage.scope.starts, n + 1),
            "capacity": _with_total(capacity),
            "baseline_capacity": _with_total(planned),
            "intake": np.repeat([*place.stay.intake.mean(axis=1), np.nan], horizon),
            "carry_over": np.repeat([*place.stay.carry_over.mean(axis=1), np.nan], horizon),
            "places_known": np.concatenate([known.ravel().astype(int), known.sum(axis=0)]),
            "places": np.repeat([*np.ones(n, dtype=int), n], horizon),
        }
    )


def _with_total(values: np.ndarray) -> np.ndarray:
    """(place × horizon) and the sum of those that are known; unknown where none is."""
    total = np.where(np.isfinite(values).any(axis=0), np.nansum(values, axis=0), np.nan)
    return np.concatenate([values.ravel(), total])


def _summed(draws: np.ndarray) -> np.ndarray:
    """Draws (place, horizon, draw) with the sum of the known places as last row."""
    known = np.isfinite(draws).any(axis=0)
    total: np.ndarray = np.where(known, np.nansum(draws, axis=0), np.nan)
    return np.concatenate([draws, total[None]])


def _figures(need: np.ndarray, capacity: np.ndarray) -> pd.DataFrame:
    lacking = _summed(lacking_places(need, capacity))
    with_plan = np.where(np.isfinite(capacity)[:, :, None], need, np.nan)
    shown = np.concatenate([need, _summed(with_plan)[-1:]])
    low, middle, high = np.quantile(shown, [0.1, 0.5, 0.9], axis=-1)
    least, most = np.quantile(lacking, [0.1, 0.9], axis=-1)
    unknown = np.isnan(lacking).any(axis=-1)
    return pd.DataFrame(
        {
            "need_q10": low.ravel(),
            "need_q50": middle.ravel(),
            "need_q90": high.ravel(),
            "shortfall": lacking.mean(axis=-1).ravel(),
            "shortfall_q10": least.ravel(),
            "shortfall_q90": most.ravel(),
            "chance_short": np.where(unknown, np.nan, (lacking > 0).mean(axis=-1)).ravel(),
        }
    )


def _difference(lacking: np.ndarray, baseline: np.ndarray) -> pd.DataFrame:
    both = _summed(lacking - baseline)
    low, high = np.quantile(both, [0.1, 0.9], axis=-1)
    return pd.DataFrame(
        {
            "difference": both.mean(axis=-1).ravel(),
            "difference_q10": low.ravel(),
            "difference_q90": high.ravel(),
        }
    )
