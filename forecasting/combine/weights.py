"""How much each member counts (prior weight, history to learn from, past skill), and their weighted mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecasting.base.contracts import NEAR_PERIODS, SEASON_PERIODS
from forecasting.combine.calibrate import LARGE, size_classes
from forecasting.models.registry import MODELS

OTHER_WEIGHT = 1.0  # prior weight of a member that is no model of ours
PARTNER = "partner:"  # prefix of members that another institution sent; they are on trial too
JUDGEMENT = "judgement:"  # prefix of what people stated, by person or group; as well
CREDIBLE_YEARS = 2.0  # of history at which a learner has a quarter of its prior weight
HALF_EVIDENCE = 8.0  # cutoffs at which half of the skill counts
STEADY_GAIN = 60.0  # the baseline's prior weight, 1 + 60 times as much where a series is surely a large steady one
STEADY_STEP = 0.25  # standard deviation of a step in logs at which a series is hardly steady any more
STEADY_SIZE = 300.0  # mean count at which half of it counts
STEADY_YEARS = 5.0  # of history that say so
STEADY_MIN_YEARS = 2.0  # of known steps; fewer say nothing (UNHCR's weeks of 2016: 1.3 % worse with half a year)


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


def on_trial(members: Iterable[object]) -> list[str]:
    """Those of the members that must earn their part in the combination.

    Example:
        >>> on_trial(["baseline", "prophet", "partner:agency-model", "judgement:ana"])
        ['prophet', 'partner:agency-model', 'judgement:ana']
    """
    sent = (PARTNER, JUDGEMENT)
    return [m for m in map(str, members) if m.startswith(sent) or (m in MODELS and MODELS[m].on_trial)]


def prior_weights(quantiles: xr.DataArray, *, near: int | None = None) -> xr.DataArray:
    """Weights (member, unit, horizon) before anything is known; horizons beyond `near` are far (None: none is)."""
    members, horizons = quantiles["member"].to_numpy(), quantiles["horizon"].to_numpy()
    priors = np.array([MODELS[m].prior_weight if m in MODELS else OTHER_WEIGHT for m in members])
    shares = np.array([MODELS[m].far_share if m in MODELS else 1.0 for m in members])
    far = horizons > (horizons.max() if near is None else near)
    like = quantiles.isel(quantile=0, drop=True)
    weights = priors[:, None] * np.where(far, shares[:, None], 1.0)
    return like.copy(data=np.broadcast_to(weights[:, None, :], like.shape).copy())


def skill_weights(
    quantiles: xr.DataArray, scores: Sequence[PastScores], history: xr.Dataset, levels: Sequence[str]
) -> xr.DataArray:
    """Prior weights, lower for learners with a short history, higher for the baseline of a steady one, moved by skill.

    A member's skill is the ratio of its past WIS to the baseline's over the forecasts that both made, over a horizon
    with its neighbours; beyond half a year over all horizons, for few of the far forecasts have come true, and those
    err together (months 7–12 of the combination by neighbours, by all: Frontex' routes 0.871 and 0.856 × the baseline,
    by nationality 0.901 and 0.840, USBP's sectors 0.908 and 0.906). It is taken twice: on the natural scale, pooled
    over the units of a level that are alike in size, and on the log scale for the unit alone. Recent cutoffs count for
    more.

    `quantiles` are the current forecasts (member, unit, horizon, quantile), in whose shape the weights come; `scores`
    those of earlier cutoffs, in order; the history is that of the same units as known at the cutoff.
    """
    near = NEAR_PERIODS[history.attrs["freq"]]
    weights, members = prior_weights(quantiles, near=near), quantiles["member"].to_numpy()
    learns = [m in MODELS and MODELS[m].learns for m in members]
    weights.to_numpy()[learns] *= credibility(history)[None, :, None]
    weights.to_numpy()[members == "baseline"] *= (1 + STEADY_GAIN * steadiness(history))[None, :, None]
    if not scores:
        return weights
    proven, people = ~np.isin(members, on_trial(members)), np.char.startswith(members.astype(str), JUDGEMENT)
    large = size_classes(history) == LARGE
    alike = [
        np.flatnonzero(np.array([at == k for at in zip(levels, large, strict=True)]))
        for k in dict.fromkeys(zip(levels, large, strict=True))
    ]
    alone = [np.array([unit]) for unit in range(len(levels))]
    for kind, groups, past in ((POOLED, alike, [s.counts for s in scores]), (OWN, alone, [s.logs for s in scores])):
        stacked = np.stack([p.reindex(member=members).to_numpy() for p in past])  # (cutoff, member, unit, horizon)
        base = list(members).index("baseline")
        weights.to_numpy()[:] *= _factors(stacked, base, proven, groups=groups, kind=kind, people=people, near=near)
    return weights


def credibility(history: xr.Dataset) -> np.ndarray:
    """Share of a learner's prior weight that a unit's history earns, (unit,): (y / (y + 2))², y the years known."""
    known = np.isfinite(history["count"].transpose("unit", "time").to_numpy()).sum(axis=1)
    years = known / SEASON_PERIODS[history.attrs["freq"]]
    return np.asarray((years / (years + CREDIBLE_YEARS)) ** 2)


def steadiness(history: xr.Dataset) -> np.ndarray:
    """How surely a unit is a large steady series (unit,), 0 … 1: nothing is known that beats a random walk there.

    A product of three: the share of a step's variance that stays, 1 + 2 · (correlation of successive steps), in [0, 1],
    to the fourth power (a random walk has 1; noise around a level, 0); exp(−(step / 0.25)²), with the root mean square
    step of log1p counts; n / (n + 300), with the mean count n of the last year. Chosen on the first two thirds of the
    cutoffs: USBP's sectors above 1,000 a month 1.07 × the baseline without it, 1.02 with it, the other sets the same.
    """
    a_year = SEASON_PERIODS[history.attrs["freq"]]
    counts = history["count"].transpose("unit", "time").to_numpy()[:, -round(STEADY_YEARS * a_year) :]
    logs = np.log1p(counts)
    fewest = STEADY_MIN_YEARS * a_year
    once, twice = (_mean_square(logs[:, k:] - logs[:, :-k], fewest=fewest) for k in (1, 2))
    stays = np.clip(np.divide(twice, once, out=np.zeros_like(once), where=once > 0) - 1, 0.0, 1.0)
    recent = counts[:, -round(a_year) :]
    size = np.nansum(recent, axis=1) / np.maximum(np.isfinite(recent).sum(axis=1), 1)
    return np.asarray(stays**4 * np.exp(-once / STEADY_STEP**2) * size / (size + STEADY_SIZE))


def _mean_square(steps: np.ndarray, *, fewest: float) -> np.ndarray:
    """Mean square of the known steps (unit,); 0 where fewer are known."""
    number = np.isfinite(steps).sum(axis=1)
    return np.where(number >= fewest, np.nansum(steps**2, axis=1) / np.maximum(number, 1), 0.0)


def _factors(
    past: np.ndarray,
    baseline: int,
    proven: np.ndarray,
    *,
    groups: Sequence[np.ndarray],
    kind: Skill,
    people: np.ndarray,
    near: int,
) -> np.ndarray:
    """Factors (member, unit, horizon) from past scores (cutoff, member, unit, horizon).

    People speak of few horizons, each time of others: what they showed at any of them counts at all.
    """
    age = kind.memory ** np.arange(len(past))[::-1, None, None, None]
    base = np.broadcast_to(past[:, [baseline]], past.shape)
    both = np.isfinite(past) & np.isfinite(base)
    own, other = (np.where(both, values, 0.0) * age for values in (past, base))
    factors = np.ones(past.shape[1:])
    for units in groups:
        ours, theirs = (_around(values[:, :, units].sum(axis=(0, 2)), near) for values in (own, other))
        evidence = both[:, :, units].any(axis=2).sum(axis=0)
        if people.any():
            for values in (ours, theirs):
                values[people] = values[people].sum(axis=1, keepdims=True)
            evidence[people] = both[:, :, units].any(axis=(2, 3)).sum(axis=0)[people, None]
        factors[:, units] = _factors_by_skill(ours, theirs, evidence, proven, kind.sharpness)[:, None]
    return factors


def _factors_by_skill(
    own: np.ndarray, base: np.ndarray, evidence: np.ndarray, proven: np.ndarray, sharpness: float
) -> np.ndarray:
    """Factors (member, horizon) from summed scores; 1 where there is no evidence.

    The best is one of the proven members: one on trial must not move the others' weights either.
    """
    ratio = np.where(base > 0, own / np.where(base > 0, base, 1.0), np.nan)
    if np.isnan(ratio).all():
        return np.ones_like(ratio)
    best = np.where(np.isnan(ratio), np.inf, ratio)[proven].min(axis=0)
    behind = np.where(np.isfinite(ratio), np.maximum(ratio / np.where(best > 0, best, 1.0) - 1.0, 0.0), 0.0)
    return np.asarray(np.exp(-sharpness * evidence / (evidence + HALF_EVIDENCE) * behind))


def _around(values: np.ndarray, near: int) -> np.ndarray:
    """Sum over a near horizon and its near neighbours, of a far one over all (member, horizon)."""
    out = values.copy()
    close, ours = values[:, :near], out[:, :near]
    ours[:, 1:] += close[:, :-1]
    ours[:, :-1] += close[:, 1:]
    out[:, near:] = values.sum(axis=1, keepdims=True)
    return out


def combine(
    quantiles: xr.DataArray, *, weights: xr.DataArray | None = None, without: Sequence[str] = ()
) -> xr.DataArray:
    """Weighted mean of log1p quantiles over the members that have a forecast: counts (unit, horizon, quantile).

    Args:
        quantiles: Counts (member, unit, horizon, quantile), NaN where a member has none.
        weights: Weights (member, unit, horizon) from `skill_weights`; else the prior ones.
        without: Members that take no part.

    Source:
        Quantile averaging (Vincentization): Lichtendahl et al. (2013), Management Science 59, 1594–1611.
    """
    kept = ~np.isin(quantiles["member"].to_numpy(), list(without))
    logs = np.log1p(quantiles.isel(member=kept).to_numpy())
    given = prior_weights(quantiles) if weights is None else weights
    weight = np.where(np.isfinite(logs), given.isel(member=kept).to_numpy()[..., None], 0.0)
    total = weight.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean = np.where(total > 0, (weight * np.nan_to_num(logs)).sum(axis=0) / np.where(total > 0, total, 1.0), np.nan)
    return quantiles.isel(member=0, drop=True).copy(data=np.maximum.accumulate(np.expm1(mean), axis=-1))


def shares(quantiles: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    """Each member's share (member, unit, horizon) in the combination's median, by the weights given to `combine`."""
    known = np.isfinite(quantiles.sel(quantile=0.5, drop=True))
    given = weights.where(known, 0.0)
    return (given / given.sum("member").where(lambda total: total > 0)).transpose("member", "unit", "horizon")
