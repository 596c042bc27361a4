"""From the members' forecasts to one coherent joint forecast, with what earlier cutoffs taught."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.adjust.nowcast import widen
from forecasting.base.contracts import NEAR_PERIODS, ContractError
from forecasting.base.count_width import newly_begun, with_own_width
from forecasting.combine.calibrate import capped, scale, scaling_factors, size_classes
from forecasting.combine.dependence import RAKED_LEVELS
from forecasting.combine.joint_draws import ALL_DRAWS, Answer, FromDraws, draw_jointly
from forecasting.combine.track_coverage import tracked_factors
from forecasting.combine.weights import PastScores, combine, on_trial, shares, skill_weights
from forecasting.evaluate.regime_breaks import widened
from forecasting.evaluate.scores import observed_ahead, wis, wis_log1p
from forecasting.members.run_members import Members

FULL_STRENGTH_GAIN = 0.10  # an upper level's own forecast that is 10 % better than the sum is followed fully
TRIAL_GAIN = 0.01  # a member on trial is used where it made the combination 1 % better
MIN_SCORES = 12  # fewer past scores teach nothing


@dataclass(frozen=True)
class PastForecast:
    """What is kept of a cutoff, to learn from once its targets are observed; (unit, horizon, quantile) if not said."""

    origin_date: np.datetime64  # first day of the last period seen
    members: xr.DataArray  # (member, unit, horizon, quantile)
    trials: Mapping[str, xr.DataArray]  # member on trial → the combination with it, without the others on trial
    proven: xr.DataArray  # the combination without any of them
    combined: xr.DataArray  # the combination that was followed, before scaling
    own: xr.DataArray  # after scaling: each unit by itself
    summed: xr.DataArray  # sums of the cells' draws, before raking


@dataclass(frozen=True)
class BacktestState:
    """What earlier cutoffs teach."""

    factors: xr.DataArray | None = None  # of the distance from the median (unit, horizon, quantile)
    tracked: xr.DataArray | None = None  # further ones, by what was covered (horizon, quantile)
    strengths: Mapping[str, float] = field(default_factory=dict)  # level → raking strength in [0, 1]
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)  # member on trial → levels that use it
    scores: tuple[PastScores, ...] = ()  # of every member at each cutoff


@dataclass(frozen=True)
class JointForecast:
    """The joint forecast of all units at one cutoff."""

    quantiles: xr.DataArray  # (unit, horizon, quantile), counts per period
    medians: xr.DataArray  # (unit, horizon) of the draws: also where it is published as 0
    mean: xr.DataArray  # (unit, horizon)
    draws: xr.DataArray  # (unit, horizon, draw) of units that were asked for; sums of the cells in every draw
    answers: Mapping[str, Answer]  # to what was asked of all units' draws
    past: PastForecast
    no_forecast: tuple[str, ...]  # units without any: NaN above
    shares: xr.DataArray  # of each member in the combination's median (member, unit, horizon)
    strengths: xr.DataArray  # how far each unit's own forecast was followed, and not the sum of its cells (unit,)


def assemble(
    members: Members,
    history: xr.Dataset,
    *,
    summing: csr_array,
    levels: Sequence[str],
    n_draws: int,
    seed: int,
    state: BacktestState | None = None,
    broken: np.ndarray | None = None,
    wanted: FromDraws = ALL_DRAWS,
) -> JointForecast:
    """Combine, widen by the newest figures' uncertainty, scale, couple the cells, rake by the upper levels, sum.

    Args:
        members: Quantiles of every member for every unit, in the order of `history`.
        history: `count` (unit, time) of all units, rows of `summing`; ends at the cutoff.
        summing: (unit, cell) 0/1; each cell needs a row of its own (at cell or segment level).
        levels: Level of each unit.
        n_draws: Joint draws.
        seed: The run's seed.
        state: From `learn`; none at the first cutoff.
        broken: (unit,) whether a regime break is flagged at the cutoff: its ranges are widened.
        wanted: What is kept of the draws, and asked of them.

    Raises:
        ContractError: units differ, or a cell has no row of its own.
    """
    _require_same_units(members, history, summing)
    state, quantiles = state or BacktestState(), members.quantiles
    weights = skill_weights(quantiles, state.scores, history, levels)
    trial = on_trial(quantiles["member"].to_numpy())
    proven = combine(quantiles, weights=weights, without=trial)
    trials = {m: combine(quantiles, weights=weights, without=[p for p in trial if p != m]) for m in trial}
    used = weights.where(_is_used(quantiles, state, levels), 0.0)
    combined = widen(combine(quantiles, weights=used), history)
    scaled = scale(scale(combined, state.factors), state.tracked)
    own = _own_width(capped(scaled, combined, history), history)
    targets = own if broken is None else widened(own, broken)
    joint = draw_jointly(
        targets,
        history,
        summing=summing,
        levels=levels,
        strengths=state.strengths,
        n_draws=n_draws,
        seed=seed,
        wanted=wanted,
    )
    nothing = np.isnan(joint.mean.to_numpy()).any(axis=1)
    return JointForecast(
        quantiles=whole(joint.quantiles),
        medians=joint.quantiles.sel(quantile=0.5, drop=True),
        mean=joint.mean,
        draws=joint.draws,
        answers=joint.answers,
        past=PastForecast(history["time"].to_numpy()[-1], quantiles, trials, proven, combined, own, joint.summed),
        no_forecast=tuple(str(u) for u in history["unit"].to_numpy()[nothing]),
        shares=shares(quantiles, used),
        strengths=xr.DataArray(
            [state.strengths.get(at, 0.0) for at in levels], dims="unit", coords={"unit": quantiles["unit"]}
        ),
    )


def _own_width(quantiles: xr.DataArray, history: xr.Dataset) -> xr.DataArray:
    """No range of a unit that has just begun is narrower than a count's own."""
    begun = newly_begun(history["count"].transpose("unit", "time").to_numpy())
    return quantiles.copy(data=np.where(begun[:, None, None], with_own_width(quantiles.to_numpy()), quantiles))


