"""Needs at places of reception, now and under a scenario."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecasting.scenarios.places import Stay, estimate_stay, need_draws
from geo.region.region import Region
from pipelines.editions.edition import Edition
from pipelines.observations.schema import TOTAL
from pipelines.risk.protection import PLACES

ALL = "total"


@dataclass(frozen=True)
class Need:
    """One indicator of places, ready for scenarios; arrays are in the order of `units`."""

    indicator: str
    units: list[str]
    need: np.ndarray  # (place, horizon, draw)
    capacity: np.ndarray  # (place,)
    stay: Stay


def needs_of(
    edition: Edition, region: Region, segments: Sequence[str], *, history: xr.DataArray, flow: xr.DataArray, seed: int
) -> tuple[Need, ...]:
    """Every stock of places that an edition forecasts at segments.

    Args:
        edition: The edition.
        region: Its pack.
        segments: Units of the segments.
        history: Known counts of what scenarios move (unit, time).
        flow: Its draws without a scenario (unit, horizon, draw), with `total`.
        seed: The run's.
    """
    known = [str(i) for i in edition.forecast["indicator"].to_numpy()]
    kinds = region.indicators
    found = [i for i in known if i.startswith(PLACES) and i in kinds and kinds[i].kind == "stock"]
    parts = [
        _need(edition.forecast.sel(indicator=i, nationality=TOTAL), segments, history, flow=flow, seed=seed)
        for i in found
    ]
    return tuple(p for p in parts if p is not None)


def _need(
    one: xr.Dataset, segments: Sequence[str], history: xr.DataArray, *, flow: xr.DataArray, seed: int
) -> Need | None:
    value = one["value"].transpose("unit", "horizon", "quantile")
    forecast = np.isfinite(value.to_numpy()).all(axis=(1, 2))
    units = [str(u) for u in value["unit"].to_numpy()[forecast] if u in set(segments)]
    if not units:
        return None
    own, whole = flow.sel(unit=units).to_numpy(), flow.sel(unit=[ALL] * len(units)).to_numpy()
    template = np.where(np.isfinite(own), own, whole)  # the region's course where a place's own flow is unknown
    stay = estimate_stay(
        one["nowcast"].transpose("unit", "time").sel(unit=units).to_numpy(),
        history.transpose("unit", "time").sel(unit=units).to_numpy(),
        n_draws=flow.sizes["draw"],
        seed=seed,
    )
    need = need_draws(value.sel(unit=units).to_numpy(), np.nan_to_num(template))
    return Need(str(one["indicator"].item()), units, need, one["capacity"].sel(unit=units).to_numpy(), stay)
