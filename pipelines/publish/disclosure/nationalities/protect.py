"""Which figures of nationality groups are withheld: one indicator and stretch, with what was told of it before."""

import numpy as np

from geo.region.disclosure import DisclosureRules
from pipelines.publish.disclosure.suppression.problem import SuppressionProblem
from pipelines.publish.disclosure.suppression.protect import UNPUBLISHED_COST, Earlier
from pipelines.publish.disclosure.suppression.suppress import suppress


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
    if ((_small(figures @ parts, threshold, rules) | hidden) & shown).any():
        return None
    sums = np.tile(held, len(counts))  # over groups
    rows = np.concatenate([figures, remainders, sums])
    values = rows @ parts
    told, summed = np.arange(len(rows)) < len(figures), np.arange(len(rows)) >= len(figures) + len(remainders)
    at_risk = _small(values, threshold, rules) & ~summed & (told | (values > 0))
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
    found = suppress(problem, rules.protection_width)
    if found.exposed.any():
        return None
    result = np.zeros(len(rows), dtype=bool)
    result[live] = found.withheld
    return result[: len(figures)].reshape(len(counts), len(members))


def _small(values: np.ndarray, threshold: int, rules: DisclosureRules) -> np.ndarray:
    result: np.ndarray = (values < threshold) & ((values > 0) | (not rules.show_zero))
    return result


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
    result: np.ndarray = every.reshape(n_groups * n_units, n_groups * n_cells)
    return result


def _padded(flags: np.ndarray, length: int) -> np.ndarray:
    return np.concatenate([flags, np.zeros(length - len(flags), dtype=bool)])
