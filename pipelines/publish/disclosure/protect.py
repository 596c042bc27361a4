"""What of the histories is withheld: every indicator and period by itself, with what earlier editions showed."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from geo.region.disclosure import DisclosureRules
from pipelines.publish.disclosure.suppress import SuppressionProblem, suppress

UNPUBLISHED_COST = 1e-3  # units of levels that nobody sees are withheld anyway


@dataclass(frozen=True)
class CountsByUnit:
    """One indicator's counts at every level.

    Attributes:
        history: Counts as reported, shape (unit, time); NaN where unknown.
        cells: Which cells each unit sums, bool, shape (unit, cell).
        finest: The unit whose history is a cell's, shape (cell,).
        published: Whether a unit's level is shown to anybody, bool, shape (unit,).
    """

    history: np.ndarray
    cells: np.ndarray
    finest: np.ndarray
    published: np.ndarray


@dataclass(frozen=True)
class Earlier:
    """What earlier editions said of the same figures, each of shape (unit, time).

    Attributes:
        hidden: Withheld at least once.
        shown: Shown at least once.
        value: As last shown; NaN where never.
    """

    hidden: np.ndarray
    shown: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class Protected:
    """What partners may see of one indicator, each of shape (unit, time).

    Attributes:
        history: The figures to show; NaN where withheld or unknown.
        withheld: Known, and not shown.
        exposed: Ought to be withheld, but can be worked out from what earlier editions showed.
    """

    history: np.ndarray
    withheld: np.ndarray
    exposed: np.ndarray


def nothing_earlier(shape: tuple[int, ...]) -> Earlier:
    """Of a first edition."""
    none = np.zeros(shape, dtype=bool)
    return Earlier(none, none, np.full(shape, np.nan))


def unit_members(units: np.ndarray, cube: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Which cells each unit sums, bool, shape (unit, cell), and the unit whose figures are a cell's, shape (cell,)."""
    place = {str(unit): i for i, unit in enumerate(units)}
    members, finest = np.zeros((len(units), cube.sizes["cell"]), dtype=bool), []
    coords = zip(*(cube[c].to_numpy() for c in ("cell", "route", "border", "segment", "headline")), strict=True)
    for i, (cell, route, border, segment, headline) in enumerate(coords):
        holders = ["total", f"route:{route}", f"border:{border}", f"segment:{segment}", f"cell:{cell}"]
        for unit in [*holders, *(["headline"] if headline else [])]:
            if unit in place:
                members[place[unit], i] = True
        finest.append(place.get(f"cell:{cell}", place[f"segment:{segment}"]))
    return members, np.array(finest)


def small(values: np.ndarray, threshold: int, rules: DisclosureRules) -> np.ndarray:
    """Whether figures are at risk by themselves: below the threshold, and not zero unless zeros are at risk too."""
    return (values < threshold) & ((values > 0) | (not rules.show_zero))


def protect(grid: CountsByUnit, rules: DisclosureRules, *, threshold: int, earlier: Earlier | None = None) -> Protected:
    """Protect one indicator's histories.

    Args:
        grid: Its counts.
        rules: The pack's rules.
        threshold: Counts from 1 to below it are at risk.
        earlier: What earlier editions showed and withheld.

    Returns:
        What may be shown. Figures of levels that nobody sees count as withheld.
    """
    before = earlier or nothing_earlier(grid.history.shape)
    # by the figures themselves: a sum over cells is less than its figure where cells are unknown
    at_risk = small(grid.history, threshold, rules)
    withheld, exposed = np.zeros_like(at_risk), np.zeros_like(at_risk)
    for time in range(grid.history.shape[1]):
        if _as_before(grid, before, at_risk, time):
            withheld[:, time] = before.hidden[:, time]
            continue
        groups, problem = _problem(grid, before, at_risk, time, zero=rules.show_zero)
        if problem is not None:
            for units, hide, leak in zip(groups, *suppress(problem, rules.protection_width), strict=True):
                withheld[units, time], exposed[units, time] = hide, leak
    withheld |= np.isfinite(grid.history) & ~grid.published[:, None]
    return Protected(np.where(withheld, np.nan, grid.history), withheld, exposed)


def _as_before(grid: CountsByUnit, before: Earlier, at_risk: np.ndarray, time: int) -> bool:
    """Whether every published figure is either shown with its value or withheld already, by the rules of today."""
    values = grid.history[:, time]
    known = np.isfinite(values) & grid.published
    hidden, shown = before.hidden[:, time], before.shown[:, time] & (before.value[:, time] == values)
    safe = (hidden | shown)[known].all() and hidden[known & at_risk[:, time]].all() and not (hidden & shown).any()
    return bool(known.any() and safe)


def _problem(
    grid: CountsByUnit, before: Earlier, at_risk: np.ndarray, time: int, *, zero: bool
) -> tuple[list[np.ndarray], SuppressionProblem | None]:
    """The units of each figure of the period, and the problem; None where no figure is known."""
    values = grid.history[:, time]
    counts = values[grid.finest]
    used = np.isfinite(counts) & ((counts > 0) | (not zero) | before.hidden[grid.finest, time])
    held = grid.cells[:, used]
    units = np.flatnonzero(np.isfinite(values) & held.any(axis=1))
    if not len(units):
        return [], None
    members, figure = np.unique(held[units], axis=0, return_inverse=True)
    groups = [units[figure.ravel() == g] for g in range(len(members))]
    sums = members @ counts[used]
    published = np.array([grid.published[g].sum() for g in groups])
    shown = np.array([before.shown[g, time].any() for g in groups])
    same = np.array([np.isclose(before.value[g, time], s).any() for g, s in zip(groups, sums, strict=True)])
    return groups, SuppressionProblem(
        parts=counts[used],
        members=members,
        at_risk=np.array([at_risk[g, time].any() for g in groups]),
        hidden=np.array([before.hidden[g, time].any() for g in groups]),
        shown=shown,
        current=shown & same,
        cost=np.where(published > 0, published * np.sqrt(np.maximum(sums, 1.0)), UNPUBLISHED_COST),
    )
