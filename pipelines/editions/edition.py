"""Reading published editions (design §4.5). A reader sees an old edition or the new one, never half."""

import json
import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import xarray as xr

from pipelines.store.checksums import DamagedError, checksum
from pipelines.store.ledger import FILE as LEDGER, entered
from pipelines.store.paths import Store

MANIFEST = "manifest.json"
MANIFEST_CHECKSUM = "manifest.sha256"
LATEST = "latest"
ASIDE = "set_aside.json"  # beside `latest`: what readers are not led to, and ids that are never given again
OUTSIDE_CHECKSUMS = (MANIFEST, MANIFEST_CHECKSUM, "run.json")
_EDITION_ID = re.compile(r"^\d{4}-(W\d{2}|\d{2})(\.\d+)?$")


class EditionError(Exception):
    """An edition is absent or not what its manifest says. Exit code 3."""


@dataclass(frozen=True)
class Edition:
    """One published, immutable set of forecasts and what they rest on; files are read when first asked for."""

    folder: Path

    @property
    def id(self) -> str:
        """The last observed period, `2026-W47`; a second one for it `2026-W47.2`."""
        return str(self.manifest["edition"])

    @property
    def region_id(self) -> str:
        """The region pack's id."""
        return str(self.manifest["region"])

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Checksums, inputs, settings, seed, versions and what readers must be told."""
        return self._json(MANIFEST)

    @cached_property
    def quality(self) -> dict[str, Any]:
        """Sources, coverage, quarantine, unallocated and conservation."""
        return self._json("quality.json")

    @cached_property
    def forecast(self) -> xr.Dataset:
        """`forecast.zarr`: quantiles, probabilities, bands and history by (indicator, nationality, unit, horizon)."""
        return xr.load_dataset(self.folder / "forecast.zarr", engine="zarr", chunks=None, consolidated=False)

    @property
    def has_draws(self) -> bool:
        """Whether joint draws are kept: editions for partners and the public have none."""
        return (self.folder / "draws.zarr").is_dir()

    @cached_property
    def draws(self) -> xr.Dataset:
        """`draws.zarr`: joint draws of the main indicator's cells (cell, horizon, draw); what scenarios start from.

        Raises:
            EditionError: the edition was published before draws were kept.
        """
        path = self.folder / "draws.zarr"
        if not self.has_draws:
            raise EditionError(
                f"{path}: expected the draws of the cells, this edition has none (it is from an earlier version). "
                "Publish a new one with 'routecast run'."
            )
        return xr.load_dataset(path, engine="zarr", chunks=None, consolidated=False)

    @cached_property
    def cube(self) -> xr.Dataset:
        """`cube.zarr` (indicator, nationality, cell, time), opened lazily."""
        return xr.open_dataset(self.folder / "cube.zarr", engine="zarr", chunks=None, consolidated=False)

    @cached_property
    def risk(self) -> pd.DataFrame:
        """One row per (indicator, unit, horizon); a GeoDataFrame (EPSG:4326) where the region has geometry."""
        path = self.folder / "risk.parquet"
        if b"geo" in (pq.read_schema(path).metadata or {}):
            return gpd.read_parquet(path)
        return pd.read_parquet(path)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Backtest scores per model, location, horizon and cutoff."""
        return pd.read_parquet(self.folder / "scores.parquet")

    def of_indicator(self, name: str, indicator: str) -> pd.DataFrame:
        """The rows of one indicator of `scores` or `backtest`: of ten indicators a reader needs one."""
        return pd.read_parquet(self.folder / f"{name}.parquet", filters=[("indicator", "==", indicator)])

    @cached_property
    def backtest(self) -> pd.DataFrame:
        """Past forecasts of the backtest against what came."""
        return pd.read_parquet(self.folder / "backtest.parquet")

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """Long hub-style table (design §4.4)."""
        return pd.read_parquet(self.folder / "forecasts.parquet")

    def table(self, name: str) -> pd.DataFrame:
        """A table by its file's stem (`points`, `alerts`, …); empty where the edition or its profile has none."""
        if name not in self._tables:
            path = self.folder / f"{name}.parquet"
            self._tables[name] = pd.read_parquet(path) if path.is_file() else pd.DataFrame()
        return self._tables[name]

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def seal(self) -> str:
        """SHA-256 of the manifest, which names every file's: two editions with one seal have the same bytes."""
        return checksum(self.folder / MANIFEST)

    @cached_property
    def kept(self) -> dict[Hashable, Any]:
        """What readers have worked out of the edition and share, by its name; it goes when the edition is let go."""
        return {}

    def verify(self) -> list[str]:
        """What differs from the manifest, by file, or another edition in its place; empty when all is as published."""
        return verify_folder(self.folder) or _in_anothers_place(self.folder)

    def require_intact(self) -> Self:
        """The edition itself, for what is made of it.

        Raises:
            EditionError: it is not as published; the message names what differs.
        """
        problems = self.verify()
        if problems:
            raise EditionError(
                f"{self.folder.name}: not what was published, so nothing is made of it: {'; '.join(problems[:3])}. Put "
                "it back from a backup."
            )
        return self

    def _json(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise EditionError(
                f"{path}: expected a readable JSON file, got {error}. Run 'routecast editions verify'."
            ) from error


def edition_files(folder: Path) -> list[Path]:
    """Every file of an edition that its checksums cover, in a fixed order."""
    files = (p for p in folder.rglob("*") if p.is_file() and str(p.relative_to(folder)) not in OUTSIDE_CHECKSUMS)
    return sorted(files)


def verify_folder(folder: Path) -> list[str]:
    """Compare every byte under an edition's folder with its manifest; the problems found, by file name."""
    manifest, stated = folder / MANIFEST, folder / MANIFEST_CHECKSUM
    if not manifest.is_file() or not stated.is_file():
        return [f"{folder.name}: manifest missing"]
    if checksum(manifest) != stated.read_bytes().decode("ascii", errors="replace").strip():
        return [f"{folder.name}/{MANIFEST}: differs from its checksum"]
    expected: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    present = {str(p.relative_to(folder)): p for p in edition_files(folder)}
    problems = [f"{folder.name}/{name}: missing" for name in expected if name not in present]
    problems += [f"{folder.name}/{name}: not in the manifest" for name in present if name not in expected]
    for name in sorted(expected.keys() & present.keys()):
        if checksum(present[name]) != expected[name]:
            problems.append(f"{folder.name}/{name}: differs from its checksum")
    return problems


def _in_anothers_place(folder: Path) -> list[str]:
    """Whether a whole edition lies where another one belongs: of another region, name or profile, or published anew.

    Folders outside a store are in nobody's place.
    """
    above = [f.name for f in folder.parents]
    profile = None if above[1:2] == ["editions"] else above[1] if above[2:3] == ["profiles"] else ""
    if profile == "":
        return []
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    of, own = (manifest["region"], manifest["edition"], manifest.get("profile")), (above[0], folder.name, profile)
    if of != own:
        named = [" ".join(str(word) for word in words if word) for words in (own, of)]
        return [f"{folder.name}: expected the edition {named[0]} in this place, got {named[1]}"]
    root = folder.parents[2 if profile is None else 3]
    try:
        known = _entered(root, checksum(root / LEDGER) if (root / LEDGER).is_file() else "")
    except DamagedError as error:
        return [str(error)]
    if known.get(str(folder.relative_to(root)), checksum(folder / MANIFEST)) != checksum(folder / MANIFEST):
        return [f"{folder.name}: expected the edition that the ledger names, got another one of its name"]
    return []


@lru_cache(maxsize=2)
def _entered(root: Path, ledger: str) -> dict[str, str]:  # noqa: ARG001 - the ledger's checksum: it grows
    return entered(Store(root))


def is_edition_id(name: str) -> bool:
    """Whether a folder of this name can be an edition."""
    return _EDITION_ID.match(name) is not None


def edition_order(edition_id: str) -> tuple[str, int]:
    """What ids are sorted by: period, then number.

    >>> edition_order("2026-W47") < edition_order("2026-W47.2") < edition_order("2026-W47.10")
    True
    """
    period, _, number = edition_id.partition(".")
    return period, int(number or 1)


def list_editions(store: Store, region: str) -> list[str]:
    """Ids of the region's published editions, oldest period first."""
    folder = store.editions(region)
    if not folder.is_dir():
        return []
    found = [p.name for p in folder.iterdir() if is_edition_id(p.name) and (p / MANIFEST).is_file()]
    return sorted(found, key=edition_order)


def aside(store: Store, region: str) -> dict[str, list[str]]:
    """Ids that were rolled back from (`set_aside`) and ids that retention has deleted (`deleted`)."""
    path = store.editions(region) / ASIDE
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return {"set_aside": list(found.get("set_aside", [])), "deleted": list(found.get("deleted", []))}
    except (ValueError, AttributeError) as error:
        raise EditionError(
            f"{path}: expected a JSON file with the lists 'set_aside' and 'deleted', got {error}. Put back a copy; "
            "without the file, nothing counts as rolled back from."
        ) from error


def latest_edition(store: Store, region: str) -> str | None:
    """Id in the `latest` file; where that is absent or points nowhere, the newest one not rolled back from."""
    known = list_editions(store, region)
    pointer = store.editions(region) / LATEST
    named = pointer.read_bytes().decode("ascii", errors="replace").strip() if pointer.is_file() else ""
    if named in known or not known:
        return named if named in known else None
    left_out = aside(store, region)["set_aside"]
    return next((e for e in reversed(known) if e not in left_out), known[-1])


def lost_latest(store: Store, region: str) -> str | None:
    """What the `latest` file names and is not there ("" where the file itself is not); None: it is as it should be."""
    pointer = store.editions(region) / LATEST
    named = pointer.read_bytes().decode("ascii", errors="replace").strip() if pointer.is_file() else ""
    return None if named in list_editions(store, region) else named


def earlier_edition(store: Store, region: str, origin_date: pd.Timestamp) -> Edition | None:
    """The newest edition of an earlier period, the latest that readers saw where that is one; none rolled back from."""
    latest, left_out = latest_edition(store, region), aside(store, region)["set_aside"]
    shown = [e for e in reversed(list_editions(store, region)) if e not in left_out]
    for edition_id in [*([latest] if latest else []), *shown]:
        edition = Edition(store.editions(region) / edition_id)
        if pd.Timestamp(edition.manifest["origin_date"]) < origin_date:
            return edition
    return None


def no_edition(store: Store, region: str) -> str:
    """That a region has no edition, and which regions of the store have: `--region` is easily left out."""
    others = [r for r in store.regions() if list_editions(store, r)]
    there = f"There are editions of: {', '.join(others)}. Name one with --region, or run" if others else "Run"
    return (
        f"{store.root}: expected an edition of region '{region}', got none. {there} 'routecast run --region {region}'."
    )


def open_edition(store: Store, region: str, edition_id: str = "latest") -> Edition:
    """Open one edition for reading.

    Raises:
        EditionError: there is no such edition; the message names those there are. So it is where the newest is lost:
            nobody gets an earlier one without having named it.
    """
    known = list_editions(store, region)
    lost = lost_latest(store, region) if edition_id == "latest" and known else None
    if lost:
        raise EditionError(
            f"{store.root}: 'latest' of region '{region}' is edition '{lost}', which can't be read. Put it back from a "
            f"backup ('routecast doctor'), or name another: {', '.join(known)}."
        )
    wanted = latest_edition(store, region) if edition_id == "latest" else edition_id
    if wanted is None:
        raise EditionError(no_edition(store, region))
    if wanted not in known:
        raise EditionError(
            f"{store.root}: no edition '{wanted}' of region '{region}'. There are: {', '.join(known) or 'none'}."
        )
    return Edition(store.editions(region) / wanted)
