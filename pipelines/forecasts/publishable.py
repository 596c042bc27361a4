"""From an assembled forecast to what is published: substitution by the baseline, capacity, band, change."""

import numpy as np
import xarray as xr

from forecasting.combine.assemble import JointForecast
from forecasting.risk.bands import pressure_bands, without_broken
from forecasting.risk.exceedance import exceedance_probability, expected_excess, unit_capacity
from forecasting.risk.surge import surge_probability
from geo.region.region import Region, RiskRules
from geo.region.units import summing_matrix, unit_table
from pipelines.forecasts.backtest_scores import Evidence, flagged
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.result import IndicatorForecast
from pipelines.forecasts.surge_scores import even_draws


def assess(
    at: AtCutoff,
    assembled: JointForecast,
    found: Evidence,
    *,
    region: Region,
    ever: np.ndarray,
    replay: JointForecast | None,
    broken: xr.Dataset,
) -> IndicatorForecast:
    """What is published for one indicator: the forecast where it has shown skill, the baseline where not, and the risk.

    Args:
        at: The newest cutoff, its members and history.
        assembled: Its assembled forecast.
        found: What the backtest says.
        region: Capacities and rules.
        ever: (cell,) whether the cell was ever reported.
        replay: The forecast made one period earlier, for "since last time"; None where there is none.
        broken: Regime flags (unit) from `scoring.broken_regimes`.
    """
    units = assembled.quantiles["unit"].to_numpy()
    baseline = at.members.quantiles.sel(member="baseline", drop=True)
    draws = even_draws(baseline).where(found.baseline_only, assembled.draws).transpose("unit", "horizon", "draw")
    capacity = planned_capacity(region, at.history, ever).sel(unit=units)
    bands = without_broken(pressure_bands(draws, at.history, capacity, rules=region.risk), broken)
    n = draws.sizes["horizon"]
    return IndicatorForecast(
        indicator=str(at.history.attrs["indicator"]),
        history=at.history,
        value=baseline.where(found.baseline_only, assembled.quantiles).transpose("unit", "horizon", "quantile"),
        baseline=baseline,
        mean=draws.mean("draw"),
        members=at.members.quantiles,
        exceedance_probability=exceedance_probability(draws, capacity),
        surge_probability=found.surges.shown(surge_probability(draws, at.history), found.baseline_only),
        capacity=capacity,
        band=bands["pressure_band"].to_numpy(),
        basis=np.repeat(bands["band_basis"].to_numpy()[:, None], n, axis=1),
        previous_band=previous_bands(replay, at.history, capacity, found.baseline_only, rules=region.risk),
        threat=_threat(bands, draws, capacity, region=region, indicator=str(at.history.attrs["indicator"])),
        skill=found.skill,
        baseline_only=found.baseline_only,
        regime_break=flagged(broken.sel(unit=units)),
        scores=found.scores,
        backtest=found.backtest,
        surge_scores=found.surges.scores,
        surge_reliability=found.surges.reliability,
        draws=assembled.draws,
        failures=[{"member": f.member, "unit": f.unit, "reason": f.reason} for f in at.members.failures],
    )


def _threat(
    bands: xr.Dataset, draws: xr.DataArray, capacity: xr.DataArray, *, region: Region, indicator: str
) -> xr.Dataset:
    """What the band rests on; with the draws themselves where a budget of places is to be shared out over them."""
    threat = bands[["rung_probability", "rung_limit"]].assign(expected_excess=expected_excess(draws, capacity))
    wanted = any(b.indicator == indicator for b in region.budgets)
    return threat.assign(published_draws=draws) if wanted else threat


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


def planned_capacity(region: Region, history: xr.Dataset, ever: np.ndarray) -> xr.DataArray:
    """Planned capacity of every unit of the region (unit), NaN without one."""
    cells = capacities_of(region, str(history.attrs["indicator"]), ever)
    values = unit_capacity(cells, summing_matrix(region))
    values = np.where(values > 0, values, np.nan)
    return xr.DataArray(values, dims="unit", coords={"unit": unit_table(region)["unit"].to_numpy()})


def previous_bands(
    replay: JointForecast | None,
    history: xr.Dataset,
    capacity: xr.DataArray,
    baseline_only: xr.DataArray,
    *,
    rules: RiskRules,
) -> np.ndarray:
    """Bands that a forecast made one period earlier gave to the same target periods; -1 where it did not reach.

    Args:
        replay: That forecast; None where there is none.
        history: The newest figures (unit, time).
        capacity: (unit), NaN where no plan exists.
        baseline_only: Where the baseline is published (unit, horizon), here as then: else what changed would be the
            model.
        rules: The pack's.

    Returns:
        int8 (unit, horizon).
    """
    if replay is None:
        return np.full(baseline_only.shape, -1, dtype=np.int8)
    baseline = even_draws(replay.past.members.sel(member="baseline", drop=True))
    draws = baseline.where(baseline_only, replay.draws).transpose("unit", "horizon", "draw")
    before = pressure_bands(draws, history.isel(time=slice(None, -1)), capacity, rules=rules)
    bands = before["pressure_band"].to_numpy()
    return np.pad(bands[:, 1:], ((0, 0), (0, 1)), constant_values=-1)
