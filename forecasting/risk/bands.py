"""Indicative pressure bands (design §2): from draws, held against flicker, raised by what planners stated (CIRAM).

Threat, vulnerability and impact stand side by side. The band comes from the threat; a pack's rule may raise it by
one for a stated vulnerability or impact, and the rule that decided is said.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from forecasting.base.contracts import BANDS, reaches, whole_counts
from forecasting.risk.exceedance import exceedance_probability
from geo.region.region import PERIODS_A_YEAR, RiskRules

NO_BAND = -1
BASIS_CAPACITY = "planned capacity"
BASIS_HISTORY = "relative to own history"
BASIS_SHORT = "no band: short history"
BASIS_NO_FORECAST = "no band: no forecast"
BASIS_BROKEN = "withheld: regime break"


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
    forecast = np.isfinite(draws.to_numpy()).all(axis=(1, 2))
    probability = np.where(planned[:, None], by_capacity, by_history)
    probability[:, ~forecast | ~(planned | enough)] = np.nan
    asked = np.array(rules.exceedance_limits)[:, None]
    limits = np.where(planned, asked, rules.history_probability)
    bands = np.where((forecast & (planned | enough))[:, None], bands_of(probability, limits), NO_BAND)
    basis = np.where(planned, BASIS_CAPACITY, np.where(enough, BASIS_HISTORY, BASIS_SHORT))
    data = {
        "pressure_band": (("unit", "horizon"), bands.astype(np.int8)),
        "band_basis": ("unit", np.where(forecast, basis, BASIS_NO_FORECAST).astype(object)),
        "rung_probability": (("rung", "unit", "horizon"), probability),
        "rung_limit": (("rung", "unit"), limits),
    }
    return xr.Dataset(data, coords={"unit": draws["unit"].to_numpy(), "horizon": draws["horizon"].to_numpy()})


def without_broken(bands: xr.Dataset, broken: xr.Dataset) -> xr.Dataset:
    """Bands without those that can't be stood by after a regime break.

    A band relative to own history goes with any flag: the past it compares with no longer holds. A band by planned
    capacity stays when the level alone has shifted, since forecasts follow it, and goes when the ranges failed.

    `broken` are the `shift_flag` and `coverage_flag` (unit) of `regime_breaks.monitor`, of at least these units.
    """
    flags = broken.sel(unit=bands["unit"])
    basis = bands["band_basis"]
    own = (basis == BASIS_HISTORY) & (flags["shift_flag"] | flags["coverage_flag"])
    gone = own | ((basis == BASIS_CAPACITY) & flags["coverage_flag"])
    return bands.assign(
        pressure_band=bands["pressure_band"].where(~gone, NO_BAND).astype(np.int8),
        band_basis=basis.where(~gone, BASIS_BROKEN),
    )


def bands_of(probability: np.ndarray, limits: np.ndarray, *, margin: float = 0.0) -> np.ndarray:
    """The highest band whose limit is reached (unit, horizon): 0 low … 3 very high; probabilities as they are shown.

    Args:
        probability: Of each rung, moderate to very high (rung, unit, horizon); NaN counts as not reached.
        limits: Probability that each rung asks for (rung, unit).
        margin: How far below its limit a rung still counts as reached.
    """
    reached = reaches(probability, limits[:, :, None] - margin)
    return (reached * np.arange(1, len(limits) + 1)[:, None, None]).max(axis=0)


def hold_bands(
    bands: np.ndarray, previous: np.ndarray, probability: np.ndarray, *, limits: np.ndarray, margin: float
) -> np.ndarray:
    """Bands with hysteresis: one falls once its probability is below the limit by the margin; rises are never delayed.

    Args:
        bands: Plain bands (unit, horizon), −1 none; where there was none before, or is none now, they stay.
        previous: What the edition before published for the same target periods, from the threat alone; −1 unknown.
        probability: (rung, unit, horizon) as in `bands_of`.
        limits: (rung, unit).
        margin: In probability.
    """
    lenient = bands_of(probability, limits, margin=margin)
    held = np.maximum(bands, np.minimum(previous, lenient))
    return np.where((bands == NO_BAND) | (previous == NO_BAND), bands, held).astype(np.int8)


def raise_bands(
    bands: np.ndarray, stated: Mapping[str, Sequence[str | None]], rules: RiskRules
) -> tuple[np.ndarray, np.ndarray]:
    """Raise by one band where a stated vulnerability or impact reaches the pack's level for it.

    Several reasons raise once. A band below `rules.raise_from` stays: where no threat is forecast, a weak place is
    not under pressure. More threat never lowers the result.

    Args:
        bands: From the threat (unit, horizon), −1 none.
        stated: "vulnerability", "impact" → level of each unit, None where nobody stated one.
        rules: The pack's.

    Returns:
        Bands, and which part raised them, "" where none did; both (unit, horizon).
    """
    reason = np.full(len(bands), "", dtype=object)
    for part, asked in (("impact", rules.raise_by_impact), ("vulnerability", rules.raise_by_vulnerability)):
        if asked is not None:
            reaches = [level is not None and BANDS.index(level) >= BANDS.index(asked) for level in stated[part]]
            reason[reaches] = part
    can = (bands >= BANDS.index(rules.raise_from)) & (bands < len(BANDS) - 1)
    lifted = can & (reason != "")[:, None]
    return (bands + lifted).astype(np.int8), np.where(lifted, reason[:, None], "")


def _history_probability(draws: xr.DataArray, history: xr.Dataset, rules: RiskRules) -> tuple[np.ndarray, np.ndarray]:
    """Probability of exceeding each percentile of the own last years (rung, unit, horizon); long enough (unit)?"""
    freq = history.attrs["freq"]
    recent = history["count"].to_numpy()[:, -rules.history_years * PERIODS_A_YEAR[freq] :]
    enough = (~np.isnan(recent)).sum(axis=1) >= rules.min_history_periods[freq]
    usable = np.where(enough[:, None], whole_counts(recent), 0.0)
    limits = np.nanpercentile(usable, rules.history_percentiles, axis=1)  # (3, unit)
    whole = whole_counts(draws.to_numpy())
    return (whole[None] > limits[:, :, None, None]).mean(axis=-1), enough
