"""Nationalities for partners: in groups, in sums over stretches of periods, and for coarse units only."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.disclosure import DisclosureRules
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.nationalities.protect import withheld_nationalities
from pipelines.publish.disclosure.nationalities.release_history import NationalityLedger, ToldStretch, codes_of
from pipelines.publish.disclosure.profile_view import View
from pipelines.publish.disclosure.suppression.protect import nothing_earlier

FILE = "nationalities"
REST = "other or not known"
COLUMNS = ("indicator", "group", "unit", "period_start", "periods", "count", "withheld")
CLOSE = 1e-6


def grouped_nationalities(
    cube: xr.Dataset,
    view: View,
    rules: DisclosureRules,
    ledger: NationalityLedger,
    *,
    stocks: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Counts per group, coarse unit and stretch of periods; empty where the pack names no groups.

    Stretches are counted from 1970, so that all editions cut alike, and told once complete. A stretch is told for a
    unit only where partners see the unit's counts of all its periods, so that the groups' sum tells them nothing new;
    within it, small counts are withheld with what would give them away, over groups, units and editions.

    Args:
        cube: The edition's cube.
        view: What partners see of its histories.
        rules: The pack's rules.
        ledger: What earlier editions told of nationalities.
        stocks: Indicators that are no flows: their counts don't add up over periods, so they are not told.

    Returns:
        Columns `COLUMNS` and `codes`, the nationalities of each group. A stretch of which nothing may be told has no
        rows.
    """
    rows: list[tuple[object, ...]] = []
    if rules.partner.nationality_groups:
        for indicator in (str(i) for i in view.forecast["indicator"].to_numpy() if i not in stocks):
            rows += _indicator_rows(cube, indicator, view, rules, ledger)
    return pd.DataFrame(rows, columns=[*COLUMNS, "codes"]).astype({"count": float})


def _indicator_rows(
    cube: xr.Dataset, indicator: str, view: View, rules: DisclosureRules, ledger: NationalityLedger
) -> Iterator[tuple[object, ...]]:
    units = [str(u) for u in view.units if str(u).partition(":")[0] in rules.partner.nationality_levels]
    members = {u: _cells(cube, u) for u in units}
    parts = _group_counts(cube, indicator, view, rules)
    open_ = _open(parts, members, view, indicator)
    codes = [codes_of(nationalities) for nationalities in (*rules.partner.nationality_groups.values(), ())]
    size, number = rules.partner.nationality_periods, view.stretch(rules.partner.nationality_periods)
    starts = view.forecast["time"].to_numpy()
    for stretch in np.unique(number):
        inside = np.flatnonzero(number == stretch)
        told = ledger.told(indicator, int(stretch) * size, size, codes)
        if len(inside) < size or told is None:
            continue
        able = {u: members[u] for u, seen in zip(units, open_, strict=True) if seen[inside].all()}
        found = _protected(parts[:, :, inside].sum(axis=2), able, told, rules, threshold=rules.threshold_of(indicator))
        for (g, unit), value in found.items():
            name = (*rules.partner.nationality_groups, REST)[g]
            yield (indicator, name, unit, starts[inside[0]], size, value, bool(np.isnan(value)), codes[g])


def _protected(
    counts: np.ndarray, able: dict[str, np.ndarray], told: ToldStretch, rules: DisclosureRules, *, threshold: int
) -> dict[tuple[int, str], float]:
    """(group, unit) → count over the stretch, NaN where withheld; nothing where it may not be told.

    Told before for units whose counts are no longer shown, it is not told again: the difference would say them. Where
    it is told first and what is left of a unit can't be hidden, the units that leave something are left out.
    """
    if told.units:
        tries = [list(told.units)] if set(told.units) <= set(able) else []
    else:
        tries = [list(able), [u for u in able if not len(remainders(able, of=u))]]
    for units in tries:
        held = {u: able[u] for u in units}
        if not held:
            continue
        members = np.stack(list(held.values()))
        earlier = told.earlier if told.units else nothing_earlier((len(counts), len(units)))
        hide = withheld_nationalities(counts, members, remainders(held), rules, threshold=threshold, earlier=earlier)
        if hide is not None:
            values = np.where(hide, np.nan, counts @ members.T)
            return {(g, u): float(values[g, i]) for g in range(len(counts)) for i, u in enumerate(units)}
    return {}


