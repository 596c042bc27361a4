"""Gradient-boosted quantile trees (`lightgbm`) over all units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from forecasting.contracts import ContractError
from forecasting.marginals import SCORES
from forecasting.models.panel import FEATURE_PARTS
from forecasting.models.pooled import PooledForecaster
from forecasting.parts import PARTS

if TYPE_CHECKING:
    from forecasting.models.panel import Samples

KNOTS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)  # fitted; the other levels lie between by normal score
ROUNDS = 80
SETTINGS: dict[str, Any] = {
    "objective": "quantile",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}


class Boosted(PooledForecaster):
    """One small ensemble of trees per fitted quantile.

    Source:
        Ke et al. (2017), LightGBM, NeurIPS 30; pooled forecasts: Makridakis et al. (2022), Int. J. Forecasting 38.
    """

    name = "boosted"

    def learn(self, rows: Samples, seed: int) -> None:
        """Fit the trees of every knot."""
        import lightgbm as lgb  # noqa: PLC0415 - slow to import, and paid only where it runs

        data = lgb.Dataset(rows.features, rows.change, free_raw_data=False)
        self._trees = [lgb.train({**SETTINGS, "alpha": a, "seed": seed % 2**31}, data, ROUNDS) for a in KNOTS]

    def changes(self, rows: Samples) -> np.ndarray:
        """Quantiles of the change (row, 23)."""
        knots = np.sort(np.stack([tree.predict(rows.features) for tree in self._trees], axis=1), axis=1)
        return at_all_levels(knots, np.array(KNOTS))

    def contributions(self, rows: Samples) -> np.ndarray:
        """Shapley values of the median's trees by what their features tell of (row, part).

        Source:
            Lundberg et al. (2020), Nature Machine Intelligence 2, 56–67 (TreeSHAP, path-dependent).
        """
        return by_part(np.asarray(self._trees[KNOTS.index(0.5)].predict(rows.features, pred_contrib=True)))


def by_part(contributions: np.ndarray) -> np.ndarray:
    """Sum the contributions (row, feature + 1), the last one the trees' mean, by what the features tell of (row, part).

    Raises:
        ContractError: there is not one part for each feature.
    """
    if contributions.shape[1] != len(FEATURE_PARTS) + 1:
        raise ContractError(
            f"boosted: expected a part for each of {contributions.shape[1] - 1} features, got {len(FEATURE_PARTS)}. "
            "Add the new features to panel.FEATURE_PARTS."
        )
    named = np.array([*FEATURE_PARTS, "common"])[:, None] == np.array(PARTS)
    return np.asarray(contributions @ named.astype(float))


def at_all_levels(knots: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles (row, 23) from some of them, linear in the normal score, beyond the outermost by the last slope."""
    scores = ndtri(levels)
    left = np.clip(np.searchsorted(scores, SCORES, side="right") - 1, 0, len(scores) - 2)
    share = (SCORES - scores[left]) / (scores[left + 1] - scores[left])
    return np.asarray(knots[:, left] + share * (knots[:, left + 1] - knots[:, left]))
