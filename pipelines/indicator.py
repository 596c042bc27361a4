"""One indicator from its cube to its forecast: cutoffs, members, assembly, scores, risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecasting.forecast import assemble, learn
from forecasting.reasons import reasons
from geo.units import summing_matrix, unit_table
from pipelines.assess import assess
from pipelines.cutoffs import count_back
from pipelines.engine import N_DRAWS, AtCutoff, Wanted, distinct_units, forecasts_at, histories_at
from pipelines.history import cell_history
from pipelines.partners.members import with_partners
from pipelines.periods import shift
from pipelines.scoring import broken_regimes, evidence, flagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from distributed import Client
    from scipy.sparse import csr_array

    from forecasting.forecast import Assembled, PastForecast
    from geo.region import Region
    from pipelines.engine import Known, Progress
    from pipelines.partners.keep import PartnerForecast
    from pipelines.results import IndicatorForecast

MIN_SEEN = {"W": 26, "M": 24}  # periods that a backtest cutoff must have behind it


@dataclass(frozen=True)
class Job:
    """What is asked of every indicator."""

    origin_date: pd.Timestamp
    horizon: int
    seed: int
    cutoffs: int
    step: int
    full: bool = False


def forecast_indicator(
    cube: xr.Dataset,
    history: xr.Dataset,
    known: Known,
    *,
    job: Job,
    client: Client,
    progress: Progress,
    partners: Sequence[PartnerForecast] = (),
) -> IndicatorForecast:
    """Backtest, forecast and assess one indicator.

    Args:
        cube: The newest cube.
        history: `unit_history_of(cube, …)` of the indicator, up to the origin date.
        known: What the tasks share.
        job: Origin date, horizon, seed and the backtest's shape.
        client: Where tasks run.
        progress: Told of every finished task.
        partners: Forecasts of other institutions that were received by the day of the run.
    """
    region, indicator = known.region, str(history.attrs["indicator"])
    units = unit_table(region)
    level = dict(zip(units["unit"], units["level"], strict=True))
    ever = np.isfinite(cell_history(cube, indicator)).any(axis=1)
    distinct = distinct_units(units["unit"].tolist(), summing_matrix(region), ever)
    previous = shift(job.origin_date, -1, region.freq)
    dates = backtest_dates(history, region, job)
    past = [*dates, *([previous] if previous not in dates and _seen(history, previous) else [])]
    histories = histories_at(past, known, indicator, client=client, progress=progress) if past else {}
    histories[job.origin_date] = (history, False)
    wanted = Wanted(level, job.horizon, job.seed, job.full, tuple(region.events), frozenset(), explain=True)
    at = forecasts_at(histories, distinct, wanted, client=client, progress=progress)
    at = with_partners(at, partners, strict_vintages=known.strict_vintages)
    assembled = assemble_all(at, region, ever=ever, seed=job.seed)
    scored = [(a, s) for a, s in zip(at, assembled, strict=True) if a.origin_date in dates]
    found = evidence(scored, history, assembled[-1].quantiles, level=level)
    replay = next((s for a, s in zip(at, assembled, strict=True) if a.origin_date == previous), None)
    broken = broken_regimes(assembled, at[-1].history)
    result = assess(at[-1], assembled[-1], found, region=region, ever=ever, replay=replay, broken=broken)
    medians, summing = result.value.sel(quantile=0.5, drop=True), _active_summing(at[-1].history, region, ever)
    return replace(result, reasons=reasons(at[-1].members, assembled[-1], at[-1].history, medians, summing=summing))


def backtest_dates(history: xr.Dataset, region: Region, job: Job) -> list[pd.Timestamp]:
    """Cutoffs of the backtest that have enough history behind them."""
    dates = count_back(job.origin_date, region, cutoffs=job.cutoffs, step=job.step, horizon=job.horizon)
    return [d for d in dates if _seen(history, d)]


def _seen(history: xr.Dataset, date: pd.Timestamp) -> bool:
    past = history["count"].sel(time=slice(None, date)).transpose("unit", "time").to_numpy()
    return int(np.isfinite(past).any(axis=0).sum()) >= MIN_SEEN[history.attrs["freq"]]


def assemble_all(at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int) -> list[Assembled]:
    """Assemble the cutoffs in order; each learns only from earlier forecasts whose outcome it could know."""
    summing = _active_summing(at[0].history, region, ever)
    levels = unit_table(region).set_index("unit")["level"].loc[at[0].history["unit"].to_numpy()].tolist()
    past: list[PastForecast] = []
    out: list[Assembled] = []
    for cutoff in at:
        lessons = learn(past, cutoff.history, levels)
        options = {"summing": summing, "levels": levels, "n_draws": N_DRAWS, "seed": seed, "lessons": lessons}
        broken = flagged(broken_regimes(out, cutoff.history))
        out.append(assemble(cutoff.members, cutoff.history, **options, broken=broken))
        past.append(out[-1].past)
    return out


def _active_summing(history: xr.Dataset, region: Region, ever: np.ndarray) -> csr_array:
    """The units of a history over the cells that ever reported, 0/1."""
    rows = unit_table(region).set_index("unit").index.get_indexer(history["unit"].to_numpy())
    return summing_matrix(region)[rows][:, np.flatnonzero(ever)]
