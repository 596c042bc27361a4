"""What a profile may see of an edition's histories, and which figures made of them it may see."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import LAST_PERIODS
from geo.region.disclosure import ProfileRule
from geo.region.region import PERIODS_A_YEAR, Freq
from pipelines.store.periods import period_numbers, target_starts


@dataclass(frozen=True)
class View:
    """One profile's view; all arrays are (indicator, unit, time) of the edition's forecast.

    Attributes:
        rule: What the profile shows.
        forecast: The edition's `forecast.zarr`, to be masked.
        partner: Histories as partners see them, NaN where withheld or unknown.
        exact: Whether partners see the very figure, so that what is made of it tells nothing more.
        history_years: How far back the limits of bands look.
    """

    rule: ProfileRule
    forecast: xr.Dataset
    partner: np.ndarray
    exact: np.ndarray
    history_years: int

    @cached_property
    def known(self) -> np.ndarray:
        """Whether the edition has a figure."""
        history = self.forecast["history"].sel(nationality="TOTAL").transpose("indicator", "unit", "time").to_numpy()
        result: np.ndarray = np.isfinite(history)
        return result

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
        result: np.ndarray = self.known & np.isnan(self.history)
        return result

    def all_exact(self, periods: int | None) -> np.ndarray:
        """Whether every known figure of the last periods is seen (indicator, unit); None: of all periods."""
        back = slice(None) if periods is None else slice(-periods, None)
        result: np.ndarray = (self.exact | ~self.known)[:, :, back].all(axis=2)
        return result

    @cached_property
    def last_exact(self) -> np.ndarray:
        """Whether the last known figure, which the baseline repeats, is seen (indicator, unit)."""
        newest = self.known.shape[2] - 1 - np.argmax(self.known[:, :, ::-1], axis=2)
        seen = np.take_along_axis(self.exact, newest[:, :, None], axis=2)[:, :, 0]
        result: np.ndarray = seen | ~self.known.any(axis=2)
        return result

    @cached_property
    def forecast_shown(self) -> np.ndarray:
        """Whether a forecast is shown (indicator, unit, horizon): not where it only repeats a withheld figure."""
        copied = self.forecast["baseline_only"].transpose("indicator", "unit", "horizon").to_numpy()
        result: np.ndarray = ~copied | self.last_exact[:, :, None]
        return result

    @cached_property
    def units(self) -> np.ndarray:
        """Ids of the units of the levels that the profile shows."""
        levels = np.isin(self.forecast["level"].to_numpy(), self.rule.levels)
        result: np.ndarray = self.forecast["unit"].to_numpy()[levels]
        return result

    def by_unit(self) -> pd.DataFrame:
        """Flags of every (indicator, unit) of the profile's levels: what may be seen of figures made of its past."""
        freq: Freq = self.forecast.attrs["freq"]
        frame = self._frame(("indicator", "unit")).assign(
            recent_exact=self.all_exact(LAST_PERIODS).ravel(),
            year_exact=self.all_exact(PERIODS_A_YEAR[freq]).ravel(),
            window_exact=self.all_exact(PERIODS_A_YEAR[freq] * self.history_years).ravel(),
            past_exact=self.all_exact(None).ravel(),
            last_exact=self.last_exact.ravel(),
            all_shown=self.forecast_shown.all(axis=2).ravel(),
        )
        return frame[frame["unit"].isin(set(self.units))]

    def by_horizon(self) -> pd.DataFrame:
        """Whether the forecast is shown, of every (indicator, unit, horizon) of the profile's levels."""
        frame = self._frame(("indicator", "unit", "horizon")).assign(shown=self.forecast_shown.ravel())
        return frame[frame["unit"].isin(set(self.units))]

    def _frame(self, dims: tuple[str, ...]) -> pd.DataFrame:
        index = pd.MultiIndex.from_product([self.forecast[d].to_numpy() for d in dims], names=list(dims))
        return index.to_frame(index=False)

    def scored_rows(self, table: pd.DataFrame, unit: pd.Series) -> np.ndarray:
        """Rows of past forecasts whose score tells nothing new: both the period forecast and the last one seen are."""
        times = pd.DatetimeIndex(self.forecast["time"].to_numpy())
        freq: Freq = self.forecast.attrs["freq"]
        position = (
            pd.Index(self.forecast["indicator"].to_numpy()).get_indexer(table["indicator"]),
            pd.Index(self.forecast["unit"].to_numpy()).get_indexer(unit),
        )
        origin = times.get_indexer(pd.DatetimeIndex(table["origin_date"]))
        target = times.get_indexer(_targets(table["origin_date"], table["horizon"], freq))
        found = (position[0] >= 0) & (position[1] >= 0) & (origin >= 0) & (target >= 0)
        seen = self.exact[position[0], position[1], origin] & self.exact[position[0], position[1], target]
        result: np.ndarray = found & seen & unit.isin(set(self.units)).to_numpy()
        return result


def _targets(origins: pd.Series, horizons: pd.Series, freq: Freq) -> pd.DatetimeIndex:
    most = int(horizons.max()) if len(horizons) else 1
    starts = {d: target_starts(pd.Timestamp(d), most, freq) for d in pd.unique(origins)}
    return pd.DatetimeIndex([starts[d][h - 1] for d, h in zip(origins, horizons, strict=True)])


def _means(values: np.ndarray, stretch: np.ndarray, size: int) -> np.ndarray:
    """The mean of each stretch at each of its periods; NaN where one of them is not shown, or the stretch runs on."""
    result = np.full(values.shape, np.nan)
    numbers, sizes = np.unique(stretch, return_counts=True)
    for number in numbers[sizes == size]:
        inside = stretch == number
        result[:, :, inside] = values[:, :, inside].mean(axis=2, keepdims=True)
    return result
