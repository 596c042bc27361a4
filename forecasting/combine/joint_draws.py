"""The joint draws of all units, some horizons at a time: what is asked of them is kept, they need not be.

Coupling lends all horizons the ranks of the same windows, and sums and raking stay within a horizon: so blocks of
horizons give the very draws that all at once would.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from forecasting.base.contracts import DRAW_STEP
from forecasting.combine.dependence import bottom_rows, coupled, draw_quantiles, rake, sum_draws

BLOCK_BYTES = 2**23  # of all units' draws at once: a horizon at least

Answer = Any  # an array or a dataset with a horizon
Question = Callable[[xr.DataArray], Answer]  # of draws (unit, horizon, draw), each horizon by itself


@dataclass(frozen=True)
class FromDraws:
    """What is wanted of joint draws: those of some units (None: of all), and answers by name."""

    drawn: Sequence[str] | None = ()
    asked: Mapping[str, Question] = field(default_factory=dict)


ALL_DRAWS = FromDraws(drawn=None)


@dataclass(frozen=True)
class JointDraws:
    """What was asked of the joint draws of all units."""

    summed: xr.DataArray  # (unit, horizon, quantile) of the sums of the cells' draws, before raking
    quantiles: xr.DataArray  # (unit, horizon, quantile)
    mean: xr.DataArray  # (unit, horizon)
    draws: xr.DataArray  # (unit, horizon, draw), of the units whose draws were asked for
    answers: Mapping[str, Answer]  # to the questions, by name


def draw_jointly(
    targets: xr.DataArray,
    history: xr.Dataset,
    *,
    summing: csr_array,
    levels: Sequence[str],
    strengths: Mapping[str, float],
    n_draws: int,
    seed: int,
    wanted: FromDraws = ALL_DRAWS,
) -> JointDraws:
    """Couple the cells' forecasts, rake their draws towards the upper levels', sum them.

    Args:
        targets: Every unit's own forecast (unit, horizon, quantile).
        history: `count` (unit, time) of these units.
        summing: (unit, cell) 0/1; each cell needs a row of its own.
        levels: Level of each unit.
        strengths: Level → raking strength in [0, 1].
        n_draws: Joint draws.
        seed: The run's seed.
        wanted: What is kept of the draws.
    """
    units = [str(unit) for unit in history["unit"].to_numpy()]
    keep = units if wanted.drawn is None else [u for u in units if u in set(wanted.drawn)]
    cells = targets.isel(unit=bottom_rows(summing))
    whole = np.isfinite(targets.to_numpy()).all(axis=(1, 2))[:, None, None]
    aimed = np.where(whole, targets.to_numpy(), np.nan)  # a unit without a forecast at some horizon has none
    known = np.isfinite(cells.to_numpy()).all(axis=(1, 2))[:, None, None]
    questions = {
        "quantiles": draw_quantiles,
        "mean": lambda d: d.mean("draw"),
        "draws": lambda d: d.sel(unit=keep),
        **wanted.asked,
    }
    parts: dict[str, list[Answer]] = {name: [] for name in ("summed", *questions)}
    size = horizons_at_once(len(units), n_draws)
    for block in coupled(cells, history, n_draws=n_draws, seed=seed, at_once=size):
        values, at = block.to_numpy(), targets.get_index("horizon").get_indexer(block["horizon"])
        unraked = sum_draws(block.copy(data=np.where(known, values, np.nan)), summing, units)
        parts["summed"].append(draw_quantiles(unraked))
        raked = rake(np.where(known, values, 0.0), summing, aimed[:, at], levels=levels, strengths=strengths)
        kept = np.rint(raked / DRAW_STEP) * DRAW_STEP  # as they are written: what scenarios start from is published
        draws = sum_draws(block.copy(data=np.where(known, kept, np.nan)), summing, units)
        for name, question in questions.items():
            parts[name].append(question(draws))
    answers = {name: joined(told) for name, told in parts.items()}
    fixed = {name: answers.pop(name) for name in ("summed", "quantiles", "mean", "draws")}
    return JointDraws(**fixed, answers=answers)


def horizons_at_once(units: int, n_draws: int) -> int:
    """How many horizons of all units' draws are held at once.

    Example:
        >>> horizons_at_once(340, 1000), horizons_at_once(26_000, 1000)
        (3, 1)
    """
    return max(1, BLOCK_BYTES // max(8 * units * n_draws, 1))


def ask_in_blocks(
    question: Question, draws_of: Callable[[xr.DataArray], xr.DataArray], quantiles: xr.DataArray, *, n_draws: int
) -> Answer:
    """What is asked of draws that quantiles (unit, horizon, quantile) are made into, some horizons at a time."""
    size = horizons_at_once(quantiles.sizes["unit"], n_draws)
    blocks = (quantiles.isel(horizon=slice(i, i + size)) for i in range(0, quantiles.sizes["horizon"], size))
    return joined([question(draws_of(block)) for block in blocks])


def joined(parts: Sequence[Answer]) -> Answer:
    """Answers for blocks of horizons as one; what has no horizon is the same in all."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], xr.Dataset):
        return xr.concat(parts, "horizon", data_vars="minimal", coords="minimal", compat="override")
    return xr.concat(parts, "horizon").transpose(*parts[0].dims)
