"""Run the planned models on each unit; what fails is dropped for that unit and named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.base.quantile_functions import LEVELS
from forecasting.base.reason_parts import PARTS
from forecasting.models.per_series import NotApplicable, require_history, series_of
from forecasting.models.registry import MEMBERS, MODELS
from geo.region.region import Event


@dataclass(frozen=True)
class Failure:
    """A member that does not speak for a unit, and why."""

    member: str
    unit: str
    reason: str


@dataclass(frozen=True)
class Members:
    """Every member's quantiles (member, unit, horizon, quantile), NaN where it does not speak; and the failures.

    Where it was asked for, also the parts of each median's change against the last four periods' mean (member, unit,
    horizon, part), log1p units; NaN where a member can't split its own.
    """

    quantiles: xr.DataArray
    failures: list[Failure]
    parts: xr.DataArray | None = None


def member_quantiles(
    history: xr.Dataset,
    plan: Mapping[str, Sequence[str]],
    *,
    horizon: int,
    seed: int,
    events: Sequence[Event] = (),
    explain: bool = False,
) -> Members:
    """Forecast every unit of `history` by the members of its plan.

    Each (member, unit) is computed by itself with its own seed, so neither the order of the units nor their split into
    blocks changes a number.

    Args:
        history: `count` (unit, time), NaN = unknown; ends at the cutoff.
        plan: Unit → model ids; units without an entry get none.
        horizon: Number of periods to forecast.
        seed: The run's seed.
        events: The pack's dated events.
        explain: Whether the members' medians are split into parts.

    Returns:
        The members, in the registry's order, those that some unit's plan names.
    """
    require_history(history)
    units = [str(unit) for unit in history["unit"].to_numpy()]
    named = {member for unit in units for member in plan.get(unit, ())}
    members = [member for member in MODELS if member in named]
    values = np.full((len(members), len(units), horizon, len(LEVELS)), np.nan)
    parts = np.full((len(members), len(units), horizon, len(PARTS)), np.nan)
    failures: list[Failure] = []
    series = cache(partial(series_of, history))  # cut once for all members
    with threadpool_limits(limits=1):
        for i, member in enumerate(members):
            for j, unit in enumerate(units):
                if member not in plan.get(unit, ()):
                    continue
                try:
                    model = MODELS[member](events=events, explain=explain)
                    values[i, j] = model.speak(series(unit), horizon, seed)
                    if explain:
                        parts[i, j] = model.parts()[0]
                except NotApplicable as refusal:
                    failures.append(Failure(member, unit, str(refusal)))
                except Exception as error:  # noqa: BLE001 (one member's fault must not stop the forecast; it is named)
                    failures.append(Failure(member, unit, f"{type(error).__name__}: {error}"))
    dims = ("member", "unit", "horizon", "quantile")
    coords = {"member": members, "unit": units, "horizon": np.arange(1, horizon + 1), "quantile": LEVELS}
    split = part_array(parts, members, units) if explain else None
    return Members(xr.DataArray(values, dims=dims, coords=coords), failures, split)


def part_array(parts: np.ndarray, members: Sequence[str], units: Sequence[str]) -> xr.DataArray:
    """Parts (member, unit, horizon, part) with their names."""
    coords = {"member": members, "unit": units, "horizon": np.arange(1, parts.shape[2] + 1), "part": list(PARTS)}
    return xr.DataArray(parts, dims=("member", "unit", "horizon", "part"), coords=coords)


def stack_members(groups: Sequence[Members]) -> Members:
    """Put members over the same units together, in the registry's order."""
    return _ordered(xr.concat([group.quantiles for group in groups], dim="member", join="exact"), groups, "member")


def join_members(blocks: Sequence[Members], *, units: Sequence[str]) -> Members:
    """Put blocks of units together again, in the order of `units`."""
    joined = xr.concat([block.quantiles for block in blocks], dim="unit", join="outer")
    return _ordered(joined.sel(unit=list(units)), blocks, "unit")


def _ordered(joined: xr.DataArray, groups: Sequence[Members], dim: str) -> Members:
    """Members in the registry's order, peers after our own, with all failures."""
    present = [str(member) for member in joined["member"].to_numpy()]
    order = [*(m for m in MEMBERS if m in present), *(m for m in present if m not in MEMBERS)]
    failures = sorted((f for group in groups for f in group.failures), key=lambda f: (f.member, f.unit))
    found = [group.parts for group in groups if group.parts is not None]
    split = xr.concat(found, dim=dim, join="outer") if found else None
    parts = None if split is None else split.reindex(member=order, unit=joined["unit"].to_numpy())
    return Members(joined.sel(member=order), failures, parts)
