"""Run the models that see all units at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.marginals import LEVELS
from forecasting.members import Failure, Members
from forecasting.models.boosted import Boosted
from forecasting.models.branching import MAX_GAP, MIN_PERIODS, EndemicEpidemic
from forecasting.models.series import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Plan = Mapping[str, Sequence[str]]


def boosted_quantiles(
    histories: Sequence[xr.Dataset], plans: Sequence[Plan], *, horizon: int, seed: int
) -> list[Members]:
    """Forecasts of the boosted trees at several cutoffs in order; they learn once, at the first.

    Args:
        histories: `count` (unit, time) at each cutoff, the same units.
        plans: Unit → model ids at each cutoff; those that name the model hear it.
        horizon: Number of periods.
        seed: The run's seed.

    Returns:
        One `Members` per cutoff over all units; NaN where the model does not speak.
    """
    name = Boosted.name
    planned = [[u for u, members in plan.items() if name in members] for plan in plans]
    if not planned[0]:
        return [_spoken(name, h, [], lambda _part: None, horizon=horizon) for h in histories]
    learned: list[Boosted] = []  # learns when first asked, where a failure is caught and named

    def speak(part: xr.Dataset) -> xr.DataArray:
        if not learned:
            learned.append(Boosted().fit(histories[0].sel(unit=planned[0])))
        return learned[0].update(part).quantiles(horizon, seed)

    return [_spoken(name, h, u, speak, horizon=horizon) for h, u in zip(histories, planned, strict=True)]


def endemic_quantiles(
    history: xr.Dataset, plan: Plan, levels: Mapping[str, str], *, horizon: int, seed: int
) -> list[Members]:
    """Forecasts of the endemic–epidemic model, one fit per level, in a list of one as `boosted_quantiles` gives."""
    name = EndemicEpidemic.name
    planned = [u for u, members in plan.items() if name in members and _fit_to_speak(history, u)]
    silent = [u for u, members in plan.items() if name in members and u not in planned]
    parts = [
        _spoken(
            name,
            history,
            [u for u in planned if levels[u] == level],
            lambda part: EndemicEpidemic().fit(part).quantiles(horizon, seed),
            horizon=horizon,
        )
        for level in dict.fromkeys(levels[u] for u in planned)
    ]
    failures = [Failure(name, u, "too few known periods, or silent too long") for u in silent]
    if not parts:
        return [_spoken(name, history, [], lambda _part: None, horizon=horizon)]
    values = parts[0].quantiles
    for part in parts[1:]:
        values = values.fillna(part.quantiles)
    return [Members(values, [*failures, *(f for part in parts for f in part.failures)])]


def _fit_to_speak(history: xr.Dataset, unit: str) -> bool:
    known = np.isfinite(history["count"].sel(unit=unit).to_numpy())
    return bool(known.sum() >= MIN_PERIODS and np.argmax(known[::-1]) <= MAX_GAP[history.attrs["freq"]])


def _spoken(
    name: str,
    history: xr.Dataset,
    units: Sequence[str],
    speak: Callable[[xr.Dataset], xr.DataArray | None],
    *,
    horizon: int,
) -> Members:
    """What a model says of some units, laid out over all of them; a failure is named for each."""
    everyone = [str(u) for u in history["unit"].to_numpy()]
    values = np.full((1, len(everyone), horizon, len(LEVELS)), np.nan)
    failures = []
    if units:
        try:
            with threadpool_limits(limits=1):
                found = speak(history.sel(unit=list(units)))
            if found is not None:
                values[0, [everyone.index(u) for u in units]] = found.to_numpy()
        except Refusal as refusal:
            failures = [Failure(name, u, str(refusal)) for u in units]
        except Exception as error:  # noqa: BLE001 (one member's fault must not stop the forecast; it is named)
            failures = [Failure(name, u, f"{type(error).__name__}: {error}") for u in units]
    coords = {"member": [name], "unit": everyone, "horizon": np.arange(1, horizon + 1), "quantile": LEVELS}
    return Members(xr.DataArray(values, dims=("member", "unit", "horizon", "quantile"), coords=coords), failures)
