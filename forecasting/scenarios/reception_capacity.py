"""Beds against need under a scenario: how the occupied beds of places of reception follow the flow beside them."""

from dataclasses import dataclass

import numpy as np

from forecasting.base.quantile_functions import draws_ranked_as
from forecasting.base.random_streams import random_stream
from forecasting.risk.exceedance import above

CARRY_OVERS = np.round(np.arange(0.0, 0.99, 0.02), 2)  # share still there a period later; what is tried
MIN_PERIODS = 26  # known periods of both before a place's own history says anything
PRIOR_PERIODS = 26.0  # all places together count as so many independent periods in each of them


@dataclass(frozen=True)
class Stay:
    """How places fill and empty, one row a place; sampled once a draw, so that what is not known widens the result.

    Attributes:
        carry_over: Share of the occupied beds still occupied a period later (place, draw).
        beds_per_detection: Beds taken per detection of the same period (place, draw).
        periods: Known periods that taught each place (place,).
    """

    carry_over: np.ndarray
    beds_per_detection: np.ndarray
    periods: np.ndarray


def estimate_stay(stock: np.ndarray, flow: np.ndarray, *, n_draws: int, seed: int) -> Stay:
    """Estimate stock(t) = level + beds per detection · (flow(t) + carry-over · flow(t − 1) + carry-over² …).

    The stock is held against the whole past flow so weighed, not against one period's: counts of one period are noisy,
    and noise in what explains would make the beds too few. One carry-over serves all places (the sum of their
    relative errors decides, over `CARRY_OVERS`); each place's beds per detection are drawn to those of all together
    (ridge). Errors hang together over time, so a period counts as less than one. Without a known place nothing follows.

    Args:
        stock: Occupied beds (place, time), NaN = unknown.
        flow: Detections of the same segments and periods (place, time), NaN = unknown, taken as the mean.
        n_draws: Draws of what is not known.
        seed: The run's.

    Source:
        Distributed lag: Koyck (1954), Distributed Lags and Investment Analysis; independent periods under first-order
        autocorrelation: Bayley & Hammersley (1946), J. R. Stat. Soc. Suppl. 8, 184–197.
    """
    periods = np.isfinite(stock).sum(axis=1)
    fits = [_fit(s, f) for s, f in zip(stock, flow, strict=True)]
    known = [f for f in fits if f is not None]
    zero = np.zeros((len(stock), n_draws))
    if not known:
        return Stay(zero, zero, periods)
    chosen = random_stream(seed, "scenario", "stay").choice(len(CARRY_OVERS), size=n_draws, p=_weights(known))
    together = sum(f.cross for f in known) / np.maximum(sum(f.square for f in known), 1e-12)
    beds_per_detection = np.stack(
        [
            _beds_per_detection(
                f, together, chosen, random_stream(seed, "scenario", "stay", i).standard_normal(n_draws)
            )
            for i, f in enumerate(fits)
        ]
    )
    return Stay(np.broadcast_to(CARRY_OVERS[chosen], beds_per_detection.shape), beds_per_detection, periods)


@dataclass(frozen=True)
class _Fit:
    """One place by carry-over tried: least squares of the stock on the flow so weighed, per independent period."""

    square: np.ndarray  # mean square of the weighed flow around its mean
    cross: np.ndarray  # its mean product with the stock
    error: np.ndarray  # mean square of what is left
    total: float  # mean square of the stock
    independent: np.ndarray  # how many periods the errors are worth


def _fit(stock: np.ndarray, flow: np.ndarray) -> _Fit | None:
    known = np.isfinite(stock)
    if known.sum() < MIN_PERIODS or np.isfinite(flow).sum() < MIN_PERIODS or np.nanstd(stock) == 0:
        return None
    weighed = np.stack([_weighed(np.where(np.isfinite(flow), flow, np.nanmean(flow)), c) for c in CARRY_OVERS])
    x = weighed[:, known] - weighed[:, known].mean(axis=1, keepdims=True)
    y = stock[known] - stock[known].mean()
    square, cross = (x**2).mean(axis=1), x @ y / len(y)
    left = y - np.maximum(cross / np.maximum(square, 1e-12), 0.0)[:, None] * x
    again = (left[:, 1:] * left[:, :-1]).sum(axis=1) / np.maximum((left**2).sum(axis=1), 1e-12)
    again = np.clip(again, 0.0, 0.98)
    worth = np.maximum(len(y) * (1 - again) / (1 + again), 2.0)
    return _Fit(square, cross, (left**2).mean(axis=1), float((y**2).mean()), worth)


