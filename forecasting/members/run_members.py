"""Run the models that are planned for each unit; what fails is dropped for that unit and named."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from forecasting.base.attribution import DRIVERS
from forecasting.base.contracts import Forecaster, NotApplicable, PanelForecaster, require_history
from forecasting.base.quantile_functions import LEVELS
from forecasting.models.per_series import series_of
from forecasting.models.registry import MODELS, PANEL_MODELS, SERIES_MODELS
from geo.region.region import PERIODS_A_YEAR, Event

RECENT_YEARS = 3
MIN_NONZERO = {"W": 20, "M": 12}  # non-zero periods of the recent years from which the dearer models learn something
Plan = Mapping[str, Sequence[str]]  # unit → ids of the models that forecast it


@dataclass(frozen=True)
class Failure:
    """A member that has no forecast for a unit, and why."""

    member: str
    unit: str
    reason: str


@dataclass(frozen=True)
class Members:
    """Every member's quantiles (member, unit, horizon, quantile), NaN where it has no forecast; and the failures.

    Where it was asked for, also what drives each median away from the mean of the last four periods (member, unit,
    horizon, part), log1p units; NaN where a member can't tell.
    """

    quantiles: xr.DataArray
    failures: list[Failure]
    attribution: xr.DataArray | None = None


def member_plan(history: xr.Dataset, levels: Sequence[str], *, full: bool, turn: int = 0) -> dict[str, list[str]]:
    """Which models forecast each unit, by what they say of themselves; the baseline always first.

    Args:
        history: `count` (unit, time), NaN = unknown.
        levels: Level of each unit, in the order of `history`.
        full: Whether this is a main indicator; the others get the cheap models.
        turn: Number of the cutoff; the dear models forecast at multiples of their `forecast_every`.
    """
    recent = RECENT_YEARS * PERIODS_A_YEAR[history.attrs["freq"]]
    nonzero = (np.nan_to_num(history["count"].to_numpy()[:, -recent:]) > 0).sum(axis=1)
    enough = nonzero >= MIN_NONZERO[history.attrs["freq"]]
    due = [m for m in MODELS.values() if (full or not m.main_only) and turn % m.forecast_every == 0]
    return {
        str(unit): [m.name for m in due if _concerns(m, level, enough=bool(rich))]
        for unit, level, rich in zip(history["unit"].to_numpy(), levels, enough, strict=True)
    }


def _concerns(model: type[Forecaster], level: str, *, enough: bool) -> bool:
    return (enough or not model.needs_data) and (not model.levels or level in model.levels)


def member_quantiles(
    history: xr.Dataset, plan: Plan, *, horizon: int, seed: int, events: Sequence[Event] = (), explain: bool = False
) -> Members:
    """Forecast every unit of `history` by the models of one series in its plan.

    Each (member, unit) is computed by itself with its own seed, so neither the order of the units nor their split into
    blocks changes a number.

    Args:
        history: `count` (unit, time), NaN = unknown; ends at the cutoff.
        plan: Units without an entry get no forecast.
        horizon: Number of periods to forecast.
        seed: The run's seed.
        events: The pack's dated events.
        explain: Whether it is told what drives the members' medians.
    """
    require_history(history)
    units = [str(unit) for unit in history["unit"].to_numpy()]
    named = {member for unit in units for member in plan.get(unit, ())}
    members = [member for member in SERIES_MODELS if member in named]
    values, drivers = _unknown(len(members), len(units), horizon)
    failures: list[Failure] = []
    series = cache(partial(series_of, history))  # cut once for all members
    with one_thread():
        for i, member in enumerate(members):
            for j, unit in enumerate(units):
                if member not in plan.get(unit, ()):
                    continue
                with _failures_named(member, [unit], failures):
                    model = SERIES_MODELS[member](events=events, explain=explain)
                    values[i, j] = model.forecast_one(series(unit), horizon, seed)
                    if explain:
                        drivers[i, j] = model.attribution()[0]
    return members_of(members, units, values, failures, drivers if explain else None)


def joint_quantiles(
    name: str,
    histories: Sequence[xr.Dataset],
    plans: Sequence[Plan],
    levels: Mapping[str, str],
    *,
    horizon: int,
    seed: int,
    explain: bool = False,
) -> list[Members]:
    """Forecasts of a model that sees all units at once, one `Members` a cutoff; it learns as often as it says.

    Args:
        name: Its id.
        histories: `count` (unit, time) at each cutoff in order, the same units.
        plans: At each cutoff; units whose plan names the model are forecast, and taught it where it learns.
        levels: Unit → level.
        horizon: Number of periods.
        seed: The run's seed.
        explain: Whether it is told what drives the medians at the last cutoff.
    """
    model, fits, found = PANEL_MODELS[name], dict[str, PanelForecaster](), []
    for n, (history, plan) in enumerate(zip(histories, plans, strict=True)):
        units, explained = [str(u) for u in history["unit"].to_numpy()], explain and n == len(histories) - 1
        values, drivers = _unknown(1, len(units), horizon)
        refusals, learns = model.refusals(history), n % model.refit_every == 0
        failures = [Failure(name, u, refusals[u]) for u in plan if name in plan[u] and u in refusals]
        planned = [u for u in plan if name in plan[u] and u not in refusals]
        for group, members in _groups(model, planned, levels).items():
            if not learns and group not in fits:  # there was nobody to learn from
                continue
            rows, part = [units.index(u) for u in members], history.sel(unit=members)
            with _failures_named(name, members, failures), one_thread():
                fits[group] = model().fit(part) if learns else fits[group].update(part)
                values[0, rows] = fits[group].quantiles(horizon, seed).to_numpy()
                if explained:
                    drivers[0, rows] = fits[group].attribution()
        found.append(members_of([name], units, values, failures, drivers if explained else None))
    return found


def one_thread() -> AbstractContextManager[Any]:
    """For the block, linear algebra runs in one thread: its sums, and so a forecast's last bits, depend on how many."""
    limited: AbstractContextManager[Any] = _libraries(len(sys.modules)).limit(limits=1)
    return limited


