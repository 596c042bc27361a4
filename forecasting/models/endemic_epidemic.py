"""The endemic–epidemic model as a spatial forecaster: all units at once, simulated forward as a branching process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import xarray as xr
from scipy.sparse import csr_array, diags_array

from forecasting.base.attribution import last_mean_log, split_change
from forecasting.base.contracts import (
    LAST_PERIODS,
    MAX_GAP,
    SEASON_PERIODS,
    NotApplicable,
    PanelForecaster,
    require_history,
)
from forecasting.base.quantile_functions import MEDIAN, quantile_array, quantiles_of
from forecasting.base.random_streams import random_stream
from forecasting.models.endemic_epidemic_fit import Fit, Form, Likelihood, fit_endemic_epidemic

LAG_WEIGHTS = (0.706, 0.212, 0.063, 0.019)  # geometric, 0.7 a period
FORM = Form("unit", "unit", harmonics=0, own_harmonics=2, trend=False, lag_weights=LAG_WEIGHTS, shrinkage=4.0)
HALF_LIFE_YEARS = 3.0  # age at which a period counts half in the likelihood
MIN_PERIODS = 10
# Of the fit. Against 1e-11 the 124 segments of the sample took 1.4 s in place of 3.4; Frontex scored alike, but the
# short series of 2015–16 a hundredth worse.
TOLERANCE = 1e-7
MAX_GROWTH = 1.05  # spectral radius of own and neighbours' past; above, both are scaled down to it
NO_DISPERSION = 1e9  # size of a negative binomial that is a Poisson
N_DRAWS = 500  # behind the quantiles


class EndemicEpidemic(PanelForecaster):
    """Negative binomial counts: units' own level, own past with a season and, with `neighbours`, the neighbours' past.

    The season multiplies the past and not the level, the past reaches back four periods and the dispersion is common:
    0.82 × the baseline on the Frontex routes and 0.95 × on the USBP sectors; with a seasonal level, one period and
    units' own dispersion 1.03 and 0.92 (no neighbours, first 20 of 30 cutoffs).

    Args:
        neighbours: Lag in periods → weights (from, to), units in the order of the history; for example along the
            edges of the routes.
        form: The terms; without a season where less than two years are known.
    """

    name = "endemic_epidemic"
    title = "endemic–epidemic model"
    prior_weight = 1.2
    far_share = (
        0.5  # its errors grow from step to step: Frontex' months 7–12 by itself 1.04 × the baseline, USBP's 0.94
    )
    learns = True
    fits_by_level = True
    cap_factor: float = 3.0  # no draw above this multiple of the unit's largest count

    def __init__(self, *, neighbours: Mapping[int, csr_array] | None = None, form: Form = FORM) -> None:
        self.neighbours = neighbours
        self.form = form

    @staticmethod
    def refusals(history: xr.Dataset) -> dict[str, str]:
        """Units with too few known periods, or silent too long before the cutoff."""
        known = np.isfinite(history["count"].transpose("unit", "time").to_numpy())
        bad = (known.sum(axis=1) < MIN_PERIODS) | (_gaps(known) > MAX_GAP[history.attrs["freq"]])
        return dict.fromkeys(map(str, history["unit"].to_numpy()[bad]), "too few known periods, or silent too long")

    def fit(self, history: xr.Dataset) -> Self:
        """Learn from `count` (unit, time), NaN = unknown.

        Raises:
            NotApplicable: a unit is too short, or silent too long before the cutoff.
        """
        require_history(history)
        self._units = history["unit"].to_numpy()
        counts = history["count"].to_numpy().astype(float)
        refused = self.refusals(history)
        if refused:
            unit, why = next(iter(refused.items()))
            raise NotApplicable(f"{len(refused)} units have {why}, e.g. '{unit}'")
        self._gap = int(_gaps(np.isfinite(counts)).max(initial=0))
        season = SEASON_PERIODS[history.attrs["freq"]]
        ages = np.arange(counts.shape[1])[::-1]
        seasonal = counts.shape[1] >= 2 * season
        form = self.form if seasonal else replace(self.form, harmonics=0, own_harmonics=0)
        self._counts, self._recent = counts, last_mean_log(history)
        weights = 0.5 ** (ages / (HALF_LIFE_YEARS * season))
        form = replace(form, period=season)
        likelihood = Likelihood.of(counts, form, neighbours=self.neighbours, weights=weights)
        self._fit = fit_endemic_epidemic(likelihood, tolerance=TOLERANCE)
        return self

    def quantiles(self, horizon: int, seed: int) -> xr.DataArray:
        """Quantiles (unit, horizon, quantile), counts per period."""
        values = quantiles_of(self.draw(horizon, N_DRAWS, seed).to_numpy())
        self._medians = np.log1p(values[..., MEDIAN])
        return quantile_array(values, self._units)

    def attribution(self) -> np.ndarray:
        """Drivers (unit, horizon, driver) of the medians that `quantiles` gave last, log1p units.

        The process is run by its means: as it is, with the season held where it stood in the last four periods, and
        with the neighbours' counts held at their mean there as well. What the median lies off the mean is volatility.
        """
        horizon = self._medians.shape[1]
        full, still, alone = (
            np.log1p(self._run(horizon, 1, lambda mean: mean, hold=hold)[..., 0])
            for hold in ((), ("season",), ("season", "neighbours"))
        )
        moved = {"season": full - still, "neighbours": still - alone, "volatility": self._medians - full}
        rows = enumerate(zip(self._medians, self._recent, strict=True))
        return np.stack([split_change(m, m, recent, {k: v[i] for k, v in moved.items()}) for i, (m, recent) in rows])

    def draw(self, horizon: int, n_draws: int, seed: int) -> xr.DataArray:
        """Predictive draws (unit, horizon, draw), counts per period, joint over units and horizons."""
        rngs = [random_stream(seed, str(unit), self.name) for unit in self._units]
        dispersion = self._fit.coefficients["dispersion"]
        size = np.broadcast_to(1 / dispersion if len(dispersion) else NO_DISPERSION, len(rngs))
        values = self._run(horizon, n_draws, lambda mean: np.stack(list(map(_noisy, mean, size, rngs))))
        coords = {"unit": self._units, "horizon": np.arange(1, horizon + 1)}
        return xr.DataArray(values, dims=("unit", "horizon", "draw"), coords=coords)

    def _run(
        self, horizon: int, n_draws: int, noisy: Callable[[np.ndarray], np.ndarray], *, hold: Sequence[str] = ()
    ) -> np.ndarray:
        """Run the process from the earliest unknown end of a series to the last horizon; what is known stays.

        `noisy` makes counts of means (unit, draw); `hold` names "season" and "neighbours" that stay as they were last.
        """
        n_times = self._counts.shape[1]
        own, near = offspring(self._fit, self.neighbours)
        lags = list(enumerate(self.form.lag_weights, start=1))
        first = max(n_times - self._gap - max([len(lags), *near]), 0)
        known = self._counts[:, first:]
        begin = known.shape[1] - self._gap
        positions = np.arange(first, n_times + horizon)
        endemic, season = self._fit.endemic(positions), self._fit.own_season(positions)
        paths = np.zeros((len(positions), len(own), n_draws))
        paths[: known.shape[1]] = _carried(self._counts)[:, first:].T[:, :, None]
        ceiling = self.cap_factor * np.nanmax(self._counts, axis=1)[:, None]
        now = slice(max(known.shape[1] - LAST_PERIODS, 0), known.shape[1])
        if "season" in hold:
            season, endemic = (_held(values, now, begin) for values in (season, endemic))
        around = np.broadcast_to(paths[now].mean(axis=0), paths.shape) if "neighbours" in hold else paths
        for t in range(begin, len(paths)):
            mean = endemic[:, [t]] + season[t] * own[:, None] * sum(w * paths[max(t - lag, 0)] for lag, w in lags)
            mean = np.minimum(sum((m @ around[max(t - lag, 0)] for lag, m in near.items()), start=mean), ceiling)
            drawn = np.minimum(noisy(mean), ceiling)
            seen = known[:, [t]] if t < known.shape[1] else np.full(ceiling.shape, np.nan)
            paths[t] = np.where(np.isnan(seen), drawn, seen)
        return paths[known.shape[1] :].transpose(1, 0, 2)


def offspring(fit: Fit, neighbours: Mapping[int, csr_array] | None) -> tuple[np.ndarray, dict[int, csr_array]]:
    """Expected offspring of one person counted: own (unit,), and neighbours by lag (to, from).

    Both are scaled down together where the process would grow by more than `MAX_GROWTH` a period.
    """
    n_units = len(fit.fitted)
    own = np.broadcast_to(fit.coefficients["own"] if len(fit.coefficients["own"]) else 0.0, n_units)
    near = {lag: fit.coefficients["neighbours"][0] * w.T.tocsr() for lag, w in (neighbours or {}).items()}
    total = sum(near.values(), start=diags_array(own).tocsr())
    scale = min(1.0, MAX_GROWTH / max(growth(total), 1e-9))
    return scale * own, {lag: scale * matrix for lag, matrix in near.items()}


def growth(matrix: csr_array, *, steps: int = 200) -> float:
    """Largest eigenvalue of a non-negative matrix, by power iteration (shifted by one, so that it converges)."""
    vector, factor = np.ones(matrix.shape[0]), 1.0
    for _ in range(steps):
        vector = vector + matrix @ vector
        factor = float(vector.max())
        vector = vector / factor
    return factor - 1.0


def _held(values: np.ndarray, now: slice, begin: int) -> np.ndarray:
    """Positive factors (…, time) that stay at their geometric mean over `now` from `begin` on."""
    mean = np.exp(np.log(values[..., now]).mean(axis=-1, keepdims=True))
    return np.concatenate([values[..., :begin], np.broadcast_to(mean, values[..., begin:].shape)], axis=-1)


def _noisy(mean: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Negative binomial draws, as a Poisson count of a gamma rate."""
    return rng.poisson(mean * rng.gamma(size, 1 / size, len(mean))).astype(float)


def _carried(counts: np.ndarray) -> np.ndarray:
    """Unknown counts replaced by the last known one (the first known one at the start)."""
    position = np.arange(counts.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(counts), -1, position), axis=1)
    first = np.argmax(~np.isnan(counts), axis=1)[:, None]
    return np.take_along_axis(counts, np.where(last < 0, first, last), axis=1)


def _gaps(known: np.ndarray) -> np.ndarray:
    """Unknown periods of each unit before the cutoff (unit,)."""
    return (np.cumsum(known[:, ::-1], axis=1) == 0).sum(axis=1)
