"""Scenarios on a published edition: what the engine needs from it, and the tables that come out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import BANDS, ContractError
from forecasting.scenarios.alternatives import displacement_table
from forecasting.scenarios.assumptions import CapacityChange, Scenario
from forecasting.scenarios.compare import difference_columns, quantile_columns, risk_columns, unit_draws
from forecasting.scenarios.displacement import segment_displacement
from forecasting.scenarios.engine import Outcome, move_flow
from forecasting.scenarios.moves import Setting, moves_of, pass_levels
from geo.pack.entries import Problem
from geo.region.units import summing_matrix
from pipelines.scenarios.read_file import ScenarioError
from pipelines.scenarios.reception import reception_table
from pipelines.scenarios.stage import ScenarioEdition

BASELINE = "baseline"
_NAMES = np.array([*BANDS, None], dtype=object)  # −1 picks None


@dataclass(frozen=True)
class Compared:
    """Scenarios beside the baseline."""

    stage: ScenarioEdition
    scenarios: tuple[Scenario, ...]
    outcomes: tuple[Outcome, ...]
    table: pd.DataFrame  # scenario × unit × horizon against the baseline
    pairs: pd.DataFrame  # scenario × other scenario × unit × horizon
    ledger: pd.DataFrame  # scenario × source or sink
    waiting: pd.DataFrame  # scenario × cell × horizon
    reception: pd.DataFrame  # scenario × place × horizon: need, capacity, what lacks; `reception_table`


def compare_scenarios(
    stage: ScenarioEdition, scenarios: Sequence[Scenario], *, outcomes: Sequence[Outcome] | None = None
) -> Compared:
    """Run scenarios on the edition's draws and set them beside the baseline and each other, draw by draw.

    Args:
        stage: The edition.
        scenarios: Each with a name of its own.
        outcomes: What they change, where it was worked out elsewhere (`pipelines.scenarios.on_cluster`).

    Raises:
        ScenarioError: an assumption can't be met by what the figures know.
    """
    outcomes = [run_scenario(stage, s) for s in scenarios] if outcomes is None else outcomes
    names = stage.units["unit"].tolist()
    summing = summing_matrix(stage.region)
    before = unit_draws(stage.baseline, summing, names)
    after = [unit_draws(o.draws(stage.baseline), summing, names) for o in outcomes]
    planned = np.repeat(stage.capacity[:, None], stage.setting.horizon, axis=1)
    was = pd.concat(
        [quantile_columns(before, "baseline_"), _risk(stage, before, planned).add_prefix("baseline_")], axis=1
    )
    tables = [_against(stage, s, d, before, was) for s, d in zip(scenarios, after, strict=True)]
    pairs = [
        difference_columns(after[i], after[j]).assign(scenario=scenarios[i].name, other=scenarios[j].name)
        for i in range(len(after))
        for j in range(i + 1, len(after))
    ]
    return Compared(
        stage,
        tuple(scenarios),
        tuple(outcomes),
        pd.concat(tables, ignore_index=True),
        pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(),
        pd.concat([_ledger(s, o) for s, o in zip(scenarios, outcomes, strict=True)], ignore_index=True),
        _waiting(stage, scenarios, outcomes),
        reception_table(stage, scenarios, before, after),
    )


def run_scenario(stage: ScenarioEdition, scenario: Scenario) -> Outcome:
    """What a scenario changes on the edition's draws.

    Raises:
        ScenarioError: an assumption can't be met by what the figures know.
    """
    try:
        return outcome_of(stage.baseline, stage.setting, scenario)
    except ContractError as error:
        raise refused(scenario, error) from error


def outcome_of(baseline: np.ndarray, setting: Setting, scenario: Scenario) -> Outcome:
    """What a scenario changes on draws (cell, horizon, draw).

    Raises:
        ContractError: an assumption can't be met by what the figures know.
    """
    return move_flow(baseline, moves_of(scenario, setting), setting)


def refused(scenario: Scenario, error: ContractError) -> ScenarioError:
    """The refusal as readers are told it, by the scenario's name."""
    return ScenarioError([Problem(scenario.name, None, str(error))])


