"""How the flow moves, estimated from past counts: shares, lags and detection shares, with what is not known of them."""

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
from scipy.optimize import nnls

from forecasting.base.contracts import SEASON_PERIODS
from forecasting.scenarios.network import NOWHERE, Network

PRIOR_PERIODS = 8.0  # the graph's prior of lags and of ways around counts as much as so many periods of counts
PRIOR_COUNTS = 8.0  # that of the shares as much as so many independent counts
HALF_LIFE_PERIODS = {"D": 7.0, "W": 13.0, "M": 6.0}  # an older period counts less: routes move
HOPS_SCALE = 3.0  # steps between segments over which a way without history loses e-fold
ONWARD_SHARE = 0.8  # of those who enter a country, move on within the region, where no counts tell
# Counts can't tell who stayed from who went undetected. What leaves per entry is read as movement between these shares,
# and only the rest as detected more or less than on the way in.
ONWARD_LIMITS = (0.5, 1.0)
LEAVING_SD = 0.5  # of the log of what leaves per entry around `ONWARD_SHARE`, before any count
USUAL_SHARE = 0.95  # of a node's usual counts that must be reported for a period to teach
LONGEST = 3  # multiples of the stated lag that people may take
DETECTION_LIMITS = (0.1, 10.0)
PRECISION_LIMITS = (4.0, 400.0)
PRIOR_PRECISION = 20.0  # of shares, where too little is known to measure how they wander
RECENT, BLOCK, MIN_BLOCKS = 52, 4, 4  # periods that tell how shares wander, in blocks of so many, of which so many
HARMONICS = 2  # of the season
MIN_YEARS = 2.0  # of known periods, for a season


@dataclass(frozen=True)
class Transitions:
    """What is known of the movement on a network.

    Attributes:
        level: Counts per period (cell,) as the forecast has them, else recent ones; 0 where nothing was ever reported.
        known_periods: How many periods of counts stand behind the level (cell,), older ones counted less.
        share: Of those who go on from the link's source, the expected share that takes it (link,); sums to 1 a source.
        precision: Of the shares, Dirichlet (node,).
        kernel: When they arrive (node, lag), lag 0 … ; rows sum to 1.
        onward: Share that moves on (node,); the rest ends there.
        detection: Detections per passage (cell,), relative to the entries'; 1 at entries.
    """

    level: np.ndarray
    known_periods: np.ndarray
    share: np.ndarray
    precision: np.ndarray
    kernel: np.ndarray
    onward: np.ndarray
    detection: np.ndarray


def estimate_transitions(
    counts: np.ndarray, network: Network, *, freq: str, ahead: np.ndarray | None = None
) -> Transitions:
    """Estimate shares, lags and detection shares.

    Shares are Dirichlet means: counts of the ways out of a node as they are expected, with a prior that falls with the
    distance along the graph and counts as `PRIOR_COUNTS`. Their precision comes from how they wandered (moments). Lags
    are a non-negative ridge regression of what left a node on what entered it, drawn to the stated lag. What leaves per
    entry (in the outlook: the part of it that entries explained so far), drawn to `ONWARD_SHARE` as far as its standard
    error is large, is the share that moves on, within `ONWARD_LIMITS`; the rest is the detection share of the ways out.
    It is alike for all ways into a place: the country entered detects.

    Args:
        counts: Known counts (cell, time), detections per period, NaN = unknown; ends at the cutoff.
        network: The graph.
        freq: "D", "W" or "M".
        ahead: Mean forecast (cell, horizon), NaN = none: a way that grows is taken, and detected, as the forecast has
            it. Without it recent counts speak.

    Source:
        Dirichlet shrinkage of shares: Fienberg & Holland (1973), JASA 68, 683–691. Precision by moments: Mosimann
        (1962), Biometrika 49, 65–82. Non-negative least squares: Lawson & Hanson (1974); ridge: Hoerl & Kennard (1970).
    """
    weights = 0.5 ** (np.arange(counts.shape[1])[::-1] / HALF_LIFE_PERIODS[freq])
    known = np.isfinite(counts)
    known_periods = known @ weights
    level = np.where(known, counts, 0.0) @ weights / np.maximum(known_periods, 1e-12)
    nodes = range(network.n_nodes)
    kernel, onward = _stated_kernels(network), np.full(network.n_nodes, ONWARD_SHARE)
    precision, detection = np.full(network.n_nodes, PRIOR_PRECISION), np.ones(network.size)
    own = detection.copy()  # what is told by the ways before each cell alone
    for node in _order(network) or nodes:
        sources, targets = (np.flatnonzero(of == node) for of in (network.node_of_source, network.node_of_target))
        ways = sources[~network.entry[sources]]
        if len(ways):
            detection[ways] = _alike(ways, level, own, onward[network.node_of_target[ways]])
        inward = _node_series(counts[sources] / detection[sources, None], level[sources] / detection[sources])
        outward = _node_series(counts[targets], level[targets])
        kernel[node], ratio, error, explained = _fit_lags(inward, outward, weights, kernel[node])
        if ahead is not None:
            coming = _node_series(ahead[sources] / detection[sources, None], level[sources] / detection[sources])
            leaves = _node_series(ahead[targets], level[targets])
            both = np.concatenate([inward, coming]), np.concatenate([outward, leaves])
            outlook = explained * _ratio_ahead(*both, horizon=ahead.shape[1], kernel=kernel[node])
            ratio = outlook if outlook > 0 else ratio
        usual = _mean_detection(detection[sources], level[sources])
        trust = LEAVING_SD**2 / (LEAVING_SD**2 + error**2)
        leaving = np.exp(trust * np.log(max(ratio / usual, 1e-6)) + (1 - trust) * np.log(ONWARD_SHARE))
        onward[node] = np.clip(leaving, *ONWARD_LIMITS)
        own[targets] = detection[targets] = np.clip(usual * leaving / onward[node], *DETECTION_LIMITS)
        precision[node] = _precision(counts[targets])
    expected = level if ahead is None else np.where(np.isfinite(ahead).all(axis=1), ahead.mean(axis=1), level)
    onward = onward * _passages_out(network, expected / detection) / _passages_out(network, expected / own)
    share = _shares(network, expected / detection, known_periods, precision)
    return Transitions(expected, known_periods, share, precision, kernel, onward, detection)


