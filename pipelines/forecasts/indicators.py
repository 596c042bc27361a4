"""Every indicator's forecast: cutoffs, histories and members on the workers, then put together; nationalities alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Future

from geo.region.region import Freq, Region
from geo.region.units import cell_units, summing_matrix, unit_table
from pipelines.compute.checkpoints import Checkpoints
from pipelines.compute.cluster import give_memory_back, share, trim_memory
from pipelines.compute.workers import Workers
from pipelines.forecasts.judgement_members import with_judgements
from pipelines.forecasts.member_tasks import (
    MAX_TASKS,
    AtCutoff,
    MemberRequest,
    Pending,
    collect_forecasts,
    distinct_units,
    submit_forecasts,
)
from pipelines.forecasts.partner_members import with_partners
from pipelines.forecasts.published_forecast import put_together
from pipelines.forecasts.result import IndicatorForecast, keep_result, kept_result, require_kept_result
from pipelines.grid.cube import build_cube
from pipelines.grid.encode import KnownRows, Rows
from pipelines.grid.run_inputs import KnownFigures, with_figures
from pipelines.grid.unit_histories import (
    count_back,
    ever_reported,
    histories_at,
    unit_history_of,
)
from pipelines.ingest.partners.store import PartnerForecast
from pipelines.observations.schema import TOTAL
from pipelines.store.periods import period_numbers, shift
from records.judgements import StatedJudgement

SENT_UNITS = 2_000  # larger regions are put together here: what members said of them is too much to send
MIN_SEEN = {"W": 26, "M": 24}  # periods that a backtest cutoff must have behind it


@dataclass(frozen=True)
class ForecastRequest:
    """What is asked of every indicator."""

    horizon: int
    seed: int
    cutoffs: int
    step: int


@dataclass(frozen=True)
class ForecastInputs:
    """What is known of all nationalities together, or of one."""

    cube: xr.Dataset  # the newest; the counts that are forecast stand in the plane TOTAL
    known: KnownRows
    histories: Mapping[str, xr.Dataset]  # indicator → (unit, time) up to the origin date
    origin_date: pd.Timestamp
    max_tasks: int  # of one indicator
    main: str | None = None  # the indicator that every member forecasts; the others get the cheaper ones
    partners: Sequence[PartnerForecast] = ()  # received by the day of the run
    judgements: Sequence[StatedJudgement] = ()  # as well


def forecast_all(
    figures: KnownFigures,
    partners: Sequence[PartnerForecast],
    request: ForecastRequest,
    workers: Workers,
    *,
    judgements: Sequence[StatedJudgement] = (),
) -> list[IndicatorForecast]:
    """Forecast every indicator with figures, and again for each nationality that the pack asks for and a source tells.

    A nationality is forecast by the same steps on its rows taken for the total, with the cheaper members. Capacities
    are planned for all together, so none applies.
    """
    max_tasks = MAX_TASKS // len(figures.histories)
    total = ForecastInputs(figures.built.cube, figures.known, figures.histories, figures.origin_date, max_tasks)
    total = replace(total, main=figures.main_indicator, partners=partners, judgements=judgements)
    results = forecast_indicators(total, request, workers)
    rows, region = figures.known.rows, figures.known.region
    for nationality in (o for o in region.forecast_nationalities if o in rows.nationalities and o != TOTAL):
        alone = of_nationality(total, nationality, day=figures.day)
        made = forecast_indicators(alone, request, workers.within(nationality))
        results += [replace(r, nationality=nationality, draws=None) for r in made]
    return results


def of_nationality(total: ForecastInputs, nationality: str, *, day: int | None) -> ForecastInputs:
    """What is known of one nationality on a day (days since 1970; None: everything), of indicators with figures."""
    region = replace(total.known.region, capacities=(), budgets=())
    known = replace(total.known, rows=only_nationality(total.known.rows, nationality), region=region)
    cube = build_cube(known, day=day, totals_only=True).cube
    histories = {i: unit_history_of(cube, region, i) for i in total.histories}
    told = with_figures(histories, until=total.origin_date)
    return replace(total, cube=cube, known=known, histories=told, main=None, partners=(), judgements=())


def only_nationality(rows: Rows, nationality: str) -> Rows:
    """The rows of one nationality, as if they were totals: vintages, gaps and coarser figures are treated alike."""
    frame = rows.frame[rows.frame["nationality"] == rows.nationalities.index(nationality)]
    return replace(rows, frame=frame.assign(nationality=rows.nationalities.index(TOTAL)))


def forecast_indicators(inputs: ForecastInputs, request: ForecastRequest, workers: Workers) -> list[IndicatorForecast]:
    """Backtest, forecast and assess the indicators; while one is put together, the workers go on with the next."""
    known = inputs.known
    done: dict[str, IndicatorForecast | None] = {}  # None: it lies on the disk until all are there
    done |= {i: None for i in inputs.histories if kept_result(i, workers.kept) is not None}
    left = {i: h for i, h in inputs.histories.items() if i not in done}
    cutoffs = {i: backtest_dates(h, inputs.origin_date, request) for i, h in left.items()}
    shared = share(workers.client, known)

    def begin(indicator: str) -> Pending:
        """Submit an indicator's members."""
        history, dates = left[indicator], cutoffs[indicator]
        past = histories_at(indicator, _with_previous(dates, history, inputs.origin_date), shared, workers)
        return _submit(inputs, history, past, request, dates, workers=workers)

    finishing: dict[Future, str] = {}
    region = known.region
    for indicator, pending in begun_ahead(list(left), begin):
        at = collect_forecasts(pending, workers)
        at = with_partners(at, inputs.partners, strict_vintages=known.strict_vintages)
        at = with_judgements(at, inputs.judgements, region, live=inputs.origin_date)
        options = {
            "region": region,
            "seed": request.seed,
            "ever": ever_reported(inputs.cube, indicator),
            "dates": cutoffs[indicator],
            "drawn": drawn_units(region, indicator, main=indicator == inputs.main),
        }
        made = partial(put_together_there, at, left[indicator], kept=workers.kept.elsewhere(), **options)
        if left[indicator].sizes["unit"] <= SENT_UNITS:
            finishing[workers.client.submit(made, pure=False, priority=1)] = indicator
        else:
            done[indicator] = _told(*made(), workers=workers)
        del at, made
        for future in [f for f in finishing if f.done()]:  # what was sent for it is forgotten with it
            done[finishing.pop(future)] = _told(*future.result(), workers=workers)
        give_memory_back(workers.client)
    for future in workers.completed(list(finishing), "put together"):
        done[finishing.pop(future)] = _told(*future.result(), workers=workers)
    return [found or require_kept_result(i, workers.kept) for i, found in ((i, done[i]) for i in inputs.histories)]


