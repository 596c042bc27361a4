"""A small edition that scenarios can run on: four cells, 120 weeks, 200 draws."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.risk.alerts import COLUMNS
from forecasting.risk.bands import pressure_bands
from forecasting.scenarios.compare import unit_draws
from geo.pack.load import load_region
from geo.region.region import Region
from geo.region.risk_inputs import PARTS
from geo.region.units import summing_matrix, unit_table
from pipelines.editions.edition import Edition
from pipelines.publish.edition.publish import Content, publish, region_part
from pipelines.publish.edition.tables import draws_dataset
from pipelines.store.paths import Store
from tests.regions import make_region

HORIZON, N_DRAWS, PERIODS = 6, 200, 120
PACK = """
name: Small region
freq: W
pack_version: "1"
countries: {AAA: Aland, BBB: Bland, CCC: Cland}
indicators: {irregular_crossings: {unit: detections}}
segments:
  - {id: a-1, name: Upper bridge, border: AAA-BBB, neighbours: [a-2]}
  - {id: a-2, name: Lower bridge, border: AAA-BBB}
  - {id: b-1, name: The pass, border: BBB-CCC}
routes:
  - id: north
    segments: [{id: a-1, from: AAA, to: BBB}, {id: a-2, from: AAA, to: BBB}, {id: b-1, from: BBB, to: CCC}]
    edges: [[a-1, b-1], [a-2, b-1]]
"""


def put_small(folder: Path, text: str = PACK) -> tuple[Path, Path]:
    """A pack's folder and a store with an edition of it that pages can open; paths of both."""
    pack = folder / "small"
    pack.mkdir()
    (pack / "region.yaml").write_text(text, encoding="utf-8")
    region = load_region(str(pack))
    put_edition(folder / "store", region=region, tables={"risk": risk_of(region)})
    return pack, folder / "store"


def put_edition(
    folder: Path,
    *,
    region: Region | None = None,
    with_draws: bool = True,
    tables: dict[str, pd.DataFrame] | None = None,
    places: dict[str, float | None] | None = None,
    **manifest: Any,
) -> Edition:
    """Publish it into a store; the capacity of segment b-1 is 50, nationality SYR is a quarter of what a-1 counts.

    `places`: reception places by segment with their capacity; occupied are half of the last periods' counts.
    """
    region = region or make_region()
    rng = np.random.default_rng(1)
    cells = [c.id for c in region.cells]
    times = pd.date_range("2024-07-29", periods=PERIODS, freq="7D")
    counts = rng.poisson(40, (len(cells), PERIODS)).astype(float)
    syr = np.where(np.array(cells)[:, None] == "north/a-1", 0.25 * counts, np.nan)
    small = ("indicator", "cell", "time")
    cube = xr.Dataset(
        {
            "count": (("indicator", "nationality", "cell", "time"), np.stack([counts, syr])[None]),
            "coverage": (small, np.ones((1, len(cells), PERIODS), dtype=np.float32)),
        },
        coords={"indicator": ["irregular_crossings"], "nationality": ["TOTAL", "SYR"], "cell": cells, "time": times},
        attrs={"region": region.id, "pack_version": region.pack_version, "freq": "W"},
    )
    described = unit_table(region)
    units = described["unit"].tolist()
    draws = unit_draws(rng.gamma(4.0, 10.0, (len(cells), HORIZON, N_DRAWS)), summing_matrix(region), units)
    starts = pd.date_range(times[-1] + pd.Timedelta(weeks=1), periods=HORIZON, freq="7D")
    capacity = np.array([50.0 if u == "segment:b-1" else np.nan for u in units])
    history = summing_matrix(region) @ counts
    known = xr.Dataset({"count": (("unit", "time"), history)}, coords={"unit": units}, attrs={"freq": "W"})
    planned = xr.DataArray(capacity, dims="unit", coords={"unit": units})
    bands = pressure_bands(draws, known, planned, rules=region.risk)["pressure_band"].to_numpy()
    forecast = xr.Dataset(
        {
            "nowcast": (("indicator", "nationality", "unit", "time"), history[None, None]),
            "capacity": (("indicator", "unit"), capacity[None]),
            "threat": (("indicator", "unit", "horizon"), bands[None]),
            **{part: (("indicator", "unit"), np.full((1, len(units)), -1, np.int8)) for part in PARTS},
        },
        coords={
            "indicator": ["irregular_crossings"],
            "nationality": ["TOTAL"],
            "unit": units,
            "time": times,
            "horizon": np.arange(1, HORIZON + 1),
            "target_start": ("horizon", starts),
            "target_end": ("horizon", starts + pd.Timedelta(days=6)),
            **{name: ("unit", values.to_numpy(dtype=str)) for name, values in described.items() if name != "unit"},
        },
    )
    forecast = _with_places(forecast, history, places) if places else forecast
    content = Content(
        period="2026-W45",
        manifest={
            **region_part(region),
            "fingerprint": "x",
            "seed": 7,
            "origin_date": f"{times[-1]:%Y-%m-%d}",
            "as_of": f"{times[-1]:%Y-%m-%d}",
            "cutoffs": {},
            "synthetic": True,
            **manifest,
        },
        cube=cube,
        forecast=forecast,
        tables={"alerts": pd.DataFrame(columns=list(COLUMNS)), **(tables or {})},
        quality={},
        draws=draws_dataset(draws, region, indicator="irregular_crossings") if with_draws else None,
    )
    return publish(content, Store(folder), render=lambda _edition: {}, run_info=dict).edition


