"""What an edition holds for its scenarios: joint draws, movement, and the need for beds at places of reception."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.scenarios.compare import unit_draws
from forecasting.scenarios.engine import Outcome
from forecasting.scenarios.moves import Setting
from forecasting.scenarios.network import route_network
from forecasting.scenarios.reception_capacity import Stay, estimate_stay, need_draws
from forecasting.scenarios.transitions import entry_season, estimate_transitions
from geo.region.region import PERIODS_A_YEAR, Region
from geo.region.units import summing_matrix, unit_table
from pipelines.editions.edition import Edition, EditionError
from pipelines.grid.unit_histories import cell_history
from pipelines.observations.schema import TOTAL, UNKNOWN
from pipelines.risk.protection_and_prosecution import BED_INDICATORS
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
    needs: tuple[Need, ...] = ()  # places of reception and referral

    def draws(self, outcome: Outcome | None = None) -> xr.DataArray:
        """Draws of all units (unit, horizon, draw), without a scenario or as one changes them."""
        cells = self.baseline if outcome is None else outcome.draws(self.baseline)
        return unit_draws(cells, summing_matrix(self.region), self.units["unit"].tolist())


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
    network = route_network(region)
    times = pd.DatetimeIndex(cube["time"].to_numpy())
    starts, ends = (pd.DatetimeIndex(forecast[name].to_numpy()) for name in ("target_start", "target_end"))
    season = _season(counts[network.entry], times, region)
    setting = Setting(
        network=network,
        transitions=estimate_transitions(counts, network, freq=region.freq),
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
    baseline = kept["draws"].to_numpy()
    needs = _needs(
        edition,
        region,
        units.loc[units["level"].eq("segment"), "unit"].tolist(),
        history=history["count"],
        flow=unit_draws(baseline, summing_matrix(region), units["unit"].tolist()),
        seed=setting.seed,
    )
    return ScenarioEdition(edition, region, indicator, setting, baseline, scope, units, history, capacity, needs)


def _season(counts: np.ndarray, times: pd.DatetimeIndex, region: Region) -> np.ndarray | None:
    return entry_season(counts.sum(axis=0), _of_year(times), freq=region.freq) if len(counts) else None


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


def _needs(
    edition: Edition, region: Region, segments: Sequence[str], *, history: xr.DataArray, flow: xr.DataArray, seed: int
) -> tuple[Need, ...]:
    """Every stock of places that an edition forecasts at segments.

    Args:
        edition: The edition.
        region: Its pack.
        segments: Units of the segments.
        history: Known counts of what scenarios move (unit, time).
        flow: Its draws without a scenario (unit, horizon, draw), with `total`.
        seed: The run's.
    """
    known = [str(i) for i in edition.forecast["indicator"].to_numpy()]
    kinds = region.indicators
    found = [i for i in known if i.startswith(BED_INDICATORS) and i in kinds and kinds[i].kind == "stock"]
    parts = [
        _need(edition.forecast.sel(indicator=i, nationality=TOTAL), segments, history, flow=flow, seed=seed)
        for i in found
    ]
    return tuple(p for p in parts if p is not None)


def _need(
    one: xr.Dataset, segments: Sequence[str], history: xr.DataArray, *, flow: xr.DataArray, seed: int
) -> Need | None:
    value = one["value"].transpose("unit", "horizon", "quantile")
    forecast = np.isfinite(value.to_numpy()).all(axis=(1, 2))
    units = [str(u) for u in value["unit"].to_numpy()[forecast] if u in set(segments)]
    if not units:
        return None
    own, whole = flow.sel(unit=units).to_numpy(), flow.sel(unit=[ALL] * len(units)).to_numpy()
    template = np.where(np.isfinite(own), own, whole)  # the region's course where a place's own flow is unknown
    stay = estimate_stay(
        one["nowcast"].transpose("unit", "time").sel(unit=units).to_numpy(),
        history.transpose("unit", "time").sel(unit=units).to_numpy(),
        n_draws=flow.sizes["draw"],
        seed=seed,
    )
    need = need_draws(value.sel(unit=units).to_numpy(), np.nan_to_num(template))
    return Need(str(one["indicator"].item()), units, need, one["capacity"].sel(unit=units).to_numpy(), stay)
