"""Scores of a backtest, and what they say: skill, broken regimes, surge warnings, chances of exceeding a capacity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.quantile_functions import at_ranks, stratified_ranks
from forecasting.combine.assemble import JointForecast, PastForecast
from forecasting.combine.joint_draws import Answer, Question, ask_in_blocks
from forecasting.evaluate.regime_breaks import monitor
from forecasting.evaluate.scores import RELIABILITY_COLUMNS, observed_ahead, relative_skill, reliability, score_frame
from forecasting.evaluate.sums import sum_scores
from forecasting.risk import surge
from forecasting.risk.exceedance import above, exceedance_probability
from forecasting.risk.surge import surge_probability, warning_frame
from geo.region.units import location_of
from pipelines.forecasts.member_tasks import N_DRAWS, AtCutoff
from pipelines.store.periods import target_starts

SCORE_COLUMNS = "model location horizon origin_date wis_log1p wis ae covered_50 covered_95 mid_rank vintages".split()
_SHOWN = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}

Scored = Sequence[tuple[AtCutoff, JointForecast]]  # cutoffs with their assembled forecasts


@dataclass(frozen=True)
class SurgeEvidence:
    """What the backtest says of surge warnings."""

    scores: pd.DataFrame  # per model, level, horizon
    reliability: pd.DataFrame  # per model, level, horizon, bin of probability
    ours: pd.DataFrame  # (unit, horizon): skill, earned

    def shown(self, probability: xr.DataArray) -> xr.DataArray:
        """Today's warnings (unit, horizon) where they have earned it, else NaN: no skill to tell."""
        index = pd.MultiIndex.from_product([probability["unit"].to_numpy(), probability["horizon"].to_numpy()])
        earned = self.ours["earned"].reindex(index).eq(True).to_numpy(dtype=bool)
        return probability.where(earned.reshape(probability.shape))


def score_table(scored: Scored, history: xr.Dataset) -> pd.DataFrame:
    """Scores of the published combination, the members and the peers at every cutoff."""
    frames = [frame for at, made in scored for frame in _cutoff_scores(at, made, history)]
    if not frames:
        return _no_rows(SCORE_COLUMNS)
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values(["model", "location", "horizon", "origin_date"], ignore_index=True)


def sum_table(scored: Scored, history: xr.Dataset) -> pd.DataFrame:
    """Scores of sums over a quarter, of what is published and of the baseline, at every cutoff (`sum_scores`)."""
    frames = []
    for at, made in scored:
        truth = observed_ahead(settled(history), at.origin_date, made.draws.sizes["horizon"])
        units, baseline = made.draws["unit"].to_numpy(), at.members.quantiles.sel(member="baseline", drop=True)
        frames.append(
            sum_scores(
                made.draws,
                baseline,
                truth.sel(unit=units),
                freq=history.attrs["freq"],
                origin_date=at.origin_date,
            )
        )
    table = pd.concat(frames, ignore_index=True)
    return table.assign(location=[location_of(u) for u in table["location"]])


def _no_rows(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype=float) for c in columns})


def settled(history: xr.Dataset) -> xr.Dataset:
    """The history without the counts that the nowcast still completes: nothing is scored against an estimate."""
    return history.assign(count=history["count"].where(history["count"] == history["reported"]))


def _cutoff_scores(at: AtCutoff, made: JointForecast, history: xr.Dataset) -> list[pd.DataFrame]:
    truth = observed_ahead(settled(history), at.origin_date, made.quantiles.sizes["horizon"])
    frames = []
    for model, quantiles in at.by_model(made.quantiles).items():
        ids = quantiles["unit"].to_numpy()
        vintages = "real" if at.real_vintages and model not in at.late else "pseudo"
        about = {"model": model, "origin_date": at.origin_date, "vintages": vintages}
        frames.append(score_frame(quantiles, truth.sel(unit=ids), locations=[location_of(u) for u in ids], **about))
    return frames


