"""Builds a small edition exactly by design §4.5: made-up numbers, and the awkward cases that readers must survive.

By position of the segment: 0 very high · 1 high · 2 moderate · 3 no capacity (relative to own history) ·
4 no better than a simple method · 5 no band (short history) · 6 missing periods · 7 regime break · 8 only zeros ·
from 9 on ordinary.
`smuggling_cases` has few data, `iff_reports` is named in the manifest and has none.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from shapely.geometry import LineString

from forecasting.base.contracts import BANDS, last_mean
from geo.region.region import KOSOVO_FOOTNOTE
from pipelines.editions.edition import LATEST, MANIFEST, MANIFEST_CHECKSUM, edition_files
from pipelines.store.checksums import checksum
from tests.edition_numbers import COUNTRIES, EU, INDICATORS, N_DRAWS, Plan, forecast_of, segments_of, units_of
from tests.risk_tables import risk_tables, with_parts

_MADE = tempfile.TemporaryDirectory(prefix="editions-")  # each edition is made once in a process, and copied


def write_edition(folder: Path, **options: Any) -> Path:
    """Write one edition into a store folder; returns the edition's folder (`<folder>/editions/<region>/<id>`).

    Takes the options of `make_edition`.
    """
    key = hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()
    made = Path(_MADE.name) / key
    if not made.exists():
        make_edition(made, **options)
    (edition,) = made.glob("editions/*/*/")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder / edition.relative_to(made)


def make_edition(
    folder: Path,
    *,
    region_id: str = "western_balkans",
    freq: str = "W",
    n_segments: int = 14,
    geometry: bool = True,
    synthetic: bool = True,
    seed: int = 1,
    indicators: tuple[str, ...] | None = None,
    last: str | None = None,
    horizon: int | None = None,
    manifest: dict[str, Any] | None = None,
) -> Path:
    """Write one edition into a store folder; returns the edition's folder (`<folder>/editions/<region>/<id>`).

    `region_id` other than "western_balkans" has abstract segments `s01` … on one route, in no named country.
    """
    last_period = pd.Timestamp(last or ("2026-11-09" if freq == "W" else "2025-04-01"))
    plan = Plan(
        region_id,
        freq,
        geometry,
        seed,
        horizon or (12 if freq == "W" else 6),
        last_period,
        segments_of(region_id, n_segments),
        synthetic,
        overrides=manifest or {},
        **({"indicators": indicators} if indicators else {}),
    )
    target = folder / "editions" / region_id / plan.edition_id
    target.mkdir(parents=True)
    units, member = units_of(plan)
    forecast = forecast_of(plan, units, member)
    _write_zarr(forecast, target / "forecast.zarr")
    _write_zarr(_cube(plan, forecast), target / "cube.zarr")
    risk = with_parts(_risk(plan, units, forecast))
    risk.to_parquet(target / "risk.parquet")
    write_risk_tables(target, risk, origin_date=plan.last)
    past = _backtest(plan, forecast)
    past.to_parquet(target / "backtest.parquet", index=False)
    _scores(plan, past).to_parquet(target / "scores.parquet", index=False)
    _hub_table(plan, forecast).to_parquet(target / "forecasts.parquet", index=False)
    _write_json(target / "quality.json", _quality(plan))
    _write_json(target / "run.json", {"seconds": 12.5})
    (target / "briefing.html").write_text("<p>placeholder</p>", encoding="utf-8")
    (target / "briefing.pdf").write_bytes(b"%PDF-1.7 placeholder")
    seal(target, _manifest(plan))
    (target.parent / LATEST).write_text(plan.edition_id, encoding="ascii")
    return target


def write_risk_tables(folder: Path, risk: pd.DataFrame, *, origin_date: pd.Timestamp) -> None:
    """Write the tables that stand beside the risk table."""
    for name, table in risk_tables(risk, origin_date=origin_date).items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with the checksums of all files as they stand now."""
    files = {str(p.relative_to(folder)): checksum(p) for p in edition_files(folder)}
    _write_json(folder / MANIFEST, {**manifest, "files": files})
    (folder / MANIFEST_CHECKSUM).write_text(checksum(folder / MANIFEST), encoding="ascii")


