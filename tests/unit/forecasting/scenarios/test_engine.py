"""The engine: conservation in every draw, identity, monotony, and agreement with a slow one that loops."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from forecasting.base.contracts import ContractError
from forecasting.scenarios import engine
from forecasting.scenarios.assumption import Assumption, Diversion
from forecasting.scenarios.assumptions import Inflow, NewEdge, PolicyDate, Scenario, SegmentFlow, moves_of
from forecasting.scenarios.engine import move_flow
from forecasting.scenarios.moves import Moves, Setting
from tests.scenarios import fork, known_transitions, make_baseline, make_network, make_setting, slow_passages

SINKS = ("left", "waiting_at_end", "under_way_at_end", "ended_changed")
CLOSED = (0.0, 0.0)


def closed(segment: str, **changes: object) -> SegmentFlow:
    return SegmentFlow(segment=segment, **{"factor": CLOSED, **changes})  # type: ignore[arg-type]


def run(scenario: Scenario, setting: Setting, baseline: np.ndarray) -> tuple[np.ndarray, engine.Outcome, Moves]:
    moves = moves_of(scenario, setting)
    outcome = move_flow(baseline, moves, setting)
    return outcome.draws(baseline), outcome, moves


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Setting, np.ndarray, Scenario]:
    """A random graph (circles and all), random draws, random assumptions."""
    n = draw(st.integers(2, 7))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(1, 3))
    links = [p for p in draw(st.lists(pair, max_size=12, unique_by=lambda p: p[:2])) if p[0] != p[1]]
    starts = tuple(draw(st.sampled_from(["", "A", "B"])) for _ in range(n))
    setting = make_setting(make_network(n, links, starts=starts), n_draws=6, seed=draw(st.integers(0, 99)))
    segment = st.integers(0, n - 1).map(lambda i: f"s{i}")
    factor = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda p: (min(p), max(p)))
    first = st.integers(1, 6)
    when = st.tuples(first, st.none() | first).filter(lambda w: w[1] is None or w[0] <= w[1])
    share = st.floats(0.0, 0.9).map(lambda v: Diversion(divert=(v, v), wait=(0.9 - v, 0.9 - v), leave=(0.1, 0.1)))

    def some(kind: type[Assumption], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Assumption]:
        ramp = st.integers(1, 3)
        return st.builds(
            lambda w, r, values: kind(from_horizon=w[0], until_horizon=w[1], ramp_periods=r, **values),
            when,
            ramp,
            st.fixed_dictionaries(fields),
        )

    ends = st.tuples(segment, segment).filter(lambda e: e[0] != e[1])
    way = ends.flatmap(
        lambda e: some(
            NewEdge,
            from_segment=st.just(e[0]),
            to_segment=st.just(e[1]),
            share=st.just((0.1, 0.2)),
            lag=st.integers(1, 3),
        )
    )
    kinds: st.SearchStrategy[Assumption] = st.one_of(
        some(SegmentFlow, segment=segment, factor=factor, diversion=share),
        some(Inflow, factor=factor.map(lambda r: (2 * r[0], 2 * r[1])), entry=segment),
        way,
        some(PolicyDate, name=st.just("rule"), factor=factor, segments=st.tuples(segment)),
    )
    scenario = Scenario(name="random", assumptions=tuple(draw(st.lists(kinds, max_size=3))))
    baseline = make_baseline(setting, seed=draw(st.integers(0, 99)))
    baseline[draw(st.integers(0, n - 1))] *= draw(st.sampled_from([0.0, 1.0]))
    return setting, baseline, scenario


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_flow_is_conserved_in_every_draw(world: tuple[Setting, np.ndarray, Scenario]) -> None:
    setting, baseline, scenario = world
    after, outcome, _ = run(scenario, setting, baseline)
    scale = baseline.sum(axis=(0, 1)) + 1.0
    gap = outcome.ledger["inflow_changed"] - sum(outcome.ledger[name] for name in SINKS)
    assert np.abs(gap / scale).max() < 1e-9
    assert (after >= 0).all()


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_engine_equals_the_slow_one_that_follows_every_passage(world: tuple[Setting, np.ndarray, Scenario]) -> None:
    setting, baseline, scenario = world
    after, _, moves = run(scenario, setting, baseline)
    expected = slow_passages(baseline, moves, setting) * setting.transitions.detection[:, None, None]
    np.testing.assert_allclose(after, expected, rtol=1e-7, atol=1e-7)


def test_no_more_goes_on_than_passed() -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    _, outcome, _ = run(Scenario(name="x", assumptions=(Inflow(factor=(2, 2), entry="s0"),)), setting, baseline)
    # all that ends in between is new here, so less than nothing of it would mean that passages were made
    assert (outcome.ledger["ended_changed"] >= -1e-9).all()
    assert (outcome.ledger["under_way_at_end"] >= -1e-9).all()


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(name="empty"),
        Scenario(name="late", assumptions=(closed("s1", from_horizon=99),)),
        Scenario(
            name="open",
            assumptions=(SegmentFlow(segment="s1", factor=(1.0, 1.0)), Inflow(factor=(1.0, 1.0), entry="s0")),
        ),
        Scenario(name="no one", assumptions=(NewEdge(from_segment="s1", to_segment="s3", share=(0.0, 0.0)),)),
    ],
    ids=lambda s: s.name,
)
def test_scenario_that_changes_nothing_is_the_baseline_bit_for_bit(scenario: Scenario) -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    assert run(scenario, setting, baseline)[0].tobytes() == baseline.tobytes()


def test_baseline_stays_as_it_was() -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    before = baseline.copy()
    run(Scenario(name="x", assumptions=(closed("s1"),)), setting, baseline)
    assert (baseline == before).all()


def test_closed_segment_sends_its_flow_to_the_alternatives() -> None:
    setting = make_setting(fork(), transitions=known_transitions(fork(), [1 / 3, 1 / 3, 1 / 3, 1.0]))
    baseline = np.full((5, 6, 40), 30.0)
    everyone = Diversion(divert=(1, 1), wait=(0, 0), leave=(0, 0))
    after, _, _ = run(
        Scenario(name="x", assumptions=(closed("s1", from_horizon=3),), diversion=everyone), setting, baseline
    )
    np.testing.assert_allclose(after[1, 2:], 0.0, atol=1e-9)
    np.testing.assert_allclose((after - baseline)[[2, 3], 2:].sum(axis=0), 30.0)


def test_closed_segment_is_missed_downstream_after_the_lag() -> None:
    setting = make_setting(fork(), transitions=known_transitions(fork(), [1 / 3, 1 / 3, 1 / 3, 1.0]))
    baseline = np.full((5, 6, 40), 30.0)
    after, _, _ = run(Scenario(name="x", assumptions=(closed("s1", from_horizon=3),)), setting, baseline)
    assert (after[4, :3] == 30).all()
    np.testing.assert_allclose(after[4, 3:], 0.0, atol=1e-9)


def test_waiting_comes_back_when_the_segment_opens() -> None:
    setting = make_setting(fork(), transitions=known_transitions(fork(), [1 / 3, 1 / 3, 1 / 3, 1.0]))
    baseline = np.full((5, 6, 40), 30.0)
    wait = Diversion(divert=(0, 0), wait=(1, 1), leave=(0, 0))
    after, outcome, _ = run(
        Scenario(name="x", assumptions=(closed("s1", from_horizon=2, until_horizon=3),), diversion=wait),
        setting,
        baseline,
    )
    np.testing.assert_allclose(after[1, :, 0], [30, 0, 0, 90, 30, 30])
    np.testing.assert_allclose(outcome.waiting[1][:, 0], [0, 30, 60, 0, 0, 0])


def test_diverted_wait_when_every_way_is_shut() -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    shut = tuple(closed(s) for s in ("s1", "s2", "s3"))
    after, outcome, _ = run(Scenario(name="x", assumptions=shut), setting, baseline)
    np.testing.assert_allclose(after[1:4], 0.0, atol=1e-9)
    assert (outcome.ledger["waiting_at_end"] > 0).all()


@pytest.mark.parametrize("lower", [0.0, 0.3, 0.7])
def test_less_held_back_means_less_diverted(lower: float) -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    tight, loose = (
        run(Scenario(name="x", assumptions=(SegmentFlow(segment="s1", factor=(f, f)),)), setting, baseline)[0]
        for f in (lower, lower + 0.2)
    )
    assert (tight[1] <= loose[1]).all()
    assert (tight[2:4] >= loose[2:4]).all()


def test_more_inflow_means_more_everywhere_downstream() -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    less, more = (
        run(Scenario(name="x", assumptions=(Inflow(factor=(f, f), entry="s0"),)), setting, baseline)[0]
        for f in (1.2, 1.5)
    )
    assert (more >= less).all()
    assert (less >= baseline).all()


def test_range_widens_the_result() -> None:
    setting = make_setting(fork(), n_draws=400)
    baseline = np.full((5, 6, 400), 30.0)
    point, ranged = (
        run(Scenario(name="x", assumptions=(Inflow(factor=factor, entry="s0"),)), setting, baseline)[0]
        for factor in ((1.5, 1.5), (1.0, 2.0))
    )
    assert ranged[0, 0].std() > 5 * (point[0, 0].std() + 0.1)
    assert ranged[2, 3].std() > point[2, 3].std()


def test_two_scenarios_share_the_randomness_of_the_same_assumption() -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    inflow = Inflow(factor=(1.0, 2.0), entry="s0")
    alone = run(Scenario(name="a", assumptions=(inflow,)), setting, baseline)[0]
    with_more = run(Scenario(name="b", assumptions=(closed("s3"), inflow)), setting, baseline)[0]
    assert (alone[0] == with_more[0]).all()


def test_inflow_of_an_nationality_changes_its_share_alone() -> None:
    share = {"SYR": np.full(5, 0.25)}
    setting = make_setting(fork(), nationality_share=share)
    baseline = make_baseline(setting)
    after = run(Scenario(name="x", assumptions=(Inflow(factor=(2.0, 2.0), nationality="SYR"),)), setting, baseline)[0]
    np.testing.assert_allclose(after[0], 1.25 * baseline[0])


def test_unknown_nationality_is_refused_with_the_known_ones() -> None:
    setting = make_setting(fork(), nationality_share={"SYR": np.full(5, 0.25)})
    with pytest.raises(ContractError, match=r"'XYZ'.*SYR"):
        moves_of(Scenario(name="x", assumptions=(Inflow(factor=(2.0, 2.0), nationality="XYZ"),)), setting)


def test_new_edges_that_take_more_than_everyone_are_refused() -> None:
    two = (
        NewEdge(from_segment="s1", to_segment="s3", share=(0.6, 0.6)),
        NewEdge(from_segment="s1", to_segment="s2", share=(0.6, 0.6)),
    )
    with pytest.raises(ContractError, match="more than all"):
        moves_of(Scenario(name="x", assumptions=two), make_setting(fork()))


def test_result_does_not_depend_on_the_blocks_of_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    scenario = Scenario(name="x", assumptions=(closed("s1"), Inflow(factor=(1, 2), entry="s0")))
    whole = run(scenario, setting, baseline)[0]
    monkeypatch.setattr(engine, "BLOCK_VALUES", 100)
    assert run(scenario, setting, baseline)[0].tobytes() == whole.tobytes()


def test_cell_without_a_forecast_stays_unknown_and_its_flow_is_still_counted() -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    baseline[3] = np.nan
    after, outcome, _ = run(Scenario(name="x", assumptions=(closed("s1"),)), setting, baseline)
    assert np.isnan(after[3]).all()
    gap = outcome.ledger["inflow_changed"] - sum(outcome.ledger[name] for name in SINKS)
    assert np.abs(gap).max() < 1e-6


@pytest.mark.parametrize("bad", [-1.0, np.inf, np.nan], ids=["negative", "infinite", "unknown in one draw"])
def test_baseline_that_is_no_distribution_is_refused(bad: float) -> None:
    setting = make_setting(fork())
    baseline = make_baseline(setting)
    baseline[2, 1, 3] = bad
    with pytest.raises(ContractError, match="scenario"):
        move_flow(baseline, Moves(), setting)


def test_permuting_cells_permutes_the_result() -> None:
    links = [(0, 1, 1), (0, 2, 1), (1, 3, 2), (2, 3, 1)]
    order = [2, 0, 3, 1]  # position → old cell
    new = {old: i for i, old in enumerate(order)}
    pairs = [(0, 1), (1, 2), (2, 3)]
    first = make_network(4, links, beside=pairs)
    names = tuple(first.cells[i] for i in order)
    moved = make_network(4, [(new[a], new[b], lag) for a, b, lag in links], beside=[(new[a], new[b]) for a, b in pairs])
    second = type(moved)(
        names,
        tuple(first.segments[i] for i in order),
        moved.starts,
        moved.source,
        moved.target,
        moved.lag,
        moved.stated,
        moved.beside,
    )
    shares = dict(zip([tuple(x) for x in links], [0.6, 0.4, 1.0, 1.0], strict=True))
    back = [shares[order[a], order[b], lag] for a, b, lag in zip(second.source, second.target, second.lag, strict=True)]
    one = make_setting(first, transitions=known_transitions(first, list(shares.values())))
    two = make_setting(second, transitions=known_transitions(second, back))
    scenario = Scenario(name="x", assumptions=(closed("s1"), Inflow(factor=(1.0, 2.0), entry="s0")))
    baseline = make_baseline(one)
    # certain shares: with random ones the order in which a source's ways are drawn would matter
    np.testing.assert_allclose(
        run(scenario, one, baseline)[0][order], run(scenario, two, baseline[order])[0], rtol=1e-4, atol=1e-4
    )


def test_passing_two_borders_in_one_period_is_followed_in_order() -> None:
    network = make_network(3, [(0, 1, 0), (1, 2, 0)])
    setting = make_setting(network, transitions=known_transitions(network, [1.0, 1.0]))
    baseline = np.full((3, 6, 40), 30.0)
    after, outcome, _ = run(
        Scenario(name="x", assumptions=(Inflow(factor=(2, 2), entry="s0", from_horizon=2, until_horizon=2),)),
        setting,
        baseline,
    )
    np.testing.assert_allclose(after[:, :, 0], [[30, 60, 30, 30, 30, 30]] * 3)
    np.testing.assert_allclose(outcome.ledger["ended_changed"], 30.0)
