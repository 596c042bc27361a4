"""The oracle that forecasts are held against: the sample's generator, continued."""

import numpy as np
import pytest

from benchmarks.bench_oracle import Oracle, make_oracle
from geo.pack.load import load_region
from geo.region.units import unit_table
from pipelines.sample.flow import monday

CUTOFF = monday("2026-W17")
MANY = 10  # a week, so that ties with whole counts fill no range


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return make_oracle(load_region("western_balkans"), 1)


def test_oracle_knows_the_flow_until_the_cutoff_and_no_more(oracle: Oracle) -> None:
    now = int(np.flatnonzero(oracle.weeks == CUTOFF)[0])
    worlds = [oracle.expected(now, np.random.default_rng(number)) for number in (1, 2)]
    true = oracle.expected(len(oracle.weeks), np.random.default_rng(3))
    for world in worlds:
        np.testing.assert_array_equal(world[:, : now + 1], true[:, : now + 1])
    assert np.abs(np.log(worlds[0][:, now + 2 :].sum(axis=0) / worlds[1][:, now + 2 :].sum(axis=0))).min() > 0


@pytest.mark.slow
def test_oracles_ranges_hold_what_comes_as_often_as_they_say(oracle: Oracle) -> None:
    cutoffs = [monday(f"202{year}-W{week:02d}") for year in (4, 5) for week in (1, 14, 27, 40)]
    units = unit_table(oracle.region)
    segments = units.loc[units["level"].eq("segment"), "unit"].tolist()
    shares = []
    for cutoff in cutoffs:
        draws, came = (x.sel(unit=segments) for x in (oracle.draws(cutoff, continuations=25), oracle.observed(cutoff)))
        low, high = np.quantile(draws, [0.05, 0.95], axis=-1)
        inside = ((came >= low) & (came <= high)).to_numpy()
        shares.append(inside[draws.mean("draw") > MANY].mean())
    assert 0.85 < np.mean(shares) < 0.95
