"""Nationalities for partners: in groups, in sums over stretches of periods, and for coarse units only."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.disclosure import DisclosureRules
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.profile_view import ProfileView
from pipelines.publish.disclosure.protect import UNPUBLISHED_COST, Earlier, nothing_earlier, small, unit_members
from pipelines.publish.disclosure.release_history import NationalityReleases, ReleasedStretch, codes_of
from pipelines.publish.disclosure.suppress import SuppressionProblem, suppress

FILE = "nationalities"
REST = "other or not known"
COLUMNS = ("indicator", "group", "unit", "period_start", "periods", "count", "withheld")
CLOSE = 1e-6


def grouped_nationalities(
    cube: xr.Dataset,
    view: ProfileView,
    rules: DisclosureRules,
    releases: NationalityReleases,
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
        releases: What earlier editions showed of nationalities.
        stocks: Indicators that are no flows: their counts don't add up over periods, so they are not released.

    Returns:
        Columns `COLUMNS` and `codes`, the nationalities of each group. A stretch of which nothing may be told has no
        rows.
    """
    rows: list[tuple[object, ...]] = []
    if rules.partner.nationality_groups:
        for indicator in (str(i) for i in view.forecast["indicator"].to_numpy() if i not in stocks):
            rows += _indicator_rows(cube, indicator, view, rules, releases)
    return pd.DataFrame(rows, columns=[*COLUMNS, "codes"]).astype({"count": float})


def _indicator_rows(
    cube: xr.Dataset, indicator: str, view: ProfileView, rules: DisclosureRules, releases: NationalityReleases
) -> Iterator[tuple[object, ...]]:
    groups, size = rules.partner.nationality_groups, rules.partner.nationality_periods
    every, row = view.forecast["unit"].to_numpy(), list(view.forecast["indicator"].to_numpy()).index(indicator)
    cells, finest = unit_members(every, cube)
    shown = {
        str(u): i
        for i, u in enumerate(every)
        if u in view.units and str(u).partition(":")[0] in rules.partner.nationality_levels
    }
    parts = _group_counts(cube, indicator, view.known[row][finest], rules)
    # partners see a unit's count and the groups add up to it
    sums = cells @ parts.sum(axis=0)
    open_ = view.exact[row] & np.isclose(view.partner[row], sums, rtol=0.0, atol=CLOSE)
    names, codes = (*groups, REST), [codes_of(nationalities) for nationalities in (*groups.values(), ())]
    number, starts = view.stretch(size), view.forecast["time"].to_numpy()
    for stretch in np.unique(number):
        inside = np.flatnonzero(number == stretch)
        before = releases.stretch(indicator, int(stretch) * size, size, codes)
        if len(inside) < size or before is None:
            continue
        able = {u: cells[i] for u, i in shown.items() if open_[i, inside].all()}
        counts, threshold = parts[:, :, inside].sum(axis=2), rules.threshold_of(indicator)
        for (g, unit), value in _protected(counts, able, before, rules, threshold=threshold).items():
            yield (indicator, names[g], unit, starts[inside[0]], size, value, bool(np.isnan(value)), codes[g])


def _protected(
    counts: np.ndarray, able: dict[str, np.ndarray], before: ReleasedStretch, rules: DisclosureRules, *, threshold: int
) -> dict[tuple[int, str], float]:
    """(group, unit) → count over the stretch, NaN where withheld; nothing where it may not be told.

    Told before for units whose counts are no longer shown, it is not told again: the difference would say them. Where
    it is told first and what is left of a unit can't be hidden, the units that leave something are left out.
    """
    if before.units:
        tries = [list(before.units)] if set(before.units) <= set(able) else []
    else:
        tries = [list(able), [u for u in able if not len(remainders(able, of=u))]]
    for units in (units for units in tries if units):
        held = {u: able[u] for u in units}
        members = np.stack(list(held.values()))
        earlier = before.earlier if before.units else nothing_earlier((len(counts), len(units)))
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


