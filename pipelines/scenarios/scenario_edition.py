"""What an edition holds for its scenarios: joint draws, movement, and the need for beds at places of reception."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import BANDS
from forecasting.scenarios.compare import PublishedBands, unit_draws
from forecasting.scenarios.engine import Outcome
from forecasting.scenarios.moves import Setting
from forecasting.scenarios.network import route_network
from forecasting.scenarios.reception_capacity import Stay, estimate_stay, need_draws
from forecasting.scenarios.transitions import entry_season, estimate_transitions
from geo.region.region import PERIODS_A_YEAR, Region
from geo.region.risk_inputs import PARTS
from geo.region.units import summing_matrix, unit_table
from pipelines.editions.edition import Edition, EditionError
from pipelines.grid.unit_histories import cell_history
from pipelines.observations.schema import TOTAL, UNKNOWN
from pipelines.risk.protection_and_prosecution import counts_beds
from pipelines.scenarios.read_file import Scope

ALL = "total"


@dataclass(frozen=True)
class Need:
    """One indicator of places, ready for scenarios; arrays are in the order of `units`."""

    indicator: str
    units: list[str]
    need: np.ndarray  # (place, horizon, draw)
    capacity: np.ndarray  # (place,)
    stay: Stay


@dataclass(frozen=True)
class ScenarioEdition:
    """An edition made ready for scenarios."""

    edition: Edition
    region: Region
    indicator: str
    setting: Setting
    baseline: np.ndarray  # (cell, horizon, draw)
    scope: Scope
    units: pd.DataFrame
    history: xr.Dataset  # count (unit, time)
    capacity: np.ndarray  # (unit,)
    published: PublishedBands

    def draws(self, outcome: Outcome | None = None) -> xr.DataArray:
        """Draws of all units (unit, horizon, draw), without a scenario or as one changes them."""
        cells = self.baseline if outcome is None else outcome.draws(self.baseline)
        return unit_draws(cells, summing_matrix(self.region), self.units["unit"].tolist())

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Every stock of beds, of reception and referral, that the edition forecasts at segments."""
        forecast = self.edition.forecast
        stocks = [i for i in map(str, forecast["indicator"].to_numpy()) if counts_beds(i, self.region)]
        needs = [self._need(forecast.sel(indicator=i, nationality=TOTAL)) for i in stocks]
        return tuple(n for n in needs if n is not None)

    def _need(self, forecast: xr.Dataset) -> Need | None:
        """The need of one indicator, at the segments that have a forecast; None where none has."""
        value = forecast["value"].transpose("unit", "horizon", "quantile")
        segments = set(self.units.loc[self.units["level"].eq("segment"), "unit"])
        known = np.isfinite(value.to_numpy()).all(axis=(1, 2))
        units = [str(u) for u in value["unit"].to_numpy()[known] if u in segments]
        if not units:
            return None
        flow, at = self.draws(), forecast.sel(unit=units)
        own, whole = flow.sel(unit=units).to_numpy(), flow.sel(unit=[ALL] * len(units)).to_numpy()
        template = np.where(np.isfinite(own), own, whole)  # the region's course where a place's own flow is unknown
        both = at["nowcast"], self.history["count"].sel(unit=units)
        stock, counts = (series.transpose("unit", "time").to_numpy() for series in both)
        stay = estimate_stay(stock, counts, n_draws=self.setting.n_draws, seed=self.setting.seed)
        need = need_draws(value.sel(unit=units).to_numpy(), np.nan_to_num(template))
        return Need(str(forecast["indicator"].item()), units, need, at["capacity"].to_numpy(), stay)


