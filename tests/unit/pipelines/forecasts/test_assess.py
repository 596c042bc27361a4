"""What is compared with one period earlier: the baseline with the baseline, the forecast with the forecast."""

from types import SimpleNamespace

import numpy as np
import xarray as xr

from geo.region.region import RiskRules
from pipelines.forecasts.published_forecast import previous_bands
from tests.histories import make_history, make_quantiles

UNITS = {"a": 50.0, "b": 50.0}


def made_before() -> SimpleNamespace:
    """A replay whose draws lie at 200 while its baseline stands at 50."""
    members = make_quantiles(UNITS, member="baseline")
    values = np.full((2, 2, 1000), 200.0)
    draws = xr.DataArray(values, dims=("unit", "horizon", "draw"), coords={"unit": list(UNITS), "horizon": [1, 2]})
    return SimpleNamespace(draws=draws, past=SimpleNamespace(members=members))


def bands(flags: list[bool]) -> list[list[int]]:
    coords = {"unit": list(UNITS), "horizon": [1, 2]}
    only = xr.DataArray(np.repeat(np.array(flags)[:, None], 2, axis=1), dims=("unit", "horizon"), coords=coords)
    capacity = xr.DataArray([100.0, 100.0], dims="unit", coords={"unit": list(UNITS)})
    history = make_history({u: np.full(30, 50.0) for u in UNITS}, freq="W")
    found = previous_bands(made_before(), history, capacity, only, rules=RiskRules())  # type: ignore[arg-type]
    return found.tolist()


def test_baseline_is_compared_with_the_baseline_of_before() -> None:
    assert bands([True, False]) == [[0, -1], [3, -1]]