def _passages_out(network: Network, flow: np.ndarray) -> np.ndarray:
    """Sum of the flow (cell,) of the ways out of each node (node,); 1 where there is none, so that ratios stay."""
    linked = network.node_of_target != NOWHERE
    sums = np.bincount(network.node_of_target[linked], weights=flow[linked], minlength=network.n_nodes)
    return np.where(sums > 0, sums, 1.0)


def _alike(ways: np.ndarray, level: np.ndarray, detection: np.ndarray, onward: np.ndarray) -> float:
    """Detection share of all ways into a place, by what each way's own past says (way,).

    It is the country entered that detects, whichever side people come from. No lower than that everybody moves on.
    """
    flow = np.maximum(level[ways] / detection[ways], 1e-9)
    return float(max((detection[ways] * flow).sum() / flow.sum(), (detection[ways] * onward).max()))


def prior_by_distance(hops: np.ndarray) -> np.ndarray:
    """Weight of a way without history (…,), by steps between the segments; 1 beside."""
    result: np.ndarray = np.exp(-(np.maximum(hops, 1.0) - 1.0) / HOPS_SCALE)
    return result


def _shares(network: Network, flow: np.ndarray, known_periods: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Expected share of every link (link,) by the flow of the cells (cell,), passages per period.

    Where shares wander from period to period by a Dirichlet of precision K, n counts of one tell as much of them as
    n (K + 1) / (n + K) independent ones.
    """
    source, target = network.source, network.target
    prior = _normalised(prior_by_distance(network.hops(source, target)), source, network.size)
    history = _normalised(flow[target], source, network.size)
    periods = np.zeros(network.size)
    np.maximum.at(periods, source, known_periods[target])
    total = np.bincount(source, weights=flow[target], minlength=network.size)
    node = network.node_of_source
    spread = np.where(node == NOWHERE, PRIOR_PRECISION, precision[node]) if len(precision) else PRIOR_PRECISION
    independent = periods * total * (spread + 1.0) / (total + spread)
    trust = (independent / (independent + PRIOR_COUNTS))[source]
    return np.asarray(trust * history + (1 - trust) * prior)


def _normalised(values: np.ndarray, group: np.ndarray, size: int) -> np.ndarray:
    sums = np.bincount(group, weights=values, minlength=size)
    return values / np.where(sums > 0, sums, 1.0)[group]


def _stated_kernels(network: Network) -> np.ndarray:
    """Prior of the lags (node, lag): gamma-like around the stated one, no earlier than the period after.

    Some pass a country in days, some after months, and the stated lag is typical of all (an Erlang distribution of
    shape 2, the waiting time of two steps). Where it is 0, people may pass in the same period.
    """
    longest = max(LONGEST * int(network.lag.max(initial=1)), 2)
    kernel = np.zeros((network.n_nodes, longest + 1))
    node = network.node_of_source[network.source]
    for lag in np.unique(network.lag):
        mine = network.lag == lag
        np.add.at(kernel, node[mine], _spread_lags(int(lag), longest))
    if _order(network) is None:  # nobody passes within one period
        kernel[:, 1] += kernel[:, 0]
        kernel[:, 0] = 0.0
    return kernel / np.maximum(kernel.sum(axis=1, keepdims=True), 1e-12)


def _spread_lags(stated: int, longest: int) -> np.ndarray:
    """Shares that arrive after 0 … `longest` periods where `stated` is typical.

    Example:
        >>> _spread_lags(0, 2).tolist(), _spread_lags(1, 3).round(2).tolist()
        ([0.75, 0.25, 0.0], [0.0, 0.75, 0.2, 0.04])
    """
    periods = np.arange(longest + 1)
    if stated == 0:
        return np.where(periods == 0, 0.75, np.where(periods == 1, 0.25, 0.0))
    weight = np.where(periods <= LONGEST * stated, periods * np.exp(-2.0 * periods / stated), 0.0)
    return np.asarray(weight / weight.sum())


def _order(network: Network) -> list[int] | None:
    """Nodes in the order in which flow passes them; None where it can come back to one."""
    after, before = network.node_of_source, network.node_of_target
    graph: dict[int, set[int]] = {n: set() for n in range(network.n_nodes)}  # node → nodes whose flow reaches it
    for cell in np.flatnonzero((after != NOWHERE) & (before != NOWHERE)):
        graph[int(after[cell])].add(int(before[cell]))
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return None


def _node_series(counts: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Sum of a node's cells (time,); unknown where cells that carry over a twentieth of it are."""
    known = np.isfinite(counts)
    carried = level.sum()
    share = (level @ known) / carried if carried > 0 else known.all(axis=0).astype(float)
    sums = np.where(known, counts, 0.0).sum(axis=0)
    return np.where(share >= USUAL_SHARE, sums / np.maximum(share, USUAL_SHARE), np.nan)


def _fit_lags(
    inward: np.ndarray, outward: np.ndarray, weights: np.ndarray, prior: np.ndarray
) -> tuple[np.ndarray, float, float, float]:
    """Kernel of the lags (lag,), detections out per passage in, the standard error of its log, the share explained."""
    lags = np.flatnonzero(prior > 0)
    lags = np.arange(lags.min(), lags.max() + 1) if len(lags) else np.array([1])
    columns = np.stack([_lagged(inward, int(lag)) for lag in lags], axis=1)
    usable = np.isfinite(columns).all(axis=1) & np.isfinite(outward)
    periods = float(weights[usable].sum())
    total = float(weights[usable] @ columns[usable].mean(axis=1))
    if periods < 1 or total <= 0 or outward[usable].max(initial=0.0) <= 0:
        return prior, 1.0, np.inf, 1.0
    ratio = float((weights[usable] * outward[usable]).sum()) / total
    scale = np.sqrt(weights[usable] / (outward[usable] + outward[usable].mean()))
    strength = np.sqrt(PRIOR_PERIODS * ((columns[usable] * scale[:, None]) ** 2).sum(axis=0).mean() / periods)
    rows = np.concatenate([columns[usable] * scale[:, None], strength * np.eye(len(lags))])
    # a constant beside them takes what comes by no counted way in; drawn to none, for a steady flow can't tell it
    rows = np.column_stack([rows, np.concatenate([scale, np.zeros(len(lags))])])
    none = np.append(np.zeros(len(lags)), np.sqrt(PRIOR_PERIODS * (scale**2).mean()))
    target = np.concatenate([outward[usable] * scale, strength * ratio * prior[lags], [0.0]])
    *weight, constant = nnls(np.vstack([rows, none]), target)[0]
    total_share = float(np.sum(weight))
    if total_share <= 0:
        return prior, ratio, np.inf, 1.0
    kernel = np.zeros_like(prior)
    kernel[lags] = np.array(weight) / total_share
    from_inward = columns[usable] @ weight
    error = _log_error(
        outward[usable] - from_inward - constant, total_share * columns[usable].mean(axis=1), weights[usable]
    )
    carried = float(weights[usable] @ from_inward)
    return kernel, total_share, error, carried / (carried + constant * periods)


def _ratio_ahead(inward: np.ndarray, outward: np.ndarray, *, horizon: int, kernel: np.ndarray) -> float:
    """What leaves per entry in the last `horizon` periods of two series (time + horizon,); NaN where it is unknown."""
    arrived = sum(w * _lagged(inward, lag) for lag, w in enumerate(kernel))
    left, came = outward[-horizon:], arrived[-horizon:]
    known = np.isfinite(left) & np.isfinite(came)
    return float(left[known].sum() / came[known].sum()) if came[known].sum() > 0 else np.nan


def _log_error(left: np.ndarray, explained: np.ndarray, weights: np.ndarray) -> float:
    """Standard error of the log of a ratio of weighted sums, by what is left in each period; it hangs together."""
    again = float(left[1:] @ left[:-1] / max(left @ left, 1e-12))
    again = min(max(again, 0.0), 0.9)
    share = float(np.sqrt((weights**2) @ left**2) / max(weights @ explained, 1e-12))
    return share * np.sqrt((1 + again) / (1 - again))


def _lagged(values: np.ndarray, lag: int) -> np.ndarray:
    out = np.full(len(values), np.nan)
    out[lag:] = values[: max(len(values) - lag, 0)]  # a history may be shorter than the lag
    return out


def _mean_detection(detection: np.ndarray, level: np.ndarray) -> float:
    """Of the ways in, weighted by their flow."""
    flow = np.maximum(level / detection, 1e-9)
    return float((detection * flow).sum() / flow.sum())


def _precision(counts: np.ndarray) -> float:
    """Dirichlet precision of the shares of a node's ways out, by moments over the recent periods.

    Of means over `BLOCK` periods: a share holds for the outlook, so the noise of single counts is not its wandering.
    """
    recent = counts[:, -RECENT:]
    recent = recent[:, np.isfinite(recent).all(axis=0)]
    recent = recent[:, recent.shape[1] % BLOCK :].reshape(len(counts), -1, BLOCK).sum(axis=2)
    recent = recent[:, recent.sum(axis=0) > 0]
    if len(counts) < 2 or recent.shape[1] < MIN_BLOCKS:
        return PRIOR_PRECISION
    shares = recent / recent.sum(axis=0)
    mean, variance = shares.mean(axis=1), shares.var(axis=1, ddof=1)
    if variance.sum() <= 0:
        return PRECISION_LIMITS[1]
    return float(np.clip((mean * (1 - mean)).sum() / variance.sum() - 1, *PRECISION_LIMITS))


def pass_levels(network: Network, transitions: Transitions) -> np.ndarray:
    """Order in which cells pass within one period (cell,): 0, unless people pass several borders in a period."""
    level = np.zeros(network.size, dtype=np.int64)
    at_once = transitions.kernel[network.node_of_source[network.source], 0] > 0 if len(network.source) else []
    source, target = network.source[at_once], network.target[at_once]
    for _ in range(network.size if len(source) else 0):
        raised = level.copy()
        np.maximum.at(raised, target, level[source] + 1)
        if (raised == level).all():
            break
        level = raised
    return level


def entry_season(counts: np.ndarray, position: np.ndarray, *, freq: str) -> np.ndarray | None:
    """Mean log deviation by position of the year (position,), of the entries together.

    Least squares of log1p counts on two harmonics of the year beside a line; the profile has mean 0.

    Args:
        counts: Of the entries together (time,), NaN = unknown.
        position: Share of the year at which each period begins (time,), in [0, 1).
        freq: "W" or "M".

    Returns:
        The profile at the 52 weeks or 12 months; None with less than two years of known periods.
    """
    known = np.isfinite(counts)
    if known.sum() < MIN_YEARS * SEASON_PERIODS[freq]:
        return None
    line = np.linspace(-1.0, 1.0, len(counts))
    design = np.column_stack([np.ones(len(counts)), line, _waves(position)])
    weight = np.linalg.lstsq(design[known], np.log1p(counts[known]), rcond=None)[0]
    positions = np.arange(round(SEASON_PERIODS[freq])) / round(SEASON_PERIODS[freq])
    profile: np.ndarray = _waves(positions) @ weight[2:]
    return profile - profile.mean()


def _waves(position: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * position[:, None] * np.arange(1, HARMONICS + 1)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