def _risk(plan: Plan, units: pd.DataFrame, forecast: xr.Dataset) -> pd.DataFrame:
    parts = [_risk_one(plan, units, forecast.sel(indicator=i, nationality="TOTAL"), i) for i in plan.indicators]
    risk = pd.concat(parts, ignore_index=True)
    if not plan.geometry:
        return risk
    lines = {r["segment"]: LineString(r["line"]) for _, r in plan.segments.iterrows()}
    geometry = [
        lines[s] if level == "segment" else None for s, level in zip(risk["segment"], risk["level"], strict=True)
    ]
    return gpd.GeoDataFrame(risk, geometry=geometry, crs="EPSG:4326")


def _risk_one(plan: Plan, units: pd.DataFrame, one: xr.Dataset, indicator: str) -> pd.DataFrame:
    n, h = len(units), plan.horizon
    frame = units.loc[units.index.repeat(h)].reset_index(drop=True)
    frame.insert(0, "indicator", indicator)
    frame["horizon"] = np.tile(np.arange(1, h + 1), n)
    frame["target_start"] = np.tile(one["target_start"].to_numpy(), n)
    frame["target_end"] = np.tile(one["target_end"].to_numpy(), n)
    levels = {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
    for name, level in levels.items():
        frame[name] = one["value"].sel(quantile=level).to_numpy().ravel()
    frame["mean"] = one["mean"].to_numpy().ravel()
    frame["baseline_q50"] = one["baseline"].sel(quantile=0.5).to_numpy().ravel()
    frame["capacity"] = one["capacity"].to_numpy().repeat(h)
    for name in ("exceedance_probability", "surge_probability", "skill", "no_better"):
        frame[name] = one[name].to_numpy().ravel()
    words = np.array([*BANDS, None], dtype=object)
    band = one["pressure_band"].to_numpy()
    frame["pressure_band"] = words[band.ravel()]
    frame["band_basis"] = [_basis(b, c) for b, c in zip(band.ravel(), frame["capacity"], strict=True)]
    before = np.clip(band - (np.arange(n) % 5 == 0)[:, None] + (np.arange(n) % 7 == 3)[:, None], 0, 3)
    frame["previous_band"] = words[np.where(band < 0, -1, before).ravel()]
    frame["last_mean"] = last_mean(one["history"].to_numpy()).repeat(h)
    with np.errstate(divide="ignore", invalid="ignore"):
        trend = 100 * (frame["q50"] / frame["last_mean"] - 1)
    frame["trend_percent"] = trend.where(np.isfinite(trend))
    frame["regime_break"] = one["regime_break"].to_numpy().repeat(h)
    window = 52 if plan.freq == "W" else 24
    frame["reported_share"] = one["coverage"].to_numpy()[:, -window:].mean(axis=1).repeat(h)
    return frame


def _basis(band: int, capacity: float) -> str:
    if band < 0:
        return "no band: short history"
    return "planned capacity" if np.isfinite(capacity) else "relative to own history"


def _location(unit: str) -> str:
    return unit.removeprefix("segment:")


def _backtest(plan: Plan, forecast: xr.Dataset) -> pd.DataFrame:
    """Ten past cutoffs: made-up fans around what came, about as wide as they should be."""
    rng = np.random.default_rng(plan.seed + 1)
    rows: list[dict[str, Any]] = []
    history = forecast["history"].sel(nationality="TOTAL", indicator="irregular_crossings")
    for c in range(10):
        cutoff = len(plan.times) - 1 - plan.horizon - 4 * c
        for unit in history["unit"].to_numpy():
            observed = history.sel(unit=unit).to_numpy()
            for h in range(1, plan.horizon + 1):
                seen = float(observed[cutoff + h])
                middle = max(0.0, np.nan_to_num(seen) * float(np.exp(rng.normal(0, 0.3))))
                width = np.exp(0.3 * np.array([-1.96, -0.674, 0.0, 0.674, 1.96]))
                q = np.round(middle * width, 1)
                rows.append(
                    {
                        "indicator": "irregular_crossings",
                        "location": _location(unit),
                        "origin_date": plan.times[cutoff],
                        "horizon": h,
                        "target_start": plan.times[cutoff + h],
                        "q025": q[0],
                        "q25": q[1],
                        "q50": q[2],
                        "q75": q[3],
                        "q975": q[4],
                        "observed": seen,
                    }
                )
    return pd.DataFrame(rows)


def _scores(plan: Plan, past: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(plan.seed + 2)
    past = past[past["observed"].notna()]
    parts = []
    for model, factor in {
        "routecast": 0.85,
        "baseline": 1.0,
        "ets": 0.93,
        "seasonal_naive": 1.3,
        "peer_mean": 0.97,
    }.items():
        noise = rng.uniform(0.8, 1.2, len(past))
        frame = past[["indicator", "location", "horizon", "origin_date"]].copy()
        frame.insert(0, "model", model)
        frame["wis_log1p"] = 0.3 * factor * noise
        frame["wis"] = 0.3 * factor * noise * (past["observed"] + 1)
        frame["ae"] = (past["q50"] - past["observed"]).abs() * factor
        frame["covered_50"] = past["observed"].between(past["q25"], past["q75"])
        frame["covered_95"] = past["observed"].between(past["q025"], past["q975"])
        frame["vintages"] = "pseudo"
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _hub_table(plan: Plan, forecast: xr.Dataset) -> pd.DataFrame:
    parts = []
    for model, variable in {"routecast": "value", "baseline": "baseline"}.items():
        long = forecast[variable].rename("value").to_series().reset_index()
        parts.append(long.assign(model_id=model))
    table = pd.concat(parts, ignore_index=True)
    end = dict(zip(forecast["horizon"].to_numpy(), forecast["target_end"].to_numpy(), strict=True))
    return pd.DataFrame(
        {
            "origin_date": plan.last,
            "target": table["indicator"],
            "nationality": table["nationality"],
            "horizon": table["horizon"],
            "location": table["unit"].map(_location),
            "target_end_date": table["horizon"].map(end),
            "output_type": "quantile",
            "output_type_id": table["quantile"].map(str),
            "value": table["value"],
            "model_id": table["model_id"],
        }
    )


def _cube(plan: Plan, forecast: xr.Dataset) -> xr.Dataset:
    """The grid: each segment's history as its one cell's counts."""
    segments = forecast["history"].where(forecast["level"] == "segment", drop=True)
    count = segments.to_numpy()
    s = plan.segments
    dims = ("indicator", "nationality", "cell", "time")
    return xr.Dataset(
        {
            "count": (dims, count),
            "missing": (dims, np.isnan(count).astype("uint8")),
            "coverage": (dims, np.isfinite(count).astype("float32")),
            "allocated": (dims, np.zeros(count.shape, "float32")),
        },
        coords={
            "indicator": list(plan.indicators),
            "nationality": ["TOTAL"],
            "time": plan.times,
            "cell": (s["route"] + "/" + s["segment"]).to_numpy(object),
            **{c: ("cell", s[c].to_numpy(object)) for c in ("route", "segment", "border")},
            "from": ("cell", s["from_country"].to_numpy(object)),
            "to": ("cell", s["to_country"].to_numpy(object)),
            "headline": ("cell", s["to_country"].isin(EU).to_numpy()),
        },
        attrs={"region": plan.region_id, "freq": plan.freq},
    )


def _quality(plan: Plan) -> dict[str, Any]:
    shares = {5: 0.19, 6: 0.88}
    segments = [
        {
            "segment": s,
            "indicator": "irregular_crossings",
            "reported_share": shares.get(i, 1.0),
            "last_period": str(plan.last.date()),
            "spread_share": 0.4 if i == 3 else 0.0,
        }
        for i, s in enumerate(plan.segments["segment"])
    ]
    source = {
        "source": "csv",
        "rows": 22400,
        "first": str(plan.times[0].date()),
        "last": str(plan.last.date()),
        "as_of_newest": str(_as_of(plan).date()),
        "silent_days": 1,
        "usual_silence_days": 11,
        "delay_days_90": 4.0,
        "absence": "missing",
        "description": "Made-up figures for tests",
        "licence": "none",
    }
    return {
        "nowcast_sources": [],
        "sources": [{**source, "indicator": i} for i in plan.indicators],
        "segments": segments,
        "quarantine": [{"source": "csv", "reason": "unknown place", "rows": 3, "count": 41.0}],
        "unallocated": [{"reason": "internal move", "indicator": "irregular_crossings", "count": 1200.0}],
        "conservation": _conservation(),
    }


def _conservation() -> list[dict[str, Any]]:
    one = {"counted_in": 231241.0, "on_grid": 230000.0, "quarantined": 41.0, "unallocated": 1200.0}
    return [{"indicator": "irregular_crossings", **one}]


def _as_of(plan: Plan) -> pd.Timestamp:
    return plan.last + plan.step + pd.Timedelta(days=3)


def _manifest(plan: Plan) -> dict[str, Any]:
    balkans = plan.region_id == "western_balkans"
    codes = sorted({*plan.segments["from_country"], *plan.segments["to_country"]} - {""})
    has_kosovo = "XKX" in codes
    return {
        "edition": plan.edition_id,
        "region": plan.region_id,
        "region_name": "Western Balkans" if balkans else "Small region",
        "freq": plan.freq,
        "origin_date": str(plan.last.date()),
        "as_of": str(_as_of(plan).date()),
        "synthetic": plan.synthetic,
        "footnote": KOSOVO_FOOTNOTE if has_kosovo else None,
        "purpose": "Planning of border management capacity from aggregate statistics.",
        "pack_version": "test-1",
        "code_version": "0.1.0",
        "libraries": {"numpy": "2.4"},
        "settings": {"horizon": plan.horizon, "n_draws": N_DRAWS, "cutoffs": 2},
        "seed": plan.seed,
        "inputs": [{"source": "csv", "file": "figures.csv", "sha256": hashlib.sha256(b"x").hexdigest()}],
        "conservation": _conservation(),
        "unallocated": [{"reason": "internal move", "indicator": "irregular_crossings", "count": 1200.0}],
        "members": {
            "irregular_crossings": {
                "segment": ["baseline", "seasonal_naive", "ets"],
                "route": ["baseline", "ets", "ucm", "prophet"],
            }
        },
        "failures": [],
        "compared_with": {"kind": "replay", "id": None},
        "indicators": INDICATORS,
        "levels": {"segment": len(plan.segments)},
        "events": [
            {
                "id": "visa",
                "name": "Visa policy aligned",
                "start": str(plan.times[-60].date()),
                "end": None,
                "segments": [],
                "routes": [],
            }
        ],
        "countries": {c: COUNTRIES.get(c, c) for c in codes},
        "cutoffs": {"irregular_crossings": 10},
        "headline_skill": {"irregular_crossings": 0.85},
        **plan.overrides,
    }


def _write_zarr(dataset: xr.Dataset, path: Path) -> None:
    words = {n: v.astype(str) for n, v in dataset.variables.items() if v.dtype.kind == "O"}  # as editions have them
    dataset.assign(words).to_zarr(path, zarr_format=2, consolidated=False)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
