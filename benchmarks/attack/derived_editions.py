"""Derived editions as an attacker opens them: their files alone, with a number for each period and each vintage."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

MOSTLY_WHOLE = 0.05  # share of an indicator's counts that were shared out, up to which parts are taken as whole
MONDAY = pd.Timestamp("1970-01-05")


@dataclass(frozen=True)
class DerivedEdition:
    """One derived edition and its place among the others."""

    folder: Path
    number: int  # editions of the same id are the same vintage, whatever the profile
    manifest: Mapping[str, object]
    forecast: xr.Dataset

    @cached_property
    def times(self) -> np.ndarray:
        """Number of each period since 1970."""
        starts = pd.DatetimeIndex(self.forecast["time"].to_numpy())
        if self.manifest["freq"] == "M":
            return ((starts.year - 1970) * 12 + starts.month - 1).to_numpy()
        return ((starts - MONDAY).days // 7).to_numpy()

    def table(self, name: str) -> pd.DataFrame:
        """One of its tables; empty where it has none."""
        path = self.folder / f"{name}.parquet"
        return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def read_derived_editions(folders: Sequence[Path]) -> Iterator[DerivedEdition]:
    """Open them, older ones first; profiles of one edition have the same number."""
    numbers: dict[str, int] = {}
    for folder in folders:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        number = numbers.setdefault(manifest["edition"], len(numbers))
        forecast = xr.load_dataset(folder / "forecast.zarr", engine="zarr", chunks=None, consolidated=False)
        yield DerivedEdition(folder, number, manifest, forecast)


def plane(derived: DerivedEdition, name: str, position: int) -> np.ndarray:
    """One indicator's values of a variable, all nationalities together, shape (unit, time)."""
    array = derived.forecast[name].isel(indicator=position)
    if "nationality" in array.dims:
        array = array.sel(nationality="TOTAL")
    return array.transpose("unit", "time").to_numpy()


def shared_out(editions: Sequence[DerivedEdition], indicator: str) -> bool:
    """Whether an edition says that counts were shared out over places: parts may then be less than one."""
    for derived in editions:
        quality = json.loads((derived.folder / "quality.json").read_text(encoding="utf-8"))
        shares = [s["spread_share"] or 0.0 for s in quality["segments"] if s["indicator"] == indicator]
        if shares and sum(shares) > MOSTLY_WHOLE * len(shares):
            return True
    return False
