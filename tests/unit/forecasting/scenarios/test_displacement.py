"""The displacement matrix by segment: shares of several routes added up, and the same as scenarios use."""

import numpy as np
import pytest

from forecasting.scenarios.assumption import Diversion
from forecasting.scenarios.assumptions import Scenario, SegmentFlow, moves_of
from forecasting.scenarios.displacement import COLUMNS, find_alternatives, segment_displacement
from forecasting.scenarios.engine import move_flow
from forecasting.scenarios.transitions import estimate_transitions
from tests.scenarios import fork, make_baseline, make_network, make_setting

RNG = np.random.default_rng(4)


def test_matrix_of_one_route_is_that_of_its_cells() -> None:
    known = estimate_transitions(RNG.poisson(30, (5, 60)).astype(float), fork(), freq="W")
    table = segment_displacement(fork(), known, segments=["s1"])
    found = find_alternatives(fork(), known, 1)
    assert list(table.columns) == list(COLUMNS)
    assert dict(zip(table["alternative"], table["share"], strict=True)) == pytest.approx(
        {f"s{k}": share for k, share in zip(found.others, found.share, strict=True)}
    )


def test_shares_sum_to_one_for_every_segment_and_lie_in_their_range() -> None:
    known = estimate_transitions(RNG.poisson(30, (5, 60)).astype(float), fork(), freq="W")
    table = segment_displacement(fork(), known)
    np.testing.assert_allclose(table.groupby("segment")["share"].sum(), 1.0)
    assert (table["share_q10"] <= table["share_q90"]).all()
    assert table["from_history"].between(0, 1).all()


def test_segment_of_two_routes_is_weighed_by_their_flow() -> None:
    network = make_network(4, [(0, 1, 1), (0, 2, 1), (0, 3, 1)])
    both = type(network)(
        network.cells,
        ("s0", "s1", "s2", "s1"),
        network.starts,
        network.source,
        network.target,
        network.lag,
        network.stated,
        network.beside,
    )
    counts = np.full((4, 60), 20.0) + RNG.normal(0, 1, (4, 60))
    table = segment_displacement(both, estimate_transitions(counts, both, freq="W"), segments=["s1"])
    assert table["alternative"].tolist() == ["s2"]
    assert table["share"].iloc[0] == pytest.approx(1.0)


def test_segment_that_no_route_uses_has_no_row() -> None:
    known = estimate_transitions(RNG.poisson(30, (5, 60)).astype(float), fork(), freq="W")
    assert segment_displacement(fork(), known, segments=["elsewhere"]).empty


def test_engine_sends_what_the_matrix_says() -> None:
    setting = make_setting(fork(), n_draws=2_000)
    everything = Diversion(divert=(1.0, 1.0), wait=(0.0, 0.0), leave=(0.0, 0.0))
    closed = Scenario(name="closed", assumptions=(SegmentFlow(segment="s1", factor=(0.0, 0.0)),), diversion=everything)
    baseline = make_baseline(setting)
    after = move_flow(baseline, moves_of(closed, setting), setting).draws(baseline)
    gained = (after - baseline)[[2, 3], 0].mean(axis=1)
    table = segment_displacement(fork(), setting.transitions, segments=["s1"], seed=setting.seed).set_index(
        "alternative"
    )
    assert gained / gained.sum() == pytest.approx(table.loc[["s2", "s3"], "share"].to_numpy(), abs=0.03)
