"""An indicator's forecast from what its members said: combined, scored, held against capacity, explained."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.attribution import attribution
from forecasting.combine.joint_draws import FromDraws, Question
from forecasting.risk.bands import NO_BAND, pressure_bands, without_broken
from forecasting.risk.exceedance import exceedance_probability, expected_excess, unit_capacity
from forecasting.risk.outlook import outlook_rows
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
    capacity = planned.sel(unit=known["unit"].to_numpy())
    wanted = {at[-1].origin_date: FromDraws(None, _questions(known, capacity, region.risk))}
    if len(at) > 1 and at[-2].origin_date == previous:
        before = known.isel(time=slice(None, -1))
        replay = partial(pressure_bands, history=before, capacity=capacity, rules=region.risk)
        wanted[previous] = FromDraws(asked={"bands": replay})
    past = list(assemble_or_find(at, region, ever=ever, seed=seed, wanted=wanted, planned=planned, kept=kept))
    newest = past[-1].made
    broken = broken_regimes([p.made.past for p in past], known)
    bands = without_broken(newest.answers["bands"], broken)
    replayed = past[-2].made.answers["bands"] if previous in wanted else None
    members = at[-1].members
    baseline = members.quantiles.sel(member="baseline", drop=True)
    return IndicatorForecast(
        indicator=str(known.attrs["indicator"]),
        history=known,
        value=newest.quantiles,
        baseline=baseline,
        mean=newest.mean,
        members=members.quantiles,
        exceedance_probability=newest.answers["exceedance"],
        capacity=capacity,
        band=bands["pressure_band"].to_numpy(),
        basis=np.repeat(bands["band_basis"].to_numpy()[:, None], newest.mean.sizes["horizon"], axis=1),
        previous_band=bands_of_replay(replayed, like=bands["pressure_band"].to_numpy()),
        threat=bands[["rung_probability", "rung_limit"]].assign(expected_excess=newest.answers["excess"]),
        regime_break=flagged(broken.sel(unit=capacity["unit"].to_numpy())),
        outlook=_outlook(newest.draws, baseline, known, capacity, region=region),
        judged=judgement_weights(members.quantiles, newest.shares),
        draws=newest.draws.sel(unit=[u for u in newest.draws["unit"].to_numpy() if u in set(drawn)]),
        reasons=attribution(members, newest, known, summing=active_summing(known, region, ever)),
        failures=[{"member": f.member, "unit": f.unit, "reason": f.reason} for f in members.failures],
        **_backtest(past, history, region, planned=planned, dates=dates),
    )


def _questions(history: xr.Dataset, capacity: xr.DataArray, rules: RiskRules) -> dict[str, Question]:
    """What is asked of the newest cutoff's draws."""
    return {
        "bands": partial(pressure_bands, history=history, capacity=capacity, rules=rules),
        "exceedance": partial(exceedance_probability, capacity=capacity),
        "excess": partial(expected_excess, capacity=capacity),
        "surges": partial(surge_probability, history=history),
    }


def _outlook(
    draws: xr.DataArray, baseline: xr.DataArray, history: xr.Dataset, capacity: xr.DataArray, *, region: Region
) -> pd.DataFrame:
    """Sums of a flow over the coming year, of the units above the cells; those of a stock mean nothing."""
    if region.indicators[str(history.attrs["indicator"])].kind != "flow":
        return pd.DataFrame()
    level = unit_table(region).set_index("unit")["level"].loc[draws["unit"].to_numpy()]
    return outlook_rows(draws.isel(unit=level.ne("cell").to_numpy()), baseline, history, capacity)


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
        "surge_probability": surges.shown(newest.made.answers["surges"]),
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


def bands_of_replay(replay: xr.Dataset | None, *, like: np.ndarray) -> np.ndarray:
    """Bands (unit, horizon) that a forecast made one period earlier gave to the same target periods; int8.

    −1 where it did not reach, and everywhere if there was none.
    """
    if replay is None:
        return np.full(like.shape, NO_BAND, dtype=np.int8)
    bands = replay["pressure_band"].to_numpy()
    return np.pad(bands[:, 1:], ((0, 0), (0, 1)), constant_values=NO_BAND)
