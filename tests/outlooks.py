"""The table of sums over the coming year, for an edition of `tests.editions`: draws that rise and fall together."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.quantile_functions import draws_ranked_as
from forecasting.risk.outlook import outlook_rows
from pipelines.editions.edition import MANIFEST, Edition
from pipelines.risk.outlook import OUTLOOK_COLUMNS
from tests.editions import seal

N_DRAWS = 100


def with_outlook(folder: Path) -> Edition:
    """Write `outlook.parquet` of the main indicator into an edition's folder, and seal it again."""
    edition = Edition(folder)
    indicator = str(edition.forecast["indicator"].to_numpy()[0])
    one = edition.forecast.sel(indicator=indicator, nationality="TOTAL")
    one = one.isel(unit=np.flatnonzero(np.isfinite(one["value"]).all(("horizon", "quantile"))))
    value, base = (one[name].transpose("unit", "horizon", "quantile") for name in ("value", "baseline"))
    ranks = np.broadcast_to(np.arange(float(N_DRAWS)), (*value.shape[:2], N_DRAWS))
    coords = {"unit": one["unit"].to_numpy(), "horizon": one["horizon"].to_numpy()}
    draws = xr.DataArray(draws_ranked_as(value.to_numpy(), ranks), dims=("unit", "horizon", "draw"), coords=coords)
    history = xr.Dataset({"count": one["history"].transpose("unit", "time")}, attrs={"freq": edition.manifest["freq"]})
    rows = outlook_rows(draws, base, history, one["capacity"]).assign(indicator=indicator)
    named = pd.DataFrame({c: one[c].to_numpy() for c in ("unit", "level", "name", "from_country", "to_country")})
    table = rows.merge(named[named["level"].ne("cell")], on="unit")
    starts, ends = (pd.DatetimeIndex(one[name].to_numpy()) for name in ("target_start", "target_end"))
    table = table.assign(target_start=starts[table["first_horizon"] - 1], target_end=ends[table["last_horizon"] - 1])
    table[list(OUTLOOK_COLUMNS)].to_parquet(folder / "outlook.parquet", index=False)
    seal(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    return Edition(folder)
