import numpy as np
import pytest

from geo.pack.load import load_region
from geo.region.region import Cell, Edge, Region, Route, Segment
from geo.region.weights import contiguity, flow_distance, flow_lags, neighbour_weights, upstream_weights
from tests.regions import make_region


def chain(n: int = 5) -> Region:
    """Segments s0 – s1 – … in a line, and one that stands alone."""
    segments = tuple(
        Segment(f"s{i}", f"S{i}", "X", neighbours=tuple(f"s{j}" for j in (i - 1, i + 1) if 0 <= j < n))
        for i in range(n)
    )
    return make_region(segments=(*segments, Segment("island", "Island", "Y")), routes=(), cells=(), crossing_points=())


def test_first_order_is_who_meets() -> None:
    expected = np.eye(6, k=1) + np.eye(6, k=-1)
    expected[5, 4] = expected[4, 5] = 0  # the island
    np.testing.assert_array_equal(contiguity(chain()).toarray(), expected)


def test_second_order_skips_one() -> None:
    found = contiguity(chain(), order=2).toarray()
    assert found[0].tolist() == [0, 0, 1, 0, 0, 0]
    assert found[2].tolist() == [1, 0, 0, 0, 1, 0]


def test_neighbour_weights_sum_to_one_or_nothing() -> None:
    assert neighbour_weights(chain()).sum(axis=1).tolist() == [1, 1, 1, 1, 1, 0]


def test_order_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="order must be 1 or more, got 0"):
        contiguity(chain(), order=0)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_contiguity_is_symmetric_and_nobody_his_own_neighbour(order: int) -> None:
    found = contiguity(load_region("western_balkans"), order=order)
    assert (found != found.T).nnz == 0
    assert found.diagonal().sum() == 0


def test_orders_do_not_overlap() -> None:
    region = load_region("western_balkans")
    both = contiguity(region).multiply(contiguity(region, order=2))
    assert both.nnz == 0


def test_flow_goes_one_way_with_its_lag() -> None:
    region = make_region()
    lags = flow_lags(region).toarray()
    source, target = region.cell_index["south/a-2"], region.cell_index["south/b-1"]
    assert (lags[source, target], lags[target, source]) == (2, 0)


def test_distance_adds_lags_along_the_shortest_way() -> None:
    edges = (Edge("a-1", "a-2", 0), Edge("a-2", "b-1", 2), Edge("a-1", "b-1", 3))
    cells = tuple(Cell("r", name) for name in ("a-1", "a-2", "b-1"))
    region = make_region(routes=(Route("r", "R", ("a-1", "a-2", "b-1"), edges),), cells=cells)
    assert flow_distance(region).tolist() == [[0, 0, 2], [np.inf, 0, 2], [np.inf, np.inf, 0]]


def test_upstream_weights_look_against_the_flow() -> None:
    region = load_region("western_balkans")
    weights = upstream_weights(region)
    for route in region.routes:
        for name in route.entries:
            assert weights[[region.cell_index[f"{route.id}/{name}"]]].sum() == 0
    assert set(np.round(weights.sum(axis=1), 9)) == {0.0, 1.0}
