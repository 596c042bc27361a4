"""An indicator's forecast from what its members said: combined, scored, held against capacity, explained."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from forecasting.combine.assemble import JointForecast, PastForecast, assemble, learn
from forecasting.combine.attribution import attribution
from forecasting.risk.bands import pressure_bands, without_broken
from forecasting.risk.exceedance import exceedance_probability, expected_excess, unit_capacity
from forecasting.risk.surge import surge_probability
from geo.region.region import Region, RiskRules
from geo.region.units import summing_matrix, unit_table
from pipelines.forecasts.backtest_scores import (
    BacktestEvidence,
    backtest_evidence,
    broken_regimes,
    even_draws,
    exceedance_reliability,
    flagged,
    settled,
)
from pipelines.forecasts.member_tasks import N_DRAWS, AtCutoff
from pipelines.forecasts.result import IndicatorForecast
from pipelines.store.periods import shift


def put_together(
    at: list[AtCutoff],
    history: xr.Dataset,
    *,
    region: Region,
    seed: int,
    ever: np.ndarray,
    dates: Sequence[pd.Timestamp],
) -> IndicatorForecast:
    """What is published of one indicator.

    Args:
        at: The cutoffs in order, the last one the newest.
        history: The newest figures (unit, time).
        region: Capacities and rules.
        seed: The run's.
        ever: (cell,) whether the cell was ever reported.
        dates: The cutoffs that the backtest scores.
    """
    level = unit_table(region).set_index("unit")["level"].to_dict()
    newest, previous = at[-1], shift(at[-1].origin_date, -1, region.freq)
    assembled = assemble_all(at, region, ever=ever, seed=seed)
    scored = [(a, s) for a, s in zip(at, assembled, strict=True) if a.origin_date in dates]
    evidence = backtest_evidence(scored, history, assembled[-1].quantiles, level=level)
    replay = next((s for a, s in zip(at, assembled, strict=True) if a.origin_date == previous), None)
    broken = broken_regimes(assembled, newest.history)
    result = assess(newest, assembled[-1], evidence, region=region, ever=ever, replay=replay, broken=broken)
    medians, summing = result.value.sel(quantile=0.5, drop=True), _active_summing(newest.history, region, ever)
    capacity = planned_capacity(region, newest.history, ever)
    return replace(
        result,
        reasons=attribution(newest.members, assembled[-1], newest.history, medians, summing=summing),
        exceedance_reliability=exceedance_reliability(scored, settled(history), capacity, level),
    )


def assemble_all(at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int) -> list[JointForecast]:
    """Assemble the cutoffs in order; each learns only from earlier forecasts whose outcome it could know."""
    summing = _active_summing(at[0].history, region, ever)
    levels = unit_table(region).set_index("unit")["level"].loc[at[0].history["unit"].to_numpy()].tolist()
    past: list[PastForecast] = []
    out: list[JointForecast] = []
    for cutoff in at:
        state = learn(past, cutoff.history, levels)
        options = {"summing": summing, "levels": levels, "n_draws": N_DRAWS, "seed": seed, "state": state}
        broken = flagged(broken_regimes(out, cutoff.history))
        out.append(assemble(cutoff.members, cutoff.history, **options, broken=broken))
        past.append(out[-1].past)
    return out


def _active_summing(history: xr.Dataset, region: Region, ever: np.ndarray) -> csr_array:
    """The units of a history over the cells that ever reported, 0/1."""
    rows = unit_table(region).set_index("unit").index.get_indexer(history["unit"].to_numpy())
    return summing_matrix(region)[rows][:, np.flatnonzero(ever)]


def assess(
    at: AtCutoff,
    assembled: JointForecast,
    evidence: BacktestEvidence,
    *,
    region: Region,
    ever: np.ndarray,
    replay: JointForecast | None,
    broken: xr.Dataset,
) -> IndicatorForecast:
    """The newest cutoff's forecast where it has shown skill, the baseline where not, and the risk.

    `ever` (cell,): whether the cell was ever reported; `replay`: the forecast made one period earlier, for "since last
    time"; `broken`: regime flags (unit) from `broken_regimes`.
    """
    units, indicator = assembled.quantiles["unit"].to_numpy(), str(at.history.attrs["indicator"])
    baseline, baseline_only = at.members.quantiles.sel(member="baseline", drop=True), evidence.baseline_only
    draws = even_draws(baseline).where(baseline_only, assembled.draws).transpose("unit", "horizon", "draw")
    capacity = planned_capacity(region, at.history, ever).sel(unit=units)
    bands = without_broken(pressure_bands(draws, at.history, capacity, rules=region.risk), broken)
    threat = bands[["rung_probability", "rung_limit"]].assign(expected_excess=expected_excess(draws, capacity))
    if any(b.indicator == indicator for b in region.budgets):  # a budget of places is shared out over the draws
        threat = threat.assign(published_draws=draws)
    return IndicatorForecast(
        indicator=indicator,
        history=at.history,
        value=baseline.where(baseline_only, assembled.quantiles).transpose("unit", "horizon", "quantile"),
        baseline=baseline,
        mean=draws.mean("draw"),
        members=at.members.quantiles,
        exceedance_probability=exceedance_probability(draws, capacity),
        surge_probability=evidence.surges.shown(surge_probability(draws, at.history), baseline_only),
        capacity=capacity,
        band=bands["pressure_band"].to_numpy(),
        basis=np.repeat(bands["band_basis"].to_numpy()[:, None], draws.sizes["horizon"], axis=1),
        previous_band=previous_bands(replay, at.history, capacity, baseline_only, rules=region.risk),
        threat=threat,
        skill=evidence.skill,
        baseline_only=baseline_only,
        regime_break=flagged(broken.sel(unit=units)),
        scores=evidence.scores,
        backtest=evidence.backtest,
        surge_scores=evidence.surges.scores,
        surge_reliability=evidence.surges.reliability,
        draws=assembled.draws,
        failures=[{"member": f.member, "unit": f.unit, "reason": f.reason} for f in at.members.failures],
    )


def planned_capacity(region: Region, history: xr.Dataset, ever: np.ndarray) -> xr.DataArray:
    """Planned capacity of every unit of the region (unit), NaN without one."""
    cells = capacities_of(region, str(history.attrs["indicator"]), ever)
    values = unit_capacity(cells, summing_matrix(region))
    values = np.where(values > 0, values, np.nan)
    return xr.DataArray(values, dims="unit", coords={"unit": unit_table(region)["unit"].to_numpy()})


def capacities_of(region: Region, indicator: str, ever: np.ndarray) -> np.ndarray:
    """Planned capacity of each cell, NaN without one; a segment's is shared by the cells that report on it.

    A cell that never reported needs none: its zero lets the units above it have their sum.
    """
    planned = {c.segment: c.value for c in region.capacities if c.indicator == indicator}
    users: dict[str, int] = {}
    for cell, reports in zip(region.cells, ever, strict=True):
        users[cell.segment] = users.get(cell.segment, 0) + int(reports)
    values = [planned.get(c.segment, np.nan) / max(users[c.segment], 1) for c in region.cells]
    return np.where(ever, values, 0.0)


def previous_bands(
    replay: JointForecast | None,
    history: xr.Dataset,
    capacity: xr.DataArray,
    baseline_only: xr.DataArray,
    *,
    rules: RiskRules,
) -> np.ndarray:
    """Bands (unit, horizon) that a forecast made one period earlier gave to the same target periods; int8.

    −1 where it did not reach, or where there was none. The baseline stands where it is published now, as then: else
    what changed would be the model.
    """
    if replay is None:
        return np.full(baseline_only.shape, -1, dtype=np.int8)
    baseline = even_draws(replay.past.members.sel(member="baseline", drop=True))
    draws = baseline.where(baseline_only, replay.draws).transpose("unit", "horizon", "draw")
    before = pressure_bands(draws, history.isel(time=slice(None, -1)), capacity, rules=rules)
    bands = before["pressure_band"].to_numpy()
    return np.pad(bands[:, 1:], ((0, 0), (0, 1)), constant_values=-1)
