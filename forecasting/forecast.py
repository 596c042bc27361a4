"""From the members' forecasts to one coherent joint forecast, with what earlier cutoffs taught."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecasting.calibrate import scale, scaling_factors, size_classes
from forecasting.combine import combine
from forecasting.contracts import ContractError
from forecasting.couple import couple_draws, draw_quantiles, sum_draws
from forecasting.rake import RAKED_LEVELS, rake
from forecasting.scores import observed_ahead, wis_log1p

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy.sparse import csr_array

    from forecasting.members import Members

FULL_STRENGTH_GAIN = 0.10  # an upper level's own forecast that is 10 % better than the sum is followed fully
MIN_SCORES = 12  # below, an upper level's own forecast has earned nothing yet


@dataclass(frozen=True)
class PastForecast:
    """What is kept of a cutoff, to learn from once its targets are observed."""

    origin_date: np.datetime64  # first day of the last period seen
    combined: xr.DataArray  # (unit, horizon, quantile), before scaling
    own: xr.DataArray  # after scaling: each unit by itself
    summed: xr.DataArray  # sums of the cells' draws, before raking


@dataclass(frozen=True)
class Lessons:
    """What earlier cutoffs teach: scaling factors (unit, horizon, quantile) and raking strength per level."""

    factors: xr.DataArray | None = None
    strengths: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Assembled:
    """The joint forecast of all units at one cutoff."""

    quantiles: xr.DataArray  # (unit, horizon, quantile), counts per period
    mean: xr.DataArray  # (unit, horizon)
    draws: xr.DataArray  # (unit, horizon, draw); sums of the cells in every draw
    past: PastForecast
    silent: tuple[str, ...]  # units without any forecast: NaN above


def learn(past: Sequence[PastForecast], history: xr.Dataset, levels: Sequence[str]) -> Lessons:
    """Lessons of earlier cutoffs, from what the history at this cutoff already shows; it cannot look ahead.

    Args:
        past: Earlier cutoffs' forecasts, all of the units of `history` in its order.
        history: `count` (unit, time) as known at this cutoff.
        levels: Level of each unit.
    """
    if not past:
        return Lessons()
    horizon = past[0].combined.sizes["horizon"]
    observed = [observed_ahead(history, p.origin_date, horizon) for p in past]
    factors = scaling_factors([p.combined for p in past], observed, size_classes(history))
    own = np.stack([wis_log1p(o, p.own).to_numpy() for p, o in zip(past, observed, strict=True)])
    summed = np.stack([wis_log1p(o, p.summed).to_numpy() for p, o in zip(past, observed, strict=True)])
    of_level = {level: np.asarray(levels) == level for level in RAKED_LEVELS}
    strengths = {level: earned_strength(own[:, rows], summed[:, rows]) for level, rows in of_level.items()}
    return Lessons(factors, strengths)


def earned_strength(own: np.ndarray, summed: np.ndarray) -> float:
    """How far an upper level's own forecast is followed: 0 where it was no better than the sum, 1 from 10 % better on.

    Args:
        own: Past scores (WIS, lower is better) of the own forecasts, any shape; NaN = not scored.
        summed: Scores of the sums of the cells, same shape.

    Example:
        >>> earned_strength(np.full(20, 0.95), np.full(20, 1.0))
        0.5
    """
    both = np.isfinite(own) & np.isfinite(summed)
    if both.sum() < MIN_SCORES or summed[both].mean() <= 0:
        return 0.0
    gain = 1.0 - own[both].mean() / summed[both].mean()
    return round(float(np.clip(gain / FULL_STRENGTH_GAIN, 0.0, 1.0)), 6)


def assemble(
    members: Members,
    history: xr.Dataset,
    *,
    summing: csr_array,
    levels: Sequence[str],
    n_draws: int,
    seed: int,
    lessons: Lessons | None = None,
) -> Assembled:
    """Combine, scale, couple the cells, rake by the upper levels, sum.

    Args:
        members: Quantiles of every member for every unit, in the order of `history`.
        history: `count` (unit, time) of all units, rows of `summing`; ends at the cutoff.
        summing: (unit, cell) 0/1; each cell needs a row of its own (at cell or segment level).
        levels: Level of each unit.
        n_draws: Joint draws.
        seed: The run's seed.
        lessons: From `learn`; none at the first cutoff.

    Raises:
        ContractError: units differ, or a cell has no row of its own.
    """
    _require_same_units(members, history, summing)
    lessons = lessons or Lessons()
    combined = combine(members.quantiles)
    own = scale(combined, lessons.factors)
    bottom = bottom_rows(summing)
    units = [str(unit) for unit in history["unit"].to_numpy()]
    cells = couple_draws(own.isel(unit=bottom), history, n_draws=n_draws, seed=seed)
    summed = draw_quantiles(sum_draws(cells, summing, units))
    spoken = np.isfinite(cells.to_numpy()).all(axis=(1, 2))
    known = cells.where(xr.DataArray(spoken, dims="unit", coords={"unit": cells["unit"]}), 0.0)
    raked = rake(known.to_numpy(), summing, own.to_numpy(), levels=levels, strengths=lessons.strengths)
    draws = sum_draws(cells.copy(data=np.where(spoken[:, None, None], raked, np.nan)), summing, units)
    silent = tuple(unit for unit, row in zip(units, draws.to_numpy(), strict=True) if np.isnan(row).any())
    past = PastForecast(history["time"].to_numpy()[-1], combined, own, summed)
    return Assembled(draw_quantiles(draws), draws.mean("draw"), draws, past, silent)


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


def _require_same_units(members: Members, history: xr.Dataset, summing: csr_array) -> None:
    ours, theirs = list(members.quantiles["unit"].to_numpy()), list(history["unit"].to_numpy())
    if ours != theirs or len(theirs) != summing.shape[0]:
        raise ContractError(
            f"assemble: members, history and summing matrix must list the same units in the same order; "
            f"got {len(ours)}, {len(theirs)} and {summing.shape[0]} units."
        )
