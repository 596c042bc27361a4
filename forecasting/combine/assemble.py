"""From the members' forecasts to one coherent joint forecast, with what earlier cutoffs taught."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.adjust.nowcast import widen
from forecasting.base.contracts import ContractError
from forecasting.combine.calibrate import scale
from forecasting.combine.combine import combine, shares
from forecasting.combine.couple import couple_draws, draw_quantiles, sum_draws
from forecasting.combine.learn import Lessons, PastForecast, learn
from forecasting.combine.rake import rake
from forecasting.combine.weights import on_probation, skill_weights
from forecasting.evaluate.regime_breaks import widened
from forecasting.members.run_members import Members

__all__ = ["JointForecast", "Lessons", "PastForecast", "assemble", "bottom_rows", "learn"]


@dataclass(frozen=True)
class JointForecast:
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
    broken: np.ndarray | None = None,
) -> JointForecast:
    """Combine, widen by the newest figures' uncertainty, scale, couple the cells, rake by the upper levels, sum.

    Args:
        members: Quantiles of every member for every unit, in the order of `history`.
        history: `count` (unit, time) of all units, rows of `summing`; ends at the cutoff.
        summing: (unit, cell) 0/1; each cell needs a row of its own (at cell or segment level).
        levels: Level of each unit.
        n_draws: Joint draws.
        seed: The run's seed.
        lessons: From `learn`; none at the first cutoff.
        broken: (unit,) whether a regime break is flagged at the cutoff: its ranges are widened.

    Raises:
        ContractError: units differ, or a cell has no row of its own.
    """
    _require_same_units(members, history, summing)
    lessons = lessons or Lessons()
    weights = skill_weights(members.quantiles, lessons.scores, history, levels)
    probed = on_probation(members.quantiles["member"].to_numpy())
    proven = combine(members.quantiles, weights=weights, without=probed)
    trials = {m: combine(members.quantiles, weights=weights, without=[p for p in probed if p != m]) for m in probed}
    heard = weights.where(_voices(members.quantiles, lessons, levels), 0.0)
    combined = widen(combine(members.quantiles, weights=heard), history)
    own = scale(combined, lessons.factors)
    spoken_for = own if broken is None else widened(own, broken)
    bottom = bottom_rows(summing)
    units = [str(unit) for unit in history["unit"].to_numpy()]
    cells = couple_draws(spoken_for.isel(unit=bottom), history, n_draws=n_draws, seed=seed)
    summed = draw_quantiles(sum_draws(cells, summing, units))
    spoken = np.isfinite(cells.to_numpy()).all(axis=(1, 2))
    known = cells.where(xr.DataArray(spoken, dims="unit", coords={"unit": cells["unit"]}), 0.0)
    raked = rake(known.to_numpy(), summing, spoken_for.to_numpy(), levels=levels, strengths=lessons.strengths)
    draws = sum_draws(cells.copy(data=np.where(spoken[:, None, None], raked, np.nan)), summing, units)
    silent = tuple(unit for unit, row in zip(units, draws.to_numpy(), strict=True) if np.isnan(row).any())
    past = PastForecast(history["time"].to_numpy()[-1], members.quantiles, trials, proven, combined, own, summed)
    spoke, followed = shares(members.quantiles, heard), np.array([lessons.strengths.get(at, 0.0) for at in levels])
    strengths = xr.DataArray(followed, dims="unit", coords={"unit": members.quantiles["unit"]})
    return JointForecast(whole(draw_quantiles(draws)), draws.mean("draw"), draws, past, silent, spoke, strengths)


def whole(quantiles: xr.DataArray) -> xr.DataArray:
    """The median and below are 0 where under half a count: an interval from 0.001 on would leave a true 0 out."""
    return quantiles.where(~((quantiles < 0.5) & (quantiles["quantile"] <= 0.5)), 0.0)


def _voices(quantiles: xr.DataArray, lessons: Lessons, levels: Sequence[str]) -> xr.DataArray:
    """Who is asked (member, unit): everybody but those on probation at levels where they have not earned it."""
    names = [str(m) for m in quantiles["member"].to_numpy()]
    asked = np.ones((len(names), len(levels)), dtype=bool)
    for member in on_probation(names):
        asked[names.index(member)] = np.isin(levels, list(lessons.heard.get(member, ())))
    return xr.DataArray(asked, dims=("member", "unit"), coords={d: quantiles[d] for d in ("member", "unit")})


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
