"""Gi* against its formula worked by hand, and what permutations and their correction say."""

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

from forecasting.risk.hot_spots import hot_spots, two_sided


def line_graph(n: int) -> Graph:
    pairs = [(i, j) for i in range(n) for j in (i - 1, i + 1) if 0 <= j < n]
    names = [(f"s{i:02d}", f"s{j:02d}") for i, j in pairs]
    return Graph.from_arrays(np.array([a for a, _ in names]), np.array([b for _, b in names]), np.ones(len(names)))


def places(counts: list[float]) -> pd.Series:
    return pd.Series(counts, index=[f"s{i:02d}" for i in range(len(counts))])


COUNTS = [20.0, 3, 7, 11, 2, 950, 1200, 1000, 900, 5, 8, 12, 4, 6, 9, 3, 10, 7, 5, 2]


def gi_star(y: np.ndarray, members: list[int]) -> float:
    """Ord & Getis (1995), eq. 14 for binary weights: (Σ y − W ȳ) / (s √((n W − W²) / (n − 1)))."""
    n, w = len(y), len(members)
    s = np.sqrt((y**2).mean() - y.mean() ** 2)
    return float((y[members].sum() - w * y.mean()) / (s * np.sqrt((n * w - w**2) / (n - 1))))


def test_gi_star_equals_the_worked_formula() -> None:
    found = hot_spots(places(COUNTS), line_graph(20), seed=1, permutations=99)
    y = np.log1p(np.array(COUNTS))
    assert found["gi_z"]["s06"] == pytest.approx(gi_star(y, [5, 6, 7]))
    assert found["gi_z"]["s00"] == pytest.approx(gi_star(y, [0, 1]))


def test_gi_star_equals_a_value_computed_by_hand() -> None:
    # y = log1p of nine zeros and e² − 1 three times: 2, 2, 2. n = 12, mean 0.5, variance 4·3/12 − 0.25 = 0.75;
    # the middle place and its two neighbours: (6 − 3 · 0.5) / (√0.75 · √((36 − 9) / 11)) = 4.5 / 1.356801 = 3.316625
    counts = [0.0] * 5 + [np.e**2 - 1] * 3 + [0.0] * 4
    found = hot_spots(places(counts), line_graph(12), seed=1, permutations=99)
    assert found["gi_z"]["s06"] == pytest.approx(3.316625, abs=1e-6)


def grid_graph(side: int) -> Graph:
    """A square of places, each with the up to eight around it."""
    at = [(i, j) for i in range(side) for j in range(side)]
    pairs = [(a, b) for a in at for b in at if a != b and max(abs(a[0] - b[0]), abs(a[1] - b[1])) == 1]
    focal, neighbour = (np.array([f"s{side * i + j:02d}" for i, j in column]) for column in zip(*pairs, strict=True))
    return Graph.from_arrays(focal, neighbour, np.ones(len(pairs)))


def test_cluster_is_hot_and_chance_is_not() -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(20, (8, 8)).astype(float)
    scattered = hot_spots(places(list(counts.ravel())), grid_graph(8), seed=1)
    assert (scattered["hot"] == "").all()
    counts[2:5, 2:5] = 900  # the block's middle is s27
    found = hot_spots(places(list(counts.ravel())), grid_graph(8), seed=1)
    assert found["hot"]["s27"] == "hot"
    assert found["moran_kind"]["s27"] == "high among high"
    assert found["hot"]["s63"] == ""


def test_high_pair_on_a_line_is_not_called_a_hot_spot() -> None:
    # its neighbours (950 and 1,000) are the two highest of the other 19: one of the 19 · 18 / 2 = 171 pairs that could
    # stand there, 1.2 % two-sided; but twenty places were looked at
    found = hot_spots(places(COUNTS), line_graph(20), seed=1, permutations=9_999)
    assert found["gi_p"]["s06"] == pytest.approx(2 / 171, abs=0.004)
    assert (found["hot"] == "").all()


def test_same_seed_gives_the_same_p_values() -> None:
    first, again = (hot_spots(places(COUNTS), line_graph(20), seed=7, permutations=99) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_correction_never_lowers_a_p_value() -> None:
    found = hot_spots(places(COUNTS), line_graph(20), seed=1, permutations=999)
    assert (found["gi_q"] >= found["gi_p"] - 1e-12).all()


def test_few_places_say_nothing() -> None:
    assert hot_spots(places(COUNTS[:9]), line_graph(9), seed=1).empty


def test_place_without_a_neighbour_takes_no_part() -> None:
    values = pd.concat([places(COUNTS), pd.Series([5000.0], index=["alone"])])
    pairs = [(i, j) for i in range(20) for j in (i - 1, i + 1) if 0 <= j < 20]
    focal = [*[f"s{i:02d}" for i, _ in pairs], "alone"]
    neighbour = [*[f"s{j:02d}" for _, j in pairs], "alone"]
    graph = Graph.from_arrays(np.array(focal), np.array(neighbour), np.array([1.0] * len(pairs) + [0.0]))
    found = hot_spots(values, graph, seed=1, permutations=99)
    assert "alone" not in found.index
    assert len(found) == 20


def test_two_sided_p_value_doubles_the_smaller_tail() -> None:
    simulated = np.arange(99.0)[None, :]
    assert two_sided(np.array([97.0]), simulated).item() == pytest.approx(2 * 3 / 100)
