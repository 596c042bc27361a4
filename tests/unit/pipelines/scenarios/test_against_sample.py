"""Scenarios against the sample's generator, which knows what would really have come: its latent flow is run anew."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from forecasting.scenarios.assumptions import Inflow, Scenario, moves_of
from forecasting.scenarios.displacement import Alternatives
from forecasting.scenarios.engine import move_flow
from forecasting.scenarios.moves import Held, Moves, Setting, multiply
from forecasting.scenarios.network import route_network
from forecasting.scenarios.transitions import estimate_transitions
from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.sample import reporting, settings
from pipelines.sample.files import SEED, entry_level, published_weeks
from pipelines.sample.flow import Landscape, border_of, generator, make_landscape, monday, passages

HORIZON = 12
MANY = 20  # detections more or fewer over the outlook, from which on a border is compared
NEAR = 0.25


@dataclass(frozen=True)
class Future:
    """A world of the generator that goes on after the last week reported, and what is known of it there."""

    region: Region
    landscape: Landscape
    level: np.ndarray
    now: int  # the last week reported
    counts: np.ndarray  # (cell, week) reported
    ahead: np.ndarray  # expected detections (cell, horizon)

    def detections(self, landscape: Landscape) -> np.ndarray:
        """Expected detections in the outlook (cell, horizon)."""
        return expected(self.region, landscape, self.level)[:, self.now + 1 : self.now + 1 + HORIZON]

    def setting(self, detection: float | np.ndarray = 1.0) -> Setting:
        """What is known from the counts, where so many of those who pass (cell, 1) are known to be detected."""
        network = route_network(self.region)
        known = estimate_transitions(self.counts / detection, network, freq="W", ahead=self.ahead / detection)
        return Setting(network, known, HORIZON, 100, SEED)

    def by_border(self, truth: np.ndarray, engine: np.ndarray) -> pd.DataFrame:
        """Detections more or fewer over the outlook, by border."""
        borders = [border_of(self.region, i) for i in range(len(self.region.cells))]
        return pd.DataFrame({"truth": truth.sum(axis=1), "engine": engine.sum(axis=1)}).groupby(borders).sum()


def expected(region: Region, landscape: Landscape, level: np.ndarray) -> np.ndarray:
    return reporting.expected_detections(passages(landscape, level), region).sum(axis=1)


@pytest.fixture(scope="module")
def future() -> Future:
    region = load_region("western_balkans")
    end = monday(settings.LAST_WEEK)
    last = (end + pd.Timedelta(weeks=HORIZON)).isocalendar()
    randomness = partial(generator, SEED)
    landscape = make_landscape(region, randomness=randomness, last_week=f"{last.year}-W{last.week:02d}")
    weeks, level = landscape.weeks, entry_level(landscape)
    means, now = expected(region, landscape, level), int(np.flatnonzero(weeks == end)[0])
    reported = means[:, published_weeks(weeks)]
    counts = reporting.negative_binomial(reported, settings.DISPERSION, generator(SEED, "detections"))
    return Future(region, landscape, level, now, counts, means[:, now + 1 : now + 1 + HORIZON])


def mean_change(moves: Moves, setting: Setting, baseline: np.ndarray) -> np.ndarray:
    """What the engine makes of moves (cell, horizon), of a baseline that is certain (cell, horizon)."""
    draws = np.repeat(baseline[:, :, None], setting.n_draws, axis=2)
    return (move_flow(draws, moves, setting).draws(draws) - draws).mean(axis=2)


def surge(future: Future, border: str, factor: float) -> pd.DataFrame:
    """Detections more or fewer by border over the outlook, where an entry takes so many times as many."""
    cells = [i for i in range(len(future.region.cells)) if border_of(future.region, i) == border]
    entries = future.landscape.entries.copy()
    entries[cells, :, future.now + 1 :] *= factor
    truth = future.detections(replace(future.landscape, entries=entries)) - future.ahead
    told = [Inflow(entry=future.region.cells[i].segment, factor=(factor, factor)) for i in cells]
    setting = future.setting()
    moves = moves_of(Scenario(name="told", assumptions=tuple(told)), setting)
    return future.by_border(truth, mean_change(moves, setting, future.ahead))


def closure(future: Future, border: str, start: str) -> pd.DataFrame:
    """Detections more or fewer by border over the outlook, where a border is closed to those who come from a country.

    In the generator they take the country's other borders, or stay, as others do who leave it; distance is nothing to
    it. The engine is told so, and how much of what passes each country detects, which counts can't tell from staying.
    """
    land, ahead = future.landscape, slice(future.now + 1, None)
    cells = future.region.cells
    closed = [i for i, c in enumerate(cells) if border_of(future.region, i) == border and c.from_country == start]
    others = np.array([i for i, c in enumerate(cells) if c.from_country == start and i not in closed])
    going = land.shares[closed, ahead].sum(axis=0)
    shares, entries = land.shares.copy(), land.entries.copy()
    shares[others, ahead] /= 1 - going
    entries[others, :, ahead] /= 1 - going
    shares[closed, ahead], entries[closed, :, ahead] = 0.0, 0.0
    truth = future.detections(replace(land, shares=shares, entries=entries)) - future.ahead
    detection = np.array([[settings.DETECTION.get(c.to_country, settings.DEFAULT_DETECTION)] for c in cells])
    setting = future.setting(detection)
    elsewhere = shares[others, future.now + 1 : future.now + 1 + HORIZON].mean(axis=1)
    moves = all_held(closed, others, elsewhere, setting)
    return future.by_border(truth, detection * mean_change(moves, setting, future.ahead / detection))


def all_held(closed: list[int], others: np.ndarray, elsewhere: np.ndarray, setting: Setting) -> Moves:
    """Nobody passes the closed cells: these shares of them (other,) go elsewhere at once, the rest leaves."""
    moves, n = Moves(), setting.n_draws
    ways, diverted = elsewhere / max(elsewhere.sum(), 1e-12), min(elsewhere.sum(), 1.0)
    multiply(moves.passing, np.array(closed), np.zeros((HORIZON, n)))
    for cell in closed:
        to = Alternatives(cell, others, np.zeros(len(others), dtype=np.int64), ways, ways, np.inf)
        moves.held[cell] = Held(to, np.repeat(ways[:, None], n, axis=1), np.full(n, diverted), np.full(n, 1 - diverted))
    return moves


@pytest.mark.parametrize("border", ["SEA-AEGEAN", "BGR-TUR", "GRC-TUR"])
@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_surge_reaches_every_border_as_the_generator_has_it(future: Future, border: str, factor: float) -> None:
    table = surge(future, border, factor)
    table = table[table["truth"].abs() >= MANY]
    assert {"SEA-AEGEAN": "MKD-SRB", "BGR-TUR": "HUN-SRB", "GRC-TUR": "MKD-SRB"}[border] in table.index
    np.testing.assert_allclose(table["engine"] / table["truth"], 1.0, atol=NEAR)


CLOSED = {
    "HUN-SRB": "SRB",
    "BIH-SRB": "SRB",
    "ROU-SRB": "SRB",
    "HRV-SRB": "SRB",
    "BGR-SRB": "BGR",
    "BGR-ROU": "BGR",
    "MKD-SRB": "MKD",
    "GRC-MKD": "GRC",
    "ALB-GRC": "GRC",
    "HRV-SVN": "HRV",
    "BGR-TUR": "TUR",
    "GRC-TUR": "TUR",
}


@pytest.mark.parametrize(("border", "start"), CLOSED.items(), ids=CLOSED)
def test_closure_sends_to_every_border_what_the_generator_sends(future: Future, border: str, start: str) -> None:
    table = closure(future, border, start)
    assert table.loc[border, "engine"] == pytest.approx(table.loc[border, "truth"], rel=0.01)
    more = table[table["truth"] >= MANY]
    assert len(more)
    np.testing.assert_allclose(more["engine"] / more["truth"], 1.0, atol=NEAR)


def test_every_way_in_reaches_every_way_out_of_its_country(future: Future) -> None:
    """Nearness decides shares; only where somebody comes from he is not sent."""
    network, cells = route_network(future.region), future.region.cells
    for i, cell in enumerate(cells):
        onward = {j for j, c in enumerate(cells) if c.from_country == cell.to_country}
        back = {j for j in onward if cells[j].to_country == cell.from_country}
        assert set(network.target[network.source == i]) == onward - back
