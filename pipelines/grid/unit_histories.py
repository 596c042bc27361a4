"""What was known of each unit when: cutoffs, the histories at them (a Dask task each), sums over cells."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Future
from scipy.sparse import csr_array

from forecasting.base.contracts import LAST_PERIODS
from geo.region.region import PERIODS_A_YEAR, Freq, Region
from geo.region.units import summing_matrix, unit_table
from pipelines.compute.checkpoints import digest_of
from pipelines.compute.workers import Workers
from pipelines.grid.cube import build_cube, totals
from pipelines.grid.encode import Axes, KnownRows, Rows
from pipelines.observations.schema import DataRefusedError
from pipelines.store.periods import day_numbers, period_ends, period_numbers, shift

FULL_COVERAGE = 0.999  # a period is known once (nearly) all its days are reported
_OF_A_CUTOFF = ("count", "reported", "nowcast_sd")  # what forecasts are made from; the rest is told of the newest alone
URGENT = 2  # priority of tasks that others wait for
MIN_KNOWN_SHARE = 0.95  # of a unit's usual counts; below, its sum would pass a gap off as a fall


def histories_at(
    indicator: str, dates: Sequence[pd.Timestamp], known: Future, workers: Workers
) -> dict[pd.Timestamp, tuple[xr.Dataset, bool]]:
    """What was known of an indicator at cutoffs, and whether it rests on real vintages alone; a task per cutoff.

    Rebuilt from the vintages (`KnownRows`, shared), before what else the workers have to do; what an earlier run made
    of the very same rows is taken from there.
    """
    submit, kept = partial(workers.client.submit, pure=False, priority=URGENT), workers.kept
    digests = {d: submit(digest_at, known, indicator, d) for d in dates}
    found: dict[pd.Timestamp, xr.Dataset] = {}
    missing: dict[Future, tuple[pd.Timestamp, str, str]] = {}
    for d, future in digests.items():
        name, made_from = f"{indicator}-{d:%Y-%m-%d}-history", str(future.result())
        of_before = kept.load(name, made_from=made_from)
        if of_before is None:
            missing[submit(history_at, known, indicator, d)] = (d, name, made_from)
        else:
            (found[d],) = of_before
    for future in workers.completed(list(missing), f"{indicator.replace('_', ' ')} as known at the cutoffs"):
        d, name, made_from = missing.pop(future)  # the workers may forget it
        history, real = future.result()
        found[d] = history.assign_attrs(real_vintages=bool(real))
        kept.keep(name, [found[d]], made_from=made_from)
    return {d: (found[d], bool(found[d].attrs.pop("real_vintages"))) for d in dates}


def history_at(known: KnownRows, indicator: str, origin_date: pd.Timestamp) -> tuple[xr.Dataset, bool]:
    """History of all units as it was known at a cutoff; nothing later than the cutoff enters.

    Returns:
        `count`, `reported`, `nowcast_sd` (unit, time up to the cutoff), and whether it rests on real vintages alone.
    """
    region, seen = known.region, seen_at(known, indicator, origin_date)
    day = knowledge_day(origin_date, region.indicators[indicator].delay_days, region)
    built = build_cube(seen, day=day, totals_only=True, scheduler="synchronous")
    return unit_history_of(built.cube, region, indicator)[list(_OF_A_CUTOFF)], built.real_vintages


def digest_at(known: KnownRows, indicator: str, origin_date: pd.Timestamp) -> str:
    """Digest of all that a history at a cutoff is made from, but for the pack."""
    seen = seen_at(known, indicator, origin_date)
    rows, again = seen.rows, seen.rows.confirmed
    tables = [table.to_xarray() for table in (rows.frame, again) if table is not None]
    places = {f.name: getattr(rows.places, f.name) for f in fields(rows.places)}
    named = [rows.sources, rows.nationalities, rows.series, places.pop("reasons"), seen.zero_within_span]
    axes = {"times": seen.grid.times, "cells": np.array(seen.grid.cells)}
    arrays = xr.Dataset({name: (f"of_{name}", values) for name, values in (places | axes).items()})
    return digest_of(indicator, f"{origin_date}", seen.strict_vintages, len(tables), named, arrays, *tables)


def seen_at(known: KnownRows, indicator: str, origin_date: pd.Timestamp) -> KnownRows:
    """The rows of one indicator that a cutoff could see, with codes that depend on them alone.

    So what came later changes nothing of it: not a figure, not the order in which figures are added up.
    """
    rows, region = known.rows, known.region
    position = rows.indicators.index(indicator)
    frame = rows.frame
    frame = frame[(frame["indicator"] == position) & (frame["end"] <= knowledge_day(origin_date, 0, region))]
    frame = _standing_in(frame, knowledge_day(origin_date, region.indicators[indicator].delay_days, region))
    figures, figure = np.unique(frame["figure"].to_numpy(), return_inverse=True)
    sources, source = np.unique(frame["source"].to_numpy(), return_inverse=True)
    places, place = np.unique(frame["place"].to_numpy(), return_inverse=True)
    group = np.unique(frame["group"].to_numpy(), return_inverse=True)[1]
    told = np.unique([0, *frame["nationality"], len(rows.nationalities) - 1])  # TOTAL first, UNK last
    series = np.unique(frame["series"].to_numpy())
    series = series[series >= 0]
    recoded = frame.assign(
        indicator=0,
        figure=figure,
        group=group,
        source=source,
        place=place,
        nationality=np.searchsorted(told, frame["nationality"].to_numpy()),
        series=np.where(frame["series"] >= 0, np.searchsorted(series, frame["series"].to_numpy()), -1),
    ).reset_index(drop=True)
    again = rows.confirmed
    if again is not None:
        again = again[again["figure"].isin(figures)]
        again = again.assign(figure=np.searchsorted(figures, again["figure"].to_numpy())).reset_index(drop=True)
    seen = Rows(
        frame=recoded,
        places=rows.places.only(places),
        indicators=(indicator,),
        nationalities=tuple(rows.nationalities[n] for n in told),
        sources=tuple(rows.sources[s] for s in sources),
        confirmed=again,
        series=tuple(rows.series[s] for s in series),
    )
    grid = Axes(
        indicators=(indicator,),
        flows=(known.grid.flows[position],),
        nationalities=seen.nationalities,
        cells=known.grid.cells,
        times=known.grid.times[known.grid.times <= origin_date],
        freq=known.grid.freq,
    )
    return replace(known, rows=seen, grid=grid)


def _standing_in(frame: pd.DataFrame, day: int) -> pd.DataFrame:
    """The vintages up to a day, and of figures without one the first that came later (`encode.known_at`)."""
    late = frame["as_of"] > day
    if not late.any():
        return frame
    later = frame[late & ~frame["figure"].isin(frame.loc[~late, "figure"])]
    first = later.sort_values(["figure", "as_of"], kind="stable").drop_duplicates("figure")
    return frame[~late | frame.index.isin(first.index)]


def knowledge_day(origin_date: pd.Timestamp, delay_days: int, region: Region) -> int:
    """Knowledge date of a cutoff: the end of its last period plus the indicator's delay, days since 1970."""
    return int(day_numbers(period_ends(pd.DatetimeIndex([origin_date]), region.freq))[0]) + delay_days