def skill_arrays(
    scores: pd.DataFrame, like: xr.DataArray, level: Mapping[str, str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Skill, and whether it is no better than the baseline (unit, horizon); without a score there is none to claim."""
    template = like.isel(quantile=0, drop=True)
    index = pd.MultiIndex.from_product(
        [[location_of(u) for u in like["unit"].to_numpy()], like["horizon"].to_numpy()], names=["location", "horizon"]
    )
    if scores.empty:
        return template.copy(data=np.full(template.shape, np.nan)), template.copy(data=np.ones(template.shape, bool))
    by_location = {location_of(u): level[u] for u in like["unit"].to_numpy()}
    table = relative_skill(scores, by_location).reindex(index)
    skill = table["skill"].to_numpy(dtype=float).reshape(template.shape)
    return template.copy(data=skill), template.copy(data=~(skill < 1.0))


def backtest_table(scored: Scored, history: xr.Dataset) -> pd.DataFrame:
    """Past forecasts of the combination against what came, at the five levels that charts draw.

    `observed` is unknown where the nowcast still completes the count: nothing is held against an estimate.
    """
    frames, truths = [], settled(history)
    for at, made in scored:
        quantiles = made.quantiles
        units, horizon = quantiles["unit"].to_numpy(), quantiles.sizes["horizon"]
        truth = observed_ahead(truths, at.origin_date, horizon).sel(unit=units)
        starts = target_starts(at.origin_date, horizon, history.attrs["freq"])
        columns = {
            "location": np.repeat([location_of(u) for u in units], horizon),
            "origin_date": at.origin_date,
            "horizon": np.tile(np.arange(1, horizon + 1), len(units)),
            "target_start": np.tile(starts, len(units)),
            **{name: quantiles.sel(quantile=q).to_numpy().ravel() for name, q in _SHOWN.items()},
            "observed": truth.to_numpy().ravel(),
        }
        frames.append(pd.DataFrame(columns))
    names = ["location", "origin_date", "horizon", "target_start", *_SHOWN, "observed"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)


def broken_regimes(past: Sequence[PastForecast], history: xr.Dataset) -> xr.Dataset:
    """`shift_flag`, `coverage_flag` (unit) at the end of the history, from forecasts made before its last period."""
    seen = settled(history)
    before = [(p.origin_date, p.own) for p in past if p.origin_date < seen["time"].to_numpy()[-1]]
    return monitor(before, seen).isel(time=-1)


def flagged(broken: xr.Dataset) -> np.ndarray:
    """Whether a regime break is flagged (unit,)."""
    result: np.ndarray = (broken["shift_flag"] | broken["coverage_flag"]).to_numpy()
    return result


def even_draws(quantiles: xr.DataArray) -> xr.DataArray:
    """Evenly spread draws (unit, horizon, draw) of quantile functions."""
    values = quantiles.transpose("unit", "horizon", "quantile").to_numpy()
    coords = {"unit": quantiles["unit"], "horizon": quantiles["horizon"]}
    return xr.DataArray(at_ranks(values, stratified_ranks(N_DRAWS)), dims=("unit", "horizon", "draw"), coords=coords)


def surge_chances(at: AtCutoff, probability: xr.DataArray) -> xr.Dataset:
    """What a cutoff's forecast (`probability`), the baseline and the usual rate said of surges (unit, horizon)."""
    return xr.Dataset(
        {
            "probability": probability,
            "baseline_probability": _of_baseline(at, partial(surge_probability, history=at.history)),
            "climatology": surge.usual_surge_rate(at.history, probability.sizes["horizon"]),
        }
    )


def surge_warnings(at: AtCutoff, chances: xr.Dataset, truth: xr.Dataset) -> pd.DataFrame:
    """A cutoff's warnings beside what came, knowing at it only what was known then.

    Args:
        at: The cutoff.
        chances: Of `surge_chances`.
        truth: `count` (unit, time), NaN where it is not settled yet.
    """
    ahead = observed_ahead(truth, at.origin_date, chances.sizes["horizon"]).sel(unit=chances["unit"].to_numpy())
    parts = {**_parts(chances), "surged": surge.surged(ahead, at.history)}
    return warning_frame(parts, origin_date=at.origin_date)


def _parts(chances: xr.Dataset) -> dict[str, xr.DataArray]:
    return {str(name): array for name, array in chances.items()}


def score_surges(frames: Sequence[pd.DataFrame], level: Mapping[str, str]) -> SurgeEvidence:
    """Score the warnings of every cutoff (`surge_warnings`) against the figures that came; `level` of each unit."""
    warnings = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if warnings.empty:
        nothing = pd.DataFrame({"skill": pd.Series(dtype=float), "earned": pd.Series(dtype=bool)})
        return SurgeEvidence(_no_rows(surge.SCORE_COLUMNS), _no_rows(RELIABILITY_COLUMNS), nothing)
    bins = reliability(warnings, level, event="surged")
    return SurgeEvidence(surge.surge_scores(warnings, level), bins, surge.earned(warnings, level))


def _of_baseline(at: AtCutoff, question: Question) -> Answer:
    """What is asked of draws, asked of the baseline's."""
    quantiles = at.members.quantiles.sel(member="baseline", drop=True)
    return ask_in_blocks(question, even_draws, quantiles, n_draws=N_DRAWS)


def exceedance_chances(at: AtCutoff, probability: xr.DataArray, capacity: xr.DataArray) -> xr.Dataset:
    """A cutoff's chances of exceeding today's capacities, and the baseline's (planned unit, horizon).

    Args:
        at: The cutoff.
        probability: Of its forecast (unit, horizon); it saw only what was known then.
        capacity: (unit), counts a period, NaN where no plan exists.
    """
    planned = capacity["unit"].to_numpy()[np.isfinite(capacity.to_numpy())]
    units = [u for u in planned if u in probability["unit"].to_numpy()]
    of_baseline = _of_baseline(at, partial(_exceeded, capacity=capacity.sel(unit=units)))
    return xr.Dataset({"probability": probability.sel(unit=units), "baseline_probability": of_baseline})


def _exceeded(draws: xr.DataArray, capacity: xr.DataArray) -> xr.DataArray:
    return exceedance_probability(draws.sel(unit=capacity["unit"].to_numpy()), capacity)


def exceedance_warnings(at: AtCutoff, chances: xr.Dataset, truth: xr.Dataset, capacity: xr.DataArray) -> pd.DataFrame:
    """A cutoff's chances of exceeding today's capacities beside whether they were; no row where none is planned.

    Args:
        at: The cutoff.
        chances: Of `exceedance_chances`.
        truth: `count` (unit, time), NaN where it is not settled yet.
        capacity: (unit), counts a period, NaN where no plan exists.
    """
    units = chances["unit"].to_numpy()
    if not len(units):
        return pd.DataFrame()
    ahead = observed_ahead(truth, at.origin_date, chances.sizes["horizon"]).sel(unit=units)
    exceeded = above(ahead.to_numpy(), capacity.sel(unit=units).to_numpy()[:, None]) > 0
    happened = ahead.copy(data=exceeded.astype(float)).where(np.isfinite(ahead))
    return warning_frame({**_parts(chances), "exceeded": happened}, origin_date=at.origin_date)


def exceedance_reliability(frames: Sequence[pd.DataFrame], level: Mapping[str, str]) -> pd.DataFrame:
    """How often a capacity was exceeded, per bin of the chance that was given (`exceedance_warnings`).

    Returns:
        Columns `RELIABILITY_COLUMNS`, without a row where no unit has a capacity.
    """
    told = [f for f in frames if len(f)]
    return (
        reliability(pd.concat(told, ignore_index=True), level, event="exceeded")
        if told
        else _no_rows(RELIABILITY_COLUMNS)
    )
