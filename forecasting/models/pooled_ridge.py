"""A ridge regression of changes on features, one a horizon: what trees can't extrapolate, and they correct the rest."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from forecasting.models.panel import Samples

PENALTY = 0.5  # per row, in units of a standardised feature's variance
BOUND = 4.0  # standard deviations; a feature farther out counts as this far


@dataclass(frozen=True)
class PooledRidge:
    """Coefficients per horizon, and how features are standardised.

    Source:
        Hoerl & Kennard (1970), Technometrics 12, 55–67.
    """

    mean: np.ndarray  # (feature,)
    spread: np.ndarray  # (feature,)
    coefficients: np.ndarray  # (horizon, feature + 1), log1p units per standard deviation; the last is the intercept

    @classmethod
    def fit(cls, rows: Samples) -> Self:
        """Learn `rows.change` from `rows.features`; an unknown feature stands at its mean."""
        known = np.isfinite(rows.features)
        number = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, rows.features, 0.0).sum(axis=0) / number
        spread = np.sqrt((np.where(known, rows.features - mean, 0.0) ** 2).sum(axis=0) / number)
        empty = cls(mean, np.where(spread > 0, spread, 1.0), np.empty((0, 0)))
        design = empty._design(rows)
        solved = []
        for h in range(1, int(rows.horizon.max()) + 1):
            mine = rows.horizon == h
            part = design[mine]
            gram = part.T @ part + PENALTY * len(part) * np.eye(part.shape[1])
            solved.append(np.linalg.solve(gram, part.T @ rows.change[mine]) if mine.any() else np.zeros(len(gram)))
        return cls(empty.mean, empty.spread, np.array(solved))

    def changes(self, rows: Samples) -> np.ndarray:
        """Expected change (row,), log1p units."""
        result: np.ndarray = self.contributions(rows).sum(axis=1)
        return result

    def contributions(self, rows: Samples) -> np.ndarray:
        """Term of each feature in the expected change, and the intercept (row, feature + 1), log1p units."""
        return np.asarray(self._design(rows) * self.coefficients[rows.horizon - 1])

    def _design(self, rows: Samples) -> np.ndarray:
        scores = np.clip((rows.features - self.mean) / self.spread, -BOUND, BOUND)
        return np.hstack([np.where(np.isfinite(scores), scores, 0.0), np.ones((len(scores), 1))])
