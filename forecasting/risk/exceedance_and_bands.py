"""From draws to what planners ask: exceedance, surge, indicative pressure band, trend (design §2)."""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import ContractError
from forecasting.risk.band_rules import NO_BAND, bands_of
from geo.region.region import PERIODS_A_YEAR, RiskRules

LAST_PERIODS = 4  # "the last weeks" of trend and surge
MOSTLY = 0.9  # share of whole figures from which on a unit counts in whole numbers
SURGE_FACTOR = 1.5
BASIS_CAPACITY = "planned capacity"
BASIS_HISTORY = "relative to own history"
BASIS_SHORT = "no band: short history"
BASIS_NO_FORECAST = "no band: no forecast"
BASIS_BROKEN = "withheld: regime break"


def exceedance_probability(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Share of predictive draws strictly above the planned capacity.

    Args:
        draws: Forecast counts (unit, horizon, draw), all finite; a unit without any forecast is NaN throughout.
        capacity: Planned capacity (unit), counts per period; NaN where no plan exists.

    Returns:
        Probability (unit, horizon) in [0, 1]; NaN where the capacity is NaN or there is no forecast.

    Raises:
        ContractError: a draw is NaN or infinite beside finite ones (it would count as "below" and hide the risk).
    """
    return _share_above(draws, capacity)


def expected_excess(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Expected counts a period above the planned capacity (unit, horizon): the mean of max(draw − capacity, 0).

    Args:
        draws: Forecast counts (unit, horizon, draw), all finite; a unit without any forecast is NaN throughout.
        capacity: Planned capacity (unit), counts per period; NaN where no plan exists.

    Returns:
        ≥ 0; NaN where the capacity is NaN or there is no forecast.
    """
    _require_whole(draws)
    above = draws - capacity.sel(unit=draws["unit"])
    return above.clip(min=0.0).mean("draw", skipna=False)


def surge_probability(draws: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """Share of draws (unit, horizon) above 1.5 × the mean of the last four known periods; NaN where that mean is 0.

    Draws of a unit whose figures are whole numbers count as such: with a usual level of 0.25 a draw of 0.4 is a zero,
    and no surge. Figures that are still completed need not be whole.
    """
    usual = last_mean(history).sel(unit=draws["unit"])
    limit = SURGE_FACTOR * usual.where(usual > 0)
    counts = history["count"].sel(unit=draws["unit"])
    whole = (counts == np.rint(counts)).sum("time") >= MOSTLY * counts.count("time")
    return _share_above(draws, limit.where(~whole, np.floor(limit) + 0.5))


def last_mean(history: xr.Dataset) -> xr.DataArray:
    """Mean count (unit) of the last four known periods; NaN with none."""
    values = [_mean(row[~np.isnan(row)][-LAST_PERIODS:]) for row in history["count"].to_numpy()]
    return xr.DataArray(values, dims="unit", coords={"unit": history["unit"].to_numpy()})


def trend_percent(quantiles: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """Median forecast against the mean of the last four known periods, % (unit, horizon); NaN where that mean is 0."""
    usual = last_mean(history).sel(unit=quantiles["unit"])
    usual = usual.where(usual > 0)
    return 100.0 * (quantiles.sel(quantile=0.5, drop=True) - usual) / usual


def unit_capacity(cell_capacity: np.ndarray, summing: csr_array) -> np.ndarray:
    """Capacity of each unit (unit): the sum only where every cell has one, else NaN; `cell_capacity` (cell)."""
    known = ~np.isnan(cell_capacity)
    sums = summing @ np.where(known, cell_capacity, 0.0)
    complete = (summing @ known.astype(float)) == np.asarray(summing.sum(axis=1)).ravel()
    result: np.ndarray = np.where(complete, sums, np.nan)
    return result


def pressure_bands(
    draws: xr.DataArray, history: xr.Dataset, capacity: xr.DataArray, *, rules: RiskRules | None = None
) -> xr.Dataset:
    """Indicative pressure band of each unit and horizon.

    With a planned capacity by the probability of exceeding it. Without one: the highest of the unit's own percentiles
    of the last years that is exceeded with at least the rule's probability (draws and figures rounded to whole counts
    first: a forecast of 0.4 does not exceed a history of zeros, nor one of 0.6, spread from a coarser figure, a history
    of 0.6); too few known periods: no band.

    Args:
        draws: Forecast counts (unit, horizon, draw).
        history: `count` (unit, time), NaN = unknown, with at least these units.
        capacity: (unit), counts per period, NaN where no plan exists.
        rules: The pack's limits; the defaults of design §2 where not given.

    Returns:
        `pressure_band` int8 (unit, horizon): 0 low … 3 very high, −1 none; `band_basis` str (unit); what decided:
        `rung_probability` (rung, unit, horizon) and the limit it is held against, `rung_limit` (rung, unit). With a
        capacity all three rungs have the probability of exceeding it, without one that of exceeding each percentile.
    """
    rules = rules or RiskRules()
    capacity = capacity.sel(unit=draws["unit"])
    by_capacity = exceedance_probability(draws, capacity).to_numpy()
    by_history, enough = _history_probability(draws, history.sel(unit=draws["unit"]), rules)
    planned = ~np.isnan(capacity.to_numpy())
    spoken = np.isfinite(draws.to_numpy()).all(axis=(1, 2))
    probability = np.where(planned[:, None], by_capacity, by_history)
    probability[:, ~spoken | ~(planned | enough)] = np.nan
    asked = np.array(rules.exceedance_limits)[:, None]
    limits = np.where(planned, asked, rules.history_probability)
    bands = np.where((spoken & (planned | enough))[:, None], bands_of(probability, limits), NO_BAND)
    basis = np.where(planned, BASIS_CAPACITY, np.where(enough, BASIS_HISTORY, BASIS_SHORT))
    return xr.Dataset(
        {
            "pressure_band": (("unit", "horizon"), bands.astype(np.int8)),
            "band_basis": ("unit", np.where(spoken, basis, BASIS_NO_FORECAST).astype(object)),
            "rung_probability": (("rung", "unit", "horizon"), probability),
            "rung_limit": (("rung", "unit"), limits),
        },
        coords={"unit": draws["unit"].to_numpy(), "horizon": draws["horizon"].to_numpy()},
    )


def without_broken(bands: xr.Dataset, broken: xr.Dataset) -> xr.Dataset:
    """Bands without those that can't be stood by after a regime break.

    A band relative to own history goes with any flag: the past it compares with no longer holds. A band by planned
    capacity stays when the level alone has shifted, since forecasts follow it, and goes when the ranges failed.

    Args:
        bands: `pressure_band` (unit, horizon), `band_basis` (unit) of `pressure_bands`.
        broken: `shift_flag`, `coverage_flag` (unit) of `regime.monitor`, with at least these units.
    """
    flags = broken.sel(unit=bands["unit"])
    basis = bands["band_basis"]
    own = (basis == BASIS_HISTORY) & (flags["shift_flag"] | flags["coverage_flag"])
    gone = own | ((basis == BASIS_CAPACITY) & flags["coverage_flag"])
    return bands.assign(
        pressure_band=bands["pressure_band"].where(~gone, NO_BAND).astype(np.int8),
        band_basis=basis.where(~gone, BASIS_BROKEN),
    )


def _history_probability(draws: xr.DataArray, history: xr.Dataset, rules: RiskRules) -> tuple[np.ndarray, np.ndarray]:
    """Probability of exceeding each percentile of the own last years (rung, unit, horizon); long enough (unit)?"""
    freq = history.attrs["freq"]
    recent = history["count"].to_numpy()[:, -rules.history_years * PERIODS_A_YEAR[freq] :]
    enough = (~np.isnan(recent)).sum(axis=1) >= rules.min_history_periods[freq]
    usable = np.where(enough[:, None], np.rint(recent), 0.0)
    limits = np.nanpercentile(usable, rules.history_percentiles, axis=1)  # (3, unit)
    whole = np.rint(draws.to_numpy())
    return (whole[None] > limits[:, :, None, None]).mean(axis=-1), enough


def _share_above(draws: xr.DataArray, limit: xr.DataArray) -> xr.DataArray:
    _require_whole(draws)
    limit = limit.sel(unit=draws["unit"])
    known = limit.notnull() & draws.notnull().all("draw")
    return (draws > limit).mean("draw").where(known)


def _require_whole(draws: xr.DataArray) -> None:
    finite = np.isfinite(draws.to_numpy())
    broken = ~finite.all(axis=(1, 2)) & ~np.isnan(draws.to_numpy()).all(axis=(1, 2))
    if broken.any():
        units = list(draws["unit"].to_numpy()[broken][:3])
        raise ContractError(f"risk: draws must be finite; {int((~finite).sum())} are not, e.g. in {units}.")


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
