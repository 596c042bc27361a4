"""Joint draws: coupled by ranks of the past, summed, and raked towards the upper levels; coherent in every draw."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import SEASON_PERIODS, ContractError
from forecasting.base.quantile_functions import LEVELS, draws_ranked_as, quantiles_of
from forecasting.base.random_streams import random_stream

JITTER = 0.05  # standard deviations of increments; parts the copies of one historical window
HARMONICS = 2  # of the season, taken out of the logs before windows are measured
MIN_SEASONS = 2.0  # known of a unit before its season is taken out
LEVEL_PERIODS = 4  # a window starts from their mean: from one noisy count, its noise would be in all horizons alike
MIN_WINDOWS = 8  # of the past that a unit needs to lend its own pattern; below, its ranks are independent
RAKED_LEVELS = ("segment", "border", "route", "headline", "total")  # in this order: the coarsest has the last word
MAX_FACTOR = 3.0  # a draw is scaled by at most this, and at least its inverse
NOTHING = 1e-9  # a sum below it has no share to scale; dividing by it could overflow


def couple_draws(quantiles: xr.DataArray, history: xr.Dataset, *, n_draws: int, seed: int) -> xr.DataArray:
    """The joint draws of `coupled` at all horizons (unit, horizon, draw)."""
    (draws,) = coupled(quantiles, history, n_draws=n_draws, seed=seed, at_once=quantiles.sizes["horizon"])
    return draws


def coupled(
    quantiles: xr.DataArray, history: xr.Dataset, *, n_draws: int, seed: int, at_once: int
) -> Iterator[xr.DataArray]:
    """Joint draws (unit, horizon, draw) whose margins are the quantiles and whose ranks follow the units' common past.

    The template are log1p counts, freed of their season, over windows of the history less the mean of the last four
    periods before each window; all units and horizons of one window together, windows and their mirror images drawn
    with replacement. Draw i of n of a unit and horizon stands at
    probability (i + ½) / n, so the margins hold exactly.

    Args:
        quantiles: Counts (unit, horizon, quantile); NaN where there is no forecast.
        history: `count` (unit, time) with at least these units, NaN = unknown.
        n_draws: Number of draws.
        seed: The run's seed.
        at_once: Horizons a block.

    Source:
        Schaake shuffle: Clark et al. (2004), J. Hydrometeorology 5, 243–262.
    """
    units = quantiles["unit"].to_numpy()
    counts = history["count"].sel(unit=units).to_numpy()
    origin = history["time"].to_numpy()[-1]  # of the last period seen
    logs = without_season(np.log1p(counts), SEASON_PERIODS[history.attrs["freq"]])
    past = _Windows(logs, quantiles.sizes["horizon"], n_draws, random_stream(seed, "couple", origin))
    streams = [random_stream(seed, "couple", origin, u) for u in units]
    for begin in range(0, quantiles.sizes["horizon"], at_once):
        block = quantiles.isel(horizon=slice(begin, begin + at_once))
        shape = (block.sizes["horizon"], n_draws)
        noise = np.stack([stream.standard_normal(shape) for stream in streams])  # goes on where the last block ended
        values = draws_ranked_as(block.to_numpy(), past.template(begin, noise), distinct=True)
        coords = {"unit": units, "horizon": block["horizon"].to_numpy()}
        yield xr.DataArray(values, dims=("unit", "horizon", "draw"), coords=coords)


def sum_draws(draws: xr.DataArray, summing: csr_array, unit_ids: Sequence[str]) -> xr.DataArray:
    """Sum the draws of cells to units, draw by draw (unit, horizon, draw).

    Args:
        draws: (cell, horizon, draw); a cell without a forecast (NaN) adds nothing, a unit of such cells alone is NaN.
        summing: (unit, cell) 0/1.
        unit_ids: Names of the rows of `summing`.
    """
    cells = draws.to_numpy()
    known = np.isfinite(cells).all(axis=(1, 2))
    flat = np.where(known[:, None], cells.reshape(len(cells), -1), 0.0)
    sums = (summing @ flat).reshape(len(unit_ids), *cells.shape[1:])
    sums[(summing @ known.astype(float)) == 0] = np.nan
    coords = {"unit": list(unit_ids), "horizon": draws["horizon"].to_numpy()}
    return xr.DataArray(sums, dims=("unit", "horizon", "draw"), coords=coords)


def draw_quantiles(draws: xr.DataArray) -> xr.DataArray:
    """The 23 quantiles (…, quantile) of draws (…, draw)."""
    coords = {**{str(k): v for k, v in draws.coords.items()}, "quantile": LEVELS}
    return xr.DataArray(quantiles_of(draws.to_numpy()), dims=(*draws.dims[:-1], "quantile"), coords=coords)


class _Windows:
    """The past of logs (unit, time) that draws take their ranks from: windows and signs, the same at all horizons."""

    def __init__(self, logs: np.ndarray, horizon: int, n_draws: int, rng: np.random.Generator) -> None:
        self._logs = logs
        self._starts = np.arange(LEVEL_PERIODS - 1, logs.shape[1] - horizon)  # last period before each window
        if len(self._starts):
            self._before = _recent_mean(logs)[:, self._starts]
            self._chosen = rng.integers(len(self._starts), size=n_draws)
            self._signs = rng.choice([-1.0, 1.0], size=n_draws)

    def template(self, begin: int, noise: np.ndarray) -> np.ndarray:
        """Standardised joint windows from a horizon on (0 is the first), in the shape of the noise."""
        if not len(self._starts):
            return noise
        ahead = self._starts[:, None] + np.arange(begin + 1, begin + 1 + noise.shape[1])
        windows = self._logs[:, ahead] - self._before[:, :, None]  # (unit, window, horizon)
        known = np.isfinite(windows)
        spread = np.abs(np.where(known, windows, 0.0)).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        usable = (known.sum(axis=1) >= MIN_WINDOWS) & (spread > 0)
        windows = windows / np.where(spread > 0, spread, 1.0)[:, None, :]
        picked = np.moveaxis(windows[:, self._chosen, :] * self._signs[None, :, None], 1, 2)  # (unit, horizon, draw)
        seen = np.isfinite(picked) & usable[:, :, None]
        return np.where(seen, np.nan_to_num(picked) + JITTER * noise, noise)


def _recent_mean(logs: np.ndarray) -> np.ndarray:
    """Mean of the known values of the last `LEVEL_PERIODS` periods at each period (unit, time); NaN without any."""
    padded = np.pad(logs, ((0, 0), (LEVEL_PERIODS - 1, 0)), constant_values=np.nan)
    recent = np.lib.stride_tricks.sliding_window_view(padded, LEVEL_PERIODS, axis=1)
    number = np.isfinite(recent).sum(axis=-1)
    return np.where(number > 0, np.nansum(recent, axis=-1) / np.maximum(number, 1), np.nan)


def without_season(logs: np.ndarray, period: float) -> np.ndarray:
    """Logs (unit, time) less their own mean season of two harmonics, by least squares over what is known.

    A unit of which less than two seasons are known keeps its logs.
    """
    turns = 2 * np.pi * np.arange(logs.shape[1])[:, None] * np.arange(1, HARMONICS + 1) / period
    waves = np.hstack([np.cos(turns), np.sin(turns)])
    basis = np.hstack([np.ones((len(waves), 1)), waves])
    out = logs.copy()
    for unit, known in enumerate(np.isfinite(logs)):
        if known.sum() >= MIN_SEASONS * period:
            fitted = np.linalg.lstsq(basis[known], logs[unit, known], rcond=None)[0]
            out[unit] -= waves @ fitted[1:]
    return out


def rake(
    cells: np.ndarray, summing: csr_array, targets: np.ndarray, *, levels: Sequence[str], strengths: Mapping[str, float]
) -> np.ndarray:
    """Scale the cells' draws level by level; sums stay coherent because only cells are changed.

    In each draw a unit's sum S stands at some rank among its draws; its own forecast has the count T at that rank. All
    its cells are multiplied by (T / S)^strength, bounded. With strength 1 the sum's margin becomes the own forecast's,
    with 0 nothing changes. Zeros stay zeros. Units of a single cell are left alone.

    Args:
        cells: Draws (cell, horizon, draw), finite.
        summing: (unit, cell) 0/1.
        targets: Own forecasts of the units (unit, horizon, 23), NaN where there is none.
        levels: Level of each unit.
        strengths: Level → strength in [0, 1]; levels without an entry have none.
    """
    size = np.asarray(summing.sum(axis=1)).ravel()
    for level in RAKED_LEVELS:
        strength = strengths.get(level, 0.0)
        rows = np.flatnonzero((np.asarray(levels) == level) & (size > 1) & np.isfinite(targets).all(axis=(1, 2)))
        if strength > 0 and len(rows):
            cells = cells * _raking_factors(cells, summing[rows], targets[rows], strength)
    return cells


def _raking_factors(cells: np.ndarray, rows: csr_array, targets: np.ndarray, strength: float) -> np.ndarray:
    """Factor of every cell's draw (cell, horizon, draw): 1 for cells of no unit among the rows."""
    shape = (rows.shape[0], *cells.shape[1:])
    sums = (rows @ cells.reshape(len(cells), -1)).reshape(shape)
    counted = sums > NOTHING
    ratio = np.where(counted, draws_ranked_as(targets, sums) / np.where(counted, sums, 1.0), 1.0)
    logs = np.log(np.clip(ratio**strength, 1 / MAX_FACTOR, MAX_FACTOR))
    return np.exp(rows.T @ logs.reshape(shape[0], -1)).reshape(cells.shape)


def bottom_rows(summing: csr_array) -> np.ndarray:
    """Row of `summing` that is each cell by itself (cell); the last one where several are.

    Raises:
        ContractError: a cell has no row of its own.
    """
    single = np.flatnonzero(np.asarray(summing.sum(axis=1)).ravel() == 1)
    rows = np.full(summing.shape[1], -1)
    rows[summing[single].indices] = single
    if (rows < 0).any():
        raise ContractError(f"assemble: every cell needs a unit of its own; {int((rows < 0).sum())} have none.")
    return rows
