"""Gradient-boosted quantile trees (`lightgbm`) over all units."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forecasting.base.attribution import DRIVERS
from forecasting.base.contracts import ContractError
from forecasting.base.quantile_functions import at_all_levels
from forecasting.models.pooled import FEATURE_DRIVERS, PooledForecaster, Samples

if TYPE_CHECKING:  # slow to import
    from lightgbm import Booster

KNOTS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)  # fitted; the other levels lie between by normal score
PLAIN_ROUNDS, REST_ROUNDS, SETTLED_ROUNDS = 80, 60, 60  # trees a knot on the change itself, and on what others leave
PENALTY = 0.5  # of the ridge per row, in units of a standardised feature's variance
BOUND = 4.0  # standard deviations; a feature farther out counts as this far in the ridge
SETTINGS: dict[str, Any] = {"objective": "quantile", "verbose": -1, "num_threads": 1, "deterministic": True}
SETTINGS |= {"force_row_wise": True, "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 30, "lambda_l2": 1.0}
SETTINGS |= {"feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1}


class Boosted(PooledForecaster):
    """Mean of three ensembles of trees: on the change, and on what a ridge and a seasonal smoothing leave of it.

    The ridge is pooled over the units. On the Frontex routes the trees on the change alone score 0.734 × the baseline,
    with the ridge 0.717, with the smoothing too 0.711; by land and sea with the ridge 0.743, with both 0.737; on the
    USBP sectors 0.960 and 0.966, where what is published became 0.1 % worse.

    Tried as the third and left out: trees on the distance from the mean of the last 3, 6 or 12 months or from the usual
    season, squared-error trees with a spread of their own, the nearest past situations, a ridge of each unit. Also:
    random split points, larger leaves, changes scaled by the unit's volatility, older rows discounted, several seeds,
    sums or mixtures of series and made-up series as further ones, the other units' sum and smoothed values as features,
    a neural network, a quantile forest.

    Source:
        Ke et al. (2017), LightGBM, NeurIPS 30; pooled forecasts: Makridakis et al. (2022), Int. J. Forecasting 38.
    """

    name = "boosted"
    title = "boosted trees over all places"
    prior_weight = 3.0
    learns = True
    refit_every = 3

    def learn(self, rows: Samples, seed: int) -> None:
        """Fit the ridge, and the trees of every knot."""
        self._ridge = PooledRidge.fit(rows)
        self._plain = _grow(rows.features, rows.change, PLAIN_ROUNDS, seed)
        self._rest = _grow(rows.features, rows.change - self._ridge.changes(rows), REST_ROUNDS, seed + 1)
        self._settled = _grow(rows.features, rows.change - rows.settled.sum(axis=1), SETTLED_ROUNDS, seed + 2)

    def changes(self, rows: Samples) -> np.ndarray:
        """Quantiles of the change (row, 23)."""
        left = sum(_at_knots(trees, rows.features) for trees in self._ensembles)
        known = self._ridge.changes(rows) + rows.settled.sum(axis=1)
        return at_all_levels((left + known[:, None]) / len(self._ensembles), np.array(KNOTS))

    def change_drivers(self, rows: Samples) -> np.ndarray:
        """What moves the median by what the features tell of (row, driver): a third of the medians' trees and starts.

        Of the trees their Shapley values, of the ridge the term of each feature, of the smoothing its level and season.
        What putting the knots in order moves is in none of them.

        Source:
            Lundberg et al. (2020), Nature Machine Intelligence 2, 56–67 (TreeSHAP, path-dependent).
        """
        medians = (trees[KNOTS.index(0.5)] for trees in self._ensembles)
        left = sum(np.asarray(tree.predict(rows.features, pred_contrib=True)) for tree in medians)
        drivers = by_driver(left + self._ridge.terms(rows))
        drivers[:, [DRIVERS.index("level"), DRIVERS.index("season")]] += rows.settled
        return drivers / len(self._ensembles)

    @property
    def _ensembles(self) -> tuple[list["Booster"], ...]:
        return self._plain, self._rest, self._settled


def _grow(features: np.ndarray, change: np.ndarray, rounds: int, seed: int) -> list["Booster"]:
    """Trees of every knot."""
    import lightgbm as lgb  # noqa: PLC0415 - slow to import, and paid only where it runs

    data = lgb.Dataset(features, change, free_raw_data=False)
    return [lgb.train({**SETTINGS, "alpha": a, "seed": seed % 2**31}, data, rounds) for a in KNOTS]


def _at_knots(trees: list["Booster"], features: np.ndarray) -> np.ndarray:
    """Quantiles (row, knot), in order."""
    return np.sort(np.stack([tree.predict(features) for tree in trees], axis=1), axis=1)


def by_driver(terms: np.ndarray) -> np.ndarray:
    """Sum the terms (row, feature + 1), the last one the intercept, by what the features tell of (row, driver).

    Raises:
        ContractError: there is not one driver for each feature.
    """
    if terms.shape[1] != len(FEATURE_DRIVERS) + 1:
        raise ContractError(
            f"boosted: expected a driver for each of {terms.shape[1] - 1} features, got {len(FEATURE_DRIVERS)}. "
            "Add the new features to pooled.FEATURE_DRIVERS."
        )
    named = np.array([*FEATURE_DRIVERS, "common"])[:, None] == np.array(DRIVERS)
    return np.asarray(terms @ named.astype(float))


@dataclass(frozen=True)
class PooledRidge:
    """A ridge regression on the features, one a horizon: what trees can't extrapolate, and they correct the rest.

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
        return self.terms(rows).sum(axis=1)

    def terms(self, rows: Samples) -> np.ndarray:
        """Term of each feature in the expected change, and the intercept (row, feature + 1), log1p units."""
        return np.asarray(self._design(rows) * self.coefficients[rows.horizon - 1])

    def _design(self, rows: Samples) -> np.ndarray:
        scores = np.clip((rows.features - self.mean) / self.spread, -BOUND, BOUND)
        return np.hstack([np.where(np.isfinite(scores), scores, 0.0), np.ones((len(scores), 1))])
