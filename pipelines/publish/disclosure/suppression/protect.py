"""What of the histories is withheld: every indicator and period by itself, with what earlier editions showed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geo.region.disclosure import DisclosureRules
from pipelines.publish.disclosure.suppression.problem import SuppressionProblem
from pipelines.publish.disclosure.suppression.suppress import suppress

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
    withheld = np.zeros(grid.history.shape, dtype=bool)
    exposed = np.zeros_like(withheld)
    for time in range(grid.history.shape[1]):
        if _as_before(grid, before, time, threshold, zero=rules.show_zero):
            withheld[:, time] = before.hidden[:, time]
            continue
        for units, problem in _problem(grid, before, time, threshold, zero=rules.show_zero):
            result = suppress(problem, rules.protection_width)
            for group, hide, leak in zip(units, result.withheld, result.exposed, strict=True):
                withheld[group, time], exposed[group, time] = hide, leak
    withheld |= np.isfinite(grid.history) & ~grid.published[:, None]
    return Protected(np.where(withheld, np.nan, grid.history), withheld, exposed)


def _as_before(grid: CountsByUnit, before: Earlier, time: int, threshold: int, *, zero: bool) -> bool:
    """Whether every published figure is either shown with its value or withheld already, by the rules of today."""
    values = grid.history[:, time]
    known = np.isfinite(values) & grid.published
    hidden, shown = before.hidden[:, time], before.shown[:, time] & (before.value[:, time] == values)
    at_risk = known & _at_risk(values, threshold, zero=zero)
    return bool(known.any() and (hidden | shown)[known].all() and hidden[at_risk].all() and not (hidden & shown).any())


def _problem(
    grid: CountsByUnit, before: Earlier, time: int, threshold: int, *, zero: bool
) -> Iterator[tuple[list[np.ndarray], SuppressionProblem]]:
    """The period's problem, with the units of each of its figures; none where no figure is known."""
    values = grid.history[:, time]
    counts = values[grid.finest]
    hidden_zero = before.hidden[grid.finest, time]
    used = np.isfinite(counts) & ((counts > 0) | (not zero) | hidden_zero)
    held = grid.cells[:, used]
    units = np.flatnonzero(np.isfinite(values) & held.any(axis=1))
    if not len(units):
        return
    members, of = np.unique(held[units], axis=0, return_inverse=True)
    groups = [units[of.ravel() == g] for g in range(len(members))]
    sums = members @ counts[used]
    published = np.array([grid.published[g].sum() for g in groups])
    shown = np.array([before.shown[g, time].any() for g in groups])
    same = np.array([np.isclose(before.value[g, time], s).any() for g, s in zip(groups, sums, strict=True)])
    yield (
        groups,
        SuppressionProblem(
            parts=counts[used],
            members=members,
            at_risk=np.array([_at_risk(values[g], threshold, zero=zero).any() for g in groups]),
            hidden=np.array([before.hidden[g, time].any() for g in groups]),
            shown=shown,
            current=shown & same,
            cost=np.where(published > 0, published * np.sqrt(np.maximum(sums, 1.0)), UNPUBLISHED_COST),
        ),
    )


def _at_risk(values: np.ndarray, threshold: int, *, zero: bool) -> np.ndarray:
    """By the figures themselves: a sum over cells is less than its figure where cells are unknown."""
    result: np.ndarray = (values < threshold) & ((values > 0) | (not zero))
    return result
