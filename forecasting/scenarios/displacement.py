"""The displacement matrix by segment: if this one tightens, where does the flow go, with what lag, how surely?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from forecasting.scenarios.alternatives import diversion_stream, find_alternatives, sample_shares
from forecasting.scenarios.network import Network
from forecasting.scenarios.transitions import Transitions

COLUMNS = ("segment", "alternative", "share", "share_q10", "share_q90", "lag_periods", "hops", "from_history")


def segment_displacement(
    network: Network,
    transitions: Transitions,
    *,
    segments: Sequence[str] | None = None,
    levels: np.ndarray | None = None,
    seed: int = 1,
    n_draws: int = 400,
) -> pd.DataFrame:
    """Where what a segment diverts would turn to, over the routes that use it, by their recent flow.

    Args:
        network: The graph.
        transitions: Estimated on it.
        segments: Which (default: all on a route).
        levels: (cell,) order in which cells pass within a period.
        seed: Of the draws; the run's gives the shares that its scenarios use.
        n_draws: Draws behind the ranges.

    Returns:
        One row per segment and alternative segment, the largest share first: `COLUMNS`. `share` sums to 1 a segment;
        `lag_periods` is the mean over the routes, `from_history` the part that rests on past counts.
    """
    chosen = list(dict.fromkeys(network.segments)) if segments is None else list(segments)
    tables = [_segment(network, transitions, s, levels=levels, seed=seed, n_draws=n_draws) for s in chosen]
    found = [t for t in tables if len(t)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def _segment(
    network: Network, transitions: Transitions, segment: str, *, levels: np.ndarray | None, seed: int, n_draws: int
) -> pd.DataFrame:
    cells = network.of_segment(segment)
    flow = transitions.level[cells] / transitions.detection[cells]
    weights = flow / flow.sum() if flow.sum() > 0 else np.full(len(cells), 1 / max(len(cells), 1))
    ways = [find_alternatives(network, transitions, int(c), levels=levels) for c in cells]
    if not sum(len(w.others) for w in ways):
        return pd.DataFrame()
    draws = [
        weight * sample_shares(w.share, w.precision, n_draws, diversion_stream(seed, network.cells[w.cell]))
        for w, weight in zip(ways, weights, strict=True)
    ]
    ids, at = np.unique(np.concatenate([w.others for w in ways]), return_inverse=True)
    named, row = np.unique([network.segments[k] for k in ids], return_inverse=True)
    add = sparse.coo_array((np.ones(len(at)), (row[at], np.arange(len(at)))), shape=(len(named), len(at))).tocsr()
    share = np.concatenate([w.share * weight for w, weight in zip(ways, weights, strict=True)])
    history = np.concatenate([w.history * weight for w, weight in zip(ways, weights, strict=True)])
    hops = np.concatenate([network.hops(np.full(len(w.others), w.cell), w.others) for w in ways])
    return _table(
        segment,
        named,
        add,
        draws=np.concatenate(draws),
        share=share,
        history=history,
        lag=np.concatenate([w.lag for w in ways]),
        hops=hops,
    )


def _table(segment: str, named: np.ndarray, add: sparse.csr_array, **by_way: np.ndarray) -> pd.DataFrame:
    """Ways of several routes through one alternative segment, added up by `add` (alternative, way)."""
    share, total = add @ by_way["share"], by_way["share"].sum()
    low, high = np.quantile(add @ by_way["draws"] / total, [0.1, 0.9], axis=1)
    some = np.where(share > 0, share, 1.0)
    nearest = [by_way["hops"][add.indices[a:b]].min() for a, b in zip(add.indptr[:-1], add.indptr[1:], strict=True)]
    table = pd.DataFrame(
        {
            "segment": segment,
            "alternative": named,
            "share": share / total,
            "share_q10": low,
            "share_q90": high,
            "lag_periods": add @ (by_way["share"] * by_way["lag"]) / some,
            "hops": nearest,
            "from_history": add @ by_way["history"] / some,
        }
    )
    return table.sort_values("share", ascending=False, kind="stable")[list(COLUMNS)]
