"""The real series that models are measured on, as histories (unit, time), with the windows of `protocol.yaml`."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import yaml
from scipy.sparse import csr_array

from geo.pack.load import load_region
from geo.region.region import Freq
from pipelines.ingest.sources import italy_landings
from pipelines.ingest.sources.registry import SOURCES

PROTOCOL: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "protocol.yaml").read_text(encoding="utf-8"))
NOT_SECTORS = ["month", "fy", "cy", "coastal_border", "northern_border", "southwest_border", "monthly_total"]


@dataclass(frozen=True)
class Evaluation:
    """Series, and the cutoffs at which they are forecast."""

    name: str
    history: xr.Dataset  # `count` (unit, time), NaN = unknown
    ends: tuple[int, ...]  # number of periods seen at each cutoff
    horizon: int  # periods

    @property
    def levels(self) -> list[str]:
        """Level of each unit."""
        return [str(u).partition(":")[0] for u in self.history["unit"].to_numpy()]

    @property
    def summing(self) -> csr_array:
        """(unit, cell) 0/1: every series is a cell of its own, but a unit `total`, which is the sum of all others."""
        total = self.history["unit"].to_numpy() == "total"
        return csr_array(np.where(total[:, None], 1.0, np.eye(len(total)))[:, ~total])

    def origin_date(self, end: int) -> pd.Timestamp:
        """First day of the last period seen at a cutoff."""
        return pd.Timestamp(self.history["time"].to_numpy()[end - 1])


def evaluations(names: list[str] | None = None) -> list[Evaluation]:
    """The data sets that there are files for; a made-up one without `ROUTECAST_REAL_DATA`."""
    root = os.environ.get("ROUTECAST_REAL_DATA")
    if not root:
        return [evaluation_of("made up", made_up(), {"cutoffs": 30, "step": 2, "horizon": 6})]
    return [evaluation_of(n, SETS[n](Path(root)), PROTOCOL[n]) for n in names or SETS]


def evaluation_of(name: str, history: xr.Dataset, window: dict[str, Any]) -> Evaluation:
    """Cutoffs counted back from the last period that leaves the horizon observed, or on from the first one."""
    periods, horizon, step = history.sizes["time"], window["horizon"], window["step"]
    if "first_end" in window:  # short: scored on the horizons that were observed
        ends = range(window["first_end"], periods, step)
    else:
        ends = range(periods - horizon - step * (window["cutoffs"] - 1), periods - horizon + 1, step)
    return Evaluation(name, history, tuple(ends), horizon)


def frontex(root: Path) -> xr.Dataset:
    """Detections on the seven larger routes, months."""
    table, _ = _detections(root, ["Route"])
    return history_of(table.drop(index=PROTOCOL["frontex"]["left_out"]), "M", prefix="route")


def frontex_total(root: Path) -> xr.Dataset:
    """The routes and their total."""
    return with_total(frontex(root))


def frontex_borders(root: Path) -> xr.Dataset:
    """The same by land and sea, where anything was ever detected in a fifth of the months."""
    table, _ = _detections(root, ["Route", "Border type or inland"])
    return history_of(table[(table > 0).mean(axis=1) >= 0.2], "M", prefix="border")


def frontex_nationalities(root: Path) -> xr.Dataset:
    """The 40 largest series of route × nationality, by the sum of the years before the first cutoff."""
    table, months = _detections(root, ["Route", "Nationality"])
    before = table.loc[:, months < pd.Timestamp(PROTOCOL["frontex_nationalities"]["chosen_before"])]
    return history_of(table.loc[before.sum(axis=1).nlargest(40).index], "M", prefix="segment")


def _detections(root: Path, by: list[str]) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    sheet = pd.read_excel(next((root / "frontex").glob("*.xlsx")), sheet_name="Detections_of_IBC")
    months = [c for c in sheet.columns if isinstance(c, str) and len(c) == 7 and c[3:].isdigit()]
    table = sheet.groupby(by)[months].sum()
    table.columns = pd.to_datetime(["1" + m for m in months], format="%d%b%Y")
    return table, table.columns


def usbp(root: Path) -> xr.Dataset:
    """Encounters in the 21 sectors, months."""
    rows = pd.read_csv(next((root / "usbp").glob("*.csv.gz")), sep="|")
    rows.index = pd.to_datetime({"year": rows["cy"], "month": rows["month"], "day": 1})
    return history_of(rows.sort_index().drop(columns=NOT_SECTORS).T, "M", prefix="segment")


def usbp_total(root: Path) -> xr.Dataset:
    """The sectors and their total."""
    return with_total(usbp(root))


def italy(root: Path) -> xr.Dataset:
    """Landings in Italy as each day was last reported, whole weeks."""
    region = replace(load_region("eu_routes"), aliases={"Italy": "central_mediterranean"})
    read = italy_landings.read(root / "italy" / "sbarchi-per-giorno.csv", region, {})
    newest = read.observations.sort_values("as_of").drop_duplicates("period_start", keep="last")
    return history_of(_weeks(newest.assign(unit="italy").pivot_table("count", "unit", "period_start")), "W")


def unhcr(root: Path) -> xr.Dataset:
    """Arrivals per country along the Western Balkans route 2015–16, whole weeks."""
    region = load_region("western_balkans")
    source = SOURCES["unhcr_western_balkans"]
    rows = source.read(next((root / source.id).glob("*.xlsx")), region, {}).observations
    return history_of(_weeks(rows.pivot_table("count", "place", "period_start")), "W")


def _weeks(daily: pd.DataFrame) -> pd.DataFrame:
    """Sums of whole weeks from Monday (unit × week); unknown where a day is."""
    days = pd.date_range(daily.columns.min(), daily.columns.max())
    daily = daily.reindex(columns=days)
    week = days - pd.to_timedelta(days.dayofweek, unit="D")
    sums = daily.T.groupby(week).sum(min_count=7).T
    return sums.loc[:, pd.Series(week).value_counts().sort_index().to_numpy() == 7]


def with_total(history: xr.Dataset) -> xr.Dataset:
    """A history with the sum of its units before them; unknown where one is."""
    total = history["count"].sum("unit", skipna=False).expand_dims(unit=["total"])
    counts = xr.concat([total, history["count"]], dim="unit").transpose("unit", "time")
    return xr.Dataset({"count": counts}, attrs=history.attrs)


def made_up() -> xr.Dataset:
    """Three Poisson series with a season."""
    rng = np.random.default_rng(1)
    times = pd.date_range("2010-01-01", periods=150, freq="MS")
    rate = np.exp(4 + np.sin(np.arange(150) * np.pi / 6) / 2 + np.cumsum(rng.normal(0, 0.1, (3, 150)), axis=1))
    return history_of(pd.DataFrame(rng.poisson(rate), index=["a", "b", "c"], columns=times), "M")


def history_of(table: pd.DataFrame, freq: Freq, *, prefix: str = "segment") -> xr.Dataset:
    """A wide table (unit × period) as a history."""
    units = [f"{prefix}:{'/'.join(k) if isinstance(k, tuple) else k}" for k in table.index]
    coords = {"unit": units, "time": pd.DatetimeIndex(table.columns)}
    return xr.Dataset({"count": (("unit", "time"), table.to_numpy(float))}, coords=coords, attrs={"freq": freq})


SETS: dict[str, Callable[[Path], xr.Dataset]] = {
    "frontex": frontex,
    "frontex_total": frontex_total,
    "frontex_borders": frontex_borders,
    "frontex_nationalities": frontex_nationalities,
    "usbp": usbp,
    "usbp_total": usbp_total,
    "italy": italy,
    "unhcr": unhcr,
}
