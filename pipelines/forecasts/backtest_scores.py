"""Scores of a backtest, and what they say: skill, past forecasts against what came, broken regimes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.assemble import JointForecast
from forecasting.evaluate.regime_breaks import monitor
from forecasting.evaluate.scores import observed_ahead, relative_skill, score_frame
from geo.region.units import location_of
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.surge_scores import Surges, score_surges
from pipelines.store.periods import target_starts

SCORE_COLUMNS = (
    "model",
    "location",
    "horizon",
    "origin_date",
    "wis_log1p",
    "wis",
    "ae",
    "covered_50",
    "covered_95",
    "vintages",
)
_SHOWN = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}


@dataclass(frozen=True)
class Evidence:
    """What the backtest of one indicator says."""

    scores: pd.DataFrame
    backtest: pd.DataFrame
    skill: xr.DataArray  # (unit, horizon), WIS (log1p) ratio to the baseline
    baseline_only: xr.DataArray  # (unit, horizon) bool
    surges: Surges


def evidence(
    scored: Sequence[tuple[AtCutoff, JointForecast]],
    history: xr.Dataset,
    like: xr.DataArray,
    *,
    level: Mapping[str, str],
) -> Evidence:
    """Score the cutoffs against the history and draw the conclusions.

    Args:
        scored: Cutoffs of the backtest with their assembled forecasts.
        history: Newest figures (unit, time).
        like: The forecast (unit, horizon, quantile) that the skill is for.
        level: Unit → level.
    """
    scores = score_table(scored, history)
    skill, baseline_only = skill_arrays(scores, like, level)
    surges = score_surges(scored, settled(history), level)
    return Evidence(scores, backtest_table(scored, history), skill, baseline_only, surges)


def score_table(scored: Sequence[tuple[AtCutoff, JointForecast]], history: xr.Dataset) -> pd.DataFrame:
    """Scores of the published combination, the members and the peers at every cutoff."""
    frames = [_cutoff_scores(at, assembled, history) for at, assembled in scored]
    if not frames:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in SCORE_COLUMNS})
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values(["model", "location", "horizon", "origin_date"], ignore_index=True)


def settled(history: xr.Dataset) -> xr.Dataset:
    """The history without the counts that the nowcast still completes: nothing is scored against an estimate."""
    return history.assign(count=history["count"].where(history["count"] == history["reported"]))


def _cutoff_scores(at: AtCutoff, assembled: JointForecast, history: xr.Dataset) -> pd.DataFrame:
    truth = observed_ahead(settled(history), at.origin_date, assembled.quantiles.sizes["horizon"])
    models = {"routecast": assembled.quantiles}
    for group in (at.members, at.peers):
        if group is not None:
            models |= {str(m): group.quantiles.sel(member=m, drop=True) for m in group.quantiles["member"].to_numpy()}
    frames = []
    for model, quantiles in models.items():
        ids = quantiles["unit"].to_numpy()
        frames.append(
            score_frame(
                quantiles,
                truth.sel(unit=ids),
                model=model,
                origin_date=at.origin_date,
                vintages="real" if at.real_vintages and model not in at.late else "pseudo",
                locations=[location_of(u) for u in ids],
            )
        )
    return pd.concat(frames, ignore_index=True)


def skill_arrays(
    scores: pd.DataFrame, like: xr.DataArray, level: Mapping[str, str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Skill and baseline-only flag (unit, horizon); without a score there is no skill to claim."""
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


def backtest_table(scored: Sequence[tuple[AtCutoff, JointForecast]], history: xr.Dataset) -> pd.DataFrame:
    """Past forecasts of the combination against what came, at the five levels that charts draw.

    `observed` is unknown where the nowcast still completes the count: nothing is held against an estimate.
    """
    frames, truths = [], settled(history)
    for at, assembled in scored:
        quantiles = assembled.quantiles
        units, horizon = quantiles["unit"].to_numpy(), quantiles.sizes["horizon"]
        truth = observed_ahead(truths, at.origin_date, horizon).sel(unit=units)
        starts = target_starts(at.origin_date, horizon, history.attrs["freq"])
        frames.append(
            pd.DataFrame(
                {
                    "location": np.repeat([location_of(u) for u in units], horizon),
                    "origin_date": at.origin_date,
                    "horizon": np.tile(np.arange(1, horizon + 1), len(units)),
                    "target_start": np.tile(starts, len(units)),
                    **{name: quantiles.sel(quantile=q).to_numpy().ravel() for name, q in _SHOWN.items()},
                    "observed": truth.to_numpy().ravel(),
                }
            )
        )
    columns = ["location", "origin_date", "horizon", "target_start", *_SHOWN, "observed"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def broken_regimes(assembled: Sequence[JointForecast], history: xr.Dataset) -> xr.Dataset:
    """`shift_flag`, `coverage_flag` (unit) at the end of the history, from forecasts made before its last period."""
    past = [(made.past.origin_date, made.past.own) for made in assembled]
    seen = settled(history)
    return monitor([one for one in past if one[0] < seen["time"].to_numpy()[-1]], seen).isel(time=-1)


def flagged(broken: xr.Dataset) -> np.ndarray:
    """Whether a regime break is flagged (unit,)."""
    result: np.ndarray = (broken["shift_flag"] | broken["coverage_flag"]).to_numpy()
    return result
