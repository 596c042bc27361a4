"""All that a run takes from the store, loaded in one step; and what of it was known on a day, on the grid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from distributed import Client

from geo.region.region import Region
from pipelines.grid.cube import BuiltCube, CubeOnDisk, build_cube
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.grid.group_totals import Knowledge
from pipelines.grid.stored_figures import BlockRequest, StoredFigures, add_up_store, totals_table
from pipelines.grid.unit_histories import last_observed, unit_history_of
from pipelines.ingest.partners.store import PartnerForecast, load_partners
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.batches import (
    batch_files,
    input_checksums,
    list_inputs,
    load_confirmed,
    load_quarantine,
    quarantined_counts,
)
from pipelines.observations.corrections import Correction, corrected_rows, read_corrections
from pipelines.observations.partitions import list_partitions
from pipelines.observations.schema import DataRefusedError
from pipelines.store.checksums import DamagedError, checksum, damage_of
from pipelines.store.paths import Store
from pipelines.store.periods import day_numbers, period_name

SAMPLE_SOURCE = "sample"  # figures of this source are made up; whatever rests on them is marked synthetic


@dataclass(frozen=True)
class RunInputs:
    """What the store holds of a region."""

    root: Path  # the store's folder
    stored: StoredFigures  # what the rows add up to
    others: pd.DataFrame  # rows that are not added up by blocks: corrected, of the pack's indicators
    confirmed: pd.DataFrame
    quarantine: pd.DataFrame
    corrections: tuple[Correction, ...]
    partners: tuple[PartnerForecast, ...]  # received by the day of knowledge
    files: tuple[dict[str, str], ...]  # source, file name and checksum of all that was delivered

    @property
    def observations(self) -> pd.DataFrame:
        """All of it in the canonical columns: what was added up as totals, the other rows as they are."""
        tables = [self.others, totals_table(self.stored.added)]
        return pd.concat([t for t in tables if len(t)], ignore_index=True)

    @property
    def synthetic(self) -> bool:
        """Whether any figure is from the made-up sample."""
        return SAMPLE_SOURCE in {*self.others["source"], *(s.source for s in self.stored.added.series)}


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
    found = input_checksums(store, region)
    if store.corrections(region).exists():
        found["corrections"] = checksum(store.corrections(region))
    if not found:
        raise DataRefusedError(f"{store.root}: no figures of region '{region}'. Run 'routecast ingest' first.")
    return found


def load_inputs(
    store: Store,
    region: Region,
    client: Client,
    *,
    as_of: date | None,
    strict_vintages: bool = False,
    nationalities: bool = True,
) -> RunInputs:
    """Load what the store holds of a region; of partners' forecasts, what was received by a day (None: all).

    Args:
        store: The store.
        region: The pack.
        client: Where the rows are read and added up.
        as_of: Day of knowledge.
        strict_vintages: Whether a figure whose first vintage is later is left out (design §4.1).
        nationalities: Whether single nationalities are wanted on the grid.

    Raises:
        DamagedError: a file is not as it was written.
        DataRefusedError: there are no figures, or a correction does not fit them.
    """
    _require_no_daily(store, region.id)
    files = batch_files(store.observations(region.id))
    _require_intact(files, client)
    corrections = read_corrections(store.corrections(region.id))
    partitions = list_partitions(files)
    request = BlockRequest(
        known=Knowledge(_day_number(as_of), strict_vintages),
        nationalities=nationalities,
        alone=tuple(region.forecast_nationalities),
        kept=store.blocks(region.id),
    )
    corrected = corrected_rows(partitions, corrections)
    stored = add_up_store(partitions, region, client, request, corrections=corrected)
    others = stored.others[stored.others["indicator"].isin(list(region.indicators))]
    if others.empty and stored.added.figures.empty:
        raise DataRefusedError(f"{store.root}: no figures of region '{region.id}'. Run 'routecast ingest' first.")
    return RunInputs(
        root=store.root,
        stored=stored,
        others=others,
        confirmed=load_confirmed(store, region.id),
        quarantine=load_quarantine(store, region.id),
        corrections=tuple(corrections),
        partners=tuple(load_partners(store, region.id, as_of=as_of)),
        files=tuple(list_inputs(store, region.id)),
    )


def _require_no_daily(store: Store, region: str) -> None:
    if any((store.root / "daily" / region).glob("[0-9]*")):
        raise DataRefusedError(
            f"{store.root / 'daily' / region}: expected no daily tables apart from the others, as an earlier version "
            "kept them. Delete this folder and ingest their files again: 'routecast ingest csv FILE'."
        )


def _require_intact(paths: Sequence[Path], client: Client) -> None:
    found = client.gather(client.map(damage_of, paths, pure=False)) if paths else []
    damaged = [f"{path}: {text}" for path, text in zip(paths, found, strict=True) if text]
    if damaged:
        raise DamagedError(damaged[0] + (f" ({len(damaged) - 1} more)" if len(damaged) > 1 else ""))


def _day_number(day: date | None) -> int | None:
    return None if day is None else int(day_numbers(pd.DatetimeIndex([day]))[0])


def known_figures(
    inputs: RunInputs, region: Region, *, as_of: date | None, strict_vintages: bool, folder: Path | None = None
) -> KnownFigures:
    """Bring what was known on a day (None: everything) onto the grid.

    Args:
        inputs: What the store holds, loaded for the same day.
        region: The pack.
        as_of: Day of knowledge.
        strict_vintages: As the inputs were loaded.
        folder: Where the workers write the cube with its nationalities; None: the totals alone are wanted.

    Raises:
        DataRefusedError: no figure fills a whole period that was over by then.
    """
    added, day = inputs.stored.added, _day_number(as_of)
    rows = encode(inputs.others, region, added=added, confirmed=inputs.confirmed)
    if day is not None and not (rows.frame["end"] <= day).any():
        first = np.datetime64(int(rows.frame["start"].min()), "D")
        raise DataRefusedError(
            f"{inputs.root}: no period of region '{region.id}' was over on {as_of}; the figures begin on "
            f"{first}. Name a later --as-of."
        )
    zero = tuple(sorted(name for name, source in SOURCES.items() if source.absence == "zero_within_span"))
    known = KnownRows(rows, grid_for(rows, region, last_day=day), region, strict_vintages, zero)
    disk = None if folder is None else CubeOnDisk(folder / "cube.zarr", inputs.stored.sums)
    quarantined = quarantined_counts(inputs.quarantine)
    built = build_cube(known, day=day, quarantined=quarantined, totals_only=disk is None, disk=disk)
    built = replace(built, negative_rest=built.negative_rest + added.negative_rest)
    histories = {i: unit_history_of(built.cube, region, i) for i in region.indicators}
    origin_date = last_observed(list(histories.values()))
    if origin_date is None:
        raise DataRefusedError(
            f"{inputs.root}: the figures of region '{region.id}' fill no whole period of any unit. Ingest more, "
            "mend rows that were refused ('routecast quarantine': what they are part of is unknown), or check the "
            "places with 'routecast region check'."
        )
    newest = pd.Timestamp(as_of) if as_of else pd.Timestamp(int(rows.frame["as_of"].max()), unit="D")
    return KnownFigures(built, known, with_figures(histories, until=origin_date), origin_date, newest, day)


def with_figures(histories: dict[str, xr.Dataset], *, until: pd.Timestamp) -> dict[str, xr.Dataset]:
    """The histories up to a period, of the indicators that have any figure."""
    seen = {i: h.sel(time=slice(None, until)) for i, h in histories.items()}
    return {i: h for i, h in seen.items() if np.isfinite(h["count"].to_numpy()).any()}
