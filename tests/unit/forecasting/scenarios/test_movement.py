"""Network, shares, lags and displacement: what is estimated, and what is not looked at."""

import numpy as np
import pytest
from scipy.signal import lfilter

from forecasting.scenarios.assumptions import Inflow
from forecasting.scenarios.displacement import displacement_table, find_alternatives, sample_shares
from forecasting.scenarios.network import route_network
from forecasting.scenarios.transitions import PRIOR_PERIODS, entry_season, estimate_transitions, prior_by_distance
from geo.region.region import Cell, Edge, Route, Segment
from tests.regions import make_region
from tests.scenarios import fork, make_network, make_setting

RNG = np.random.default_rng(2)


def moved(inflow: np.ndarray, lag: int, share: float) -> np.ndarray:
    """What comes out `lag` periods later; nothing known before."""
    return np.concatenate([np.full(lag, np.nan), share * inflow[: len(inflow) - lag]])


def test_network_has_the_packs_edges_and_links_routes_where_a_country_joins_them() -> None:
    network = route_network(make_region())
    links = {
        (network.cells[a], network.cells[b]): lag
        for a, b, lag in zip(network.source, network.target, network.lag, strict=True)
    }
    assert links == {("south/a-2", "south/b-1"): 2, ("north/a-1", "south/b-1"): 2, ("north/a-2", "south/b-1"): 2}
    assert network.stated.tolist() == [True, False, False]
    assert network.entry.tolist() == [True, True, True, False]


def test_nobody_is_linked_back_to_where_he_came_from() -> None:
    cells = (Cell("out", "a-1", "AAA", "BBB"), Cell("back", "a-2", "BBB", "AAA"))
    routes = (Route("out", "Out", ("a-1",)), Route("back", "Back", ("a-2",)))
    assert len(route_network(make_region(routes=routes, cells=cells)).source) == 0


def test_edges_stated_both_ways_are_neighbours_and_no_links() -> None:
    edges = (Edge("a-1", "a-2"), Edge("a-2", "a-1"))
    region = make_region(
        routes=(Route("all", "All", ("a-1", "a-2"), edges),), cells=(Cell("all", "a-1"), Cell("all", "a-2"))
    )
    network = route_network(region)
    assert len(network.source) == 0
    assert network.hops(np.array([0]), np.array([1])).tolist() == [1.0]


@pytest.mark.parametrize("periods", [1, 2, 3])
def test_history_shorter_than_the_lags_leaves_what_is_stated(periods: int) -> None:
    network = make_network(2, [(0, 1, 2)])
    found = estimate_transitions(np.full((2, periods), 30.0), network, freq="W")
    longer = estimate_transitions(np.full((2, periods), np.nan), network, freq="W")
    np.testing.assert_array_equal(found.kernel, longer.kernel)


def test_lag_and_detections_per_passage_are_found_again() -> None:
    network = make_network(2, [(0, 1, 2)])
    inflow = RNG.gamma(2.0, 100.0, 300)
    found = estimate_transitions(np.stack([inflow, moved(inflow, 3, 1.5)]), network, freq="W")
    assert found.kernel[0].argmax() == 3
    assert found.kernel[0, 3] > 0.45
    assert found.onward[0] == 1.0
    # white noise, the hardest: the kernel is held near the stated lag, and what it misses is not told from a constant
    assert 1.3 < found.detection[1] <= 1.55


@pytest.mark.parametrize("truth", [1.0, 1.2, 1.5, 2.0])
@pytest.mark.parametrize("periods", [60, 300])
def test_detections_per_passage_are_found_within_a_twentieth_where_the_flow_has_runs(
    truth: float, periods: int
) -> None:
    network = make_network(2, [(0, 1, 2)])
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        level = lfilter([1.0], [1.0, -0.9], rng.normal(0, 0.2, periods))
        inflow = rng.poisson(200 * np.exp(level)).astype(float)
        outflow = np.concatenate([[np.nan] * 2, rng.poisson(truth * inflow[:-2])])
        found.append(estimate_transitions(np.stack([inflow, outflow]), network, freq="W").detection[1])
    assert np.mean(found) == pytest.approx(truth, rel=0.05)