def _with_places(forecast: xr.Dataset, history: np.ndarray, places: dict[str, float | None]) -> xr.Dataset:
    """The forecast with a second indicator: a stock that half of the flow fills and half of it leaves."""
    units = forecast["unit"].to_numpy()
    stock = np.full(history.shape, np.nan)
    capacity = np.full(len(units), np.nan)
    value = np.full((len(units), HORIZON, len(QUANTILE_LEVELS)), np.nan)
    for segment, planned in places.items():
        row = units.tolist().index(f"segment:{segment}")
        level = history[row].mean()
        for t, count in enumerate(history[row]):
            level = 0.5 * level + 0.5 * count
            stock[row, t] = level
        capacity[row] = np.nan if planned is None else planned
        value[row] = np.linspace(0.5, 1.5, len(QUANTILE_LEVELS)) * level
    other = xr.Dataset(
        {
            "nowcast": (("indicator", "nationality", "unit", "time"), stock[None, None]),
            "capacity": (("indicator", "unit"), capacity[None]),
            "value": (("indicator", "nationality", "unit", "horizon", "quantile"), value[None, None]),
            **{name: forecast[name].drop_vars("indicator") for name in ("threat", *PARTS)},
        },
        coords={**forecast.coords, "indicator": ["reception_occupied"], "quantile": list(QUANTILE_LEVELS)},
    )
    return xr.concat([forecast, other], dim="indicator", join="outer", data_vars="all")


def risk_of(region: Region) -> pd.DataFrame:
    """A table of risk in which nothing is pressing, so that pages open."""
    units = unit_table(region)
    starts = pd.date_range("2026-11-16", periods=HORIZON, freq="7D")
    return units.loc[units.index.repeat(HORIZON)].assign(
        indicator="irregular_crossings",
        q10=30.0,
        q50=40.0,
        q90=50.0,
        mean=40.0,
        pressure_band="low",
        previous_band=None,
        exceedance_probability=np.nan,
        surge_probability=np.nan,
        capacity=np.nan,
        no_better=False,
        regime_break=False,
        reported_share=1.0,
        skill=0.9,
        trend_percent=0.0,
        last_mean=40.0,
        band_basis="relative to own history",
        horizon=np.tile(np.arange(1, HORIZON + 1), len(units)),
        target_start=np.tile(starts, len(units)),
        target_end=np.tile(starts + pd.Timedelta(days=6), len(units)),
    )
