"""Chances of exceeding planned capacities: how likely, from when, for how long, and how much stands above."""

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import ContractError, reaches, whole_counts

LIKELY = 0.55  # where the PHIA yardstick's "likely" begins
TINY = 1e-6  # counts; a capacity shared by cells and added up again is whole but for rounding


def above(draws: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Counts above a capacity (…), draws taken as whole numbers, 0 where none is; NaN where either is unknown.

    Draws and capacity are of shapes that broadcast together.

    Example:
        >>> above(np.array([100.00000000000003, 101.2, 99.0]), np.array(100.0)).tolist()
        [0.0, 1.0, 0.0]
    """
    more = whole_counts(draws) - capacity
    return np.asarray(np.where(np.isnan(more) | (more > TINY), more, 0.0))


def exceedance_probability(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Share of predictive draws, as whole counts, above the planned capacity (unit, horizon); NaN where it is unknown.

    Draws (unit, horizon, draw) are all finite, or NaN throughout for a unit without any forecast; capacity (unit).

    Raises:
        ContractError: a draw is NaN or infinite beside finite ones (it would count as "below" and hide the risk).
    """
    excess = _excess(draws, capacity)
    return (excess > 0).mean("draw").where(excess.notnull().all("draw"))


def expected_excess(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Expected counts above the planned capacity (unit, horizon): the mean of max(draw − capacity, 0); NaN as above."""
    return _excess(draws, capacity).mean("draw", skipna=False)


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


def _excess(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    """Counts above the capacity (unit, horizon, draw)."""
    draws = draws.transpose("unit", ...)
    _require_known(draws)
    planned = capacity.sel(unit=draws["unit"]).to_numpy()
    return draws.copy(data=above(draws.to_numpy(), planned[:, None, None]))


def _require_known(draws: xr.DataArray) -> None:
    finite = np.isfinite(draws.to_numpy())
    broken = ~finite.all(axis=(1, 2)) & ~np.isnan(draws.to_numpy()).all(axis=(1, 2))
    if broken.any():
        units = list(draws["unit"].to_numpy()[broken][:3])
        raise ContractError(f"risk: draws must be finite; {int((~finite).sum())} are not, e.g. in {units}.")


def _likely(probability: np.ndarray) -> np.ndarray:
    return reaches(probability, LIKELY)
