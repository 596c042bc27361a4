"""How much each member counts: a prior weight, how much history there is to learn from, and past skill."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecasting.base.contracts import SEASON_PERIODS
from forecasting.combine.calibrate import LARGE, size_classes

PRIOR_WEIGHTS = {  # before any skill is known; chosen with the report's held-out parts printed beside
    "baseline": 0.6,
    "seasonal_naive": 0.1,
    "ets": 0.2,
    "ucm": 0.1,
    "nb_autoregression": 1.2,
    "endemic_epidemic": 1.2,
    "boosted": 3.0,
    "prophet": 0.5,
}
OTHER_WEIGHT = 1.0
PROBATION = ("prophet",)  # members that must earn their voice (`forecasting.combine.learn`)
PARTNER = "partner:"  # prefix of members that another institution sent; they are on probation too
LEARNERS = ("ucm", "nb_autoregression", "endemic_epidemic", "boosted", "prophet")  # they estimate much from the past
CREDIBLE_YEARS = 2.0  # of history at which a learner has a quarter of its prior weight
HALF_EVIDENCE = 8.0  # cutoffs at which half of the skill counts


@dataclass(frozen=True)
class Skill:
    """How a kind of past score moves the weights."""

    sharpness: float  # a member behind the best by a share b keeps exp(-sharpness · b) of its weight, at the end
    memory: float  # a cutoff's evidence relative to the next one's


POOLED = Skill(sharpness=16.0, memory=0.95)  # natural scale, over the units of a level and size: large counts matter
# With 0.8 USBP's sectors scored 0.2 % worse and 0.4 % in counts, the Frontex routes 0.1 % better.
OWN = Skill(sharpness=4.0, memory=0.9)  # log scale, of the unit itself: a closed border is followed within few cutoffs


@dataclass(frozen=True)
class PastScores:
    """WIS of every member at an earlier cutoff, (member, unit, horizon); NaN where it was not scored."""

    logs: xr.DataArray  # of log1p counts
    counts: xr.DataArray  # natural scale


def on_probation(members: Iterable[object]) -> list[str]:
    """Those of the members that must earn their voice.

    Example:
        >>> on_probation(["baseline", "prophet", "partner:agency-model"])
        ['prophet', 'partner:agency-model']
    """
    return [m for m in map(str, members) if m in PROBATION or m.startswith(PARTNER)]


def prior_weights(quantiles: xr.DataArray) -> xr.DataArray:
    """Weights (member, unit, horizon) before anything is known."""
    priors = [PRIOR_WEIGHTS.get(str(m), OTHER_WEIGHT) for m in quantiles["member"].to_numpy()]
    like = quantiles.isel(quantile=0, drop=True)
    return like.copy(data=np.broadcast_to(np.array(priors)[:, None, None], like.shape).copy())


def skill_weights(
    quantiles: xr.DataArray, scores: Sequence[PastScores], history: xr.Dataset, levels: Sequence[str]
) -> xr.DataArray:
    """Prior weights, lower for learners with a short history, moved by past skill.

    A member's skill is the ratio of its past WIS to the baseline's over the forecasts that both made, over a horizon
    with its neighbours. It is taken twice: on the natural scale, pooled over the units of a level that are alike in
    size, and on the log scale for the unit alone. Recent cutoffs count for more.

    Args:
        quantiles: The current forecasts (member, unit, horizon, quantile), in whose shape the weights come.
        scores: Of earlier cutoffs, in order.
        history: `count` (unit, time) as known at the cutoff, NaN = unknown; the same units.
        levels: Level of each unit.
    """
    weights = prior_weights(quantiles)
    learns = np.isin(quantiles["member"].to_numpy(), LEARNERS)
    weights.to_numpy()[learns] *= credibility(history)[None, :, None]
    if not scores:
        return weights
    members = quantiles["member"].to_numpy()
    proven = ~np.isin(members, on_probation(members))
    large = size_classes(history) == LARGE
    alike = [
        np.flatnonzero(np.array([at == k for at in zip(levels, large, strict=True)]))
        for k in dict.fromkeys(zip(levels, large, strict=True))
    ]
    alone = [np.array([unit]) for unit in range(len(levels))]
    for kind, groups, past in (
        (POOLED, alike, [s.counts for s in scores]),
        (OWN, alone, [s.logs for s in scores]),
    ):
        stacked = np.stack([p.reindex(member=members).to_numpy() for p in past])  # (cutoff, member, unit, horizon)
        weights.to_numpy()[:] *= _factors(stacked, list(members).index("baseline"), proven, groups=groups, kind=kind)
    return weights


def credibility(history: xr.Dataset) -> np.ndarray:
    """Share of a learner's prior weight that a unit's history earns, (unit,): (y / (y + 2))², y the years known."""
    known = np.isfinite(history["count"].transpose("unit", "time").to_numpy()).sum(axis=1)
    years = known / SEASON_PERIODS[history.attrs["freq"]]
    return np.asarray((years / (years + CREDIBLE_YEARS)) ** 2)


def _factors(
    past: np.ndarray, baseline: int, proven: np.ndarray, *, groups: Sequence[np.ndarray], kind: Skill
) -> np.ndarray:
    """Factors (member, unit, horizon) from past scores (cutoff, member, unit, horizon)."""
    age = kind.memory ** np.arange(len(past))[::-1, None, None, None]
    base = np.broadcast_to(past[:, [baseline]], past.shape)
    both = np.isfinite(past) & np.isfinite(base)
    own, other = (np.where(both, values, 0.0) * age for values in (past, base))
    factors = np.ones(past.shape[1:])
    for units in groups:
        mine, theirs = (_near(values[:, :, units].sum(axis=(0, 2))) for values in (own, other))
        evidence = both[:, :, units].any(axis=2).sum(axis=0)
        factors[:, units] = _moved(mine, theirs, evidence, proven, kind.sharpness)[:, None]
    return factors


def _moved(own: np.ndarray, base: np.ndarray, evidence: np.ndarray, proven: np.ndarray, sharpness: float) -> np.ndarray:
    """Factors (member, horizon) from summed scores; 1 where there is no evidence.

    The best is one of the proven members: who has not earned a voice must not move the others' weights either.
    """
    ratio = np.where(base > 0, own / np.where(base > 0, base, 1.0), np.nan)
    if np.isnan(ratio).all():
        return np.ones_like(ratio)
    best = np.where(np.isnan(ratio), np.inf, ratio)[proven].min(axis=0)
    behind = np.where(np.isfinite(ratio), np.maximum(ratio / np.where(best > 0, best, 1.0) - 1.0, 0.0), 0.0)
    return np.asarray(np.exp(-sharpness * evidence / (evidence + HALF_EVIDENCE) * behind))


def _near(values: np.ndarray) -> np.ndarray:
    """Sum over a horizon and its neighbours (member, horizon)."""
    padded = np.pad(values, ((0, 0), (1, 1)))
    return np.asarray(padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:])
