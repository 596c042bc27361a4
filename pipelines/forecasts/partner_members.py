"""Partners' forecasts as further members at the cutoffs that they were made for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.base.quantile_functions import LEVELS, complete_levels
from forecasting.members.run_members import Members, stack_members
from geo.region.region import Freq
from geo.region.units import location_of
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.ingest.partners.store import PartnerForecast
from pipelines.store.periods import period_ends, target_starts


def with_partners(
    at: Sequence[AtCutoff], forecasts: Sequence[PartnerForecast], *, strict_vintages: bool = False
) -> list[AtCutoff]:
    """Add to each cutoff the partners' forecasts whose origin date it is, each under its own name.

    A partner speaks only for the units and horizons that it gives. A forecast received after its first target period
    was over could have known what came: as with figures of a later vintage, it stands in and is marked `pseudo`, or
    with `strict_vintages` is left out.

    Args:
        at: Cutoffs of one indicator, with our members.
        forecasts: Of the store, in the order in which they came, received by the day of the run.
        strict_vintages: Whether late forecasts are left out.
    """
    return [_joined(cutoff, forecasts, strict_vintages=strict_vintages) for cutoff in at]


def _joined(cutoff: AtCutoff, forecasts: Sequence[PartnerForecast], *, strict_vintages: bool) -> AtCutoff:
    freq: Freq = cutoff.history.attrs["freq"]
    indicator = str(cutoff.history.attrs["indicator"])
    versions: dict[str, list[PartnerForecast]] = {}
    for forecast in forecasts:
        if forecast.origin_date == cutoff.origin_date and (forecast.table["target"] == indicator).any():
            versions.setdefault(forecast.member, []).append(forecast)
    # the newest of those that came in time; of late ones the first, for later ones could know more
    in_time = {m: [v for v in found if not is_late(v, freq)] for m, found in versions.items()}
    chosen = {m: (in_time[m] or found[:1])[-1] for m, found in sorted(versions.items())}
    late = frozenset(m for m, found in in_time.items() if not found)
    joined = with_members(cutoff, [f for m, f in chosen.items() if not (strict_vintages and m in late)])
    return cutoff if joined is cutoff else replace(joined, late=late)


def with_members(cutoff: AtCutoff, forecasts: Sequence[PartnerForecast]) -> AtCutoff:
    """Add to a cutoff forecasts made for it, each a member with all levels; the cutoff itself where none fits."""
    indicator = str(cutoff.history.attrs["indicator"])
    arrays = [_quantiles(f, indicator, like=cutoff.members.quantiles) for f in forecasts]
    groups = [Members(a, []) for a in arrays if np.isfinite(a.to_numpy()).any()]
    return replace(cutoff, members=stack_members([cutoff.members, *groups])) if groups else cutoff


def is_late(forecast: PartnerForecast, freq: Freq) -> bool:
    """Whether it was received after its first target period was over."""
    first = period_ends(target_starts(forecast.origin_date, 1, freq), freq)[0]
    return bool(forecast.received > first)


def _quantiles(forecast: PartnerForecast, indicator: str, *, like: xr.DataArray) -> xr.DataArray:
    """Quantiles (member, unit, horizon, quantile) in the shape of our members', NaN where the partner is silent."""
    units, horizons = like["unit"].to_numpy(), like["horizon"].to_numpy()
    table = forecast.table[forecast.table["target"] == indicator]
    wide = table.pivot_table(index=["location", "horizon"], columns="level", values="value").reindex(
        columns=list(QUANTILE_LEVELS)
    )
    filled = pd.DataFrame(complete_levels(wide.to_numpy(dtype=float)), index=wide.index)
    index = pd.MultiIndex.from_product([[location_of(str(u)) for u in units], horizons])
    values = filled.reindex(index).to_numpy().reshape(1, len(units), len(horizons), len(LEVELS))
    coords = {"member": [forecast.member], "unit": units, "horizon": horizons, "quantile": like["quantile"]}
    return xr.DataArray(values, dims=("member", "unit", "horizon", "quantile"), coords=coords)


def partner_summary(forecasts: Sequence[PartnerForecast], freq: Freq) -> list[dict[str, Any]]:
    """For the manifest: what each partner gave, how much of it late, and whether levels were interpolated."""
    out = []
    for member in sorted({f.member for f in forecasts}):
        own = [f for f in forecasts if f.member == member]
        least = min(int(f.table.groupby(["target", "location", "horizon"])["level"].size().min()) for f in own)
        origin_dates = sorted(f.origin_date for f in own)
        out.append(
            {
                "name": member,
                "forecasts": len(own),
                "first_origin_date": f"{origin_dates[0]:%Y-%m-%d}",
                "last_origin_date": f"{origin_dates[-1]:%Y-%m-%d}",
                "received_late": sum(is_late(f, freq) for f in own),
                "fewest_levels": least,
                "levels_interpolated": least < len(QUANTILE_LEVELS),
            }
        )
    return out
