"""Histories and quantiles for the forecasting tests."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from forecasting.base.contracts import QUANTILE_LEVELS


def make_history(counts: Mapping[str, Sequence[float] | np.ndarray], *, freq: str = "M", end: str = "") -> xr.Dataset:
    """`count` (unit, time), all units of one length; the last period begins on 2024-12-01, or Monday 2024-12-30."""
    values = np.array([np.asarray(row, dtype=float) for row in counts.values()])
    last = pd.Timestamp(end or {"M": "2024-12-01", "W": "2024-12-30"}[freq])
    times = pd.date_range(end=last, periods=values.shape[1], freq={"M": "MS", "W": "7D"}[freq])
    return xr.Dataset(
        {"count": (("unit", "time"), values)}, coords={"unit": list(counts), "time": times}, attrs={"freq": freq}
    )


def make_quantiles(
    centre: Mapping[str, float], *, spread: float = 0.5, horizon: int = 2, member: str | None = None
) -> xr.DataArray:
    """Quantiles (unit, horizon, quantile): log-normal-like around `centre`, with sd `spread` of log1p counts."""
    levels = np.array(QUANTILE_LEVELS)
    one = np.log1p(np.array(list(centre.values())))[:, None] + spread * ndtri(levels)
    values = np.repeat(np.expm1(np.maximum(one, 0.0))[:, None, :], horizon, axis=1)
    coords = {"unit": list(centre), "horizon": np.arange(1, horizon + 1), "quantile": levels}
    quantiles = xr.DataArray(values, dims=("unit", "horizon", "quantile"), coords=coords)
    return quantiles if member is None else quantiles.expand_dims(member=[member])


def seasonal_counts(n: int, *, level: float = 100.0, period: float = 12.0, seed: int = 1) -> np.ndarray:
    """Poisson counts with a yearly wave and a wandering level."""
    rng = np.random.default_rng(seed)
    wave = 0.5 * np.sin(2 * np.pi * np.arange(n) / period)
    return rng.poisson(level * np.exp(wave + np.cumsum(rng.normal(0, 0.05, n)))).astype(float)


def require_valid(counts: xr.DataArray, *, who: str) -> None:
    """Refuse draws or quantiles of a model that are not finite and ≥ 0: they would hide a risk or invent one."""
    assert counts.dims in {("unit", "horizon", "draw"), ("unit", "horizon", "quantile")}
    bad = ~np.isfinite(counts.to_numpy()) | (counts.to_numpy() < 0)
    assert not bad.any(), f"{who}: {int(bad.sum())} are not finite or below 0"
