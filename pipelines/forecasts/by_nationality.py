"""Forecasts of single nationalities that the pack asks for: the same steps, on its rows taken for the total."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client

from pipelines.compute.checkpoints import Work
from pipelines.compute.progress import Progress
from pipelines.forecasts.indicator import Job, forecast_indicators
from pipelines.forecasts.result import IndicatorForecast
from pipelines.grid.cube import build_cube
from pipelines.grid.encode import Rows
from pipelines.grid.histories.cutoffs import unit_history_of
from pipelines.grid.known_rows import KnownRows
from pipelines.observations.schema import TOTAL


@dataclass(frozen=True)
class OfNationality:
    """What is known of one nationality."""

    nationality: str
    cube: xr.Dataset  # the nationality's counts stand in the plane TOTAL
    known: KnownRows
    histories: dict[str, xr.Dataset]  # indicator → (unit, time) up to the origin date; those with any figure


def only_nationality(rows: Rows, nationality: str) -> Rows:
    """The rows of one nationality, as if they were totals: vintages, gaps and coarser figures are treated alike."""
    frame = rows.frame[rows.frame["nationality"] == rows.nationalities.index(nationality)]
    return replace(rows, frame=frame.assign(nationality=rows.nationalities.index(TOTAL)))


def of_nationalities(known: KnownRows, *, as_of: date | None, until: pd.Timestamp) -> list[OfNationality]:
    """What is known of each nationality that the pack asks for and some source tells.

    Args:
        known: Of all nationalities.
        as_of: The day of the run's knowledge; None: everything.
        until: First day of the last period.
    """
    asked = [o for o in known.region.forecast_nationalities if o in known.rows.nationalities and o != TOTAL]
    day = None if as_of is None else int(np.datetime64(as_of, "D").astype(np.int64))
    return [found for o in asked if (found := _of_nationality(known, o, day=day, until=until)).histories]


def _of_nationality(known: KnownRows, nationality: str, *, day: int | None, until: pd.Timestamp) -> OfNationality:
    mine = replace(known, rows=only_nationality(known.rows, nationality))
    cube = build_cube(
        mine.rows,
        known.grid,
        known.region,
        day=day,
        strict_vintages=known.strict_vintages,
        zero_within_span=known.zero_within_span,
        totals_only=True,
    ).cube
    every = {i: unit_history_of(cube, known.region, i) for i in known.region.indicators}
    histories = {i: h.sel(time=slice(None, until)) for i, h in every.items()}
    told = {i: h for i, h in histories.items() if np.isfinite(h["count"].to_numpy()).any()}
    return OfNationality(nationality, cube, mine, told)


def forecast_nationalities(
    found: list[OfNationality], jobs: Mapping[str, Job], *, client: Client, progress: Progress, work: Work
) -> list[IndicatorForecast]:
    """Forecast every indicator of every nationality; capacities are planned for all together, so none applies.

    Args:
        found: What is known of them.
        jobs: Indicator → what is asked of its total; a nationality gets the cheaper members.
        client: Where tasks run.
        progress: Told of every finished task.
        work: Where finished parts are kept.
    """
    results = []
    for one in found:
        mine = {i: replace(jobs[i], full=False) for i in one.histories if i in jobs}
        histories = {i: one.histories[i] for i in mine}
        known = replace(one.known, region=replace(one.known.region, capacities=(), budgets=()))
        made = forecast_indicators(
            one.cube, histories, known, jobs=mine, client=client, progress=progress, work=work.within(one.nationality)
        )
        results += [replace(r, nationality=one.nationality, draws=None) for r in made]
    return results
