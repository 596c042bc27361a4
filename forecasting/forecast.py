"""From the members' forecasts to one coherent joint forecast, with what earlier cutoffs taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecasting.calibrate import scale
from forecasting.combine import PROBATION, combine, shares, skill_weights
from forecasting.contracts import ContractError
from forecasting.couple import couple_draws, draw_quantiles, sum_draws
from forecasting.learn import Lessons, PastForecast, learn
from forecasting.nowcast import widen
from forecasting.rake import rake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_array

    from forecasting.members import Members

__all__ = ["Assembled", "Lessons", "PastForecast", "assemble", "bottom_rows", "learn"]


@dataclass(frozen=True)
class Assembled:
    """The joint forecast of all units at one cutoff."""

    quantiles: xr.DataArray  # (unit, horizon, quantile), counts per period
    mean: xr.DataArray  # (unit, horizon)
    draws: xr.DataArray  # (unit, horizon, draw); sums of the cells in every draw
    past: PastForecast
    silent: tuple[str, ...]  # units without any forecast: NaN above
    shares: xr.DataArray  # of each member in the combination's median (member, unit, horizon)
    strengths: xr.DataArray  # how far each unit's own forecast was followed, and not the sum of its cells (unit,)


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
    """Combine, widen by the newest figures' uncertainty, scale, couple the cells, rake by the upper levels, sum.

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
    weights = skill_weights(members.quantiles, lessons.scores, levels)
    everyone = combine(members.quantiles, weights=weights)
    proven = combine(members.quantiles, weights=weights, without=PROBATION)
    heard = xr.DataArray(np.isin(levels, list(lessons.heard)), dims="unit", coords={"unit": everyone["unit"]})
    combined = widen(everyone.where(heard, proven), history)
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
    past = PastForecast(history["time"].to_numpy()[-1], members.quantiles, everyone, proven, combined, own, summed)
    followed = heard.copy(data=[lessons.strengths.get(level, 0.0) for level in levels])
    spoke = shares(members.quantiles, weights, heard)
    return Assembled(draw_quantiles(draws), draws.mean("draw"), draws, past, silent, spoke, followed)


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
