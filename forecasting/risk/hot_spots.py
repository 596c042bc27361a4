"""Where high (or low) expected counts cluster: Getis–Ord Gi* and local Moran, from `esda`, with corrected p-values."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:  # slow to import
    from libpysal.graph import Graph

PERMUTATIONS = 9_999
LEVEL = 0.05  # false discovery rate
MIN_PLACES = 10  # with fewer a permutation can't tell a cluster from chance
KINDS = {1: "high among high", 2: "low among high", 3: "low among low", 4: "high among low"}  # Moran's quadrants


def hot_spots(values: pd.Series, graph: "Graph", *, seed: int, permutations: int = PERMUTATIONS) -> pd.DataFrame:
    """Local clusters of values over a graph of places.

    Args:
        values: One value a place, all finite, indexed like the graph; taken as log1p, for counts are skewed.
        graph: Binary contiguity; places without a neighbour take no part.
        seed: Of the permutations of the other places.
        permutations: How many.

    Returns:
        One row a place: `gi_z` (Gi*, standardised), `gi_p`, `gi_q` (two-sided permutation p-value; corrected by
        Benjamini–Hochberg), `moran` (local Moran's I), `moran_p`, `moran_q`, `moran_kind`, and `hot`: "hot" or "cold"
        where Gi* is significant at a false discovery rate of 5 %, else "". Empty with fewer than ten places.

    Source:
        Ord & Getis (1995), Geographical Analysis 27; Anselin (1995), Geographical Analysis 27; Benjamini & Hochberg
        (1995), J. R. Stat. Soc. B 57.
    """
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - slow to import

    graph = graph.subgraph(list(values.index))
    linked = [place for place in values.index if graph.cardinalities.get(place, 0) > 0]
    if len(linked) < MIN_PLACES or values.loc[linked].nunique() < 2:
        return pd.DataFrame()
    y = np.log1p(values.loc[linked].to_numpy(dtype=float))
    found = _local_statistics(y, graph.subgraph(linked), seed=seed, permutations=permutations)
    table = pd.DataFrame(found, index=pd.Index(linked, name="place"))
    for name in ("gi", "moran"):
        table[f"{name}_q"] = false_discovery_control(table[f"{name}_p"].to_numpy())
    significant = table["gi_q"] <= LEVEL
    return table.assign(hot=np.where(significant, np.where(table["gi_z"] > 0, "hot", "cold"), ""))


def _local_statistics(y: np.ndarray, graph: "Graph", *, seed: int, permutations: int) -> dict[str, np.ndarray]:
    from esda.getisord import G_Local  # noqa: PLC0415 - slow to import
    from esda.moran import Moran_Local  # noqa: PLC0415

    options = {"permutations": permutations, "keep_simulations": True, "n_jobs": 1, "seed": seed}
    with warnings.catch_warnings():  # esda: its one-sided p_sim will change; we take the simulations themselves
        warnings.filterwarnings("ignore", message="The alternative hypothesis", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message=".*numba", category=UserWarning)
        gi = G_Local(y, graph, transform="B", star=True, **options)
        moran = Moran_Local(y, graph, transformation="R", **options)
    return {
        "gi_z": np.asarray(gi.Zs),
        "gi_p": two_sided(np.asarray(gi.Gs), np.asarray(gi.rGs)),
        "moran": np.asarray(moran.Is),
        "moran_p": two_sided(np.asarray(moran.Is), np.asarray(moran.rlisas)),
        "moran_kind": np.array([KINDS[int(q)] for q in moran.q]),
    }


def two_sided(observed: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """Two-sided p-values (place) of permutations (place, permutation): twice the smaller tail, the observation counted.

    Example:
        >>> two_sided(np.array([3.0]), np.array([[1.0, 2.0, 3.0, 0.0]]))
        array([0.8])
    """
    n = simulated.shape[1]
    above = (simulated >= observed[:, None] - 1e-12).sum(axis=1)
    below = (simulated <= observed[:, None] + 1e-12).sum(axis=1)
    return np.minimum(1.0, 2 * (1 + np.minimum(above, below)) / (1 + n))