def begun_ahead(names: Sequence[str], begin: Callable[[str], Any]) -> Iterator[tuple[str, Any]]:
    """Each name with what was begun for it; the next is begun before one is handed out, so that workers stay busy.

    Example:
        >>> for name, begun in begun_ahead(["a", "b"], lambda n: print("begin", n) or n.upper()):
        ...     print("go on with", begun)
        begin a
        begin b
        go on with A
        go on with B
    """
    under_way: list[tuple[str, Any]] = []
    for name in names:
        under_way.append((name, begin(name)))
        if len(under_way) > 1:
            yield under_way.pop(0)
    yield from under_way


def put_together_there(
    at: list[AtCutoff],
    history: xr.Dataset,
    *,
    kept: Checkpoints,
    **options: Any,  # noqa: ANN401 - of `put_together`
) -> tuple[IndicatorForecast | None, Checkpoints]:
    """As `put_together`, on a worker, which keeps it; what is not kept, and what is to be told of what is."""
    left = keep_result(put_together(at, history, kept=kept, **options), kept)
    trim_memory()
    return left, kept


def _told(result: IndicatorForecast | None, told: Checkpoints, *, workers: Workers) -> IndicatorForecast | None:
    workers.kept.add(told)
    return result if result is None or told.refused else keep_result(result, workers.kept)


def drawn_units(region: Region, indicator: str, *, main: bool) -> list[str]:
    """Units whose draws an edition needs: cells of the main indicator, for scenarios; places that share a budget."""
    budgeted = any(b.indicator == indicator for b in region.budgets)
    planned = {f"segment:{c.segment}" for c in region.capacities if c.indicator == indicator} if budgeted else set()
    return [*(cell_units(region) if main else ()), *sorted(planned)]


def _submit(
    inputs: ForecastInputs,
    history: xr.Dataset,
    past: Mapping[pd.Timestamp, tuple[xr.Dataset, bool]],
    request: ForecastRequest,
    dates: Sequence[pd.Timestamp],
    *,
    workers: Workers,
) -> Pending:
    """Start the members of an indicator at the past cutoffs, those of the backtest first, and at the newest one."""
    indicator, region = str(history.attrs["indicator"]), inputs.known.region
    units = unit_table(region)
    asked = MemberRequest(
        levels=dict(zip(units["unit"], units["level"], strict=True)),
        horizon=request.horizon,
        seed=request.seed,
        full=indicator == inputs.main,
        events=tuple(region.events),
        explain=True,
        max_tasks=inputs.max_tasks,
        turns=turns_of(dates, [*past, inputs.origin_date][len(dates) :], region.freq, step=request.step),
    )
    distinct = distinct_units(list(asked.levels), summing_matrix(region), ever_reported(inputs.cube, indicator))
    return submit_forecasts({**past, inputs.origin_date: (history, False)}, distinct, asked, workers)


def backtest_dates(history: xr.Dataset, origin_date: pd.Timestamp, request: ForecastRequest) -> list[pd.Timestamp]:
    """Cutoffs of the backtest that have enough history behind them, on fixed periods."""
    shape = {"cutoffs": request.cutoffs, "step": request.step, "horizon": request.horizon}
    return [d for d in count_back(origin_date, history.attrs["freq"], **shape, fixed=True) if _has_past(history, d)]


def turns_of(dates: Sequence[pd.Timestamp], newest: Sequence[pd.Timestamp], freq: Freq, *, step: int) -> list[int]:
    """Whose turn it is to learn and to forecast (`MemberRequest.turns`) at a run's cutoffs, and at the newest ones.

    At a fixed cutoff it is the same next week; the last of all is everybody's, what stands before it shares its fits.
    """
    fixed = -(period_numbers(pd.DatetimeIndex(dates), freq) // step)
    return [*map(int, fixed), *reversed(range(len(newest)))]


def _with_previous(dates: list[pd.Timestamp], history: xr.Dataset, origin_date: pd.Timestamp) -> list[pd.Timestamp]:
    """The backtest's cutoffs, and the period before the newest one, to compare with."""
    previous = shift(origin_date, -1, history.attrs["freq"])
    return [*dates, *([previous] if previous not in dates and _has_past(history, previous) else [])]


def _has_past(history: xr.Dataset, date: pd.Timestamp) -> bool:
    past = history["count"].sel(time=slice(None, date)).transpose("unit", "time").to_numpy()
    return int(np.isfinite(past).any(axis=0).sum()) >= MIN_SEEN[history.attrs["freq"]]
