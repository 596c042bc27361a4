"""Which figures made of the past a profile may see."""

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.disclosure import PartnerRule
from pipelines.publish.disclosure.profile_view import ProfileView


def make_view(history: list[float], exact: list[bool]) -> ProfileView:
    forecast = xr.Dataset(
        {"history": (("indicator", "nationality", "unit", "time"), np.array(history)[None, None, None])},
        coords={
            "indicator": ["i"],
            "nationality": ["TOTAL"],
            "unit": ["total"],
            "time": pd.date_range("2020-01-06", periods=len(history), freq="7D"),
        },
        attrs={"freq": "W"},
    )
    seen = np.array(exact)[None, None]
    values = forecast["history"].to_numpy()[:, 0]
    return ProfileView(PartnerRule(), forecast, np.where(seen, values, np.nan), seen, np.isfinite(values))


def test_figures_older_than_the_last_four_periods_may_be_withheld() -> None:
    view = make_view([5.0, 20.0, 30.0, 40.0, 50.0], [False, True, True, True, True])
    assert view.all_exact(4).item()
    assert not view.all_exact(5).item()


def test_unknown_figures_of_the_last_four_periods_withhold_nothing() -> None:
    view = make_view([5.0, 30.0, np.nan, np.nan, 50.0], [False, True, False, False, True])
    assert view.all_exact(4).item()


def test_a_forecast_is_shown_where_half_of_the_known_figures_of_a_year_are_seen() -> None:
    assert make_view([20.0, np.nan, 3.0], [True, False, False]).forecast_shown.item()
    assert not make_view([20.0, 4.0, 3.0], [True, False, False]).forecast_shown.item()