def _against(
    stage: ScenarioEdition, scenario: Scenario, draws: xr.DataArray, before: xr.DataArray, was: pd.DataFrame
) -> pd.DataFrame:
    capacity = _capacity(stage, scenario)
    table = pd.concat(
        [
            quantile_columns(draws),
            _risk(stage, draws, capacity),
            was.drop(columns=["unit", "horizon"]),
            difference_columns(draws, before).drop(columns=["unit", "horizon"]),
        ],
        axis=1,
    )
    described = stage.units.set_index("unit").loc[table["unit"]].reset_index(drop=True)
    columns = ["level", "name", "route", "segment", "border", "from_country", "to_country"]
    for name, values in described[columns].items():
        table[str(name)] = values
    step = table["horizon"].to_numpy() - 1
    table["target_start"], table["target_end"] = stage.scope.starts[step], stage.scope.ends[step]
    table["capacity"] = capacity.ravel()
    table["baseline_capacity"] = np.repeat(stage.capacity, stage.setting.horizon)
    return table.assign(scenario=scenario.name, indicator=stage.indicator)


def _risk(stage: ScenarioEdition, draws: xr.DataArray, capacity: np.ndarray) -> pd.DataFrame:
    table = risk_columns(draws, capacity, history=stage.history, rules=stage.region.risk)
    return table.assign(pressure_band=_NAMES[table["pressure_band"].to_numpy()])


def _capacity(stage: ScenarioEdition, scenario: Scenario) -> np.ndarray:
    """Planned capacity (unit, horizon) under a scenario; coarser units keep theirs plus what their segments gain."""
    planned = np.repeat(stage.capacity[:, None], stage.setting.horizon, axis=1)
    index = {u: i for i, u in enumerate(stage.units["unit"])}
    summing = summing_matrix(stage.region)
    for change in scenario.assumptions:
        if not isinstance(change, CapacityChange) or change.indicator not in (None, stage.indicator):
            continue
        row = index[f"segment:{change.segment}"]
        before = planned[row].copy()
        full = change.value if change.value is not None else before * (change.factor or 0.0)
        weights = change.span.weights(stage.setting.horizon)
        after = np.where(np.isnan(before), np.where(weights > 0, full, np.nan), before + weights * (full - before))
        gained = np.where(np.isnan(before), 0.0, after - before)
        mine = summing[[row]].toarray()[0] > 0
        holders = np.flatnonzero(summing.toarray() @ mine >= mine.sum())
        planned[holders] += gained
        planned[row] = after
    return planned


def _ledger(scenario: Scenario, outcome: Outcome) -> pd.DataFrame:
    rows = [(name, v.mean(), *np.quantile(v, [0.1, 0.9])) for name, v in outcome.ledger.items()]
    return pd.DataFrame(rows, columns=["flow", "mean", "q10", "q90"]).assign(scenario=scenario.name)


def _waiting(stage: ScenarioEdition, scenarios: Sequence[Scenario], outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Those who wait at a held-back cell at the end of each period, passages; no row where nobody is held back."""
    tables = []
    for scenario, outcome in zip(scenarios, outcomes, strict=True):
        for cell, values in outcome.waiting.items():
            low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=1)
            name, horizons = stage.setting.network.cells[cell], np.arange(1, len(values) + 1)
            columns = {"cell": name, "horizon": horizons, "q10": low, "q50": middle, "q90": high}
            tables.append(pd.DataFrame(columns).assign(scenario=scenario.name))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def displacement_of(stage: ScenarioEdition, scenarios: Sequence[Scenario] = ()) -> pd.DataFrame:
    """The displacement matrix of the cells that scenarios hold back; of all cells without any."""
    segments = {getattr(a, "segment", None) for s in scenarios for a in s.assumptions if hasattr(a, "diversion")}
    cells = [i for i, c in enumerate(stage.region.cells) if not scenarios or c.segment in segments]
    network, known = stage.setting.network, stage.setting.transitions
    return displacement_table(network, known, cells=cells, seed=stage.setting.seed) if cells else pd.DataFrame()


def displacement_matrix(stage: ScenarioEdition, segments: Sequence[str] | None = None) -> pd.DataFrame:
    """The same by segment, over the routes that use it; of all segments where none is named."""
    network, known = stage.setting.network, stage.setting.transitions
    levels = pass_levels(network, known)
    return segment_displacement(network, known, segments=segments, levels=levels, seed=stage.setting.seed)


def movement_table(stage: ScenarioEdition) -> pd.DataFrame:
    """What is estimated of each cell's movement: recent level, detections per passage, mean lag onward."""
    network, known = stage.setting.network, stage.setting.transitions
    node = network.node_of_source
    lags = known.kernel @ np.arange(known.kernel.shape[1]) if len(known.kernel) else np.array([])
    return pd.DataFrame(
        {
            "cell": network.cells,
            "level": known.level,
            "known_periods": known.known_periods,
            "detection_share": known.detection,
            "entry": network.entry,
            "mean_lag_periods": [lags[n] if n >= 0 else np.nan for n in node],
        }
    )
