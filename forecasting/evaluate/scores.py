"""How good forecasts were: weighted interval score, absolute error, coverage."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS, ContractError
from forecasting.base.quantile_functions import LEVELS, MEDIAN

A = TypeVar("A", np.ndarray, xr.DataArray)


def wis(observed: A, quantiles: A) -> A:
    """Weighted interval score: mean over the 23 levels of twice the pinball loss.

    Args:
        observed: Counts (…); NaN = unknown.
        quantiles: Counts (…, 23), or with a dimension `quantile`.

    Returns:
        Score (…) in counts, ≥ 0, lower is better; NaN where the observation or a quantile is.

    Source:
        Bracher et al. (2021), PLOS Comput. Biol. 17(2) e1008618, in its form as a mean of pinball losses.

    Example:
        >>> round(float(wis(np.array(3.0), np.full(23, 1.0))), 9)  # a point forecast: the absolute error
        2.0
    """
    return _over_levels(_pinball_mean, observed, quantiles)


def wis_log1p(observed: A, quantiles: A) -> A:
    """Weighted interval score of log1p counts: relative errors count alike at every size.

    Source:
        Bosse et al. (2023), PLOS Comput. Biol. 19(8) e1011393.
    """
    return _over_levels(lambda y, q: _pinball_mean(np.log1p(y), np.log1p(q)), observed, quantiles)


def ae(observed: A, quantiles: A) -> A:
    """Absolute error of the median, in counts."""
    return _over_levels(lambda y, q: np.abs(q[..., MEDIAN] - y), observed, quantiles)


def covered(observed: A, quantiles: A, level: float) -> A:
    """Whether the central interval of `level` (for example 0.95) holds the observation: 1 or 0, NaN = unknown.

    Raises:
        ContractError: the interval's ends are not among the 23 levels.
    """
    low, high = _ends(level)

    def inside(y: np.ndarray, q: np.ndarray) -> np.ndarray:
        """1 where the interval holds the count, 0 where not, NaN where either is unknown."""
        hit = (y >= q[..., low]) & (y <= q[..., high])
        return np.where(np.isnan(y) | np.isnan(q[..., low]), np.nan, hit.astype(float))

    return _over_levels(inside, observed, quantiles)


def score_frame(
    quantiles: xr.DataArray,
    observed: xr.DataArray,
    *,
    model: str,
    origin_date: pd.Timestamp,
    vintages: str = "pseudo",
    locations: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Scores of one model at one cutoff, long; rows without an observation or a forecast are left out.

    Args:
        quantiles: Counts (unit, horizon, quantile).
        observed: Counts (unit, horizon), NaN = not (yet) observed.
        model: Published id.
        origin_date: First day of the last period seen.
        vintages: `real` or `pseudo` (design §4.1).
        locations: Names of the units as published; the unit ids where not given.

    Returns:
        Columns `model, location, horizon, origin_date, wis_log1p, wis, ae, covered_50, covered_95, vintages`.
    """
    q = quantiles.transpose("unit", "horizon", "quantile").to_numpy()
    y = observed.transpose("unit", "horizon").to_numpy()
    names = np.asarray(quantiles["unit"].to_numpy() if locations is None else locations, dtype=object)
    scores = {
        "wis_log1p": wis_log1p(y, q),
        "wis": wis(y, q),
        "ae": ae(y, q),
        "covered_50": covered(y, q, 0.5),
        "covered_95": covered(y, q, 0.95),
    }
    frame = pd.DataFrame(
        {
            "model": model,
            "location": np.repeat(names, y.shape[1]),
            "horizon": np.tile(quantiles["horizon"].to_numpy(), len(names)),
            "origin_date": pd.Timestamp(origin_date),
            **{name: values.ravel() for name, values in scores.items()},
            "vintages": vintages,
        }
    )
    return frame.dropna(subset=["wis"]).reset_index(drop=True)


def observed_ahead(history: xr.Dataset, origin_date: pd.Timestamp, horizon: int) -> xr.DataArray:
    """Counts (unit, horizon) of the periods after `origin_date`; NaN where a later period is not in `history`."""
    times = history["time"].to_numpy()
    start = int(np.searchsorted(times, np.datetime64(origin_date), side="right"))
    ahead = history["count"].to_numpy()[:, start : start + horizon]
    values = np.full((history.sizes["unit"], horizon), np.nan)
    values[:, : ahead.shape[1]] = ahead
    coords = {"unit": history["unit"].to_numpy(), "horizon": np.arange(1, horizon + 1)}
    return xr.DataArray(values, dims=("unit", "horizon"), coords=coords)


def _pinball_mean(observed: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    error = observed[..., None] - quantiles
    result: np.ndarray = 2 * np.maximum(LEVELS * error, (LEVELS - 1) * error).mean(axis=-1)
    return result


def _over_levels(function: Callable[[np.ndarray, np.ndarray], np.ndarray], observed: A, quantiles: A) -> A:
    """Apply a numpy function of (…) and (…, 23); labelled arrays are aligned by name."""
    result: A = xr.apply_ufunc(function, observed, quantiles, input_core_dims=[[], ["quantile"]], join="exact")
    return result


def _ends(level: float) -> tuple[int, int]:
    tails = [round((1 - level) / 2, 6), round((1 + level) / 2, 6)]
    missing = [tail for tail in tails if tail not in QUANTILE_LEVELS]
    if missing:
        raise ContractError(f"covered: the interval {level} needs the levels {tails}; {missing} is not published.")
    return QUANTILE_LEVELS.index(tails[0]), QUANTILE_LEVELS.index(tails[1])
