"""A budget of further places, shared out on an edition's need or on a scenario's."""

import numpy as np
import pandas as pd

from forecasting.base.contracts import ContractError
from forecasting.risk.allocation import allocate_places, expected_shortfall
from forecasting.scenarios.assumptions import Scenario
from forecasting.scenarios.compare import unit_draws
from forecasting.scenarios.places import moved_need
from geo.region.units import summing_matrix
from pipelines.scenarios.compare import run_scenario
from pipelines.scenarios.needs import Need
from pipelines.scenarios.reception import changed_capacity
from pipelines.scenarios.stage import ScenarioEdition

COLUMNS = (
    "indicator",
    "unit",
    "name",
    "segment",
    "horizon",
    "capacity",
    "places",
    "shortfall_before",
    "shortfall_after",
    "next_value",
)


def share_out(
    stage: ScenarioEdition,
    places: int,
    *,
    indicator: str | None = None,
    horizon: int | None = None,
    scenario: Scenario | None = None,
) -> pd.DataFrame:
    """Give whole places to where they save most expected shortfall.

    Args:
        stage: The edition made ready.
        places: The budget.
        indicator: Which stock of places; by default the first that the edition forecasts.
        horizon: For which period; by default the one in which most are expected to lack.
        scenario: On whose need; by default the forecast's.

    Returns:
        One row a place, those that get most first: `COLUMNS`. `next_value` is what one more place there would still
        save. Where no capacity is stated nothing can lack: such a place has no figures and gets none.

    Raises:
        ContractError: the edition forecasts no such places, or has no such period.
    """
    need = _chosen(stage, indicator)
    draws, capacity = _need(stage, need, scenario)
    planned = np.isfinite(capacity[:, 0])
    at = horizon or _worst(draws[planned], capacity[planned])
    if not 1 <= at <= stage.setting.horizon:
        raise ContractError(f"allocation: expected a horizon of 1 … {stage.setting.horizon}, got {at}.")
    found = allocate_places(draws[planned, at - 1], capacity[planned, at - 1], places)
    names = stage.units.set_index("unit").loc[need.units]
    table = pd.DataFrame(
        {
            "indicator": need.indicator,
            "unit": need.units,
            "name": names["name"].to_numpy(),
            "segment": names["segment"].to_numpy(),
            "horizon": at,
            "capacity": capacity[:, at - 1],
        }
    )
    for column in ("places", "shortfall_before", "shortfall_after", "next_value"):
        table[column] = np.nan
        table.loc[planned, column] = getattr(found, column).astype(float)
    order = ["places", "next_value", "unit"]
    return table.sort_values(order, ascending=[False, False, True], na_position="last")[list(COLUMNS)]


def _chosen(stage: ScenarioEdition, indicator: str | None) -> Need:
    for need in stage.needs:
        if indicator in (None, need.indicator):
            return need
    known = ", ".join(n.indicator for n in stage.needs) or "none"
    raise ContractError(f"allocation: expected places that the edition forecasts ({known}), got {indicator}.")


def _need(stage: ScenarioEdition, need: Need, scenario: Scenario | None) -> tuple[np.ndarray, np.ndarray]:
    """Draws (place, horizon, draw) and capacity (place, horizon) of the forecast, or under a scenario."""
    planned = np.repeat(need.capacity[:, None], stage.setting.horizon, axis=1)
    if scenario is None:
        return need.need, planned
    summing, units = summing_matrix(stage.region), stage.units["unit"].tolist()
    after = run_scenario(stage, scenario).draws(stage.baseline)
    change = unit_draws(after, summing, units) - unit_draws(stage.baseline, summing, units)
    moved = moved_need(need.need, np.nan_to_num(change.sel(unit=need.units).to_numpy()), need.stay)
    return moved, changed_capacity(planned, need, scenario)


def _worst(draws: np.ndarray, capacity: np.ndarray) -> int:
    """The period in which most places are expected to lack, 1 = the next."""
    if not len(draws):
        return 1
    lacking = [expected_shortfall(draws[:, h], capacity[:, h]).sum() for h in range(draws.shape[1])]
    return int(np.argmax(lacking)) + 1
