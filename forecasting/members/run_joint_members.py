"""Run the models that see all units at once."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.base.quantile_functions import LEVELS
from forecasting.base.reason_parts import PARTS
from forecasting.members.run_members import Failure, Members, part_array
from forecasting.models.boosted import Boosted
from forecasting.models.endemic_epidemic import MAX_GAP, MIN_PERIODS, EndemicEpidemic
from forecasting.models.per_series import NotApplicable

Plan = Mapping[str, Sequence[str]]


def boosted_quantiles(
    histories: Sequence[xr.Dataset], plans: Sequence[Plan], *, horizon: int, seed: int, explain: bool = False
) -> list[Members]:
    """Forecasts of the boosted trees at several cutoffs in order; they learn once, at the first.

    Args:
        histories: `count` (unit, time) at each cutoff, the same units.
        plans: Unit → model ids at each cutoff; those that name the model hear it.
        horizon: Number of periods.
        seed: The run's seed.
        explain: Whether the medians at the last cutoff are split into parts.

    Returns:
        One `Members` per cutoff over all units; NaN where the model does not speak.
    """
    name = Boosted.name
    planned = [[u for u, members in plan.items() if name in members] for plan in plans]
    asked = [explain and n == len(histories) - 1 for n in range(len(histories))]
    if not planned[0]:
        silent = zip(histories, asked, strict=True)
        return [_spoken(name, h, [], lambda _part: None, horizon=horizon, explain=e) for h, e in silent]
    learned: list[Boosted] = []  # learns when first asked, where a failure is caught and named

    def speak(part: xr.Dataset) -> tuple[xr.DataArray, Callable[[], np.ndarray]]:
        """Quantiles and reasons of the trees on one history; they learn from the first."""
        if not learned:
            learned.append(Boosted().fit(histories[0].sel(unit=planned[0])))
        model = learned[0].update(part)
        return model.quantiles(horizon, seed), model.parts

    at = zip(histories, planned, asked, strict=True)
    return [_spoken(name, h, u, speak, horizon=horizon, explain=e) for h, u, e in at]


def endemic_quantiles(
    history: xr.Dataset, plan: Plan, levels: Mapping[str, str], *, horizon: int, seed: int, explain: bool = False
) -> list[Members]:
    """Forecasts of the endemic–epidemic model, one fit per level, in a list of one as `boosted_quantiles` gives."""
    name = EndemicEpidemic.name
    planned = [u for u, members in plan.items() if name in members and _fit_to_speak(history, u)]
    silent = [u for u, members in plan.items() if name in members and u not in planned]

    def speak(part: xr.Dataset) -> tuple[xr.DataArray, Callable[[], np.ndarray]]:
        """Quantiles and reasons of the endemic–epidemic model on one history."""
        model = EndemicEpidemic().fit(part)
        return model.quantiles(horizon, seed), model.parts

    parts = [
        _spoken(name, history, [u for u in planned if levels[u] == level], speak, horizon=horizon, explain=explain)
        for level in dict.fromkeys(levels[u] for u in planned)
    ]
    failures = [Failure(name, u, "too few known periods, or silent too long") for u in silent]
    if not parts:
        return [_spoken(name, history, [], lambda _part: None, horizon=horizon, explain=explain)]
    values, split = parts[0].quantiles, parts[0].parts
    for part in parts[1:]:
        values = values.fillna(part.quantiles)
        split = None if split is None or part.parts is None else split.fillna(part.parts)
    return [Members(values, [*failures, *(f for part in parts for f in part.failures)], split)]


def _fit_to_speak(history: xr.Dataset, unit: str) -> bool:
    known = np.isfinite(history["count"].sel(unit=unit).to_numpy())
    return bool(known.sum() >= MIN_PERIODS and np.argmax(known[::-1]) <= MAX_GAP[history.attrs["freq"]])


def _spoken(
    name: str,
    history: xr.Dataset,
    units: Sequence[str],
    speak: Callable[[xr.Dataset], tuple[xr.DataArray, Callable[[], np.ndarray]] | None],
    *,
    horizon: int,
    explain: bool,
) -> Members:
    """What a model says of some units, and why, laid out over all of them; a failure is named for each."""
    everyone = [str(u) for u in history["unit"].to_numpy()]
    values = np.full((1, len(everyone), horizon, len(LEVELS)), np.nan)
    parts = np.full((1, len(everyone), horizon, len(PARTS)), np.nan)
    failures = []
    if units:
        try:
            with threadpool_limits(limits=1):
                found = speak(history.sel(unit=list(units)))
            if found is not None:
                rows = [everyone.index(u) for u in units]
                values[0, rows] = found[0].to_numpy()
                if explain:
                    parts[0, rows] = found[1]()
        except NotApplicable as refusal:
            failures = [Failure(name, u, str(refusal)) for u in units]
        except Exception as error:  # noqa: BLE001 (one member's fault must not stop the forecast; it is named)
            failures = [Failure(name, u, f"{type(error).__name__}: {error}") for u in units]
    coords = {"member": [name], "unit": everyone, "horizon": np.arange(1, horizon + 1), "quantile": LEVELS}
    split = part_array(parts, [name], everyone) if explain else None
    return Members(xr.DataArray(values, dims=("member", "unit", "horizon", "quantile"), coords=coords), failures, split)