def test_nobody_takes_longer_than_three_times_the_stated_lag_whatever_others_take() -> None:
    network = make_network(3, [(0, 1, 1), (1, 2, 4)])
    counts = np.random.default_rng(1).poisson(6.0, (3, 80)).astype(float)  # few, so that noise has lags of its own
    kernel = estimate_transitions(counts, network, freq="W").kernel
    assert kernel.shape == (2, 13)
    assert (kernel[network.node_of_source[0], 4:] == 0).all()
    assert kernel[network.node_of_source[1], 4:].sum() > 0.3


def test_few_noisy_periods_leave_the_share_that_moves_on_near_what_is_usual() -> None:
    network = make_network(2, [(0, 1, 1)])
    rng = np.random.default_rng(1)
    inflow = rng.gamma(1.0, 20.0, 6)
    noisy = estimate_transitions(np.stack([inflow, rng.gamma(0.3, 300.0, 6)]), network, freq="W")
    clear = estimate_transitions(np.stack([inflow, moved(inflow, 1, 3.0)]), network, freq="W")
    assert noisy.detection[1] < clear.detection[1]


def test_fewer_who_leave_than_enter_are_read_as_staying_first() -> None:
    network = make_network(2, [(0, 1, 1)])
    inflow = RNG.gamma(2.0, 100.0, 300)
    found = estimate_transitions(np.stack([inflow, moved(inflow, 1, 0.7)]), network, freq="W")
    assert found.onward[0] == pytest.approx(0.7, rel=0.1)
    assert found.detection[1] == pytest.approx(1.0)


