"""A run's cutoffs assembled in order, each from what the earlier ones teach, or found as an earlier run left them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from forecasting.combine.assemble import JointForecast, PastForecast, assemble, learn
from forecasting.combine.joint_draws import ALL_DRAWS, FromDraws, Question
from forecasting.risk.exceedance import exceedance_probability
from forecasting.risk.surge import surge_probability
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.compute.checkpoints import Checkpoints, digest_of
from pipelines.forecasts.backtest_scores import broken_regimes, exceedance_chances, flagged, surge_chances
from pipelines.forecasts.member_tasks import N_DRAWS, AtCutoff
from pipelines.forecasts.result import labelled, value_of

_OF_PAST = ("proven", "combined", "own", "summed")
_OF_JOINT = ("quantiles", "medians", "mean", "shares", "strengths", "draws")


@dataclass(frozen=True)
class Assembled:
    """A cutoff's joint forecast, and what its draws said of surges and of today's capacities."""

    at: AtCutoff
    made: JointForecast
    surges: xr.Dataset | None = None  # of `surge_chances`, where the backtest scores it
    chances: xr.Dataset | None = None  # of `exceedance_chances`, alike


class Assembler(Protocol):
    """Of `assembler`."""

    def __call__(self, cutoff: AtCutoff, past: Sequence[PastForecast], *, wanted: FromDraws = ...) -> JointForecast:
        """A cutoff's joint forecast, from those before it."""


def active_summing(history: xr.Dataset, region: Region, ever: np.ndarray) -> csr_array:
    """The units of a history over the cells that ever reported, 0/1."""
    rows = unit_table(region).set_index("unit").index.get_indexer(history["unit"].to_numpy())
    return summing_matrix(region)[rows][:, np.flatnonzero(ever)]


def assembler(at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int) -> Assembler:
    """Assembles a cutoff; it learns only from earlier forecasts whose outcome it could know."""
    summing = active_summing(at[0].history, region, ever)
    levels = unit_table(region).set_index("unit")["level"].loc[at[0].history["unit"].to_numpy()].tolist()

    def assemble_at(cutoff: AtCutoff, past: Sequence[PastForecast], *, wanted: FromDraws = ALL_DRAWS) -> JointForecast:
        """Its joint forecast, from those before it."""
        state = learn(past, cutoff.history, levels)
        options = {"summing": summing, "levels": levels, "n_draws": N_DRAWS, "seed": seed, "state": state}
        broken = flagged(broken_regimes(past, cutoff.history))
        return assemble(cutoff.members, cutoff.history, **options, broken=broken, wanted=wanted)

    return assemble_at


def assemble_all(
    at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int
) -> Iterator[tuple[AtCutoff, JointForecast]]:
    """Assemble the cutoffs in order, with their draws."""
    past: list[PastForecast] = []
    assemble_at = assembler(at, region, ever=ever, seed=seed)
    for cutoff in at:
        made = assemble_at(cutoff, past)
        past.append(made.past)
        yield cutoff, made


def assemble_or_find(
    at: Sequence[AtCutoff],
    region: Region,
    *,
    ever: np.ndarray,
    seed: int,
    wanted: Mapping[pd.Timestamp, FromDraws],
    planned: xr.DataArray,
    kept: Checkpoints,
) -> Iterator[Assembled]:
    """Assemble the cutoffs in order; one that the backtest scores is found where all it rests on is unchanged.

    Args:
        at: The cutoffs in order.
        region: The pack.
        ever: (cell,) whether the cell was ever reported.
        seed: The run's.
        wanted: Of the draws of cutoffs that are always made; the others are the backtest's, which keeps none.
        planned: Planned capacity of every unit (unit), NaN without one.
        kept: Where to look, and to keep.
    """
    past: list[PastForecast] = []
    assemble_at = assembler(at, region, ever=ever, seed=seed)
    units = at[0].history["unit"].to_numpy()
    made_from = digest_of(
        seed, N_DRAWS, units.tolist(), ever.tolist(), planned.sel(unit=units).to_dataset(name="planned")
    )
    for cutoff in at:
        made_from = digest_of(made_from, cutoff.members.quantiles.to_dataset(name="quantiles"), cutoff.history)
        if cutoff.origin_date in wanted:
            one = Assembled(cutoff, assemble_at(cutoff, past, wanted=wanted[cutoff.origin_date]))
        else:
            name = f"{cutoff.history.attrs['indicator']}-{cutoff.origin_date:%Y-%m-%d}-assembled"
            found = kept.load(name, made_from=made_from)
            if found is None:
                found = _datasets(_with_chances(cutoff, past, assemble_at, planned=planned))
                kept.keep(name, found, made_from=made_from)
            one = _assembled(cutoff, found)
        past.append(one.made.past)
        yield one


def _with_chances(
    at: AtCutoff, past: Sequence[PastForecast], assemble_at: Assembler, *, planned: xr.DataArray
) -> Assembled:
    """A cutoff that the backtest scores."""
    capacity = planned.sel(unit=at.history["unit"].to_numpy())
    asked: dict[str, Question] = {
        "surges": partial(surge_probability, history=at.history),
        "chances": partial(exceedance_probability, capacity=capacity),
    }
    made = assemble_at(at, past, wanted=FromDraws(asked=asked))
    chances = exceedance_chances(at, made.answers["chances"], planned)
    return Assembled(at, made, surge_chances(at, made.answers["surges"]), chances)


def _datasets(one: Assembled) -> list[xr.Dataset]:
    made, past = one.made, one.made.past
    fields: dict[str, Any] = {name: getattr(made, name) for name in _OF_JOINT}
    fields["no_forecast"] = list(made.no_forecast)
    fields |= {name: getattr(past, name) for name in _OF_PAST} | {f"trial:{m}": t for m, t in past.trials.items()}
    found = [labelled(n, v) for n, v in {**fields, "surges": one.surges, "chances": one.chances}.items()]
    return [d.map(_in_order, keep_attrs=True) for d in found]


def _in_order(array: xr.DataArray) -> xr.DataArray:
    """As it is read back: along other strides a mean adds up in another order, and its last bits differ."""
    return array.copy(data=np.ascontiguousarray(array.to_numpy()))


def _assembled(at: AtCutoff, found: Sequence[xr.Dataset]) -> Assembled:
    fields = dict(value_of(dataset) for dataset in found)
    trials = {name.removeprefix("trial:"): v for name, v in fields.items() if name.startswith("trial:")}
    past = PastForecast(
        at.history["time"].to_numpy()[-1], at.members.quantiles, trials, **{name: fields[name] for name in _OF_PAST}
    )
    joint = {name: fields[name] for name in _OF_JOINT}
    made = JointForecast(**joint, answers={}, past=past, no_forecast=tuple(fields["no_forecast"]))
    return Assembled(at, made, fields["surges"], fields["chances"])
