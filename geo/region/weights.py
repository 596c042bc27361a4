"""Who is near whom: contiguity of segments along borders and across tripoints, and flow order of cells along routes."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from geo.region.region import Region

if TYPE_CHECKING:  # slow to import
    from libpysal.graph import Graph

AT_ONCE = 1e-6  # an edge of lag 0 must stay an edge in a sparse matrix


def contiguity(region: Region, *, order: int = 1) -> sparse.csr_array:
    """Segments that are neighbours of exactly this order, 0/1, symmetric.

    Args:
        region: The region pack.
        order: 1 = they meet; 2 = a neighbour's neighbour that is not nearer; …

    Returns:
        Shape (segment, segment), in the order of `region.segments`; nobody is its own neighbour.

    Raises:
        ValueError: the order is below 1.

    Source:
        Orders of contiguity: Anselin & Smirnov (1996), J. Regional Science 36; computed by `libpysal`.
    """
    if order < 1:
        raise ValueError(f"weights: order must be 1 or more, got {order}.")
    names = [segment.id for segment in region.segments]
    if not any(segment.neighbours for segment in region.segments):
        return sparse.csr_array((len(names), len(names)))
    graph = segment_graph(region)
    if order > 1:
        graph = graph.higher_order(order)
    found = sparse.csr_array(graph.sparse)
    at = pd.Index(graph.unique_ids).get_indexer(names)
    return sparse.csr_array(found[at][:, at] > 0).astype(float)


def segment_graph(region: Region) -> "Graph":
    """Contiguity of the segments as a binary `libpysal` graph of their ids; one without a neighbour is isolated."""
    from libpysal.graph import Graph  # noqa: PLC0415 - slow to import

    pairs = [(s.id, other) for s in region.segments for other in s.neighbours]
    alone = [(s.id, s.id) for s in region.segments if not s.neighbours]
    table = pd.DataFrame([*pairs, *alone], columns=["focal", "neighbor"])
    weight = [1.0] * len(pairs) + [0.0] * len(alone)
    return Graph.from_arrays(table["focal"].to_numpy(), table["neighbor"].to_numpy(), np.array(weight))


def neighbour_weights(region: Region, *, order: int = 1) -> sparse.csr_array:
    """Contiguity with rows that sum to 1 (0 where a segment has no neighbour of this order)."""
    return _rows_to_one(contiguity(region, order=order))


def flow_lags(region: Region) -> sparse.csr_array:
    """Periods from a cell to the next along its route: shape (from cell, to cell), explicit where there is an edge.

    Edges of lag 0 are stored as 1e-6, so that a sparse matrix keeps them.
    """
    entries = [
        (region.cell_index[f"{route.id}/{edge.source}"], region.cell_index[f"{route.id}/{edge.target}"], edge.lag)
        for route in region.routes
        for edge in route.edges
    ]
    size = len(region.cells)
    if not entries:
        return sparse.csr_array((size, size))
    source, target, lag = np.array(entries, dtype=float).T
    matrix = sparse.coo_array((np.maximum(lag, AT_ONCE), (source.astype(int), target.astype(int))), shape=(size, size))
    return sparse.csr_array(matrix)


def upstream_weights(region: Region) -> sparse.csr_array:
    """Shares of a cell's inflow by the cells just before it on its route: (cell, upstream cell), rows sum to 1 or 0.

    Without history each upstream cell counts alike.
    """
    before = flow_lags(region).T.tocsr()
    before.data[:] = 1.0
    return _rows_to_one(before)


def flow_distance(region: Region) -> np.ndarray:
    """Least number of periods in which flow gets from one cell to another along the routes.

    Returns:
        Shape (from cell, to cell), periods; 0 on the diagonal, inf where no flow leads.
    """
    distance = dijkstra(flow_lags(region), directed=True)
    return np.asarray(np.where(np.isfinite(distance), np.floor(distance + 0.5), np.inf), dtype=float)


def _rows_to_one(matrix: sparse.csr_array) -> sparse.csr_array:
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix)
