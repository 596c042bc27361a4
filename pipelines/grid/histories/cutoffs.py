"""Cutoffs: which there are, and what was known at each (design §4.1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.grid.axes import Axes
from pipelines.grid.cube import build_cube
from pipelines.grid.encode import Rows
from pipelines.grid.histories.unit_history import unit_history
from pipelines.observations.schema import DataRefusedError
from pipelines.store.periods import day_numbers, period_ends, shift


def count_back(last: pd.Timestamp, region: Region, *, cutoffs: int, step: int, horizon: int) -> list[pd.Timestamp]:
    """Origin dates of the newest `cutoffs` cutoffs, `step` periods apart, whose full horizon was observed by `last`."""
    newest = shift(last, -horizon, region.freq)
    return [shift(newest, -step * k, region.freq) for k in reversed(range(cutoffs))]


def stated(dates: Sequence[date], region: Region, *, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Origin dates named by the user.

    Raises:
        DataRefusedError: one is not the first day of a period, or lies after the last period.
    """
    days = [pd.Timestamp(d) for d in sorted(set(dates))]
    wrong = [d for d in days if (d.dayofweek != 0 if region.freq == "W" else d.day != 1)]
    if wrong:
        first_day = "a Monday" if region.freq == "W" else "the first of a month"
        raise DataRefusedError(
            f"cutoff dates: expected {first_day} each, got {wrong[0]:%Y-%m-%d}. Name first days of periods."
        )
    late = [d for d in days if d >= last]
    if late:
        raise DataRefusedError(
            f"cutoff dates: {late[0]:%Y-%m-%d} leaves nothing to score; the last period begins on {last:%Y-%m-%d}."
        )
    return days


def knowledge_day(origin_date: pd.Timestamp, delay_days: int, region: Region) -> int:
    """Knowledge date of a cutoff: the end of its last period plus the indicator's delay, days since 1970."""
    return int(day_numbers(period_ends(pd.DatetimeIndex([origin_date]), region.freq))[0]) + delay_days


def history_at(
    rows: Rows,
    grid: Axes,
    region: Region,
    *,
    indicator: str,
    origin_date: pd.Timestamp,
    strict_vintages: bool = False,
    zero_within_span: tuple[str, ...] = (),
) -> tuple[xr.Dataset, bool]:
    """History of all units as it was known at a cutoff; nothing later than the cutoff enters.

    Returns:
        `count`, `known_share` (unit, time up to the cutoff), and whether it rests on real vintages alone.
    """
    code = rows.indicators.index(indicator)
    day = knowledge_day(origin_date, region.indicators[indicator].delay_days, region)
    frame = rows.frame
    last_end = knowledge_day(origin_date, 0, region)
    mine = replace(rows, frame=frame[(frame["indicator"] == code) & (frame["end"] <= last_end)])
    seen = replace(grid, times=grid.times[grid.times <= origin_date])
    built = build_cube(
        mine,
        seen,
        region,
        day=day,
        strict_vintages=strict_vintages,
        zero_within_span=zero_within_span,
        totals_only=True,
        scheduler="synchronous",
    )
    return unit_history_of(built.cube, region, indicator), built.real_vintages


def unit_history_of(cube: xr.Dataset, region: Region, indicator: str) -> xr.Dataset:
    """History of all of the region's units from a cube."""
    units = unit_table(region)["unit"].tolist()
    return unit_history(cube, region, indicator, units=units, summing=summing_matrix(region))


def last_observed(histories: Sequence[xr.Dataset]) -> pd.Timestamp | None:
    """First day of the newest period that is fully known for some unit in the first history that has any."""
    for history in histories:
        known = np.flatnonzero(np.isfinite(history["count"].transpose("unit", "time").to_numpy()).any(axis=0))
        if len(known):
            return pd.Timestamp(history["time"].to_numpy()[known[-1]])
    return None
