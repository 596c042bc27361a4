"""An indicator's forecast from what its members said: combined, scored, held against capacity, explained."""

from collections.abc import Iterator, Sequence

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
    """What is published of one indicator: the newest joint forecast at every level, and what the backtest says of it.

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
    known = newest.history
    indicator = str(known.attrs["indicator"])
    planned, truth = planned_capacity(region, known, ever), settled(history)
    scored: list[tuple[AtCutoff, JointForecast]] = []
    warnings, chances, past = [], [], []
    previous_bands: np.ndarray | None = None
    for a, made in assemble_all(at, region, ever=ever, seed=seed):  # the draws of one cutoff at a time
        past.append(made.past)
        if a.origin_date == previous:
            planned_then = planned.sel(unit=made.quantiles["unit"].to_numpy())
            previous_bands = bands_of_replay(made, known, planned_then, rules=region.risk)
        if a.origin_date in dates:
            warnings.append(surge_warnings(a, made, truth))
            chances.append(exceedance_warnings(a, made, truth, planned))
            scored.append((a, made.without_draws()))
        assembled = made
    scores = score_table(scored, history)
    skill, no_better = skill_arrays(scores, assembled.quantiles, level)
    surges = score_surges(warnings, level)
    baseline = newest.members.quantiles.sel(member="baseline", drop=True)
    value, draws = assembled.quantiles, assembled.draws
    capacity = planned.sel(unit=assembled.quantiles["unit"].to_numpy())
    broken = broken_regimes(past, known)
    bands = without_broken(pressure_bands(draws, known, capacity, rules=region.risk), broken)
    threat = bands[["rung_probability", "rung_limit"]].assign(expected_excess=expected_excess(draws, capacity))
    summing = _active_summing(known, region, ever)
    no_bands = np.full(no_better.shape, -1, dtype=np.int8)
    return IndicatorForecast(
        indicator=indicator,
        history=known,
        value=value,
        baseline=baseline,
        mean=assembled.mean,
        members=newest.members.quantiles,
        exceedance_probability=exceedance_probability(draws, capacity),
        surge_probability=surges.shown(surge_probability(draws, known)),
        capacity=capacity,
        band=bands["pressure_band"].to_numpy(),
        basis=np.repeat(bands["band_basis"].to_numpy()[:, None], draws.sizes["horizon"], axis=1),
        previous_band=no_bands if previous_bands is None else previous_bands,
        threat=threat,
        skill=skill,
        no_better=no_better,
        regime_break=flagged(broken.sel(unit=capacity["unit"].to_numpy())),
        scores=scores,
        backtest=backtest_table(scored, history),
        surge_scores=surges.scores,
        surge_reliability=surges.reliability,
        exceedance_reliability=exceedance_reliability(chances, level),
        judged=judgement_weights(newest.members.quantiles, assembled.shares),
        draws=draws,
        reasons=attribution(newest.members, assembled, known, summing=summing),
        failures=[{"member": f.member, "unit": f.unit, "reason": f.reason} for f in newest.members.failures],
    )


def assemble_all(
    at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int
) -> Iterator[tuple[AtCutoff, JointForecast]]:
    """Assemble the cutoffs in order; each learns only from earlier forecasts whose outcome it could know."""
    summing = _active_summing(at[0].history, region, ever)
    levels = unit_table(region).set_index("unit")["level"].loc[at[0].history["unit"].to_numpy()].tolist()
    past: list[PastForecast] = []
    for cutoff in at:
        state = learn(past, cutoff.history, levels)
        options = {"summing": summing, "levels": levels, "n_draws": N_DRAWS, "seed": seed, "state": state}
        broken = flagged(broken_regimes(past, cutoff.history))
        made = assemble(cutoff.members, cutoff.history, **options, broken=broken)
        past.append(made.past)
        yield cutoff, made


def _active_summing(history: xr.Dataset, region: Region, ever: np.ndarray) -> csr_array:
    """The units of a history over the cells that ever reported, 0/1."""
    rows = unit_table(region).set_index("unit").index.get_indexer(history["unit"].to_numpy())
    return summing_matrix(region)[rows][:, np.flatnonzero(ever)]


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