def count_back(
    last: pd.Timestamp, freq: Freq, *, cutoffs: int, step: int, horizon: int, fixed: bool = False
) -> list[pd.Timestamp]:
    """Origin dates of the newest `cutoffs` cutoffs, `step` periods apart, whose full horizon was observed by `last`.

    `fixed`: they stand on periods whose number is a multiple of `step`, so that most are those of the period before.
    """
    newest = shift(last, -horizon, freq)
    if fixed:
        newest = shift(newest, -int(period_numbers(pd.DatetimeIndex([newest]), freq)[0] % step), freq)
    return [shift(newest, -step * k, freq) for k in reversed(range(cutoffs))]


def named_cutoffs(dates: Sequence[date], region: Region, *, last: pd.Timestamp) -> list[pd.Timestamp]:
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
            f"cutoff dates: {late[0]:%Y-%m-%d} leaves nothing to score; the last period begins on {last:%Y-%m-%d}. "
            "Name earlier ones."
        )
    return days


def last_observed(histories: Sequence[xr.Dataset]) -> pd.Timestamp | None:
    """First day of the newest period that is fully known for some unit in the first history that has any."""
    for history in histories:
        known = np.flatnonzero(np.isfinite(history["count"].transpose("unit", "time").to_numpy()).any(axis=0))
        if len(known):
            return pd.Timestamp(history["time"].to_numpy()[known[-1]])
    return None


def cell_history(cube: xr.Dataset, indicator: str) -> np.ndarray:
    """Known counts (cell, time): NaN where nothing, or only part of the period, was reported."""
    counts = totals(cube).sel(indicator=indicator).to_numpy()
    coverage = cube["coverage"].sel(indicator=indicator).to_numpy()
    return np.where(coverage >= FULL_COVERAGE, counts, np.nan)


def ever_reported(cube: xr.Dataset, indicator: str) -> np.ndarray:
    """Whether each cell was ever reported (cell,)."""
    result: np.ndarray = np.isfinite(cell_history(cube, indicator)).any(axis=1)
    return result


def unit_history_of(cube: xr.Dataset, region: Region, indicator: str) -> xr.Dataset:
    """History of all of the region's units from a cube."""
    units = unit_table(region)["unit"].tolist()
    return unit_history(cube, region, indicator, units=units, summing=summing_matrix(region))


