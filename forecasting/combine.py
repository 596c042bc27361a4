"""One forecast out of several: the quantile median over the members."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

PROBATION = ("prophet",)  # members that must earn their voice (`forecasting.learn`)


def combine(quantiles: xr.DataArray, *, without: Sequence[str] = ()) -> xr.DataArray:
    """Median over the members that speak, per unit, horizon and level.

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member does not speak.
        without: Members that are not asked.

    Returns:
        Counts (unit, horizon, quantile); NaN where no member speaks.

    Source:
        Quantile averaging by the median: Ray et al. (2023), Int. J. Forecasting 39, 1366–1383.
    """
    asked = ~np.isin(quantiles["member"].to_numpy(), list(without))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)  # no member speaks: NaN is the answer
        values = np.nanmedian(quantiles.isel(member=asked).to_numpy(), axis=quantiles.get_axis_num("member"))
    return quantiles.isel(member=0, drop=True).copy(data=np.maximum.accumulate(values, axis=-1))
