"""The graph that flow moves on: cells, the links between them, and how far segments are from each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from geo.region.region import Region

FAR_HOPS = 12  # segments further apart than this, or not connected, count as this far
_CHUNK = 512  # rows of distances at a time
NOWHERE = -1


@dataclass(frozen=True)
class Network:
    """Cells and the links from each to those that its flow can reach next.

    Links that share a source or a target form a node: in practice the country between them, where those who came in
    by any of its sources leave by any of its targets.
    """

    cells: tuple[str, ...]
    segments: tuple[str, ...]  # of each cell
    starts: tuple[str, ...]  # where each cell's flow comes from (country); "" unknown
    source: np.ndarray  # (link,) cell
    target: np.ndarray  # (link,) cell
    lag: np.ndarray  # (link,) stated, periods
    stated: np.ndarray  # (link,) bool: an edge of the pack; else the same country between two routes
    beside: sparse.csr_array = field(repr=False)  # (cell, cell) 0/1: the same segment or neighbours

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.cells)

    @cached_property
    def node_of_source(self) -> np.ndarray:
        """Node that each cell leads into (cell,); NOWHERE where it has no link."""
        return self._nodes[0]

    @cached_property
    def node_of_target(self) -> np.ndarray:
        """Node that each cell leads out of (cell,); NOWHERE for entries."""
        return self._nodes[1]

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(max(self.node_of_source.max(initial=-1), self.node_of_target.max(initial=-1))) + 1

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Connected components of the two-sided graph of sources and targets, numbered from 0."""
        pairs = (np.ones(len(self.source)), (self.source, self.size + self.target))
        graph = sparse.coo_array(pairs, shape=(2 * self.size, 2 * self.size))
        component = csgraph.connected_components(graph, directed=False)[1]
        linked = np.zeros(2 * self.size, dtype=bool)
        linked[self.source] = linked[self.size + self.target] = True
        numbers = np.full(len(linked), NOWHERE)
        numbers[linked] = np.unique(component[linked], return_inverse=True)[1]
        return numbers[: self.size], numbers[self.size :]

    @cached_property
    def entry(self) -> np.ndarray:
        """Whether nothing leads to a cell (cell,)."""
        return self.node_of_target == NOWHERE

    def hops(self, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Steps between neighbouring segments from one cell to another, for pairs (pair,); at most FAR_HOPS."""
        found = np.full(len(sources), float(FAR_HOPS))
        rows, where = np.unique(sources, return_inverse=True)
        for at in range(0, len(rows), _CHUNK):
            mine = (where >= at) & (where < at + _CHUNK)
            steps = csgraph.dijkstra(self.beside, indices=rows[at : at + _CHUNK], unweighted=True, limit=FAR_HOPS)
            found[mine] = np.minimum(steps[where[mine] - at, targets[mine]], FAR_HOPS)
        return found

    def of_segment(self, segment: str) -> np.ndarray:
        """Cells of a segment."""
        return np.flatnonzero(np.asarray(self.segments) == segment)


def route_network(region: Region) -> Network:
    """The network of a region: its routes' edges, and links between routes where the countries meet.

    An edge that a pack states both ways says which segments neighbour each other, and nobody's way: it is no link.
    Those who come into a country on one route may leave it on another; that takes as long as the pack says for the
    country (median of its edges), or for any. Nobody is sent back to where he came from.
    """
    index = region.cell_index
    edges = [(f"{r.id}/{e.source}", f"{r.id}/{e.target}", e.lag) for r in region.routes for e in r.edges]
    pairs = {(a, b) for a, b, _ in edges}
    stated = [(index[a], index[b], lag) for a, b, lag in edges if (b, a) not in pairs]
    between = _between_routes(region, stated)
    links = np.array([*stated, *between], dtype=np.int64).reshape(-1, 3)
    known = np.arange(len(links)) < len(stated)
    return Network(
        cells=tuple(c.id for c in region.cells),
        segments=tuple(c.segment for c in region.cells),
        starts=tuple(c.from_country for c in region.cells),
        source=links[:, 0],
        target=links[:, 1],
        lag=links[:, 2],
        stated=known,
        beside=_beside(region),
    )


def _between_routes(region: Region, stated: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    cells = region.cells
    by_country: dict[str, list[int]] = {}
    for source, _, lag in stated:
        by_country.setdefault(cells[source].to_country, []).append(lag)
    usual = round(np.median([lag for _, _, lag in stated])) if stated else 1
    leaving: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        leaving.setdefault(cell.from_country, []).append(i)
    links: list[tuple[int, int, int]] = []
    for i, cell in enumerate(cells):
        country = cell.to_country
        lag = round(np.median(by_country[country])) if by_country.get(country) else usual
        links += [
            (i, j, lag)
            for j in (leaving.get(country, []) if country else [])
            if cells[j].route != cell.route and cells[j].to_country != cell.from_country
        ]
    return links


def _beside(region: Region) -> sparse.csr_array:
    of_segment: dict[str, list[int]] = {}
    for i, cell in enumerate(region.cells):
        of_segment.setdefault(cell.segment, []).append(i)
    pairs = [
        (i, j)
        for segment in region.segments
        for i in of_segment.get(segment.id, [])
        for other in (segment.id, *segment.neighbours)
        for j in of_segment.get(other, [])
        if i != j
    ]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    shape = (len(region.cells),) * 2
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
