"""Chances of exceeding planned capacities: how likely, from when, for how long, and how much stands above."""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import ContractError

LIKELY = 0.55  # where the PHIA yardstick's "likely" begins


def exceedance_probability(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Share of predictive draws strictly above the planned capacity (unit, horizon); NaN where either is unknown.

    Draws (unit, horizon, draw) are all finite, or NaN throughout for a unit without any forecast; capacity (unit).

    Raises:
        ContractError: a draw is NaN or infinite beside finite ones (it would count as "below" and hide the risk).
    """
    _require_whole(draws)
    capacity = capacity.sel(unit=draws["unit"])
    known = capacity.notnull() & draws.notnull().all("draw")
    return (draws > capacity).mean("draw").where(known)


def expected_excess(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Expected counts above the planned capacity (unit, horizon): the mean of max(draw − capacity, 0); NaN as above."""
    _require_whole(draws)
    above = draws - capacity.sel(unit=draws["unit"])
    return above.clip(min=0.0).mean("draw", skipna=False)


def unit_capacity(cell_capacity: np.ndarray, summing: csr_array) -> np.ndarray:
    """Capacity of each unit (unit): the sum only where every cell has one, else NaN; `cell_capacity` (cell)."""
    known = ~np.isnan(cell_capacity)
    sums = summing @ np.where(known, cell_capacity, 0.0)
    complete = (summing @ known.astype(float)) == np.asarray(summing.sum(axis=1)).ravel()
    return np.where(complete, sums, np.nan)


def first_likely(probability: np.ndarray) -> np.ndarray:
    """First horizon at which an exceedance is likely (unit), 1 = the next period; NaN where it never is.

    Example:
        >>> first_likely(np.array([[0.2, 0.6, 0.5], [0.1, 0.2, 0.3]]))
        array([ 2., nan])
    """
    likely = _likely(probability)
    return np.where(likely.any(axis=1), likely.argmax(axis=1) + 1.0, np.nan)


def likely_run(probability: np.ndarray) -> np.ndarray:
    """Periods in a row, from the first likely one on, in which the exceedance stays likely (unit); 0 where none is.

    Example:
        >>> likely_run(np.array([[0.2, 0.6, 0.7, 0.1, 0.9], [0.1, 0.2, 0.3, 0.1, 0.1]]))
        array([2, 0])
    """
    likely = _likely(probability)
    begun = likely.cumsum(axis=1) > 0
    ended = (begun & ~likely).cumsum(axis=1) > 0
    return (likely & ~ended).sum(axis=1)


def expected_periods_above(probability: np.ndarray) -> np.ndarray:
    """Expected number of periods above the capacity (unit): the sum of the chances; NaN without a capacity."""
    return np.where(np.isnan(probability).any(axis=1), np.nan, np.nansum(probability, axis=1))


def _require_whole(draws: xr.DataArray) -> None:
    finite = np.isfinite(draws.to_numpy())
    broken = ~finite.all(axis=(1, 2)) & ~np.isnan(draws.to_numpy()).all(axis=(1, 2))
    if broken.any():
        units = list(draws["unit"].to_numpy()[broken][:3])
        raise ContractError(f"risk: draws must be finite; {int((~finite).sum())} are not, e.g. in {units}.")


def _likely(probability: np.ndarray) -> np.ndarray:
    return np.nan_to_num(probability, nan=-1.0) >= LIKELY - 1e-12
