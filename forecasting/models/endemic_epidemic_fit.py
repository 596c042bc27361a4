"""Maximum likelihood of the endemic–epidemic model: counts = season and level + own past + neighbours' past."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array, eye_array
from scipy.special import digamma, gammaln

from forecasting.base.contracts import NotApplicable

# Bounds in log units; inside them no mean, likelihood or slope can overflow.
BOUNDS = {"intercept": (-30.0, 30.0), "basis": (-10.0, 10.0), "own": (-15.0, 2.0), "own_season": (-3.0, 3.0)}
BOUNDS |= {"neighbours": (-15.0, 5.0), "dispersion": (-10.0, 5.0)}
START = {"basis": 0.0, "own": -1.0, "own_season": 0.0, "neighbours": -3.0, "dispersion": -0.5}
SPARE_ROWS = 3  # known rows that a fit needs beyond its number of parameters
MAX_ITERATIONS = 1000

PerUnit = Literal["none", "common", "unit"]


@dataclass(frozen=True)
class Form:
    """Which terms the model has; `common` is one coefficient for all units, `unit` one each."""

    intercept: Literal["common", "unit"] = "common"
    own: PerUnit = "common"
    dispersion: PerUnit = "common"  # none: Poisson; else negative binomial, variance mean + psi · mean²
    harmonics: int = 1
    period: float = 52.0
    trend: bool = True
    own_harmonics: int = 0  # a season of the own-past coefficient too (Held & Paul 2012)
    lag_weights: tuple[float, ...] = (1.0,)  # of the own counts one, two, … periods before (Bracher & Held 2022)
    shrinkage: float = 0.0  # precision of a normal prior that draws units' log coefficients to their mean


@dataclass(frozen=True)
class Fit:
    """A fitted model. The log likelihood is weighted where weights were given, and without the shrinkage's penalty."""

    form: Form
    coefficients: Mapping[str, np.ndarray]  # own, neighbours and dispersion as positive numbers, the others as logs
    log_likelihood: float
    n_parameters: int
    converged: bool  # whether the search ended before its last iteration
    fitted: np.ndarray  # mean (unit, time), counts per period; NaN where a count or a lagged count is unknown

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * self.n_parameters - 2 * self.log_likelihood

    def endemic(self, positions: np.ndarray) -> np.ndarray:
        """Endemic mean (unit or 1, time) without the offset at positions counted from the first period of the fit."""
        season = basis(positions, self.form) @ self.coefficients["basis"]
        return np.exp(self.coefficients["intercept"][:, None] + season)

    def own_season(self, positions: np.ndarray) -> np.ndarray:
        """Seasonal factor (time,) of the own-past coefficient; its logarithms average zero over a year."""
        return np.exp(waves(positions, self.form.own_harmonics, self.form.period) @ self.coefficients["own_season"])


def basis(positions: np.ndarray, form: Form) -> np.ndarray:
    """Trend (per year) and the season of the endemic mean, shape (time, column)."""
    trend = np.asarray(positions, dtype=float)[:, None] / form.period
    season = waves(positions, form.harmonics, form.period)
    return np.hstack([trend, season]) if form.trend else season


def waves(positions: np.ndarray, harmonics: int, period: float) -> np.ndarray:
    """Sine–cosine pairs, shape (time, 2 · harmonics)."""
    angles = 2 * np.pi * np.asarray(positions, dtype=float)[:, None] * np.arange(1, harmonics + 1) / period
    return np.hstack([np.sin(angles), np.cos(angles)])


def neighbours_past(counts: np.ndarray, neighbours: Mapping[int, csr_array]) -> np.ndarray:
    """Sum of the neighbours' counts (unit, time) some lags (≥ 1) before, by weights (from, to); NaN if unknown."""
    total = np.zeros(counts.shape)
    for lag, weights in neighbours.items():
        shifted = np.full(counts.shape, np.nan)
        shifted[:, lag:] = counts[:, : counts.shape[1] - lag]
        total += weights.T @ shifted  # sparse: only stored pairs are touched, so NaN stays with true neighbours
    return total


