"""What a profile may see of an edition's histories, and which figures made of them it may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import LAST_PERIODS
from geo.region.disclosure import ProfileRule
from geo.region.region import PERIODS_A_YEAR
from pipelines.store.periods import period_numbers

SEEN_SHARE = 0.5  # of a unit's known figures of the last year; fewer, and its forecast is left out


@dataclass(frozen=True)
class ProfileView:
    """One profile's view; all arrays are (indicator, unit, time) of the edition's forecast.

    Attributes:
        rule: What the profile shows.
        forecast: What was made from the figures as partners see them, on the edition's axes; to be masked.
        partner: Histories as partners see them, NaN where withheld or unknown.
        exact: Whether partners see the very figure, so that what is made of it tells nothing more.
        known: Whether the edition has a figure.
    """

    rule: ProfileRule
    forecast: xr.Dataset
    partner: np.ndarray
    exact: np.ndarray
    known: np.ndarray

    @cached_property
    def history(self) -> np.ndarray:
        """Histories as the profile sees them: as partners do, or as means of complete stretches of periods."""
        size = self.rule.mean_of_periods
        return self.partner if size == 1 else _means(self.partner, self.stretch(size), size)

    def stretch(self, size: int) -> np.ndarray:
        """Number of the stretch each period lies in; counted from 1970, so that all editions cut alike."""
        times = pd.DatetimeIndex(self.forecast["time"].to_numpy())
        return period_numbers(times, self.forecast.attrs["freq"]) // size

    @cached_property
    def withheld(self) -> np.ndarray:
        """Known, and not shown."""
        return self.known & np.isnan(self.history)

    def all_exact(self, periods: int | None) -> np.ndarray:
        """Whether every known figure of the last periods is seen (indicator, unit); None: of all periods."""
        back = slice(None) if periods is None else slice(-periods, None)
        return (self.exact | ~self.known)[:, :, back].all(axis=2)

    @cached_property
    def forecast_shown(self) -> np.ndarray:
        """Whether a unit's forecast is shown (indicator, unit): not where most of its last year is withheld.

        It gives no count away, being made from what is shown; but it would say little of the place.
        """
        year = slice(-PERIODS_A_YEAR[self.forecast.attrs["freq"]], None)
        known, seen = (w[:, :, year].sum(axis=2) for w in (self.known, self.known & np.isfinite(self.partner)))
        shown: np.ndarray = seen >= SEEN_SHARE * known
        return shown

    @cached_property
    def units(self) -> np.ndarray:
        """Ids of the units of the levels that the profile shows."""
        levels = np.isin(self.forecast["level"].to_numpy(), self.rule.levels)
        return self.forecast["unit"].to_numpy()[levels]

    @cached_property
    def flags(self) -> dict[str, xr.DataArray]:
        """What lets a figure out, by what it was made of; nothing is let out of levels that the profile doesn't see.

        `exact` (indicator, unit, time): the figure itself is seen. Of every (indicator, unit): `recent` the last
        periods are seen, `year` those of a year, `past` all; `weekly`: figures of single periods are seen; `shown`: the
        forecast is.
        """
        year = PERIODS_A_YEAR[self.forecast.attrs["freq"]]
        by_unit = {
            "recent": self.all_exact(LAST_PERIODS),
            "year": self.all_exact(year),
            "past": self.all_exact(None),
            "weekly": np.full(self.forecast_shown.shape, self.rule.mean_of_periods == 1),
            "shown": self.forecast_shown,
        }
        flags = xr.Dataset(
            {
                "exact": (("indicator", "unit", "time"), self.exact),
                **{name: (("indicator", "unit"), flag) for name, flag in by_unit.items()},
            },
            coords={d: self.forecast[d].to_numpy() for d in ("indicator", "unit", "time")},
        )
        seen = flags["unit"].isin(self.units)
        return {str(name): flag & seen for name, flag in flags.items()}

    def allows(self, flags: Sequence[str], rows: pd.DataFrame) -> np.ndarray:
        """Whether all flags stand at each row's `indicator`, `unit`, `horizon` and `time`; not where a row has none."""
        allowed = np.ones(len(rows), dtype=bool)
        for flag in (self.flags[name] for name in flags):
            at = [flag.get_index(d).get_indexer(rows[str(d)]) for d in flag.dims]
            allowed &= np.all([position >= 0 for position in at], axis=0) & flag.to_numpy()[tuple(at)]
        return allowed


def _means(values: np.ndarray, stretch: np.ndarray, size: int) -> np.ndarray:
    """The mean of each stretch at each of its periods; NaN where one of them is not shown, or the stretch runs on."""
    result = np.full(values.shape, np.nan)
    numbers, sizes = np.unique(stretch, return_counts=True)
    for number in numbers[sizes == size]:
        inside = stretch == number
        result[:, :, inside] = values[:, :, inside].mean(axis=2, keepdims=True)
    return result
