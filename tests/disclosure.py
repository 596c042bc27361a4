"""Small hierarchies for disclosure control: counts on routes × segments, and what an attacker reads of them."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.attack.bounds import Bound, Fact, Published, attack
from geo.region.disclosure import LEVELS, DisclosureRules
from pipelines.editions.edition import Edition
from pipelines.publish.disclosure.derive import grid_of
from pipelines.publish.disclosure.protect import CountsByUnit, Earlier, Protected, nothing_earlier, protect
from tests.editions import seal

RULES = DisclosureRules()


@dataclass(frozen=True)
class Hierarchy:
    """Units over cells: total, headline, routes and borders that overlap, segments, cells."""

    units: tuple[str, ...]
    members: np.ndarray  # (unit, cell)

    @property
    def finest(self) -> np.ndarray:
        n = self.members.shape[1]
        return np.arange(len(self.units) - n, len(self.units))

    def grid(self, counts: np.ndarray) -> CountsByUnit:
        """Histories of all units from counts of the cells (cell, time)."""
        return CountsByUnit(self.members @ counts, self.members, self.finest, np.ones(len(self.units), dtype=bool))


def make_hierarchy(cells: Sequence[tuple[str, str, str]], headline: Sequence[int] = ()) -> Hierarchy:
    """Units of cells given as (route, border, segment), coarse to fine."""
    rows: dict[str, list[int]] = {"total": list(range(len(cells)))}
    if headline:
        rows["headline"] = list(headline)
    for level, part in (("route", 0), ("border", 1), ("segment", 2)):
        for i, cell in enumerate(cells):
            rows.setdefault(f"{level}:{cell[part]}", []).append(i)
    rows |= {f"cell:{c[0]}/{c[2]}": [i] for i, c in enumerate(cells)}
    members = np.zeros((len(rows), len(cells)), dtype=bool)
    for u, held in enumerate(rows.values()):
        members[u, held] = True
    return Hierarchy(tuple(rows), members)


def publish_all(
    hierarchy: Hierarchy, vintages: Sequence[np.ndarray], rules: DisclosureRules = RULES
) -> list[Protected]:
    """Protect one edition after the other, each knowing what those before it showed."""
    shape = (len(hierarchy.units), vintages[0].shape[1])
    before, found = nothing_earlier(shape), []
    for counts in vintages:
        shown = protect(hierarchy.grid(counts), rules, threshold=rules.threshold, earlier=before)
        found.append(shown)
        before = remembered(before, shown)
    return found


def remembered(before: Earlier, shown: Protected) -> Earlier:
    """What readers know once an edition is out."""
    seen = np.isfinite(shown.history)
    return Earlier(before.hidden | shown.withheld, before.shown | seen, np.where(seen, shown.history, before.value))


def attacked(hierarchy: Hierarchy, editions: Sequence[Protected], *, least: float = 0.0) -> list[Bound]:
    """Bounds of all withheld counts, from all that the editions show."""
    cells = [hierarchy.units[i] for i in hierarchy.finest]
    members = {
        u: frozenset(cells[i] for i in np.flatnonzero(row))
        for u, row in zip(hierarchy.units, hierarchy.members, strict=True)
    }
    facts, withheld = [], []
    for number, shown in enumerate(editions):
        for u, t in zip(*np.nonzero(np.isfinite(shown.history)), strict=True):
            value = float(shown.history[u, t])
            facts.append(Fact(number, ((hierarchy.units[u], int(t)),), value, value))
        exposed = shown.exposed
        withheld += [
            (number, hierarchy.units[u], int(t)) for u, t in zip(*np.nonzero(shown.withheld & ~exposed), strict=True)
        ]
    published = Published(members, facts, sorted(withheld, key=lambda w: w[2]), least=least)
    return attack(published, enough=2.0 * RULES.protection_width)


def revise(edition: Edition, edition_id: str, *, periods: int, seed: int) -> Edition:
    """Write a copy of an edition under another id in which counts of cells of the last periods were revised."""
    folder = edition.folder.parent / edition_id
    shutil.copytree(edition.folder, folder)
    forecast, rng = edition.forecast.load(), np.random.default_rng(seed)
    revised = forecast["history"].transpose("indicator", "nationality", "unit", "time").copy()
    for number, indicator in enumerate(forecast["indicator"].to_numpy()):
        grid = grid_of(edition, str(indicator), frozenset(LEVELS))
        cells = grid.history[grid.finest]
        changed = np.zeros_like(cells)
        changed[:, -periods:] = rng.integers(-4, 9, cells[:, -periods:].shape) * (rng.random((len(cells), 1)) < 0.4)
        sums = grid.cells @ np.where(np.isfinite(cells), np.maximum(cells + changed, 0.0), 0.0)
        revised[number, 0] = np.where(np.isfinite(grid.history), sums, np.nan)  # unknown cells add nothing
    forecast.assign(history=revised).drop_encoding().to_zarr(
        folder / "forecast.zarr", mode="w", consolidated=False, zarr_format=2
    )
    seal(folder, {**edition.manifest, "edition": edition_id})
    return Edition(folder)
