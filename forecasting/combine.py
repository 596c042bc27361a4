"""One forecast out of several: the quantile median over the members."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def combine(quantiles: xr.DataArray) -> xr.DataArray:
    """Median over the members that speak, per unit, horizon and level.

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member does not speak.

    Returns:
        Counts (unit, horizon, quantile); NaN where no member speaks.

    Source:
        Quantile averaging by the median: Ray et al. (2023), Int. J. Forecasting 39, 1366–1383.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)  # no member speaks: NaN is the answer
        values = np.nanmedian(quantiles.to_numpy(), axis=quantiles.get_axis_num("member"))
    return quantiles.isel(member=0, drop=True).copy(data=np.maximum.accumulate(values, axis=-1))
