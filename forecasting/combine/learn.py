"""What earlier cutoffs teach: who is heard, how wide, and how far the upper levels are followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from forecasting.combine.calibrate import scaling_factors, size_classes
from forecasting.combine.rake import RAKED_LEVELS
from forecasting.combine.weights import PastScores
from forecasting.evaluate.scores import observed_ahead, wis, wis_log1p

FULL_STRENGTH_GAIN = 0.10  # an upper level's own forecast that is 10 % better than the sum is followed fully
VOICE_GAIN = 0.01  # a member on probation is heard where it made the combination 1 % better
MIN_SCORES = 12  # fewer past scores teach nothing


@dataclass(frozen=True)
class PastForecast:
    """What is kept of a cutoff, to learn from once its targets are observed; (unit, horizon, quantile) if not said."""

    origin_date: np.datetime64  # first day of the last period seen
    members: xr.DataArray  # (member, unit, horizon, quantile)
    trials: Mapping[str, xr.DataArray]  # member on probation → the combination with it, without the others on probation
    proven: xr.DataArray  # the combination without any of them
    combined: xr.DataArray  # the combination that was followed, before scaling
    own: xr.DataArray  # after scaling: each unit by itself
    summed: xr.DataArray  # sums of the cells' draws, before raking


@dataclass(frozen=True)
class Lessons:
    """What earlier cutoffs teach."""

    factors: xr.DataArray | None = None  # of the distance from the median (unit, horizon, quantile)
    strengths: Mapping[str, float] = field(default_factory=dict)  # level → raking strength in [0, 1]
    heard: Mapping[str, frozenset[str]] = field(default_factory=dict)  # member on probation → levels that hear it
    scores: tuple[PastScores, ...] = ()  # of every member at each cutoff


def learn(past: Sequence[PastForecast], history: xr.Dataset, levels: Sequence[str]) -> Lessons:
    """Lessons of earlier cutoffs, from what the history at this cutoff already shows; it cannot look ahead.

    Args:
        past: Earlier cutoffs' forecasts, all of the units of `history` in its order.
        history: `count` (unit, time) as known at this cutoff.
        levels: Level of each unit.
    """
    if not past:
        return Lessons()
    observed = [observed_ahead(history, p.origin_date, p.combined.sizes["horizon"]) for p in past]
    own, summed = _scores([p.own for p in past], observed), _scores([p.summed for p in past], observed)
    rows = {level: np.asarray(levels) == level for level in dict.fromkeys(levels)}
    return Lessons(
        factors=scaling_factors([p.combined for p in past], observed, size_classes(history)),
        strengths={at: earned_strength(own[:, rows[at]], summed[:, rows[at]]) for at in RAKED_LEVELS if at in rows},
        scores=tuple(_member_scores(o, p.members) for o, p in zip(observed, past, strict=True)),
        heard=_heard(past, observed, rows),
    )


def _heard(
    past: Sequence[PastForecast], observed: Sequence[xr.DataArray], rows: Mapping[str, np.ndarray]
) -> dict[str, frozenset[str]]:
    """Levels at which each member on probation made the combination better, each tried alone beside the proven ones."""
    proven = _scores([p.proven for p in past], observed)
    heard = {}
    for member in dict.fromkeys(m for p in past for m in p.trials):
        tried = _scores([p.trials.get(member, p.proven) for p in past], observed)
        tried = np.where(tried == proven, np.nan, tried)  # it did not speak: no evidence
        heard[member] = frozenset(
            at for at, mine in rows.items() if gain(tried[:, mine], proven[:, mine]) >= VOICE_GAIN
        )
    return heard


def earned_strength(own: np.ndarray, summed: np.ndarray) -> float:
    """How far an upper level's own forecast is followed: 0 where it was no better than the sum, 1 from 10 % better on.

    Args:
        own: Past scores (WIS, lower is better) of the own forecasts, any shape; NaN = not scored.
        summed: Scores of the sums of the cells, same shape.

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