def open_scenario_edition(edition: Edition, region: Region) -> ScenarioEdition:
    """Take from an edition what scenarios need: joint draws of its cells, counts, capacities, seed.

    Raises:
        EditionError: the edition keeps no draws, or was made with another pack than the region's.
    """
    kept = edition.draws
    cells = [c.id for c in region.cells]
    if list(kept["cell"].to_numpy()) != cells or edition.cube.attrs.get("pack_version") != region.pack_version:
        raise EditionError(
            f"{edition.folder}: made with pack version {edition.cube.attrs.get('pack_version')} of region "
            f"'{edition.region_id}', the pack at hand is {region.pack_version}. Run 'routecast run' first."
        )
    indicator = str(kept.attrs["indicator"])
    forecast = edition.forecast.sel(indicator=indicator, nationality=TOTAL)
    cube = edition.cube.sel(time=slice(None, pd.Timestamp(edition.manifest["origin_date"])))
    counts = cell_history(cube, indicator)
    network, baseline = route_network(region), kept["draws"].to_numpy()
    times = pd.DatetimeIndex(cube["time"].to_numpy())
    starts, ends = (pd.DatetimeIndex(forecast[name].to_numpy()) for name in ("target_start", "target_end"))
    arrived = counts[network.entry].sum(axis=0) if network.entry.any() else None
    season = None if arrived is None else entry_season(arrived, _of_year(times), freq=region.freq)
    setting = Setting(
        network=network,
        transitions=estimate_transitions(counts, network, freq=region.freq, ahead=baseline.mean(axis=2)),
        horizon=kept.sizes["horizon"],
        n_draws=kept.sizes["draw"],
        seed=int(edition.manifest["seed"]),
        routes=tuple(c.route for c in region.cells),
        nationality_share=_nationality_shares(cube, indicator, region),
        season=None if season is None else np.broadcast_to(season, (len(cells), len(season))),
        season_position=None if season is None else _of_year(starts) * len(season),
    )
    units = unit_table(region)
    history = xr.Dataset(
        {"count": forecast["nowcast"].transpose("unit", "time").reset_coords(drop=True)}, attrs={"freq": region.freq}
    ).sel(unit=units["unit"].to_numpy())
    capacity = forecast["capacity"].sel(unit=units["unit"].to_numpy()).to_numpy()
    entries = frozenset(np.asarray(network.segments)[network.entry])
    scope = Scope(region, starts, ends, tuple(setting.nationality_share), entries)
    bands = _published(edition.forecast.sel(indicator=indicator, unit=units["unit"].to_numpy()))
    return ScenarioEdition(edition, region, indicator, setting, baseline, scope, units, history, capacity, bands)


def _published(forecast: xr.Dataset) -> PublishedBands:
    """The bands that an edition published, and what was stated of its units."""
    names = np.array([*BANDS, None], dtype=object)  # −1 picks None
    stated = {str(part): names[forecast[part].to_numpy()].tolist() for part in PARTS}
    return PublishedBands(forecast["threat"].transpose("unit", "horizon").to_numpy(), stated)


def _of_year(times: pd.DatetimeIndex) -> np.ndarray:
    position: np.ndarray = (times.dayofyear.to_numpy() - 1) / 365.25
    return position


def _nationality_shares(cube: xr.Dataset, indicator: str, region: Region) -> dict[str, np.ndarray]:
    """Nationality → share of each cell's counts over the last year; where a cell names none, that of all that do."""
    counts = cube["count"].sel(indicator=indicator).isel(time=slice(-PERIODS_A_YEAR[region.freq], None))
    total = counts.sel(nationality=TOTAL).to_numpy()
    shares: dict[str, np.ndarray] = {}
    for nationality in counts["nationality"].to_numpy():
        if nationality in (TOTAL, UNKNOWN):
            continue
        mine = counts.sel(nationality=nationality).to_numpy()
        both = np.isfinite(mine) & np.isfinite(total)
        named, of = np.where(both, mine, 0.0).sum(axis=1), np.where(both, total, 0.0).sum(axis=1)
        if of.sum() > 0:
            shares[str(nationality)] = np.where(of > 0, named / np.where(of > 0, of, 1.0), named.sum() / of.sum())
    return shares
