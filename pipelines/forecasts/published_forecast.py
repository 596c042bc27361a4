"""An indicator's forecast from what its members said: combined, scored, held against capacity, explained."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.assemble import JointForecast
from forecasting.combine.attribution import attribution
from forecasting.risk.bands import pressure_bands, without_broken
from forecasting.risk.exceedance import exceedance_probability, expected_excess, unit_capacity
from forecasting.risk.surge import surge_probability
from geo.region.region import Region, RiskRules
from geo.region.units import summing_matrix, unit_table
from pipelines.compute.checkpoints import KEEP_NOTHING, Checkpoints
from pipelines.forecasts.backtest_scores import (
    backtest_table,
    broken_regimes,
    exceedance_reliability,
    exceedance_warnings,
    flagged,
    score_surges,
    score_table,
    settled,
    skill_arrays,
    surge_warnings,
)
from pipelines.forecasts.judgement_members import judgement_weights
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.past_cutoffs import Assembled, active_summing, assemble_or_find
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
    drawn: Sequence[str] = (),
    kept: Checkpoints = KEEP_NOTHING,
) -> IndicatorForecast:
    """What is published of one indicator: the newest joint forecast at every level, and what the backtest says of it.

    Args:
        at: The cutoffs in order, the last one the newest.
        history: The newest figures (unit, time).
        region: Capacities and rules.
        seed: The run's.
        ever: (cell,) whether the cell was ever reported.
        dates: The cutoffs that the backtest scores.
        drawn: Units whose draws are wanted.
        kept: What earlier runs made of past cutoffs.
    """
    known, previous = at[-1].history, shift(at[-1].origin_date, -1, region.freq)
    planned = planned_capacity(region, known, ever)
    past: list[Assembled] = []
    previous_bands: np.ndarray | None = None
    for one in assemble_or_find(at, region, ever=ever, seed=seed, scored=dates, planned=planned, kept=kept):
        if one.at.origin_date == previous:
            planned_then = planned.sel(unit=one.made.quantiles["unit"].to_numpy())
            previous_bands = bands_of_replay(one.made, known, planned_then, rules=region.risk)
        past.append(one if one.at is at[-1] else replace(one, made=one.made.without_draws()))
    newest = past[-1].made
    capacity = planned.sel(unit=newest.quantiles["unit"].to_numpy())
    broken = broken_regimes([p.made.past for p in past], known)
    bands = without_broken(pressure_bands(newest.draws, known, capacity, rules=region.risk), broken)
    no_bands = np.full(bands["pressure_band"].shape, -1, dtype=np.int8)
    members = at[-1].members
    return IndicatorForecast(
        indicator=str(known.attrs["indicator"]),
        history=known,
        value=newest.quantiles,
        baseline=members.quantiles.sel(member="baseline", drop=True),
        mean=newest.mean,
        members=members.quantiles,
        exceedance_probability=exceedance_probability(newest.draws, capacity),
        capacity=capacity,
        band=bands["pressure_band"].to_numpy(),
        basis=np.repeat(bands["band_basis"].to_numpy()[:, None], newest.draws.sizes["horizon"], axis=1),
        previous_band=no_bands if previous_bands is None else previous_bands,
        threat=bands[["rung_probability", "rung_limit"]].assign(
            expected_excess=expected_excess(newest.draws, capacity)
        ),
        regime_break=flagged(broken.sel(unit=capacity["unit"].to_numpy())),
        judged=judgement_weights(members.quantiles, newest.shares),
        draws=newest.draws.sel(unit=[u for u in newest.draws["unit"].to_numpy() if u in set(drawn)]),
        reasons=attribution(members, newest, known, summing=active_summing(known, region, ever)),
        failures=[{"member": f.member, "unit": f.unit, "reason": f.reason} for f in members.failures],
        **_backtest(past, history, region, planned=planned, dates=dates),
    )


def _backtest(
    past: Sequence[Assembled],
    history: xr.Dataset,
    region: Region,
    *,
    planned: xr.DataArray,
    dates: Sequence[pd.Timestamp],
) -> dict[str, Any]:
    """What the backtest gives to an indicator's forecast, by field; the last of `past` is the newest cutoff."""
    level = unit_table(region).set_index("unit")["level"].to_dict()
    newest, truth = past[-1], settled(history)
    of = [p for p in past if p.at.origin_date in dates]
    warnings = [surge_warnings(p.at, p.surges, truth) for p in of if p.surges is not None]
    chances = [exceedance_warnings(p.at, p.chances, truth, planned) for p in of if p.chances is not None]
    scored = [(p.at, p.made) for p in of]
    scores, surges = score_table(scored, history), score_surges(warnings, level)
    skill, no_better = skill_arrays(scores, newest.made.quantiles, level)
    return {
        "skill": skill,
        "no_better": no_better,
        "scores": scores,
        "backtest": backtest_table(scored, history),
        "surge_probability": surges.shown(surge_probability(newest.made.draws, newest.at.history)),
        "surge_scores": surges.scores,
        "surge_reliability": surges.reliability,
        "exceedance_reliability": exceedance_reliability(chances, level),
    }


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


def bands_of_replay(
    replay: JointForecast, history: xr.Dataset, capacity: xr.DataArray, *, rules: RiskRules
) -> np.ndarray:
    """Bands (unit, horizon) that a forecast made one period earlier gave to the same target periods; int8.

    −1 where it did not reach.
    """
    before = pressure_bands(replay.draws, history.isel(time=slice(None, -1)), capacity, rules=rules)
    bands = before["pressure_band"].to_numpy()
    return np.pad(bands[:, 1:], ((0, 0), (0, 1)), constant_values=-1)
