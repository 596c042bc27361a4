"""Invert a published function of a history: which withheld count gives the baseline's quantiles that a profile shows?

The code is open, so whoever reads a profile can try counts until the published numbers come out. The attacker here is
told more than anybody knows: every other count of the series, as it is. A count is narrowed where the true one is among
those that give what is published, and they lie closer together than the protection width.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecasting.base.contracts import NotApplicable
from forecasting.models.baseline import Baseline
from pipelines.editions.edition import Edition
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.masks import DIGITS


@dataclass(frozen=True)
class Inversion:
    """What trying counts tells."""

    tried: int  # withheld counts in series whose baseline is shown
    narrowed: int  # of them bounded more narrowly than the width, the true one among them

    def __add__(self, other: "Inversion") -> "Inversion":
        """Both together."""
        return Inversion(self.tried + other.tried, self.narrowed + other.narrowed)


def invert_edition(source: Edition, derived: Edition, *, periods: int, width: int, largest: int) -> Inversion:
    """Try all counts up to the largest for every withheld one of the newest periods, one at a time.

    Args:
        source: The edition as published inside: the truth, and the counts that the attacker is told.
        derived: What a profile shows of it.
        periods: The newest ones whose withheld counts are tried; 0: all.
        width: The protection width.
        largest: Largest count that is tried.
    """
    whole, shown = (e.forecast.sel(nationality=TOTAL) for e in (source, derived))
    found = Inversion(0, 0)
    for indicator in shown["indicator"].to_numpy():
        true, published = whole.sel(indicator=indicator), shown.sel(indicator=indicator)
        for unit in published["unit"].to_numpy():
            history = true["nowcast" if "nowcast" in true else "history"].sel(unit=unit)
            history = history.assign_attrs(freq=source.forecast.attrs["freq"])
            seen = published["baseline"].sel(unit=unit)
            withheld = np.flatnonzero(published["withheld"].sel(unit=unit).to_numpy())
            newest = withheld[withheld >= (history.sizes["time"] - periods if periods else 0)]
            if len(newest) and np.isfinite(seen.to_numpy()).all():
                found += invert_series(history, seen, newest, width=width, largest=largest)
    return found


def invert_series(
    history: xr.DataArray, published: xr.DataArray, withheld: np.ndarray, *, width: int, largest: int
) -> Inversion:
    """Try counts for the withheld ones of one series (time,) against its published quantiles (horizon, quantile)."""
    seen, narrowed = published.transpose("horizon", "quantile").to_numpy(), 0
    for time in withheld:
        truth = float(history[time])
        tries = sorted({*range(largest + 1), truth})
        fit = [c for c in tries if _gives(history, int(time), c, seen)]
        narrowed += truth in fit and fit[-1] - fit[0] < width
    return Inversion(len(withheld), narrowed)


def _gives(history: xr.DataArray, time: int, count: float, seen: np.ndarray) -> bool:
    counts = history.to_numpy().astype(float)
    counts[time] = count
    told = xr.Dataset(
        {"count": (("unit", "time"), counts[None])},
        coords={"unit": ["u"], "time": history["time"].to_numpy()},
        attrs=history.attrs,
    )
    try:
        made = Baseline().fit(told).quantiles(len(seen), 1)[0].to_numpy()
    except NotApplicable:
        return False
    return bool(np.allclose(made, seen, rtol=10.0 ** (1 - DIGITS), atol=1e-9))
