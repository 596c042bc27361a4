"""From a store to what is known on a day: observations, cube, histories, account."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client

from geo.region.region import Region
from pipelines.grid.axes import grid_for
from pipelines.grid.cube import BuiltCube, build_cube
from pipelines.grid.daily.daily_cube import add_nationalities
from pipelines.grid.daily.period_figures import period_figures
from pipelines.grid.encode import encode
from pipelines.grid.histories.cutoffs import last_observed, unit_history_of
from pipelines.grid.known_rows import KnownRows
from pipelines.ingest.daily.layout import load_deliveries, require_intact_parts
from pipelines.ingest.daily.vintages import VintageRule
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import load_confirmed, load_observations, load_quarantine, quarantined_counts
from pipelines.observations.corrections import Correction, apply_corrections, read_corrections
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from pipelines.store.periods import day_numbers, period_name

SAMPLE_SOURCE = "sample"  # figures of this source are made up; whatever rests on them is marked synthetic


@dataclass(frozen=True)
class RunInputs:
    """All that a run knows before it forecasts."""

    observations: pd.DataFrame
    quarantine: pd.DataFrame
    built: BuiltCube
    known: KnownRows
    histories: dict[str, xr.Dataset]  # indicator → (unit, time) up to the origin date
    origin_date: pd.Timestamp
    as_of: pd.Timestamp
    corrections: tuple[Correction, ...] = ()

    @property
    def main_indicator(self) -> str:
        """The first indicator of the pack that has figures."""
        return next(iter(self.histories))

    @property
    def synthetic(self) -> bool:
        """Whether any figure is from the made-up sample."""
        return SAMPLE_SOURCE in set(self.observations["source"])


def load_run_inputs(
    store: Store, region: Region, *, as_of: date | None, strict_vintages: bool, client: Client
) -> RunInputs:
    """Load a region's observations and aggregate what was known on a day (None: everything).

    Raises:
        DataRefusedError: there are no figures, or none that fills a whole period.
    """
    deliveries = load_deliveries(store.daily(region.id))
    observations = load_observations(store, region.id)
    if deliveries:
        require_intact_parts(deliveries, client=client)
        figures = period_figures(deliveries, region, client=client)
        observations = pd.concat([t for t in (observations, figures) if len(t)], ignore_index=True)
    corrections = read_corrections(store.corrections(region.id))
    observations = apply_corrections(observations, corrections)
    day = None if as_of is None else int(day_numbers(pd.DatetimeIndex([as_of]))[0])
    observations = observations[observations["indicator"].isin(list(region.indicators))]
    if observations.empty:
        raise DataRefusedError(f"{store.root}: no figures of region '{region.id}'. Run 'routecast ingest' first.")
    quarantine = load_quarantine(store, region.id)
    nationalities = {o for d in deliveries for o in d.nationalities}
    rows = encode(observations, region, more_nationalities=nationalities, confirmed=load_confirmed(store, region.id))
    if day is not None and not (rows.frame["end"] <= day).any():
        raise DataRefusedError(
            f"{store.root}: no period of region '{region.id}' was over on {as_of}; the figures begin on "
            f"{observations['period_start'].min():%Y-%m-%d}. Name a later --as-of."
        )
    known = KnownRows(rows, grid_for(rows, region, last_day=day), region, strict_vintages, _zero_sources())
    built = build_cube(
        rows,
        known.grid,
        region,
        day=day,
        strict_vintages=strict_vintages,
        quarantined=quarantined_counts(quarantine),
        zero_within_span=known.zero_within_span,
    )
    if deliveries:
        options = {"known": VintageRule(day, strict_vintages), "client": client}
        add_nationalities(built.cube, deliveries, region, store.daily(region.id), **options)
    histories = {i: unit_history_of(built.cube, region, i) for i in region.indicators}
    origin_date = last_observed(list(histories.values()))
    if origin_date is None:
        raise DataRefusedError(
            f"{store.root}: the figures of region '{region.id}' fill no whole period of any unit. Ingest more, "
            "or check the places with 'routecast region check'."
        )
    seen = {i: h.sel(time=slice(None, origin_date)) for i, h in histories.items()}
    kept = {i: h for i, h in seen.items() if np.isfinite(h["count"].to_numpy()).any()}
    newest = pd.Timestamp(as_of) if as_of else pd.Timestamp(observations["as_of"].max())
    return RunInputs(observations, quarantine, built, known, kept, origin_date, newest, tuple(corrections))


def _zero_sources() -> tuple[str, ...]:
    return tuple(sorted(name for name, source in SOURCES.items() if source.absence == "zero_within_span"))


def edition_period(knowledge: RunInputs) -> str:
    """The edition's id: its last observed period."""
    return period_name(knowledge.origin_date, knowledge.known.region.freq)
