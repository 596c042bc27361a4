"""Which models speak for which unit: cost and the amount of data decide."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from forecasting.models.registry import MEMBERS
from geo.region.region import PERIODS_A_YEAR

CHEAP = ("baseline", "seasonal_naive")
COARSE_LEVELS = ("total", "headline", "route", "border")
RECENT_YEARS = 3
MIN_NONZERO = {"W": 20, "M": 12}  # non-zero periods of the recent years from which the dearer models learn something


def member_plan(history: xr.Dataset, levels: Sequence[str], *, full: bool) -> dict[str, list[str]]:
    """Members of each unit.

    Args:
        history: `count` (unit, time), NaN = unknown.
        levels: Level of each unit, in the order of `history`.
        full: Whether this is a main indicator; the others get the cheap members and ETS, where there is enough.

    Returns:
        Unit → model ids, the baseline always first.
    """
    recent = RECENT_YEARS * PERIODS_A_YEAR[history.attrs["freq"]]
    nonzero = (np.nan_to_num(history["count"].to_numpy()[:, -recent:]) > 0).sum(axis=1)
    enough = nonzero >= MIN_NONZERO[history.attrs["freq"]]
    return {
        str(unit): _members(level, rich=bool(rich), full=full)
        for unit, level, rich in zip(history["unit"].to_numpy(), levels, enough, strict=True)
    }


def _members(level: str, *, rich: bool, full: bool) -> list[str]:
    wanted = [*CHEAP]
    if rich:
        wanted.append("ets")
    if rich and full:
        wanted += ["nb_autoregression", "endemic_epidemic", "boosted"]
    if rich and full and level in COARSE_LEVELS:
        wanted += ["ucm", "prophet"]
    return [model for model in wanted if model in MEMBERS]
