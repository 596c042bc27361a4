"""All that a run takes from the store, loaded in one step; and what of it was known on a day, on the grid."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client

from geo.region.region import Region
from pipelines.grid.cube import BuiltCube, build_cube
from pipelines.grid.daily.daily_cube import add_nationalities
from pipelines.grid.daily.period_figures import period_figures
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.grid.unit_histories import last_observed, unit_history_of
from pipelines.ingest.daily.layout import (
    Delivery,
    delivery_checksums,
    list_deliveries,
    load_deliveries,
    require_intact_parts,
)
from pipelines.ingest.daily.vintages import VintageRule
from pipelines.ingest.partners.store import PartnerForecast, load_partners
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import (
    input_checksums,
    list_inputs,
    load_confirmed,
    load_observations,
    load_quarantine,
    quarantined_counts,
)
from pipelines.observations.corrections import Correction, apply_corrections, read_corrections
from pipelines.observations.schema import DataRefusedError
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store
from pipelines.store.periods import day_numbers, period_name

SAMPLE_SOURCE = "sample"  # figures of this source are made up; whatever rests on them is marked synthetic


@dataclass(frozen=True)
class RunInputs:
    """What the store holds of a region."""

    root: Path  # the store's folder
    daily: Path  # the folder of the region's daily tables
    deliveries: tuple[Delivery, ...]  # of daily tables
    observations: pd.DataFrame  # corrected, with the daily tables' totals, of the pack's indicators
    confirmed: pd.DataFrame
    quarantine: pd.DataFrame
    corrections: tuple[Correction, ...]
    partners: tuple[PartnerForecast, ...]  # received by the day of knowledge
    files: tuple[dict[str, str], ...]  # source, file name and checksum of all that was delivered

    @property
    def synthetic(self) -> bool:
        """Whether any figure is from the made-up sample."""
        return SAMPLE_SOURCE in set(self.observations["source"])


@dataclass(frozen=True)
class KnownFigures:
    """What of the inputs was known on a day, on the grid: all that forecasts are made from."""

    built: BuiltCube
    known: KnownRows
    histories: dict[str, xr.Dataset]  # indicator → (unit, time) up to the origin date
    origin_date: pd.Timestamp
    as_of: pd.Timestamp
    day: int | None  # of knowledge, days since 1970; None: everything

    @property
    def main_indicator(self) -> str:
        """The first indicator of the pack that has figures."""
        return next(iter(self.histories))

    @property
    def period(self) -> str:
        """The edition's id: its last observed period."""
        return period_name(self.origin_date, self.known.region.freq)


def stored_checksums(store: Store, region: str) -> dict[str, str]:
    """SHA-256 of every file of the store that an edition of a region rests on, by name.

    Raises:
        DataRefusedError: there is none.
    """
    found = {**input_checksums(store, region), **delivery_checksums(store.daily(region))}
    if store.corrections(region).exists():
        found["corrections"] = checksum(store.corrections(region))
    if not found:
        raise DataRefusedError(f"{store.root}: no figures of region '{region}'. Run 'routecast ingest' first.")
    return found


def load_inputs(store: Store, region: Region, client: Client, *, as_of: date | None) -> RunInputs:
    """Load what the store holds of a region; of partners' forecasts, what was received by a day (None: all).

    Raises:
        DamagedError: a file is not as it was written.
        DataRefusedError: there are no figures, or a correction does not fit them.
    """
    daily = store.daily(region.id)
    deliveries, delivered = load_deliveries(daily), list_deliveries(daily)
    observations = load_observations(store, region.id)
    if deliveries:
        require_intact_parts(deliveries, client=client)
        figures = period_figures(deliveries, region, client=client)
        observations = pd.concat([t for t in (observations, figures) if len(t)], ignore_index=True)
    corrections = read_corrections(store.corrections(region.id))
    observations = apply_corrections(observations, corrections)
    observations = observations[observations["indicator"].isin(list(region.indicators))]
    if observations.empty:
        raise DataRefusedError(f"{store.root}: no figures of region '{region.id}'. Run 'routecast ingest' first.")
    return RunInputs(
        root=store.root,
        daily=daily,
        deliveries=tuple(deliveries),
        observations=observations,
        confirmed=load_confirmed(store, region.id),
        quarantine=load_quarantine(store, region.id),
        corrections=tuple(corrections),
        partners=tuple(load_partners(store, region.id, as_of=as_of)),
        files=(*list_inputs(store, region.id), *delivered),
    )


def known_figures(
    inputs: RunInputs, region: Region, client: Client, *, as_of: date | None, strict_vintages: bool
) -> KnownFigures:
    """Bring what was known on a day (None: everything) onto the grid.

    Raises:
        DataRefusedError: no figure fills a whole period that was over by then.
    """
    observations, deliveries = inputs.observations, inputs.deliveries
    day = None if as_of is None else int(day_numbers(pd.DatetimeIndex([as_of]))[0])
    nationalities = {o for d in deliveries for o in d.nationalities}
    rows = encode(observations, region, more_nationalities=nationalities, confirmed=inputs.confirmed)
    if day is not None and not (rows.frame["end"] <= day).any():
        raise DataRefusedError(
            f"{inputs.root}: no period of region '{region.id}' was over on {as_of}; the figures begin on "
            f"{observations['period_start'].min():%Y-%m-%d}. Name a later --as-of."
        )
    zero = tuple(sorted(name for name, source in SOURCES.items() if source.absence == "zero_within_span"))
    known = KnownRows(rows, grid_for(rows, region, last_day=day), region, strict_vintages, zero)
    built = build_cube(known, day=day, quarantined=quarantined_counts(inputs.quarantine))
    if deliveries:
        options = {"known": VintageRule(day, strict_vintages), "client": client}
        add_nationalities(built.cube, deliveries, region, inputs.daily, **options)
    histories = {i: unit_history_of(built.cube, region, i) for i in region.indicators}
    origin_date = last_observed(list(histories.values()))
    if origin_date is None:
        raise DataRefusedError(
            f"{inputs.root}: the figures of region '{region.id}' fill no whole period of any unit. Ingest more, "
            "mend rows that were refused ('routecast quarantine': what they are part of is unknown), or check the "
            "places with 'routecast region check'."
        )
    newest = pd.Timestamp(as_of) if as_of else pd.Timestamp(observations["as_of"].max())
    return KnownFigures(built, known, with_figures(histories, until=origin_date), origin_date, newest, day)


def with_figures(histories: dict[str, xr.Dataset], *, until: pd.Timestamp) -> dict[str, xr.Dataset]:
    """The histories up to a period, of the indicators that have any figure."""
    seen = {i: h.sel(time=slice(None, until)) for i, h in histories.items()}
    return {i: h for i, h in seen.items() if np.isfinite(h["count"].to_numpy()).any()}
