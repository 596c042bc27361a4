"""Scenarios beside a published edition's baseline and beside each other: the tables that come out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import BANDS
from forecasting.scenarios.assumptions import Scenario
from forecasting.scenarios.compare import difference_columns, quantile_columns, risk_columns
from forecasting.scenarios.displacement import displacement_table, segment_displacement
from forecasting.scenarios.engine import Outcome
from forecasting.scenarios.transitions import pass_levels
from geo.region.units import summing_matrix
from pipelines.scenarios.outcomes import outcomes_of
from pipelines.scenarios.reception import changed_capacity, reception_table
from pipelines.scenarios.scenario_edition import ScenarioEdition

_NAMES = np.array([*BANDS, None], dtype=object)  # −1 picks None
_DESCRIBED = ["level", "name", "route", "segment", "border", "from_country", "to_country"]


@dataclass(frozen=True)
class Compared:
    """Scenarios beside the baseline."""

    base: ScenarioEdition
    scenarios: tuple[Scenario, ...]
    outcomes: tuple[Outcome, ...]
    table: pd.DataFrame  # scenario × unit × horizon against the baseline
    sums: pd.DataFrame  # scenario × "during" or "after" what it assumes × unit: over those horizons; `_sums`
    pairs: pd.DataFrame  # scenario × other scenario × unit × horizon
    ledger: pd.DataFrame  # scenario × source or sink
    waiting: pd.DataFrame  # scenario × cell × horizon
    reception: pd.DataFrame  # scenario × place × horizon: need, capacity, what lacks; `reception_table`


def compare_scenarios(
    base: ScenarioEdition, scenarios: Sequence[Scenario], *, scheduler: str | None = None
) -> Compared:
    """Run scenarios on the edition's draws and set them beside the baseline and each other, draw by draw.

    Args:
        base: The edition.
        scenarios: Each with a name of its own.
        scheduler: Address of a Dask scheduler whose workers work out what they change; None: this process.

    Raises:
        ScenarioError: an assumption can't be met by what the figures know.
        ClusterError: the scheduler does not answer, or was lost.
    """
    outcomes = outcomes_of(base, scenarios, scheduler=scheduler)
    before, after = base.draws(), [base.draws(o) for o in outcomes]
    was = pd.concat([quantile_columns(before), _risk(base, before, None)], axis=1).add_prefix("baseline_")
    tables = [_against(base, s, d, before, was) for s, d in zip(scenarios, after, strict=True)]
    pairs = [
        difference_columns(after[i], after[j]).assign(scenario=scenarios[i].name, other=scenarios[j].name)
        for i in range(len(after))
        for j in range(i + 1, len(after))
    ]
    both = list(zip(scenarios, outcomes, strict=True))
    return Compared(
        base,
        tuple(scenarios),
        tuple(outcomes),
        pd.concat(tables, ignore_index=True),
        _together(t for s, d in zip(scenarios, after, strict=True) for t in _sums(base, s, d, before)),
        _together(pairs),
        pd.concat([_ledger(s, o) for s, o in both], ignore_index=True),
        _together(t for s, o in both for t in _waiting(base, s, o)),
        reception_table(base, scenarios, before, after),
    )


def _together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    listed = list(tables)
    return pd.concat(listed, ignore_index=True) if listed else pd.DataFrame()


def _against(
    base: ScenarioEdition, scenario: Scenario, draws: xr.DataArray, before: xr.DataArray, was: pd.DataFrame
) -> pd.DataFrame:
    key = ["unit", "horizon"]
    against = difference_columns(draws, before).drop(columns=key)
    was_units = was["baseline_unit"]
    was = was.drop(columns=[f"baseline_{k}" for k in [*key, "capacity"]])
    risk = _risk(base, draws, scenario)
    described = base.units.set_index("unit").loc[was_units, _DESCRIBED].reset_index(drop=True)
    parts = [quantile_columns(draws), risk.drop(columns="capacity"), was, against, described]
    table = pd.concat(parts, axis=1)
    step = table["horizon"].to_numpy() - 1
    table["target_start"], table["target_end"] = base.scope.starts[step], base.scope.ends[step]
    table["capacity"] = risk["capacity"]
    table["baseline_capacity"] = np.repeat(base.capacity, base.setting.horizon)
    return table.assign(scenario=scenario.name, indicator=base.indicator)


def span(scenario: Scenario, horizon: int) -> tuple[int, int]:
    """First and last horizon of what a scenario assumes, as far as a forecast of so many reaches."""
    begins = min((a.from_horizon or 1 for a in scenario.assumptions), default=1)
    ends = max((a.until_horizon or horizon for a in scenario.assumptions), default=horizon)
    return begins, min(ends, horizon)


def _sums(
    base: ScenarioEdition, scenario: Scenario, draws: xr.DataArray, before: xr.DataArray
) -> Iterator[pd.DataFrame]:
    """Differences summed, draw by draw, over the horizons of what is assumed and over those after it.

    Yields:
        A row a unit: `part`, `periods` (how many), and the columns of `difference_columns` without `horizon`.
    """
    begins, ends = span(scenario, base.setting.horizon)
    described = base.units.set_index("unit")[_DESCRIBED]
    for part, hs in (("during", slice(begins - 1, ends)), ("after", slice(ends, None))):
        own, was = (d.isel(horizon=hs) for d in (draws, before))
        if own.sizes["horizon"]:
            both = (d.sum("horizon", skipna=False).expand_dims(horizon=[ends], axis=1) for d in (own, was))
            table = difference_columns(*both).drop(columns="horizon").join(described, on="unit")
            yield table.assign(scenario=scenario.name, part=part, periods=own.sizes["horizon"])


def _risk(base: ScenarioEdition, draws: xr.DataArray, scenario: Scenario | None) -> pd.DataFrame:
    capacity = changed_capacity(
        base.capacity,
        base.units["unit"].tolist(),
        scenario,
        indicators=(None, base.indicator),
        horizon=base.setting.horizon,
        summing=summing_matrix(base.region),
    )
    table = risk_columns(draws, capacity, history=base.history, rules=base.region.risk, published=base.published)
    return table.assign(pressure_band=_NAMES[table["pressure_band"].to_numpy()], capacity=capacity.ravel())


def _ledger(scenario: Scenario, outcome: Outcome) -> pd.DataFrame:
    rows = [(name, v.mean(), *np.quantile(v, [0.1, 0.9])) for name, v in outcome.ledger.items()]
    return pd.DataFrame(rows, columns=["flow", "mean", "q10", "q90"]).assign(scenario=scenario.name)


def _waiting(base: ScenarioEdition, scenario: Scenario, outcome: Outcome) -> Iterator[pd.DataFrame]:
    """Those who wait at a held-back cell at the end of each period, passages; none where nobody is held back."""
    for cell, values in outcome.waiting.items():
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=1)
        name, horizons = base.setting.network.cells[cell], np.arange(1, len(values) + 1)
        columns = {"cell": name, "horizon": horizons, "q10": low, "q50": middle, "q90": high}
        yield pd.DataFrame(columns).assign(scenario=scenario.name)


def displacement_of(base: ScenarioEdition, scenarios: Sequence[Scenario] = ()) -> pd.DataFrame:
    """The displacement matrix of the cells that scenarios hold back; of all cells without any."""
    held = {segment for s in scenarios for segment in s.held_segments}
    cells = [i for i, c in enumerate(base.region.cells) if not scenarios or c.segment in held]
    network, known = base.setting.network, base.setting.transitions
    return displacement_table(network, known, cells=cells, seed=base.setting.seed) if cells else pd.DataFrame()


def displacement_matrix(base: ScenarioEdition, segments: Sequence[str] | None = None) -> pd.DataFrame:
    """The same by segment, over the routes that use it; of all segments where none is named."""
    network, known = base.setting.network, base.setting.transitions
    levels = pass_levels(network, known)
    return segment_displacement(network, known, segments=segments, levels=levels, seed=base.setting.seed)


def movement_table(base: ScenarioEdition) -> pd.DataFrame:
    """What is estimated of each cell's movement: recent level, detections per passage, mean lag onward."""
    network, known = base.setting.network, base.setting.transitions
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
