"""A run's cutoffs assembled in order, each from what the earlier ones teach, or found as an earlier run left them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from forecasting.combine.assemble import JointForecast, PastForecast, assemble, learn
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.compute.checkpoints import Checkpoints, digest_of
from pipelines.forecasts.backtest_scores import broken_regimes, exceedance_chances, flagged, surge_chances
from pipelines.forecasts.member_tasks import N_DRAWS, AtCutoff
from pipelines.forecasts.result import labelled, value_of

_OF_PAST = ("proven", "combined", "own", "summed")
_OF_JOINT = ("quantiles", "mean", "shares", "strengths")


@dataclass(frozen=True)
class Assembled:
    """A cutoff's joint forecast, and what its draws said of surges and of today's capacities.

    The draws of a cutoff that the backtest scores are let go: they are nearly all of its memory.
    """

    at: AtCutoff
    made: JointForecast
    surges: xr.Dataset | None = None  # of `surge_chances`, where the backtest scores it
    chances: xr.Dataset | None = None  # of `exceedance_chances`, alike


def active_summing(history: xr.Dataset, region: Region, ever: np.ndarray) -> csr_array:
    """The units of a history over the cells that ever reported, 0/1."""
    rows = unit_table(region).set_index("unit").index.get_indexer(history["unit"].to_numpy())
    return summing_matrix(region)[rows][:, np.flatnonzero(ever)]


def assembler(
    at: Sequence[AtCutoff], region: Region, *, ever: np.ndarray, seed: int
) -> Callable[[AtCutoff, Sequence[PastForecast]], JointForecast]:
    """Assembles a cutoff; it learns only from earlier forecasts whose outcome it could know."""
    summing = active_summing(at[0].history, region, ever)
    levels = unit_table(region).set_index("unit")["level"].loc[at[0].history["unit"].to_numpy()].tolist()

    def assemble_at(cutoff: AtCutoff, past: Sequence[PastForecast]) -> JointForecast:
        """Its joint forecast, from those before it."""
        state = learn(past, cutoff.history, levels)
        options = {"summing": summing, "levels": levels, "n_draws": N_DRAWS, "seed": seed, "state": state}
        broken = flagged(broken_regimes(past, cutoff.history))
        return assemble(cutoff.members, cutoff.history, **options, broken=broken)

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
    scored: Sequence[pd.Timestamp],
    planned: xr.DataArray,
    kept: Checkpoints,
) -> Iterator[Assembled]:
    """Assemble the cutoffs in order; one that the backtest scores is found where all it rests on is unchanged.

    Args:
        at: The cutoffs in order.
        region: The pack.
        ever: (cell,) whether the cell was ever reported.
        seed: The run's.
        scored: Cutoffs of the backtest, the first of `at`.
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
        if cutoff.origin_date not in scored:
            one = Assembled(cutoff, assemble_at(cutoff, past))
        else:
            name = f"{cutoff.history.attrs['indicator']}-{cutoff.origin_date:%Y-%m-%d}-assembled"
            found = kept.load(name, made_from=made_from)
            if found is None:
                found = _datasets(_with_chances(cutoff, assemble_at(cutoff, past), planned))
                kept.keep(name, found, made_from=made_from)
            one = _assembled(cutoff, found)
        past.append(one.made.past)
        yield one


def _with_chances(at: AtCutoff, made: JointForecast, planned: xr.DataArray) -> Assembled:
    return Assembled(at, made.without_draws(), surge_chances(at, made), exceedance_chances(at, made, planned))


def _datasets(one: Assembled) -> list[xr.Dataset]:
    made, past = one.made, one.made.past
    fields: dict[str, Any] = {name: getattr(made, name) for name in _OF_JOINT}
    fields |= {"no_forecast": list(made.no_forecast), "draws": made.draws}
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
    made = JointForecast(**joint, draws=fields["draws"], past=past, no_forecast=tuple(fields["no_forecast"]))
    return Assembled(at, made, fields["surges"], fields["chances"])