def test_without_counts_the_stated_lag_and_distance_speak() -> None:
    found = estimate_transitions(np.full((5, 20), np.nan), fork(), freq="W")
    prior = prior_by_distance(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(found.share[:3], prior / prior.sum())
    np.testing.assert_allclose(found.kernel[0], [0.0, 0.7544, 0.2042, 0.0414], atol=1e-4)  # t · exp(−2 t), t = 1 … 3
    assert (found.detection == 1).all()


def test_shares_follow_the_counts_and_keep_a_prior_for_the_unseen() -> None:
    counts = np.full((5, 100), 10.0)
    counts[1], counts[2], counts[3] = 90.0, 10.0, 0.0
    found = estimate_transitions(counts, fork(), freq="W")
    assert found.share[0] > found.share[1] > found.share[2] > 0
    assert found.share[:3].sum() == pytest.approx(1.0)


def test_shares_that_wander_less_are_surer() -> None:
    steady = np.tile([[100.0], [50.0], [30.0], [20.0], [10.0]], (1, 60)) + RNG.normal(0, 1, (5, 60))
    restless = steady * RNG.lognormal(0, 0.5, (5, 60))
    node = fork().node_of_source[0]
    sure, unsure = (estimate_transitions(c, fork(), freq="W").precision[node] for c in (steady, restless))
    assert sure > 2 * unsure


def test_counts_after_the_cutoff_change_nothing() -> None:
    counts = RNG.poisson(30, (5, 80)).astype(float)
    later = counts.copy()
    later[:, 60:] = 9_999.0
    first, second = (estimate_transitions(c[:, :60], fork(), freq="W") for c in (counts, later))
    for name in ("level", "share", "precision", "kernel", "detection"):
        assert (getattr(first, name) == getattr(second, name)).all()


def test_missing_reports_are_no_zeros() -> None:
    counts = RNG.poisson(30, (5, 80)).astype(float)
    holes = counts.copy()
    holes[1, ::3] = np.nan
    full, sparse = (estimate_transitions(c, fork(), freq="W").level[1] for c in (counts, holes))
    assert sparse == pytest.approx(full, rel=0.15)


def test_alternatives_are_the_other_ways_out_of_the_same_place() -> None:
    known = estimate_transitions(RNG.poisson(30, (5, 60)).astype(float), fork(), freq="W")
    found = find_alternatives(fork(), known, 1)
    assert found.others.tolist() == [2, 3]
    assert found.lag.tolist() == [0, 0]
    assert found.share.sum() == pytest.approx(1.0)


def test_alternative_without_history_gets_its_weight_from_distance() -> None:
    counts = RNG.poisson(30, (5, 60)).astype(float)
    counts[3] = np.nan
    known = estimate_transitions(counts, fork(), freq="W")
    found = find_alternatives(fork(), known, 1)
    trust = known.known_periods[2] / (known.known_periods[2] + PRIOR_PERIODS)
    near, far = prior_by_distance(np.array([1.0, 2.0]))
    assert found.share[1] == pytest.approx((1 - trust) * far / (near + far))
    assert found.history[1] == 0.0


def test_ways_around_the_place_come_later_and_count_less() -> None:
    # s0 → {s1, s2}; s1 → s3 → …: if s3 is shut, s2 goes around the place that s3 leaves
    network = make_network(4, [(0, 1, 1), (0, 2, 1), (1, 3, 1)])
    known = estimate_transitions(RNG.poisson(30, (4, 60)).astype(float), network, freq="W")
    found = find_alternatives(network, known, 3)
    assert found.others.tolist() == [2]
    assert found.lag.tolist() == [1]


def test_displacement_table_has_shares_that_sum_to_one_a_cell() -> None:
    known = estimate_transitions(RNG.poisson(30, (5, 60)).astype(float), fork(), freq="W")
    table = displacement_table(fork(), known)
    sums = table.groupby("cell")["share"].sum()
    np.testing.assert_allclose(sums, 1.0)
    assert (table["share_q10"] <= table["share_q90"]).all()


def test_sampled_shares_sum_to_one_in_every_draw_and_mean_what_was_expected() -> None:
    share = np.array([0.7, 0.2, 0.1])
    drawn = sample_shares(share, 20.0, 4000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.sum(axis=0), 1.0)
    np.testing.assert_allclose(drawn.mean(axis=1), share, atol=0.01)


def test_season_of_the_entries_is_found_again() -> None:
    position = np.arange(208) / 52 % 1
    counts = np.exp(5 + 0.5 * np.sin(2 * np.pi * position))
    profile = entry_season(counts, position, freq="W")
    assert profile is not None
    assert len(profile) == 52
    assert profile.argmax() == 13
    assert profile.max() == pytest.approx(0.5, abs=0.02)


def test_no_season_is_found_in_less_than_two_years() -> None:
    assert entry_season(np.full(90, 5.0), np.arange(90) / 52 % 1, freq="W") is None


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [1, 1, 1, 1]),
        ({"from_horizon": 2, "until_horizon": 3}, [0, 1, 1, 0]),
        ({"ramp_periods": 4}, [0.25, 0.5, 0.75, 1]),
        ({"from_horizon": 9}, [0, 0, 0, 0]),
    ],
)
def test_weights_by_period(when: dict[str, int], expected: list[float]) -> None:
    assert Inflow.model_validate({"factor": 2, **when}).weights(4).tolist() == expected


def test_range_without_width_is_its_value_exactly() -> None:
    assert make_setting(fork(), n_draws=2).sampled((0.1, 0.1), "x").tolist() == [0.1, 0.1]


def test_segment_of_two_routes_is_closed_on_both() -> None:
    segments = (Segment("x", "X", "B"), Segment("y", "Y", "B"))
    region = make_region(
        segments=segments,
        routes=(Route("r", "R", ("x", "y")), Route("q", "Q", ("x",))),
        cells=(Cell("r", "x"), Cell("r", "y"), Cell("q", "x")),
        crossing_points=(),
    )
    assert route_network(region).of_segment("x").tolist() == [0, 2]