@dataclass(frozen=True)
class Likelihood:
    """The data of a fit, unknown rows with weight 0, and the log likelihood of a parameter vector."""

    form: Form
    counts: np.ndarray  # (unit, time)
    own: np.ndarray  # count one period before
    near: np.ndarray  # weighted sum of the neighbours' earlier counts
    offset: np.ndarray  # log of the endemic factors
    weight: np.ndarray
    used: np.ndarray
    sizes: Mapping[str, int]  # number of parameters by term, in the order of the parameter vector
    design: np.ndarray = field(repr=False)  # of the endemic mean (time, column)
    own_design: np.ndarray = field(repr=False)  # of the own-past coefficient

    @classmethod
    def of(
        cls,
        counts: np.ndarray,
        form: Form,
        *,
        neighbours: Mapping[int, csr_array] | None = None,
        offset: np.ndarray | None = None,
        weights: np.ndarray | None = None,
    ) -> Self:
        """Line up counts with their past.

        Args:
            counts: (unit, time), NaN = unknown; such a row, and one with an unknown lagged count, is left out.
            form: The terms.
            neighbours: Lag in periods → weights (from, to); without it the model has no such term.
            offset: Positive factors of the endemic mean, broadcast to (unit, time), e.g. population shares.
            weights: Weights of the periods in the likelihood (time,).

        Raises:
            NotApplicable: too few rows with a known count and past, or a unit without any that has its own coefficient.
        """
        n_units, n_times = counts.shape
        same = eye_array(n_units, format="csr")
        own = neighbours_past(counts, {lag: w * same for lag, w in enumerate(form.lag_weights, start=1)})
        near = neighbours_past(counts, neighbours or {})
        used = np.isfinite(counts) & np.isfinite(own) & np.isfinite(near)
        design = basis(np.arange(n_times), form)
        many = {"none": 0, "common": 1, "unit": n_units}
        sizes = {
            "intercept": many[form.intercept],
            "basis": design.shape[1],
            "own": many[form.own],
            "own_season": 2 * form.own_harmonics,
            "neighbours": int(neighbours is not None),
            "dispersion": many[form.dispersion],
        }
        _require_rows(used, sizes)
        periods = np.ones(n_times) if weights is None else weights
        return cls(
            form=form,
            counts=np.where(used, counts, 0.0),
            own=np.where(used, own, 0.0),
            near=np.where(used, near, 0.0),
            offset=np.log(np.broadcast_to(1.0 if offset is None else offset, counts.shape)),
            weight=used * periods,
            used=used,
            sizes=sizes,
            design=design,
            own_design=waves(np.arange(n_times), form.own_harmonics, form.period),
        )

    @property
    def start(self) -> np.ndarray:
        """Where the search begins: half of the mean is endemic."""
        level = self.counts[self.used].mean() / np.exp(self.offset[self.used]).mean()
        first = {"intercept": np.log(max(level, 1e-3) / 2), **START}
        return np.concatenate([np.full(size, first[name]) for name, size in self.sizes.items()])

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Bounds of the parameters."""
        return [BOUNDS[name] for name, size in self.sizes.items() for _ in range(size)]

    def split(self, theta: np.ndarray) -> dict[str, np.ndarray]:
        """The parameter vector by term."""
        ends = np.cumsum(list(self.sizes.values()))
        return dict(zip(self.sizes, np.split(theta, ends[:-1]), strict=True))

    def means(self, theta: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Mean (unit, time), and its three parts that sum to it."""
        part = self.split(theta)
        season = self.design @ part["basis"]
        parts = {"endemic": np.exp(part["intercept"][:, None] + season + self.offset)}
        if self.sizes["own"]:
            parts["own"] = np.exp(part["own"][:, None] + self.own_design @ part["own_season"]) * self.own
        if self.sizes["neighbours"]:
            parts["neighbours"] = np.exp(part["neighbours"])[:, None] * self.near
        return sum(parts.values(), start=np.zeros(self.counts.shape)), parts

    def value_and_slope(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Weighted log likelihood and its gradient."""
        mean, parts = self.means(theta)
        logs = self.split(theta)["dispersion"]
        if len(logs):
            value, by_mean, by_dispersion = _negative_binomial(self.counts, mean, np.exp(-logs)[:, None])
        else:
            value, by_mean = _poisson(self.counts, mean)
            by_dispersion = np.zeros_like(mean)
        pull = {name: self.weight * by_mean * values for name, values in parts.items()}
        own, near = (pull.get(name, np.zeros_like(mean)) for name in ("own", "neighbours"))
        slopes = {
            "intercept": pull["endemic"].sum(axis=1),
            "basis": pull["endemic"].sum(axis=0) @ self.design,
            "own": own.sum(axis=1),
            "own_season": own.sum(axis=0) @ self.own_design,
            "neighbours": near.sum(axis=1),
            "dispersion": (self.weight * by_dispersion).sum(axis=1),
        }
        pooled = [_pool(slopes[name], size) for name, size in self.sizes.items() if size]
        return float((self.weight * value).sum()), np.concatenate(pooled)

    def penalty(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Half the squared distance of units' coefficients from their mean, times the shrinkage; and its gradient."""
        total, slopes = 0.0, []
        for name, part in self.split(theta).items():
            apart = part - part.mean() if name in {"own", "dispersion"} and len(part) else np.zeros(len(part))
            total += self.form.shrinkage * float(apart @ apart) / 2
            slopes.append(self.form.shrinkage * apart)
        return total, np.concatenate(slopes)


def fit_endemic_epidemic(likelihood: Likelihood, *, tolerance: float = 1e-11) -> Fit:
    """Fit by maximum likelihood, with the analytic gradient, until the loss changes by less than a relative tolerance.

    Source:
        Held, Höhle & Hofmann (2005), Statistical Modelling 5, 187–199; Paul & Held (2011), Stat. Med. 30, 1118–1136.
    """
    scale = max(likelihood.weight.sum(), 1e-9)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Penalised negative log-likelihood and its slope, scaled."""
        value, slope = likelihood.value_and_slope(theta)
        penalty, pull = likelihood.penalty(theta)
        return (penalty - value) / scale, (pull - slope) / scale

    options = {"maxiter": MAX_ITERATIONS, "maxcor": 30, "ftol": tolerance, "gtol": 1e-7}
    start, bounds = likelihood.start, likelihood.bounds
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    parts, as_logs = likelihood.split(found.x), {"intercept", "basis", "own_season"}
    return Fit(
        form=likelihood.form,
        coefficients={name: part if name in as_logs else np.exp(part) for name, part in parts.items()},
        log_likelihood=float(likelihood.value_and_slope(found.x)[0]),
        n_parameters=len(found.x),
        converged=bool(found.success),
        fitted=np.where(likelihood.used, likelihood.means(found.x)[0], np.nan),
    )


def _pool(by_unit: np.ndarray, size: int) -> np.ndarray:
    return by_unit.sum(keepdims=True) if size == 1 else by_unit


def _poisson(y: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log density and its slope by the mean."""
    return y * np.log(mean) - mean - gammaln(y + 1), y / mean - 1


def _negative_binomial(y: np.ndarray, mean: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log density, its slopes by the mean and by the log of the overdispersion psi = 1 / size."""
    log_share = -np.log1p(mean / size)  # log of size / (size + mean)
    value = (
        gammaln(y + size) - gammaln(size) - gammaln(y + 1) + size * log_share + y * (np.log(mean / size) + log_share)
    )
    by_mean = size * (y - mean) / (mean * (size + mean))
    by_size = digamma(y + size) - digamma(size) + log_share + (mean - y) / (size + mean)
    return value, by_mean, -size * by_size


def _require_rows(used: np.ndarray, sizes: Mapping[str, int]) -> None:
    needed = sum(sizes.values()) + SPARE_ROWS
    if used.sum() < needed:
        raise NotApplicable(f"needs {needed} periods with a known count and past, has {int(used.sum())}")
    silent = np.flatnonzero(~used.any(axis=1))
    if len(silent) and len(used) in sizes.values():
        raise NotApplicable(f"{len(silent)} units have no period with a known count and past, e.g. unit {silent[0]}")
