"""`routecast backtest`: score the combination, its members and the peers on past cutoffs, and write the files."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import xarray as xr

from forecasting.combine.assemble import JointForecast
from forecasting.combine.weights import on_trial
from geo.region.region import Region
from geo.region.units import location_of, summing_matrix, unit_table
from pipelines.compute.cluster import cluster, share
from pipelines.compute.workers import Progress, Workers
from pipelines.forecasts.backtest_scores import score_table, sum_table
from pipelines.forecasts.judgement_members import load_judgements, with_judgements
from pipelines.forecasts.member_tasks import (
    AtCutoff,
    MemberRequest,
    collect_forecasts,
    distinct_units,
    submit_forecasts,
)
from pipelines.forecasts.partner_members import with_partners
from pipelines.forecasts.past_cutoffs import assemble_all
from pipelines.grid.run_inputs import known_figures, load_inputs
from pipelines.grid.unit_histories import count_back, ever_reported, histories_at, named_cutoffs
from pipelines.jobs.run import RunSettings
from pipelines.observations.schema import DataRefusedError
from pipelines.publish.edition.tables import quantile_rows
from pipelines.store.paths import Store

PEER_LEVELS = ("total", "headline", "route", "border")
LEVELS = (*PEER_LEVELS, "segment", "cell")
PEER_SEGMENTS = 40  # the largest; beyond, peers would cost hours


@dataclass(frozen=True)
class BacktestSettings(RunSettings):
    """What a backtest is asked to do beside what a run is."""

    cutoff_dates: tuple[date, ...] = ()
    indicator: str | None = None
    peers: bool = False


@dataclass(frozen=True)
class PastForecasts:
    """What would have been published at past cutoffs."""

    indicator: str
    dates: list[pd.Timestamp]
    history: xr.Dataset  # (unit, time), the newest figures
    made: list[tuple[AtCutoff, JointForecast]]


@dataclass(frozen=True)
class BacktestResult:
    """Scores, their summary and where they were written."""

    title: str
    summary: pd.DataFrame  # per level and model: means, ratios to the baseline on the same forecasts, coverage
    scores: pd.DataFrame
    sums: pd.DataFrame  # the same summary of sums over a quarter; and over how many periods they are
    sum_periods: int  # 0: of no quarter all periods are known yet
    files: tuple[Path, ...]


def run_backtest(settings: BacktestSettings, store: Store, *, out: Path, progress: Progress) -> BacktestResult:
    """Score past forecasts and write `scores.parquet`, `sums.parquet` and `forecasts.parquet` into `out`.

    Raises:
        DataRefusedError: no figures, an unknown indicator, or no cutoff with enough history before and after it.
    """
    region, past = settings.region, forecast_past(settings, store, progress)
    indicator, levels = past.indicator, _levels(region)
    scores, sums = (table(past.made, past.history).assign(indicator=indicator) for table in (score_table, sum_table))
    forecasts = pd.concat([_forecast_rows(*one, levels, region=region) for one in past.made], ignore_index=True)
    out.mkdir(parents=True, exist_ok=True)
    files = (out / "scores.parquet", out / "sums.parquet", out / "forecasts.parquet")
    for file, table in zip(files, (scores, sums, forecasts.assign(target=indicator)), strict=True):
        table.to_parquet(file, index=False)
    of = {location_of(u): level for u, level in levels.items()}
    by_level, of_sums = (summarise(table.assign(level=table["location"].map(of))) for table in (scores, sums))
    title = _title(region, indicator, past.dates, settings.periods)
    periods = int(sums["periods"].max()) if len(sums) else 0
    return BacktestResult(title, by_level, scores, of_sums, periods, files)


def forecast_past(settings: BacktestSettings, store: Store, progress: Progress) -> PastForecasts:
    """Forecast at every cutoff from what was known there.

    Raises:
        DataRefusedError: as `run_backtest`.
    """
    region, horizon = settings.region, settings.periods
    with cluster(settings.scheduler, workers=settings.workers) as client:
        progress("aggregate", 0, 1)
        as_of, strict = settings.as_of, settings.strict_vintages
        inputs = load_inputs(store, region, client, as_of=as_of, strict_vintages=strict, nationalities=False)
        figures = known_figures(inputs, region, as_of=as_of, strict_vintages=strict)
        indicator = settings.indicator or figures.main_indicator
        if indicator not in figures.histories:
            there = ", ".join(figures.histories)
            raise DataRefusedError(f"backtest: no figures of indicator '{indicator}'. There are: {there}.")
        history = figures.histories[indicator]
        dates = _dates(settings, history, horizon=horizon, last=figures.origin_date)
        ever, levels = ever_reported(figures.built.cube, indicator), _levels(region)
        peers = peer_units(history, levels) if settings.peers else frozenset()
        full = indicator == figures.main_indicator
        request = MemberRequest(levels, horizon, settings.seed, full, tuple(region.events), peers)
        workers = Workers(client, progress)
        histories = histories_at(indicator, dates, share(client, figures.known), workers)
        distinct = distinct_units(list(levels), summing_matrix(region), ever)
        at = collect_forecasts(submit_forecasts(histories, distinct, request, workers), workers)
    at = with_partners(at, inputs.partners, strict_vintages=settings.strict_vintages)
    at = with_judgements(at, load_judgements(store.database, region.id, as_of=as_of), region)
    made = list(assemble_all(at, region, ever=ever, seed=settings.seed))
    return PastForecasts(indicator, dates, history, made)


def _levels(region: Region) -> dict[str, str]:
    units = unit_table(region)
    return dict(zip(units["unit"], units["level"], strict=True))


def _dates(settings: BacktestSettings, history: xr.Dataset, *, horizon: int, last: pd.Timestamp) -> list[pd.Timestamp]:
    region = settings.region
    if settings.cutoff_dates:
        dates = named_cutoffs(settings.cutoff_dates, region, last=last)
    else:
        dates = count_back(last, region.freq, cutoffs=settings.cutoffs, step=settings.step, horizon=horizon)
    first = pd.Timestamp(history["time"].to_numpy()[0])
    usable = [d for d in dates if d > first]
    if not usable:
        raise DataRefusedError(
            f"backtest: none of the {len(dates)} cutoffs lies after the first period, {first:%Y-%m-%d}. "
            "Ask for fewer --cutoffs, a smaller --step or a shorter --horizon."
        )
    return usable


def peer_units(history: xr.Dataset, levels: dict[str, str]) -> frozenset[str]:
    """Units that the peers run on: every coarser one, and the 40 largest segments."""
    coarse = {u for u, level in levels.items() if level in PEER_LEVELS}
    sums = history["count"].sum("time").to_series()
    segments = sums[[u for u in sums.index if levels[u] == "segment"]]
    return frozenset(coarse | set(segments.nlargest(PEER_SEGMENTS).index))


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean scores per level and model over the units that all its models forecast; the coarsest level, the best first.

    Columns: `level`, `units` (how many these are), `model`, means, ratios to the baseline over the forecasts that both
    made, `forecasts`. A model that forecast nothing at a level, or is on trial and spoke for few units there, takes
    none away from the others. Without any score there is no row and no column.

    Args:
        scores: As `score_table` gives them, with each location's `level`.
    """
    tables = [_of_level(level, scores[scores["level"].eq(level)]) for level in LEVELS]
    filled = [t for t in tables if len(t)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _of_level(level: str, scores: pd.DataFrame) -> pd.DataFrame:
    shown = scores[scores["location"].isin(shared_units(scores))]
    return _by_model(shown).assign(level=level, units=shown["location"].nunique())


def shared_units(scores: pd.DataFrame) -> set[str]:
    """Units of one level that all its models forecast; of those on trial only who forecast half of them is asked."""
    by_model = {str(model): set(own) for model, own in scores.groupby("model")["location"]}
    trial, most = on_trial(by_model), max(map(len, by_model.values()), default=0)
    asked = [units for model, units in by_model.items() if model not in trial or 2 * len(units) >= most]
    return set.intersection(*asked) if asked else set()


def _by_model(scores: pd.DataFrame) -> pd.DataFrame:
    keys = ["location", "horizon", "origin_date"]
    base = scores[scores["model"] == "baseline"].set_index(keys)[["wis_log1p", "wis"]]
    rows = []
    for model, own in scores.groupby("model"):
        both = own.set_index(keys).join(base, rsuffix="_baseline", how="inner")
        means = both.mean(numeric_only=True)
        rows.append(
            {
                "model": model,
                **{k: means[k] for k in ("wis_log1p", "wis", "covered_50", "covered_95")},
                "relative_wis_log1p": means["wis_log1p"] / means["wis_log1p_baseline"],
                "relative_wis": means["wis"] / means["wis_baseline"],
                "forecasts": len(both),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("relative_wis_log1p", ignore_index=True) if rows else table


def _forecast_rows(at: AtCutoff, assembled: JointForecast, levels: dict[str, str], *, region: Region) -> pd.DataFrame:
    tables = [
        quantile_rows(quantiles, levels, region=region, origin_date=at.origin_date).assign(model_id=model)
        for model, quantiles in at.by_model(assembled.quantiles).items()
    ]
    return pd.concat(tables, ignore_index=True)


def _title(region: Region, indicator: str, dates: list[pd.Timestamp], horizon: int) -> str:
    name = region.indicators[indicator].name
    span = f"{len(dates)} cutoffs {dates[0]:%Y-%m-%d} … {dates[-1]:%Y-%m-%d}"
    return f"{region.name}: {name}, {span}, horizons 1–{horizon}"
