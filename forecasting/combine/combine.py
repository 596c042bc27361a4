"""One forecast out of several: a weighted mean of the members' quantiles on the log1p scale."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from forecasting.combine.weights import prior_weights


def combine(
    quantiles: xr.DataArray, *, weights: xr.DataArray | None = None, without: Sequence[str] = ()
) -> xr.DataArray:
    """Weighted mean of log1p quantiles over the members that speak, per unit, horizon and level.

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member does not speak.
        weights: Weights (member, unit, horizon) from `skill_weights`; else the prior ones.
        without: Members that are not asked.

    Returns:
        Counts (unit, horizon, quantile); NaN where no member speaks.

    Source:
        Quantile averaging (Vincentization): Lichtendahl et al. (2013), Management Science 59, 1594–1611.
    """
    asked = ~np.isin(quantiles["member"].to_numpy(), list(without))
    logs = np.log1p(quantiles.isel(member=asked).to_numpy())
    given = prior_weights(quantiles) if weights is None else weights
    weight = np.where(np.isfinite(logs), given.isel(member=asked).to_numpy()[..., None], 0.0)
    total = weight.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean = np.where(total > 0, (weight * np.nan_to_num(logs)).sum(axis=0) / np.where(total > 0, total, 1.0), np.nan)
    return quantiles.isel(member=0, drop=True).copy(data=np.maximum.accumulate(np.expm1(mean), axis=-1))


def shares(quantiles: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    """Each member's share (member, unit, horizon) in the median of the combination; NaN where none speaks.

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member does not speak.
        weights: Weights (member, unit, horizon) as given to `combine`, 0 for those that are not heard.
    """
    speaks = np.isfinite(quantiles.sel(quantile=0.5, drop=True))
    given = weights.where(speaks, 0.0)
    return (given / given.sum("member").where(lambda total: total > 0)).transpose("member", "unit", "horizon")
