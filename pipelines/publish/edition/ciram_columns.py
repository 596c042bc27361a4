"""CIRAM's parts in an edition: what `risk.parquet` and `forecast.zarr` say beside the band."""

import numpy as np
import xarray as xr

from forecasting.base.contracts import BANDS
from pipelines.forecasts.result import IndicatorForecast

RUNGS = BANDS[1:]


def threat_columns(result: IndicatorForecast) -> dict[str, np.ndarray]:
    """Columns of the risk table, one value per (unit, horizon): the three parts, the rule and the chances behind it.

    `chance_moderate`, `chance_high`, `chance_very_high`: probability of exceeding what that band asks to be exceeded,
    the planned capacity or a percentile of the own past; `limit_…` is how probable it must be.
    """
    threat, horizon = result.threat, result.band.shape[1]
    names = np.array([*BANDS, None], dtype=object)  # −1 picks None
    columns = {
        "expected_excess": threat["expected_excess"].to_numpy().ravel(),
        "threat_band": names[threat["threat_band"].to_numpy().ravel()],
        "vulnerability": names[np.repeat(threat["vulnerability"].to_numpy(), horizon)],
        "impact": names[np.repeat(threat["impact"].to_numpy(), horizon)],
        "band_rule": threat["band_rule"].to_numpy().ravel(),
    }
    for rung, name in enumerate(RUNGS):
        columns[f"chance_{name}"] = threat["rung_probability"].to_numpy()[rung].ravel()
        columns[f"limit_{name}"] = np.repeat(threat["rung_limit"].to_numpy()[rung], horizon)
    return columns


def threat_variables(result: IndicatorForecast) -> dict[str, xr.DataArray]:
    """Variables of the forecast data set: `threat`, `vulnerability`, `impact` (0 low … 3, −1 none), expected excess."""
    threat = result.threat
    return {
        "threat": threat["threat_band"],
        "vulnerability": threat["vulnerability"],
        "impact": threat["impact"],
        "expected_excess": threat["expected_excess"].expand_dims(nationality=[result.nationality]),
    }