def whole(quantiles: xr.DataArray) -> xr.DataArray:
    """The median and below are 0 where under half a count: an interval from 0.001 on would leave a true 0 out."""
    return quantiles.where(~((quantiles < 0.5) & (quantiles["quantile"] <= 0.5)), 0.0)


def _is_used(quantiles: xr.DataArray, state: BacktestState, levels: Sequence[str]) -> xr.DataArray:
    """Who takes part (member, unit): everybody but those on trial at levels where they have not earned it."""
    names = [str(m) for m in quantiles["member"].to_numpy()]
    used = np.ones((len(names), len(levels)), dtype=bool)
    for member in on_trial(names):
        used[names.index(member)] = np.isin(levels, list(state.used.get(member, ())))
    return xr.DataArray(used, dims=("member", "unit"), coords={d: quantiles[d] for d in ("member", "unit")})


def _require_same_units(members: Members, history: xr.Dataset, summing: csr_array) -> None:
    ours, theirs = list(members.quantiles["unit"].to_numpy()), list(history["unit"].to_numpy())
    if ours != theirs or len(theirs) != summing.shape[0]:
        raise ContractError(
            f"assemble: members, history and summing matrix must list the same units in the same order; "
            f"got {len(ours)}, {len(theirs)} and {summing.shape[0]} units."
        )


def learn(past: Sequence[PastForecast], history: xr.Dataset, levels: Sequence[str]) -> BacktestState:
    """What earlier cutoffs' forecasts of the same units teach, from what the history at this cutoff already shows."""
    if not past:
        return BacktestState()
    observed = [observed_ahead(history, p.origin_date, p.combined.sizes["horizon"]) for p in past]
    own, summed = _scores([p.own for p in past], observed), _scores([p.summed for p in past], observed)
    rows = {level: np.asarray(levels) == level for level in dict.fromkeys(levels)}
    near = NEAR_PERIODS[history.attrs["freq"]]
    return BacktestState(
        tracked=tracked_factors([p.own for p in past], observed, near=near),
        factors=scaling_factors([p.combined for p in past], observed, size_classes(history), near=near),
        strengths={at: earned_strength(own[:, rows[at]], summed[:, rows[at]]) for at in RAKED_LEVELS if at in rows},
        scores=tuple(_member_scores(o, p.members) for o, p in zip(observed, past, strict=True)),
        used=_used_levels(past, observed, rows),
    )


def _used_levels(
    past: Sequence[PastForecast], observed: Sequence[xr.DataArray], rows: Mapping[str, np.ndarray]
) -> dict[str, frozenset[str]]:
    """Levels at which each member on trial made the combination better, each tried alone beside the proven ones."""
    proven = _scores([p.proven for p in past], observed)
    used = {}
    for member in dict.fromkeys(m for p in past for m in p.trials):
        tried = _scores([p.trials.get(member, p.proven) for p in past], observed)
        tried = np.where(tried == proven, np.nan, tried)  # it had no forecast: no evidence
        used[member] = frozenset(at for at, of in rows.items() if gain(tried[:, of], proven[:, of]) >= TRIAL_GAIN)
    return used


def earned_strength(own: np.ndarray, summed: np.ndarray) -> float:
    """How far an upper level's own forecast is followed: 0 where it was no better than the sum, 1 from 10 % better on.

    Past scores (WIS) of the own forecasts and of the sums of the cells, any shape; NaN = not scored.

    Example:
        >>> earned_strength(np.full(20, 0.95), np.full(20, 1.0))
        0.5
    """
    return round(float(np.clip(gain(own, summed) / FULL_STRENGTH_GAIN, 0.0, 1.0)), 6)


def gain(scores: np.ndarray, other: np.ndarray) -> float:
    """By which share the mean of `scores` is lower than that of `other`, where both are known; 0 with too few."""
    both = np.isfinite(scores) & np.isfinite(other)
    if both.sum() < MIN_SCORES or other[both].mean() <= 0:
        return 0.0
    return float(1.0 - scores[both].mean() / other[both].mean())


def _member_scores(observed: xr.DataArray, members: xr.DataArray) -> PastScores:
    dims = ("member", "unit", "horizon")
    return PastScores(wis_log1p(observed, members).transpose(*dims), wis(observed, members).transpose(*dims))


def _scores(forecasts: Sequence[xr.DataArray], observed: Sequence[xr.DataArray]) -> np.ndarray:
    """WIS of log1p counts (cutoff, unit, horizon)."""
    return np.stack([wis_log1p(o, f).to_numpy() for f, o in zip(forecasts, observed, strict=True)])
