"""Scenarios against the sample's generator, which knows what would really have come: its latent flow is run anew."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from forecasting.scenarios.assumptions import Inflow, Scenario, moves_of
from forecasting.scenarios.engine import move_flow
from forecasting.scenarios.moves import Setting
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
    ahead: np.ndarray  # expected detections (cell, horizon)
    setting: Setting

    def detections(self, landscape: Landscape) -> np.ndarray:
        """Expected detections in the outlook (cell, horizon)."""
        return expected(self.region, landscape, self.level)[:, self.now + 1 : self.now + 1 + HORIZON]


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
    reported = published_weeks(weeks)
    means, now = expected(region, landscape, level), int(np.flatnonzero(weeks == end)[0])
    counts = reporting.negative_binomial(means[:, reported], settings.DISPERSION, generator(SEED, "detections"))
    ahead, network = means[:, now + 1 : now + 1 + HORIZON], route_network(region)
    known = estimate_transitions(counts, network, freq="W", ahead=ahead)
    return Future(region, landscape, level, now, ahead, Setting(network, known, HORIZON, 100, SEED))


def changed(future: Future, border: str, factor: float) -> pd.DataFrame:
    """Detections more or fewer by border over the outlook, where an entry takes so many times as many."""
    cells = [i for i in range(len(future.region.cells)) if border_of(future.region, i) == border]
    entries = future.landscape.entries.copy()
    entries[cells, :, future.now + 1 :] *= factor
    truth = future.detections(replace(future.landscape, entries=entries)) - future.ahead
    told = [Inflow(entry=future.region.cells[i].segment, factor=(factor, factor)) for i in cells]
    baseline = np.repeat(future.ahead[:, :, None], future.setting.n_draws, axis=2)
    moves = moves_of(Scenario(name="told", assumptions=tuple(told)), future.setting)
    engine = (move_flow(baseline, moves, future.setting).draws(baseline) - baseline).mean(axis=2)
    by_border = [border_of(future.region, i) for i in range(len(future.region.cells))]
    table = pd.DataFrame({"truth": truth.sum(axis=1), "engine": engine.sum(axis=1)}).groupby(by_border).sum()
    return table[table["truth"].abs() >= MANY]


@pytest.mark.parametrize("border", ["SEA-AEGEAN", "BGR-TUR", "GRC-TUR"])
@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_surge_reaches_every_border_as_the_generator_has_it(future: Future, border: str, factor: float) -> None:
    table = changed(future, border, factor)
    assert {"SEA-AEGEAN": "MKD-SRB", "BGR-TUR": "HUN-SRB", "GRC-TUR": "MKD-SRB"}[border] in table.index
    np.testing.assert_allclose(table["engine"] / table["truth"], 1.0, atol=NEAR)


def test_every_way_in_reaches_every_way_out_of_its_country(future: Future) -> None:
    """Nearness decides shares; only where somebody comes from he is not sent."""
    network, cells = future.setting.network, future.region.cells
    for i, cell in enumerate(cells):
        onward = {j for j, c in enumerate(cells) if c.from_country == cell.to_country}
        back = {j for j in onward if cells[j].to_country == cell.from_country}
        assert set(network.target[network.source == i]) == onward - back
