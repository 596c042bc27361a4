"""`forecast.zarr` for a profile: every variable is named here with what masks it; others stay behind."""

import numpy as np
import xarray as xr

from forecasting.base.contracts import LAST_PERIODS
from geo.region.disclosure import COARSE
from pipelines.publish.disclosure.profile_view import View

AS_THEY_ARE = (
    "capacity",
    "threat",
    "vulnerability",
    "impact",
    "pressure_band",
    "skill",
    "baseline_only",
    "regime_break",
    "coverage",
)
FORECASTS = ("value", "mean", "exceedance_probability", "expected_excess")
OF_RECENT = ("reason", "reason_counts", "reference", "surge_probability")  # made of the mean of the last periods


def masked_forecast(view: View) -> xr.Dataset:
    """The forecast data set as a profile sees it.

    What is withheld is NaN; `withheld` (indicator, unit, time) tells it from what is unknown. A forecast that repeats a
    withheld figure (`baseline_only`) is withheld too, and so is the baseline, which always repeats the last figure.
    """
    source = view.forecast
    flags = {
        "shown": (("indicator", "unit", "horizon"), view.forecast_shown),
        "recent": (("indicator", "unit"), view.all_exact(LAST_PERIODS)),
        "last": (("indicator", "unit"), view.last_exact),
        "exact": (("indicator", "unit", "time"), view.exact),
    }
    coords = {d: source[d] for d in ("indicator", "unit", "horizon", "time")}
    masks = {k: xr.DataArray(v, dims=d, coords={n: coords[n] for n in d}) for k, (d, v) in flags.items()}
    kept = {name: source[name] for name in AS_THEY_ARE if name in source}
    kept |= {name: source[name].where(masks["shown"]) for name in FORECASTS if name in source}
    kept |= {name: source[name].where(masks["recent"]) for name in OF_RECENT if name in source}
    for name in ("reason", "reason_counts", "surge_probability"):
        if name in kept:
            kept[name] = kept[name].where(masks["shown"])
    kept["baseline"] = source["baseline"].where(masks["last"] & (view.rule.mean_of_periods == 1))
    kept |= _histories(view, masks["exact"])
    chosen = xr.Dataset({n: kept[n].transpose(*source[n].dims) if n in source else kept[n] for n in kept})
    chosen = chosen.assign_coords({n: c for n, c in source.coords.items() if n not in chosen.coords})
    # how the source was stored is no part of it: another dtype may stand behind the same values now
    return chosen.sel(unit=view.units).assign_attrs(source.attrs).drop_encoding()


def _histories(view: View, exact: xr.DataArray) -> dict[str, xr.DataArray]:
    """Figures as reported and as completed; where a completion can't be shown, the figure stands as reported."""
    source = view.forecast
    like = exact.expand_dims(nationality=["TOTAL"])
    shown = xr.DataArray(view.history, dims=("indicator", "unit", "time"), coords=exact.coords).expand_dims(
        nationality=["TOTAL"]
    )
    withheld = xr.DataArray(view.withheld, dims=("indicator", "unit", "time"), coords=exact.coords)
    found = {"history": shown, "withheld": withheld}
    if "nowcast" in source:
        completed = like & (view.rule.mean_of_periods == 1)
        found["nowcast"] = source["nowcast"].where(completed, shown)
        found["nowcast_sd"] = source["nowcast_sd"].where(completed, other=np.nan)
    return found


def holds_segments(view: View) -> bool:
    """Whether the profile sees levels finer than borders."""
    return bool(set(view.rule.levels) - set(COARSE))
