"""From an edition to what partners and the public may see of it: separate, immutable editions (design §4.5, §4.7)."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.region.disclosure import DisclosureRules
from geo.region.region import Region
from pipelines.compute.workers import Progress
from pipelines.editions.edition import MANIFEST, Edition, EditionError
from pipelines.publish.disclosure.masked_forecast import masked_forecast
from pipelines.publish.disclosure.masked_tables import masked_tables
from pipelines.publish.disclosure.nationalities.groups import COLUMNS, FILE, grouped_nationalities
from pipelines.publish.disclosure.nationalities.release_history import (
    FOLDER,
    read_nationality_ledger,
    write_nationality_ledger,
)
from pipelines.publish.disclosure.profile_manifest import profile_manifest, profile_quality
from pipelines.publish.disclosure.profile_view import View
from pipelines.publish.disclosure.release_history import earlier, ledger_table, read_ledgers, write_ledger
from pipelines.publish.disclosure.suppression.protect import CountsByUnit, Protected, protect
from pipelines.publish.edition.publish import Renderer, seal
from pipelines.store.atomic import flush_tree, json_bytes, write_atomically
from pipelines.store.paths import Store

DERIVED = ("partner", "public")


def derive(
    edition: Edition, store: Store, region: Region, *, render: Renderer, progress: Progress = lambda *_: None
) -> dict[str, Edition]:
    """Make the partner and the public edition of an edition; those that are there already stay as they are.

    Args:
        edition: An edition as published.
        store: Where to; what earlier ones showed is read there too.
        region: The pack, for its rules.
        render: Makes the briefing's files from a staged edition.
        progress: Told of every indicator and every derived edition.

    Returns:
        Profile → the derived edition.

    Raises:
        EditionError: the edition is damaged.
    """
    folders = {p: store.profiles(p, edition.region_id) / edition.id for p in DERIVED}
    if all(f.is_dir() for f in folders.values()):
        return {p: Edition(f) for p, f in folders.items()}
    problems = edition.verify()
    if problems:
        raise EditionError(f"{edition.id}: not derived, it is damaged: {'; '.join(problems[:3])}. Restore the store.")
    partner, exact = _protected(edition, store, region.disclosure, progress)
    for number, (profile, folder) in enumerate(folders.items()):
        progress("derived editions", number, len(folders))
        rule = region.disclosure.partner if profile == "partner" else region.disclosure.public
        view = View(rule, edition.forecast, partner, exact, region.risk.history_years)
        if not folder.is_dir():
            more = {FILE: _told_nationalities(edition, view, store, region)} if profile == "partner" else {}
            _publish(edition, view, folder, more, profile=profile, region=region, render=render)
    progress("derived editions", len(folders), len(folders))
    return {p: Edition(f) for p, f in folders.items()}


def grid_of(edition: Edition, indicator: str, levels: frozenset[str]) -> CountsByUnit:
    """An indicator's counts on all units, and how they add up."""
    forecast, cube = edition.forecast, edition.cube
    units = forecast["unit"].to_numpy()
    place = {u: i for i, u in enumerate(units)}
    history = forecast["history"].sel(indicator=indicator, nationality="TOTAL").transpose("unit", "time").to_numpy()
    coords = zip(*(cube[c].to_numpy() for c in ("cell", "route", "border", "segment", "headline")), strict=True)
    members = np.zeros((len(units), cube.sizes["cell"]), dtype=bool)
    finest = []
    for i, (cell, route, border, segment, headline) in enumerate(coords):
        holders = ["total", f"route:{route}", f"border:{border}", f"segment:{segment}", f"cell:{cell}"]
        for unit in [*holders, *(["headline"] if headline else [])]:
            if unit in place:
                members[place[unit], i] = True
        finest.append(place.get(f"cell:{cell}", place[f"segment:{segment}"]))
    return CountsByUnit(history, members, np.array(finest), np.isin(forecast["level"].to_numpy(), list(levels)))


def _protected(
    edition: Edition, store: Store, rules: DisclosureRules, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Histories as partners see them and where they are exact, (indicator, unit, time); remembered in the ledger."""
    forecast = edition.forecast
    folder = store.shown(edition.region_id)
    ledger = read_ledgers(folder)
    units, times = list(forecast["unit"].to_numpy()), pd.DatetimeIndex(forecast["time"].to_numpy())
    levels = frozenset((*rules.partner.levels, *rules.public.levels))
    results: dict[str, Protected] = {}
    indicators = [str(i) for i in forecast["indicator"].to_numpy()]
    for number, indicator in enumerate(indicators):
        progress("indicators protected", number, len(indicators))
        results[indicator] = protect(
            grid_of(edition, indicator, levels),
            rules,
            threshold=rules.threshold_of(indicator),
            earlier=earlier(ledger, indicator, units, times),
        )
    progress("indicators protected", len(indicators), len(indicators))
    path = folder / f"{_next(folder, edition.id)}-{edition.id}.parquet"
    write_ledger(path, [ledger_table(r, i, units, times) for i, r in results.items()])
    partner = np.stack([r.history for r in results.values()])
    history = forecast["history"].sel(nationality="TOTAL").transpose("indicator", "unit", "time").to_numpy()
    return partner, np.isfinite(partner) & (partner == history)


def _told_nationalities(edition: Edition, view: View, store: Store, region: Region) -> pd.DataFrame:
    """The table of nationality groups; remembered before anybody sees it."""
    folder = store.shown(edition.region_id)
    ledger = read_nationality_ledger(folder, edition.forecast.attrs["freq"])
    stocks = frozenset(i.id for i in region.indicators.values() if i.kind == "stock")
    told = grouped_nationalities(edition.cube, view, region.disclosure, ledger, stocks=stocks)
    write_nationality_ledger(folder / FOLDER / f"{_next(folder / FOLDER, edition.id)}-{edition.id}.parquet", told)
    return told[list(COLUMNS)]


def _next(folder: Path, edition_id: str) -> str:
    """Number of the ledger's next file; an edition whose derivation was broken off keeps its own."""
    mine = [p.name[:6] for p in folder.glob(f"*-{edition_id}.parquet")]
    return mine[0] if mine else f"{len(list(folder.glob('*.parquet'))) + 1:06d}"


def _publish(
    edition: Edition,
    view: View,
    folder: Path,
    more: Mapping[str, pd.DataFrame],
    *,
    profile: str,
    region: Region,
    render: Renderer,
) -> None:
    """Write to a staging folder, seal, rename: readers see all of it or nothing."""
    staging = folder.parent / f".staging-{uuid4().hex}"
    staging.mkdir(parents=True)
    manifest = profile_manifest(edition, region, profile=profile, rule=view.rule)
    try:
        masked_forecast(view).to_zarr(staging / "forecast.zarr", mode="w", consolidated=False, zarr_format=2)
        _write_tables({**masked_tables(edition, view), **more}, staging)
        write_atomically(staging / "quality.json", json_bytes(profile_quality(edition.quality, view)))
        write_atomically(staging / MANIFEST, json_bytes({**manifest, "files": {}}))
        for name, data in render(Edition(staging)).items():
            write_atomically(staging / name, data)
        seal(staging, manifest)
        flush_tree(staging)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_tables(tables: Mapping[str, Any], folder: Path) -> None:
    for name, table in tables.items():
        more = {"schema_version": "1.1.0"} if isinstance(table, gpd.GeoDataFrame) else {}
        table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", **more)
