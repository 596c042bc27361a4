"""Origins for partners: in groups, in sums of several periods, and for coarse units only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipelines.disclosure.problem import Problem
from pipelines.disclosure.suppress import suppress
from pipelines.observations import TOTAL

if TYPE_CHECKING:
    import xarray as xr

    from geo.disclosure import DisclosureRules
    from pipelines.disclosure.view import View
    from pipelines.editions import Edition

FILE = "origins"
REST = "other or not known"
COLUMNS = ("indicator", "group", "unit", "period_start", "periods", "count", "withheld")


def grouped_origins(edition: Edition, view: View, rules: DisclosureRules) -> dict[str, pd.DataFrame]:
    """Table `origins`: counts per group, coarse unit and stretch of periods; empty where the pack names no groups.

    A stretch is shown for a unit only where partners see the unit's counts of all its periods, so that the groups' sum
    tells them nothing new; within it, small counts are withheld with what would give them away, over groups and units.
    """
    if not rules.origin_groups or rules.method == "round":
        return {FILE: pd.DataFrame(columns=list(COLUMNS))}
    tables = [_indicator_table(edition.cube, str(i), view, rules) for i in edition.cube["indicator"].to_numpy()]
    found = [t for t in tables if len(t)]
    return {FILE: pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))}


def _indicator_table(cube: xr.Dataset, indicator: str, view: View, rules: DisclosureRules) -> pd.DataFrame:
    if indicator not in view.forecast["indicator"].to_numpy():
        return pd.DataFrame(columns=list(COLUMNS))
    counts = cube["count"].sel(indicator=indicator).transpose("origin", "cell", "time").load()
    wanted = [u for u in view.units if str(u).partition(":")[0] in rules.origin_levels]
    position = pd.Index(view.forecast["unit"].to_numpy()).get_indexer(wanted)
    row = list(view.forecast["indicator"].to_numpy()).index(indicator)
    members = np.stack([_cells(cube, str(u)) for u in wanted])
    times = pd.DatetimeIndex(cube["time"].to_numpy())
    size = rules.origin_periods
    rows = []
    for first in range(len(times) % size, len(times), size):
        block = slice(first, first + size)
        open_ = view.exact[row][position][:, block].all(axis=1)
        parts = _group_sums(counts.isel(time=block), rules)
        rows += _stretch_rows(parts, members, open_, [str(u) for u in wanted], times[first], rules, indicator)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _cells(cube: xr.Dataset, unit: str) -> np.ndarray:
    level, _, name = unit.partition(":")
    if level == "total":
        return np.ones(cube.sizes["cell"], dtype=bool)
    if level == "headline":
        return cube["headline"].to_numpy().astype(bool)
    result: np.ndarray = cube[level].to_numpy() == name
    return result


def _group_sums(block: xr.DataArray, rules: DisclosureRules) -> dict[str, np.ndarray]:
    """Group → counts (cell,) over a stretch; what no group holds is the rest of the total."""
    sums = {str(o): np.nansum(block.sel(origin=o).to_numpy(), axis=1) for o in block["origin"].to_numpy()}
    total = sums.pop(TOTAL)
    groups = {
        name: sum((sums[o] for o in origins if o in sums), start=np.zeros(len(total)))
        for name, origins in rules.origin_groups.items()
    }
    named = sum(groups.values(), start=np.zeros(len(total)))
    return {**groups, REST: np.maximum(total - named, 0.0)}


def _stretch_rows(
    parts: dict[str, np.ndarray], members: np.ndarray, open_: np.ndarray, units: list[str],
    first: pd.Timestamp, rules: DisclosureRules, indicator: str,
) -> list[tuple[object, ...]]:  # fmt: skip
    """One stretch: figures are (group, unit), parts are (group, set of cells that the same units hold)."""
    shown_units = np.flatnonzero(open_)
    if not len(shown_units):
        return []
    held, of = np.unique(members[shown_units].T, axis=0, return_inverse=True)  # cells alike in the shown units
    cells = [np.flatnonzero(of.ravel() == k) for k in range(len(held)) if held[k].any()]
    held = held[held.any(axis=1)]
    names = list(parts)
    counts = np.array([[parts[g][c].sum() for c in cells] for g in names])
    figures = [(g, u) for g in range(len(names)) for u in range(len(shown_units))]
    member = np.zeros((len(figures) + len(shown_units), len(names), len(cells)), dtype=bool)
    for i, (g, u) in enumerate(figures):
        member[i, g] = held[:, u]
    for u in range(len(shown_units)):  # the unit's sum over groups: partners know it from its history
        member[len(figures) + u, :] = held[:, u]
    flat = member.reshape(len(member), -1)
    used = counts.ravel() > 0
    values = flat @ counts.ravel()
    withheld = _withheld(counts.ravel()[used], flat[:, used], values, len(figures), rules, indicator)
    return [
        (indicator, names[g], units[shown_units[u]], first, rules.origin_periods,
         float("nan") if withheld[i] else float(values[i]), bool(withheld[i]))
        for i, (g, u) in enumerate(figures)
    ]  # fmt: skip


def _withheld(
    counts: np.ndarray, members: np.ndarray, values: np.ndarray, n_figures: int, rules: DisclosureRules, indicator: str
) -> np.ndarray:
    """Which figures to withhold; the last ones, the units' sums, are known."""
    result = np.zeros(len(values), dtype=bool)
    live = np.flatnonzero(members.any(axis=1))
    known = live >= n_figures
    threshold = rules.threshold_of(indicator)
    at_risk = (values[live] < threshold) & ~known
    none = np.zeros(len(live), dtype=bool)
    problem = Problem(
        counts, members[live], at_risk, none, known, known, np.sqrt(np.maximum(values[live], 1.0))
    )  # fmt: skip
    found = suppress(problem, rules.protection_width)
    result[live] = found.withheld | found.exposed
    lost = found.exposed.any()
    if lost:  # sums are too small or too few to hide a count in: nothing of this stretch is shown
        result[:] = True
    return result[:n_figures]