def remainders(held: dict[str, np.ndarray], of: str | None = None) -> np.ndarray:
    """What is left of each unit without the units of one level that lie in it, bool, shape (remainder, cell)."""
    n_cells = len(next(iter(held.values())))
    found: list[np.ndarray] = []
    for unit in held if of is None else (of,):
        inside: dict[str, list[np.ndarray]] = {}
        for other, cells in held.items():
            if other != unit and (cells <= held[unit]).all():
                inside.setdefault(other.partition(":")[0], []).append(cells)
        rests = [held[unit] & ~np.any(cells, axis=0) for cells in inside.values()]
        found += [rest for rest in rests if rest.any()]
    return np.array(found, dtype=bool).reshape(len(found), n_cells)


def _cells(cube: xr.Dataset, unit: str) -> np.ndarray:
    level, _, name = unit.partition(":")
    if level == "total":
        return np.ones(cube.sizes["cell"], dtype=bool)
    if level == "headline":
        return cube["headline"].to_numpy().astype(bool)
    result: np.ndarray = cube[level].to_numpy() == name
    return result


def _group_counts(cube: xr.Dataset, indicator: str, view: View, rules: DisclosureRules) -> np.ndarray:
    """Counts (group, cell, time) of what the histories hold; what no group holds is the rest of the total.

    A count that its cell's history leaves out is left out here, else the difference would tell it. Where nationalities
    add up to more than their total, as they were reported at another time, none of them is taken as known.
    """
    counts = cube["count"].sel(indicator=indicator).transpose("nationality", "cell", "time").load()
    total = np.where(_known(cube, indicator, view), counts.sel(nationality=TOTAL).to_numpy(), 0.0)
    present = set(counts["nationality"].to_numpy()) - {TOTAL}
    groups = np.stack(
        [
            np.nansum(counts.sel(nationality=[o for o in nationalities if o in present]).to_numpy(), axis=0)
            for nationalities in rules.partner.nationality_groups.values()
        ]
    )
    groups = np.where(groups.sum(axis=0) > total + CLOSE, 0.0, groups)
    rest = np.maximum(total - groups.sum(axis=0), 0.0)
    return np.concatenate([groups, rest[None]])


def _known(cube: xr.Dataset, indicator: str, view: View) -> np.ndarray:
    """Whether a cell's history has a figure, bool, shape (cell, time)."""
    place = pd.Index(view.forecast["unit"].to_numpy())
    cell = place.get_indexer([f"cell:{c}" for c in cube["cell"].to_numpy()])
    segment = place.get_indexer([f"segment:{s}" for s in cube["segment"].to_numpy()])
    known: np.ndarray = view.known[_row(view, indicator)][np.where(cell >= 0, cell, segment)]
    return known


def _open(parts: np.ndarray, members: dict[str, np.ndarray], view: View, indicator: str) -> np.ndarray:
    """Whether partners see a unit's count and the groups add up to it, bool, shape (unit, time)."""
    row, position = _row(view, indicator), pd.Index(view.forecast["unit"].to_numpy()).get_indexer(list(members))
    sums = np.stack(list(members.values())) @ parts.sum(axis=0)
    seen = view.exact[row][position] & np.isclose(view.partner[row][position], sums, rtol=0.0, atol=CLOSE)
    result: np.ndarray = seen
    return result


def _row(view: View, indicator: str) -> int:
    return [str(i) for i in view.forecast["indicator"].to_numpy()].index(indicator)
