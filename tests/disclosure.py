"""Small hierarchies for disclosure control: counts on routes × segments, and what an attacker reads of them."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.attack.bounds import Bound, Fact, Published, attack
from geo.pack.load import load_region
from geo.region.disclosure import LEVELS, DisclosureRules
from pipelines.editions.edition import Edition
from pipelines.jobs.released_forecast import released_forecaster
from pipelines.publish.disclosure.derive import grid_of
from pipelines.publish.disclosure.protect import CountsByUnit, Earlier, Protected, nothing_earlier, protect
from pipelines.publish.release.approval import approve
from pipelines.store.paths import Store
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


def approve_small(store: Store, edition_id: str, *, note: str = "looked at") -> dict[str, Edition]:
    """Approve a made-up edition of the built-in region, its profiles forecast in this process; without briefings."""
    region = load_region("western_balkans")
    made_by = {"forecast": released_forecaster(store, region, workers=1), "render": no_briefing}
    return approve(store, region, edition_id, user="officer", note=note, **made_by)[1]


def no_briefing(edition: Edition) -> dict[str, bytes]:
    """A briefing of one line."""
    return {"briefing.html": edition.id.encode()}


def move_withheld(edition: Edition, partner: Edition, store: Store) -> Edition:
    """Write an edition into another store that differs in withheld counts alone: one more here, one fewer there.

    Of the newest period in which two small cells can be found whose counts no shown figure, and no rule, tells apart.
    """
    grid = grid_of(edition, str(edition.forecast["indicator"].to_numpy()[0]), frozenset(LEVELS))
    shown = partner.forecast["history"].isel(indicator=0, nationality=0).to_numpy()
    for time in range(shown.shape[1] - 1, -1, -1):
        counts, seen = grid.history[grid.finest, time], np.isfinite(shown[:, time])
        hidden = np.flatnonzero(np.isnan(shown[grid.finest, time]) & (counts > 1))
        for more, fewer in ((i, j) for i in hidden for j in hidden if i != j):
            change = grid.cells[:, more].astype(float) - grid.cells[:, fewer]
            moved = grid.history[:, [time]] + change[:, None]
            if not change[seen].any() and _hides(grid, moved) == _hides(grid, grid.history[:, [time]]):
                history = edition.forecast["history"].transpose("indicator", "nationality", "unit", "time").copy()
                history[0, 0, :, time] = moved[:, 0]
                return _with_history(edition, history, store.editions(edition.region_id) / edition.id)
    raise AssertionError("no two withheld counts can be told apart by nothing")


def _hides(grid: CountsByUnit, history: np.ndarray) -> bytes:
    return protect(replace(grid, history=history), RULES, threshold=RULES.threshold).withheld.tobytes()


def revise(edition: Edition, edition_id: str, *, periods: int, seed: int) -> Edition:
    """Write a copy of an edition under another id in which counts of cells of the last periods were revised."""
    forecast, rng = edition.forecast.load(), np.random.default_rng(seed)
    revised = forecast["history"].transpose("indicator", "nationality", "unit", "time").copy()
    for number, indicator in enumerate(forecast["indicator"].to_numpy()):
        grid = grid_of(edition, str(indicator), frozenset(LEVELS))
        cells = grid.history[grid.finest]
        changed = np.zeros_like(cells)
        changed[:, -periods:] = rng.integers(-4, 9, cells[:, -periods:].shape) * (rng.random((len(cells), 1)) < 0.4)
        sums = grid.cells @ np.where(np.isfinite(cells), np.maximum(cells + changed, 0.0), 0.0)
        revised[number, 0] = np.where(np.isfinite(grid.history), sums, np.nan)  # unknown cells add nothing
    return _with_history(edition, revised, edition.folder.parent / edition_id)


def _with_history(edition: Edition, history: xr.DataArray, folder: Path) -> Edition:
    """A copy of an edition in a folder of the same or another name, with other figures."""
    shutil.copytree(edition.folder, folder)
    changed = edition.forecast.load().assign(history=history).drop_encoding()
    changed.to_zarr(folder / "forecast.zarr", mode="w", consolidated=False, zarr_format=2)
    seal(folder, {**edition.manifest, "edition": folder.name})
    return Edition(folder)
