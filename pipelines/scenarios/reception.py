"""Beds of reception and referral under scenarios: need, capacity and what lacks; and a budget of beds shared out."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import ContractError
from forecasting.risk.allocation import allocate_beds, expected_shortfall
from forecasting.scenarios.assumptions import CapacityChange, Scenario
from forecasting.scenarios.reception_capacity import lacking_beds, moved_need
from pipelines.scenarios.outcomes import outcomes_of
from pipelines.scenarios.scenario_edition import ALL, Need, ScenarioEdition

_SPREADS = "{0} {0}_q10 {0}_q90"
_NEED = f"need_q10 need_q50 need_q90 {_SPREADS.format('shortfall')} chance_short"
COLUMNS = (
    "scenario indicator unit name segment horizon target_start capacity baseline_capacity "
    f"{_NEED} baseline_{_NEED.replace(' ', ' baseline_')} {_SPREADS.format('difference')} "
    "intake carry_over places_known places"
).split()
GIVEN = ["places", "shortfall_before", "shortfall_after", "next_value"]


def changed_capacity(
    planned: np.ndarray,
    units: Sequence[str],
    scenario: Scenario | None,
    *,
    indicators: Collection[str | None],
    horizon: int,
    summing: csr_array | None = None,
) -> np.ndarray:
    """Planned capacity (unit, horizon) under a scenario; coarser units keep theirs plus what their segments gain.

    Args:
        planned: Without a scenario (unit,), NaN = none.
        units: Their ids.
        scenario: What is assumed; None: nothing.
        indicators: Changes of which indicators count; None among them: of what scenarios move.
        horizon: Periods.
        summing: Units from cells; None: no unit is a sum of others.
    """
    after = np.repeat(planned[:, None], horizon, axis=1)
    rows = {unit: row for row, unit in enumerate(units)}
    for change in scenario.assumptions if scenario else ():
        if not isinstance(change, CapacityChange) or change.indicator not in indicators:
            continue
        row = rows.get(f"segment:{change.segment}")
        if row is None:
            continue
        before = after[row].copy()
        changed = change.capacity_after(before)
        if summing is not None:
            own = summing[[row]].toarray()[0] > 0
            after[summing.toarray() @ own >= own.sum()] += np.where(np.isnan(before), 0.0, changed - before)
        after[row] = changed
    return after


def _capacity_of(base: ScenarioEdition, place: Need, scenario: Scenario | None) -> np.ndarray:
    horizon = base.setting.horizon
    return changed_capacity(place.capacity, place.units, scenario, indicators=(place.indicator,), horizon=horizon)


def _need_under(place: Need, before: xr.DataArray, after: xr.DataArray) -> np.ndarray:
    """Draws of the need (place, horizon, draw) where the flow's draws change."""
    change = (after - before).sel(unit=place.units).to_numpy()
    return moved_need(place.need, np.nan_to_num(change), place.stay)