@lru_cache(maxsize=1)
def _libraries(_modules: int) -> ThreadpoolController:
    """The libraries that have threads, looked for again where modules have come: that takes 10 ms."""
    return ThreadpoolController()


def _groups(model: type[PanelForecaster], units: Sequence[str], levels: Mapping[str, str]) -> dict[str, list[str]]:
    """Units that are fitted together."""
    groups: dict[str, list[str]] = {}
    for unit in units:
        groups.setdefault(levels[unit] if model.fits_by_level else "", []).append(unit)
    return groups


@contextmanager
def _failures_named(member: str, units: Sequence[str], failures: list[Failure]) -> Iterator[None]:
    """Add to the failures what goes wrong with a member at some units, and go on."""
    try:
        yield
    except NotApplicable as refusal:
        failures += [Failure(member, u, str(refusal)) for u in units]
    except Exception as error:  # noqa: BLE001 (one member's fault must not stop the forecast; it is named)
        failures += [Failure(member, u, f"{type(error).__name__}: {error}") for u in units]


def _unknown(members: int, units: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles and drivers (member, unit, horizon, …), nothing known yet."""
    shape = (members, units, horizon)
    return np.full((*shape, len(LEVELS)), np.nan), np.full((*shape, len(DRIVERS)), np.nan)


def members_of(
    members: Sequence[str],
    units: Sequence[str],
    values: np.ndarray,
    failures: list[Failure],
    drivers: np.ndarray | None = None,
) -> Members:
    """Quantiles (and drivers) of members and units with their names."""
    coords = {"member": list(members), "unit": list(units), "horizon": np.arange(1, values.shape[2] + 1)}
    dims = ("member", "unit", "horizon")
    quantiles = xr.DataArray(values, dims=(*dims, "quantile"), coords={**coords, "quantile": LEVELS})
    if drivers is None:
        return Members(quantiles, failures)
    attribution = xr.DataArray(drivers, dims=(*dims, "part"), coords={**coords, "part": list(DRIVERS)})
    return Members(quantiles, failures, attribution)


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
    order = [*(m for m in MODELS if m in present), *(m for m in present if m not in MODELS)]
    failures = sorted((f for group in groups for f in group.failures), key=lambda f: (f.member, f.unit))
    given = [group.attribution for group in groups if group.attribution is not None]
    drivers = xr.concat(given, dim=dim, join="outer") if given else None
    if drivers is not None:
        drivers = drivers.reindex(member=order, unit=joined["unit"].to_numpy())
    return Members(joined.sel(member=order), failures, drivers)
