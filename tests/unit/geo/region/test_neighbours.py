import numpy as np

from geo.pack.load import load_region
from geo.region.region import Region, Segment
from geo.region.units import segment_graph
from tests.regions import make_region


def chain(n: int = 5) -> Region:
    """Segments s0 – s1 – … in a line, and one that stands alone."""
    segments = tuple(
        Segment(f"s{i}", f"S{i}", "X", neighbours=tuple(f"s{j}" for j in (i - 1, i + 1) if 0 <= j < n))
        for i in range(n)
    )
    return make_region(segments=(*segments, Segment("island", "Island", "Y")), routes=(), cells=(), crossing_points=())


def test_graph_links_who_meets() -> None:
    expected = np.eye(6, k=1) + np.eye(6, k=-1)
    expected[5, 4] = expected[4, 5] = 0  # the island
    names = [*(f"s{i}" for i in range(5)), "island"]
    found = segment_graph(chain())
    order = [list(found.unique_ids).index(name) for name in names]
    np.testing.assert_array_equal(found.sparse.toarray()[np.ix_(order, order)], expected)
    assert found.isolates.tolist() == ["island"]


def test_graph_is_symmetric_and_nobody_his_own_neighbour() -> None:
    found = segment_graph(load_region("western_balkans")).sparse.tocsr()
    assert (found != found.T).nnz == 0
    assert found.diagonal().sum() == 0