def _group_counts(cube: xr.Dataset, indicator: str, known: np.ndarray, rules: DisclosureRules) -> np.ndarray:
    """Counts (group, cell, time) of what the histories hold; what no group holds is the rest of the total.

    A count that its cell's history leaves out (`known`, shape (cell, time)) is left out here, else the difference would
    tell it. Where nationalities add up to more than their total, as they were reported at another time, none of them is
    taken as known.
    """
    counts = cube["count"].sel(indicator=indicator).transpose("nationality", "cell", "time").load()
    total = np.where(known, counts.sel(nationality=TOTAL).to_numpy(), 0.0)
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


def withheld_nationalities(
    counts: np.ndarray,
    members: np.ndarray,
    left: np.ndarray,
    rules: DisclosureRules,
    *,
    threshold: int,
    earlier: Earlier,
) -> np.ndarray | None:
    """Which figures to withhold, where a figure is a group's count in a unit over the stretch.

    Pools are barred by each unit's sum over groups, which partners know from its history, and by every figure that was
    ever told. So counts move between groups within the same cells alone: whatever editions have in common moves along.

    Args:
        counts: Persons of each group in each cell, shape (group, cell).
        members: Which cells each unit sums, bool, shape (unit, cell).
        left: Cells that are left of a unit without others that it holds, bool, shape (remainder, cell); small counts in
            them are at risk too, as the difference of two figures tells them.
        rules: The pack's rules.
        threshold: Figures from 1 to below it are at risk.
        earlier: What earlier editions told of the same figures, each of shape (group, unit).

    Returns:
        bool, shape (group, unit); None where nothing of the stretch may be told: a figure that ought to be withheld was
        told before, or there is no room to hide it in.
    """
    parts, held, rest = _alike(counts, members, left)
    figures, remainders = _figures(len(counts), held), _figures(len(counts), rest)
    hidden, shown = earlier.hidden.ravel(), earlier.shown.ravel()
    if ((small(figures @ parts, threshold, rules) | hidden) & shown).any():
        return None
    sums = np.tile(held, len(counts))  # over groups
    rows = np.concatenate([figures, remainders, sums])
    values = rows @ parts
    told, summed = np.arange(len(rows)) < len(figures), np.arange(len(rows)) >= len(figures) + len(remainders)
    at_risk = small(values, threshold, rules) & ~summed & (told | (values > 0))
    hidden, barred = _padded(hidden, len(rows)), _padded(shown, len(rows)) | summed
    zeros = rows[hidden | (at_risk & (values == 0))].any(axis=0)  # nobody there, but readers must not know it
    used = (parts > 0) | zeros
    live = rows[:, used].any(axis=1)
    problem = SuppressionProblem(
        parts=parts[used],
        members=rows[live][:, used],
        at_risk=at_risk[live],
        hidden=hidden[live],
        shown=barred[live],
        current=barred[live],
        cost=np.where(told, np.sqrt(np.maximum(values, 1.0)), UNPUBLISHED_COST)[live],
    )
    withheld, exposed = suppress(problem, rules.protection_width)
    if exposed.any():
        return None
    result = np.zeros(len(rows), dtype=bool)
    result[live] = withheld
    return result[: len(figures)].reshape(len(counts), len(members))


def _alike(counts: np.ndarray, members: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts of (group, cells that the same units hold), flat; which of those cells each unit and remainder holds."""
    held, first, of = np.unique(members, axis=1, return_index=True, return_inverse=True)
    some = np.flatnonzero(held.any(axis=0))
    parts = np.stack([counts[:, of.ravel() == k].sum(axis=1) for k in some], axis=1)
    return parts.ravel(), held[:, some], left[:, first[some]]


def _figures(n_groups: int, held: np.ndarray) -> np.ndarray:
    """Which parts each figure sums, bool, shape (group × unit, group × cells alike)."""
    one, (n_units, n_cells) = np.eye(n_groups, dtype=bool), held.shape
    every = one[:, None, :, None] & held[None, :, None, :]
    return every.reshape(n_groups * n_units, n_groups * n_cells)


def _padded(flags: np.ndarray, length: int) -> np.ndarray:
    return np.concatenate([flags, np.zeros(length - len(flags), dtype=bool)])