def reception_table(
    base: ScenarioEdition, scenarios: Sequence[Scenario], before: xr.DataArray, after: Sequence[xr.DataArray]
) -> pd.DataFrame:
    """What scenarios mean for beds: one row per scenario, indicator, place and period, and the sum of the places.

    Columns: `need_*`, `shortfall` (expected beds lacking) with its 80 % range, `chance_short` (share of draws in
    which any lacks), the same of the baseline, `difference` (of beds lacking, draw by draw). `capacity` and
    everything that needs one is missing where none is stated; the row `total` adds up the `places_known` that have
    one, of `places`. `intake` (beds a detection) and `carry_over` are the means of what the need follows the flow by.

    Args:
        base: The edition made ready.
        scenarios: What is assumed.
        before: Draws of all units without (unit, horizon, draw).
        after: The same under each scenario.
    """
    parts = [
        _rows(base, place, s, _need_under(place, before, draws))
        for place in base.needs
        for s, draws in zip(scenarios, after, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _rows(base: ScenarioEdition, place: Need, scenario: Scenario, need: np.ndarray) -> pd.DataFrame:
    horizon, n = base.setting.horizon, len(place.units)
    planned, capacity = (_capacity_of(base, place, s) for s in (None, scenario))
    lacking, lacked = lacking_beds(need, capacity), lacking_beds(place.need, planned)
    names, known, stay = base.units.set_index("unit").loc[place.units], np.isfinite(capacity), place.stay
    by_place = {
        "unit": [*place.units, ALL],
        "name": [*names["name"], ""],
        "segment": [*names["segment"], ""],
        "intake": [*stay.beds_per_detection.mean(axis=1), np.nan],
        "carry_over": [*stay.carry_over.mean(axis=1), np.nan],
        "places": [*np.ones(n, dtype=int), n],
    }
    values = {
        "capacity": _with_total(capacity),
        "baseline_capacity": _with_total(planned),
        "places_known": np.concatenate([known.astype(int), known.sum(axis=0)[None]]),
        **_figures(need, capacity, lacking),
        **{f"baseline_{name}": v for name, v in _figures(place.need, planned, lacked).items()},
        **_spread("difference", _with_total(lacking - lacked)),
    }
    columns: dict[str, np.ndarray] = {name: np.repeat(v, horizon) for name, v in by_place.items()}
    columns |= {name: v.ravel() for name, v in values.items()}
    columns |= {"horizon": np.tile(np.arange(1, horizon + 1), n + 1), "target_start": np.tile(base.scope.starts, n + 1)}
    return pd.DataFrame(columns).assign(scenario=scenario.name, indicator=place.indicator)


def _with_total(values: np.ndarray) -> np.ndarray:
    """Values by place (place, …) with the sum of those that are known as last row; unknown where none is."""
    total = np.where(np.isfinite(values).any(axis=0), np.nansum(values, axis=0), np.nan)
    return np.concatenate([values, total[None]])


def _spread(name: str, draws: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and 80 % range."""
    return dict(
        zip(_SPREADS.format(name).split(), [draws.mean(axis=-1), *np.quantile(draws, [0.1, 0.9], axis=-1)], strict=True)
    )


def _figures(need: np.ndarray, capacity: np.ndarray, lacking: np.ndarray) -> dict[str, np.ndarray]:
    with_plan = np.where(np.isfinite(capacity)[:, :, None], need, np.nan)
    shown, short = np.concatenate([need, _with_total(with_plan)[-1:]]), _with_total(lacking)
    unknown = np.isnan(short).any(axis=-1)
    low, middle, high = np.quantile(shown, [0.1, 0.5, 0.9], axis=-1)
    return {
        "need_q10": low,
        "need_q50": middle,
        "need_q90": high,
        **_spread("shortfall", short),
        "chance_short": np.where(unknown, np.nan, (short > 0).mean(axis=-1)),
    }


def share_out(
    base: ScenarioEdition,
    beds: int,
    *,
    indicator: str | None = None,
    horizon: int | None = None,
    scenario: Scenario | None = None,
) -> pd.DataFrame:
    """Give whole beds to where they save most expected shortfall.

    Args:
        base: The edition made ready.
        beds: The budget.
        indicator: Which stock of beds; by default the first that the edition forecasts.
        horizon: For which period; by default the one in which most are expected to lack.
        scenario: On whose need; by default the forecast's.

    Returns:
        One row a place, those that get most first: `indicator, unit, name, segment, horizon, capacity` and `GIVEN`.
        `next_value` is what one more bed there would still save. Where no capacity is stated nothing can lack: such a
        place has no figures and gets none.

    Raises:
        ContractError: the edition forecasts no such beds, or has no such period.
    """
    place = _chosen(base, indicator)
    capacity, draws = _capacity_of(base, place, scenario), place.need
    if scenario is not None:
        draws = _need_under(place, base.draws(), base.draws(outcomes_of(base, [scenario])[0]))
    planned = np.isfinite(capacity[:, 0])
    at = horizon or _worst(draws[planned], capacity[planned])
    if not 1 <= at <= base.setting.horizon:
        raise ContractError(f"allocation: expected a horizon of 1 … {base.setting.horizon}, got {at}.")
    given = allocate_beds(draws[planned, at - 1], capacity[planned, at - 1], beds)
    names = base.units.set_index("unit").loc[place.units, ["name", "segment"]].reset_index()
    table = names.assign(horizon=at, capacity=capacity[:, at - 1], **dict.fromkeys(GIVEN, np.nan))
    table.insert(0, "indicator", place.indicator)
    for column in GIVEN:
        table.loc[planned, column] = getattr(given, column).astype(float)
    order = ["places", "next_value", "unit"]
    return table.sort_values(order, ascending=[False, False, True], na_position="last")


def _chosen(base: ScenarioEdition, indicator: str | None) -> Need:
    for need in base.needs:
        if indicator in (None, need.indicator):
            return need
    known = ", ".join(n.indicator for n in base.needs) or "none"
    raise ContractError(f"allocation: expected places that the edition forecasts ({known}), got {indicator}.")


def _worst(draws: np.ndarray, capacity: np.ndarray) -> int:
    """The period in which most beds are expected to lack, 1 = the next."""
    if not len(draws):
        return 1
    lacking = [expected_shortfall(draws[:, h], capacity[:, h]).sum() for h in range(draws.shape[1])]
    return int(np.argmax(lacking)) + 1