def _weighed(flow: np.ndarray, carry_over: float) -> np.ndarray:
    """flow(t) + carry-over · flow(t − 1) + … (time,); before the first period the mean flow came."""
    from scipy.signal import lfilter  # noqa: PLC0415 - slow to import

    start = carry_over * flow.mean() / (1 - carry_over)
    result: np.ndarray = lfilter([1.0], [1.0, -carry_over], flow, zi=[start])[0]
    return result


def _weights(known: list[_Fit]) -> np.ndarray:
    """Probability of each carry-over: likelihood of all places, by their independent periods."""
    logs = -0.5 * sum(f.independent.min() * np.log(f.error / f.total) for f in known)
    likelihood = np.exp(logs - np.max(logs))
    result: np.ndarray = likelihood / likelihood.sum()
    return result


def _beds_per_detection(fit: _Fit | None, together: np.ndarray, chosen: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Draws of a place's beds per detection (draw,), ≥ 0, at the carry-over of each draw."""
    if fit is None:  # as uncertain as its size: nobody saw this place fill or empty
        return np.maximum(together[chosen] * (1 + scores), 0.0)
    trust = fit.independent / (fit.independent + PRIOR_PERIODS)
    middle = trust * fit.cross / np.maximum(fit.square, 1e-12) + (1 - trust) * together
    spread = np.sqrt(fit.error / (np.maximum(fit.square, 1e-12) * (fit.independent + PRIOR_PERIODS)))
    return np.maximum(middle[chosen] + spread[chosen] * scores, 0.0)


def need_draws(quantiles: np.ndarray, template: np.ndarray) -> np.ndarray:
    """Draws of the need whose margins are the published quantiles and whose ranks are those of the flow beside it.

    Where many come, much is needed: the flow's draws are the template, over places, periods and draws at once.

    Args:
        quantiles: Beds needed at the 23 levels (place, horizon, quantile).
        template: Draws of the flow (place, horizon, draw), finite.

    Source:
        Schaake shuffle: Clark et al. (2004), J. Hydrometeorology 5, 243–262.
    """
    return draws_ranked_as(quantiles, template)


def moved_need(need: np.ndarray, flow_change: np.ndarray, stay: Stay) -> np.ndarray:
    """Need under a scenario (place, horizon, draw), ≥ 0; without a change of the flow the need itself, exactly.

    Args:
        need: Without the scenario (place, horizon, draw).
        flow_change: Detections of each place's segment, scenario − baseline (place, horizon, draw).
        stay: Estimated of the places.

    Example:
        >>> import numpy as np
        >>> stay = Stay(np.full((1, 1), 0.5), np.full((1, 1), 0.2), np.array([60]))
        >>> moved_need(np.full((1, 3, 1), 10.0), np.array([[[10.0], [0.0], [0.0]]]), stay)[0, :, 0].tolist()
        [12.0, 11.0, 10.5]
    """
    more = np.zeros_like(need)
    before = np.zeros_like(need[:, 0])
    for h in range(need.shape[1]):
        before = stay.carry_over * before + stay.beds_per_detection * flow_change[:, h]
        more[:, h] = before
    result: np.ndarray = np.maximum(need + more, 0.0)
    return result


def lacking_beds(need: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Whole beds lacking in every draw (place, horizon, draw); NaN where no capacity is stated: missing is not zero.

    Args:
        need: (place, horizon, draw).
        capacity: (place, horizon), NaN without one.
    """
    return above(need, capacity[:, :, None])