def unit_history(
    cube: xr.Dataset, region: Region, indicator: str, *, units: list[str], summing: csr_array
) -> xr.Dataset:
    """History of every unit for one indicator.

    A unit's sum needs its cells: where cells are unknown that usually carry more than 5 % of the unit's counts (mean of
    the year before and around), the sum is unknown too. A missing report is not a zero.

    Args:
        cube: The cube as known at the cutoff.
        region: The pack, for its frequency.
        indicator: Which indicator.
        units: Unit ids, the rows of `summing`.
        summing: (unit, cell) 0/1.

    Returns:
        `count` (unit, time), NaN = unknown, completed by the nowcast where there is one and, in the last period, by the
        usual counts of parts that are late; `reported`, the same as the
        sources have it so far; `nowcast_sd`, standard deviation of what the nowcast added; `known_share` in [0, 1];
        `shared_out`, how much of `reported` was shared out over cells from coarser figures.
    """
    cells = cell_history(cube, indicator)
    known = ~np.isnan(cells)
    usual = _usual_counts(cells, PERIODS_A_YEAR[region.freq])
    ever = known.any(axis=1)
    weight = np.where(ever[:, None], usual, 0.0)
    carried = summing @ weight
    reported = summing @ np.where(known, weight, 0.0)
    # units that are zero throughout carry nothing: there every cell that ever reports must report
    count_all = summing @ np.where(ever[:, None], 1.0, 0.0).repeat(cells.shape[1], axis=1)
    count_known = summing @ (known & ever[:, None]).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(carried > 0, reported / carried, count_known / count_all)
    share = np.nan_to_num(share, nan=0.0)
    sums = summing @ np.nan_to_num(cells, nan=0.0)
    counts = np.where(share >= MIN_KNOWN_SHARE, sums, np.nan)
    added, sd = (np.where(known, _plane(cube, name, indicator), 0.0) for name in ("completion", "completion_sd"))
    late, late_sd = _late_parts(known, np.where(share >= MIN_KNOWN_SHARE, 1.0, 0.0), weight, summing)
    shared_out = summing @ (np.nan_to_num(cells, nan=0.0) * np.nan_to_num(_plane(cube, "allocated", indicator)))
    dims = ("unit", "time")
    return xr.Dataset(
        {
            "count": (dims, np.maximum(counts + summing @ added + late, 0.0)),
            "reported": (dims, counts),
            "nowcast_sd": (dims, np.sqrt(summing @ sd**2 + late_sd**2)),
            "known_share": (dims, share),
            "shared_out": (dims, np.where(np.isfinite(counts), shared_out, np.nan)),
        },
        coords={"unit": units, "time": cube["time"].to_numpy()},
        attrs={"freq": region.freq, "indicator": indicator},
    )


def _late_parts(
    known: np.ndarray, is_sum: np.ndarray, usual: np.ndarray, summing: csr_array
) -> tuple[np.ndarray, np.ndarray]:
    """What the last period's sums still lack of cells that reported shortly before, and its error; (unit, time).

    The usual counts of those cells, as uncertain as half of each and its count; 0 in earlier periods, whose gaps stay.

    Args:
        known: Which figures are there (cell, time).
        is_sum: 1 where a unit has a sum (unit, time).
        usual: Usual counts (cell, time).
        summing: (unit, cell) 0/1.
    """
    part, variance = np.zeros(is_sum.shape), np.zeros(is_sum.shape)
    if known.shape[1]:
        recently = known[:, -1 - LAST_PERIODS : -1].any(axis=1)
        lacking = np.where(~known[:, -1] & recently, usual[:, -1], 0.0)
        part[:, -1] = summing @ lacking
        variance[:, -1] = summing @ (lacking + (lacking / 2) ** 2)
    return part * is_sum, np.sqrt(variance * is_sum)


def _plane(cube: xr.Dataset, name: str, indicator: str) -> np.ndarray:
    """A plane of the cube (cell, time); 0 where the cube has none."""
    if name not in cube:
        return np.zeros((cube.sizes["cell"], cube.sizes["time"]))
    return cube[name].sel(indicator=indicator).transpose("cell", "time").to_numpy().astype(float)


def shared_out_share(history: xr.Dataset, units: Sequence[str], periods: int) -> np.ndarray:
    """Of the counts of the last periods, the share that came from coarser figures (unit,); NaN without counts."""
    recent = history[["reported", "shared_out"]].sel(unit=list(units)).isel(time=slice(-periods, None))
    sums, shared = (np.nansum(recent[n].transpose("unit", "time").to_numpy(), axis=1) for n in recent)
    result: np.ndarray = np.where(sums > 0, shared / np.where(sums > 0, sums, 1.0), np.nan)
    return result


def _usual_counts(cells: np.ndarray, window: int) -> np.ndarray:
    """Mean of the known counts of each cell over the `window` periods up to each period (cell, time)."""
    known = ~np.isnan(cells)
    total = np.cumsum(np.where(known, cells, 0.0), axis=1)
    number = np.cumsum(known, axis=1)
    back = np.maximum(np.arange(cells.shape[1]) - window, -1)
    before_total = np.where(back >= 0, total[:, np.maximum(back, 0)], 0.0)
    before_number = np.where(back >= 0, number[:, np.maximum(back, 0)], 0)
    return (total - before_total) / np.maximum(number - before_number, 1)
