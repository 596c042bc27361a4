"""Sums over periods, the quarter that a planner plans for: of draws, of what came, and their scores."""

import pandas as pd
import xarray as xr

from forecasting.base.quantile_functions import LEVELS, draws_ranked_as, quantiles_of
from forecasting.evaluate.scores import score_frame

QUARTER = {"W": 13, "M": 3}  # periods; less where the horizon is shorter


def summed(values: xr.DataArray, periods: int) -> xr.DataArray:
    """Sums of whole windows of successive horizons (unit, horizon, …); a window's horizon is its last.

    Example:
        >>> counts = xr.DataArray([[1.0, 2, 4, 8, 16]], dims=("unit", "horizon"), coords={"horizon": range(1, 6)})
        >>> sums = summed(counts, 2)
        >>> sums["horizon"].to_numpy().tolist(), sums.to_numpy().tolist()
        ([2, 4], [[3.0, 12.0]])
    """
    number = values.sizes["horizon"] // periods
    kept = values.transpose("unit", "horizon", ...).isel(horizon=slice(0, number * periods))
    windows = kept.to_numpy().reshape(kept.shape[0], number, periods, *kept.shape[2:])
    return kept.isel(horizon=slice(periods - 1, None, periods)).copy(data=windows.sum(axis=2))


def coupled_as(quantiles: xr.DataArray, draws: xr.DataArray) -> xr.DataArray:
    """Draws (unit, horizon, draw) of quantile functions (unit, horizon, quantile), with the ranks of other draws."""
    values = quantiles.transpose("unit", "horizon", "quantile").to_numpy()
    return draws.copy(data=draws_ranked_as(values, draws.to_numpy()))


def sum_scores(
    draws: xr.DataArray,
    baseline: xr.DataArray,
    observed: xr.DataArray,
    *,
    freq: str,
    origin_date: pd.Timestamp,
    periods: int | None = None,
) -> pd.DataFrame:
    """Scores of sums over a quarter or so many periods at one cutoff, of `routecast` and the baseline coupled alike.

    Args:
        draws: What is published (unit, horizon, draw).
        baseline: Its quantiles (unit, horizon, quantile), which say nothing of how horizons hang together.
        observed: Counts (unit, horizon), NaN = not (yet) observed; a sum needs all its periods.
        freq: `W` or `M`.
        origin_date: First day of the last period seen.
        periods: Of a sum; by default a quarter's.

    Returns:
        The columns of `score_frame`, `horizon` the last of a sum, and `periods`, how many it is over.
    """
    periods = min(periods or QUARTER[freq], draws.sizes["horizon"])
    came = summed(observed, periods)
    frames = [
        score_frame(_quantiles(summed(one, periods)), came, model=model, origin_date=origin_date)
        for model, one in (("routecast", draws), ("baseline", coupled_as(baseline, draws)))
    ]
    return pd.concat(frames, ignore_index=True).assign(periods=periods)


def _quantiles(draws: xr.DataArray) -> xr.DataArray:
    coords = {d: draws[d].to_numpy() for d in ("unit", "horizon")}
    values = quantiles_of(draws.transpose("unit", "horizon", "draw").to_numpy())
    return xr.DataArray(values, dims=("unit", "horizon", "quantile"), coords={**coords, "quantile": LEVELS})
