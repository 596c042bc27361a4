"""One table to protect: the counts of one indicator and period at every level, as a reader could add them up."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class SuppressionProblem:
    """The figures of one indicator and period, and what is known of them already.

    A *figure* is what is published for a unit: a sum over *parts* (cells that have counts). Units with the same parts
    are one figure.

    Attributes:
        parts: Counts of the parts, shape (part,), ≥ 0.
        members: Which parts a figure sums, bool, shape (figure, part).
        at_risk: Figures that must be withheld by themselves, bool, shape (figure,).
        hidden: Figures that an earlier edition withheld; they stay withheld.
        shown: Figures that an earlier edition showed, with whatever value: what they sum is known for good.
        current: Those of `shown` whose value is still the same.
        cost: What is lost by withholding a figure, > 0, shape (figure,).
    """

    parts: np.ndarray
    members: np.ndarray
    at_risk: np.ndarray
    hidden: np.ndarray
    shown: np.ndarray
    current: np.ndarray
    cost: np.ndarray

    @cached_property
    def room(self) -> np.ndarray:
        """By how much each part can fall, shape (part,): a reader knows that what is withheld is not zero."""
        return self.parts - np.minimum(self.parts, 1.0)

    @cached_property
    def must(self) -> np.ndarray:
        """Figures that are withheld whatever the rest: those at risk, unless their value is known, and those hidden."""
        result: np.ndarray = (self.at_risk & ~self.current) | self.hidden
        return result


@dataclass(frozen=True)
class Suppression:
    """What is withheld of one problem.

    Attributes:
        withheld: bool, shape (figure,).
        exposed: Figures that ought to be withheld and can't be protected, because of what was shown before.
    """

    withheld: np.ndarray
    exposed: np.ndarray
