"""Recent counts that are not complete yet: what was reported so far and what the nowcast still expects."""

import numpy as np
import pandas as pd
import xarray as xr


def completed(one: xr.Dataset) -> pd.Series:
    """Counts of one unit by period, completed where the edition has a nowcast; NaN unknown."""
    return one["nowcast" if "nowcast" in one else "history"].to_series()


def newest(one: xr.Dataset) -> pd.Series:
    """The last period's count, from which a fan starts; empty where it is not known: nothing is drawn across a gap."""
    return completed(one).iloc[-1:].dropna()


def still_expected(one: xr.Dataset) -> pd.Series:
    """Counts that are expected to be reported yet (negative: taken back), periods where it shows when rounded."""
    reported, whole = one["history"].to_series(), completed(one)
    return (whole - reported)[(np.round(whole) != np.round(reported)) & reported.notna()]
