"""Periods: days, ISO weeks, months, quarters and years as first days."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from geo.region.region import Freq

_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_DAYS = {"D": 1, "W": 7}
_MONDAY = pd.Timestamp("1970-01-05")


def period_ends(starts: pd.Series | pd.DatetimeIndex, period: str) -> pd.DatetimeIndex:
    """Last day of each period that begins on `starts`; `period` is D, W, M, Q or Y."""
    index = pd.DatetimeIndex(starts)
    if period in _DAYS:
        return index + pd.Timedelta(days=_DAYS[period] - 1)
    months = index.to_numpy().astype("datetime64[M]") + _MONTHS[period]
    return pd.DatetimeIndex(months.astype("datetime64[ns]")) - pd.Timedelta(days=1)


def period_starts(days: pd.DatetimeIndex | Sequence[pd.Timestamp], freq: Freq) -> pd.DatetimeIndex:
    """First day of the region's period (ISO week or month) that holds each day."""
    index = pd.DatetimeIndex(days).normalize()
    if freq == "W":
        return index - pd.to_timedelta(index.dayofweek, unit="D")
    return pd.DatetimeIndex(index.to_numpy().astype("datetime64[M]").astype("datetime64[ns]"))


def period_range(first: pd.Timestamp, last: pd.Timestamp, freq: Freq) -> pd.DatetimeIndex:
    """First days of the periods from `first` to `last`, both included (both are first days)."""
    return pd.date_range(first, last, freq="7D" if freq == "W" else "MS")


def shift(start: pd.Timestamp, periods: int, freq: Freq) -> pd.Timestamp:
    """First day of the period `periods` after the one that begins on `start`."""
    return start + (pd.Timedelta(weeks=periods) if freq == "W" else pd.DateOffset(months=periods))


def period_numbers(starts: pd.DatetimeIndex, freq: Freq) -> np.ndarray:
    """Number of each period since 1970, from their first days: weeks since Monday 5 January, or months."""
    if freq == "M":
        return ((starts.year - 1970) * 12 + starts.month - 1).to_numpy()
    return ((starts - _MONDAY).days // 7).to_numpy()


def target_starts(origin_date: pd.Timestamp, horizon: int, freq: Freq) -> pd.DatetimeIndex:
    """First days of the forecast periods, horizon 1 … `horizon`, after the last period seen."""
    return pd.DatetimeIndex([shift(origin_date, h, freq) for h in range(1, horizon + 1)])


def period_name(start: pd.Timestamp, freq: Freq) -> str:
    """`2026-W47` for weeks, `2025-04` for months."""
    if freq == "M":
        return f"{start:%Y-%m}"
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02d}"


def day_numbers(days: pd.Series | pd.DatetimeIndex) -> np.ndarray:
    """Days since 1970 as int64; dates this way add and compare fast."""
    return pd.DatetimeIndex(days).to_numpy().astype("datetime64[D]").astype(np.int64)


def day_number(day: date) -> int:
    """Days from 1970 to a day."""
    return (day - date(1970, 1, 1)).days
