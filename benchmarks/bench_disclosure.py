"""What disclosure control costs: figures and counts withheld, against naive rules, and whether an attack succeeds.

`python benchmarks/bench_disclosure.py [--periods 26] [--edition FOLDER]`: counts of an edition's main indicator, or,
without one, counts drawn for the cells of the Western Balkans (log-normal rates, negative binomial; made up, and alike
in size to the sample).
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.attack.bounds import Fact, Published, attack
from geo.pack.load import load_region
from geo.region.disclosure import DisclosureRules
from geo.region.units import summing_matrix, unit_table
from pipelines.editions.edition import Edition
from pipelines.publish.disclosure.derive import grid_of
from pipelines.publish.disclosure.protect import CountsByUnit, protect

INDICATOR = "irregular_crossings"


class Row(NamedTuple):
    """One rule's result."""

    rule: str
    at_risk: int  # figures
    withheld: int  # figures
    counts: float  # share of the counts of all figures that is withheld
    narrow: int  # withheld figures that the attack bounds more narrowly than the protection width
    attacked: int
    seconds: float


def made_up(periods: int, seed: int) -> CountsByUnit:
    """Counts on the region's cells, alike in size to the sample's."""
    region = load_region("western_balkans")
    rng = np.random.default_rng(seed)
    rates = rng.lognormal(2.0, 1.3, (len(region.cells), 1))
    counts = rng.negative_binomial(4, 4 / (4 + rates), (len(region.cells), periods)).astype(float)
    members = summing_matrix(region).toarray() > 0
    finest = np.arange(len(members) - len(region.cells), len(members))
    return CountsByUnit(members @ counts, members, finest, np.ones(len(members), dtype=bool))


def only_small(grid: CountsByUnit, rules: DisclosureRules) -> np.ndarray:
    """No complementary suppression at all."""
    return (grid.history > 0) & (grid.history < rules.threshold)


def all_siblings(grid: CountsByUnit, rules: DisclosureRules, parents: list[np.ndarray]) -> np.ndarray:
    """A common rule by hand: with a small figure all its siblings are withheld (of a border, of the region)."""
    withheld = only_small(grid, rules)
    for family in parents:
        withheld[family] |= withheld[family].any(axis=0, keepdims=True) & (grid.history[family] > 0)
    return withheld


def families(levels: np.ndarray, members: np.ndarray) -> list[np.ndarray]:
    """Units that stand side by side: cells and segments of one border, and all borders, all routes."""
    borders = np.flatnonzero(levels == "border")
    found = []
    for level in ("cell", "segment"):
        units = np.flatnonzero(levels == level)
        found += [units[(members[units] <= members[b]).all(axis=1)] for b in borders]
    return [*found, borders, np.flatnonzero(levels == "route")]


def narrow_bounds(
    grid: CountsByUnit, withheld: np.ndarray, units: list[str], rules: DisclosureRules
) -> tuple[int, int]:
    """How many withheld figures the attack bounds too narrowly, and how many it looked at."""
    cells = [units[i] for i in grid.finest]
    members: Mapping[str, frozenset[str]] = {
        u: frozenset(cells[i] for i in np.flatnonzero(row)) for u, row in zip(units, grid.cells, strict=True)
    }
    shown = np.isfinite(grid.history) & ~withheld
    facts = [
        Fact(0, ((units[u], int(t)),), float(grid.history[u, t]), float(grid.history[u, t]))
        for u, t in zip(*np.nonzero(shown), strict=True)
    ]
    hidden = np.isfinite(grid.history) & withheld
    targets = [(0, units[u], int(t)) for u, t in zip(*np.nonzero(hidden), strict=True)]
    absent = frozenset(
        (0, cells[i], int(t)) for i, t in zip(*np.nonzero(np.isnan(grid.history[grid.finest])), strict=True)
    )
    published = Published(members, facts, sorted(targets, key=lambda w: w[2]), absent, least=1.0)
    bounds = attack(published, enough=float(rules.protection_width))
    return sum(b.width < rules.protection_width for b in bounds), len(bounds)


def compare(grid: CountsByUnit, levels: np.ndarray, units: list[str], rules: DisclosureRules) -> list[Row]:
    """One row per rule."""
    started = time.perf_counter()
    optimal = protect(grid, rules, threshold=rules.threshold).withheld
    spent = time.perf_counter() - started
    patterns = {
        "small ones only": (only_small(grid, rules), 0.0),
        "all siblings": (all_siblings(grid, rules, families(levels, grid.cells)), 0.0),
        "optimised": (optimal, spent),
    }
    rows = []
    for rule, (withheld, seconds) in patterns.items():
        narrow, attacked = narrow_bounds(grid, withheld, units, rules)
        lost = float(np.nansum(grid.history[withheld]) / np.nansum(grid.history))
        rows.append(Row(rule, int(only_small(grid, rules).sum()), int(withheld.sum()), lost, narrow, attacked, seconds))
    return rows


def main(arguments: list[str] | None = None) -> list[Row]:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, default=26)
    parser.add_argument("--quick", action="store_true", help="two periods")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edition", type=Path)
    chosen = parser.parse_args(arguments)
    table = unit_table(load_region("western_balkans"))
    units, levels = table["unit"].tolist(), table["level"].to_numpy()
    periods = 2 if chosen.quick else chosen.periods
    grid = made_up(periods, chosen.seed)
    if chosen.edition:
        edition = Edition(chosen.edition)
        grid = grid_of(edition, INDICATOR, frozenset(levels))
        grid = CountsByUnit(grid.history[:, -periods:], grid.cells, grid.finest, grid.published)
        units, levels = (list(map(str, edition.forecast["unit"].to_numpy())), edition.forecast["level"].to_numpy())
    rows = compare(grid, levels, units, DisclosureRules())
    print(
        f"{'rule':<18}{'at risk':>9}{'withheld':>10}{'counts lost':>13}{'bounded < width':>17}{'attacked':>10}{'s':>8}"
    )
    for r in rows:
        print(
            f"{r.rule:<18}{r.at_risk:>9,}{r.withheld:>10,}{r.counts:>13.1%}{r.narrow:>17,}{r.attacked:>10,}"
            f"{r.seconds:>8.1f}"
        )
    return rows


if __name__ == "__main__":
    main()
