"""Builds a small edition exactly by design §4.5: made-up numbers, and the awkward cases that readers must survive.

By position of the segment: 0 very high · 1 high · 2 moderate · 3 no capacity (relative to own history) ·
4 baseline only · 5 no band (short history) · 6 missing periods · 7 regime break · 8 only zeros · from 9 on ordinary.
`smuggling_cases` has few data, `iff_reports` is named in the manifest and has none.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from shapely.geometry import LineString

from forecasting.contracts import BANDS, QUANTILE_LEVELS
from geo.region import KOSOVO_FOOTNOTE
from pipelines.editions import LATEST, MANIFEST, MANIFEST_CHECKSUM, checksum, edition_files

if TYPE_CHECKING:
    from pathlib import Path

# segment id, name, from, to, route, polyline (made up, near the true border)
_BALKANS: tuple[tuple[str, str, str, str, str, tuple[tuple[float, float], ...]], ...] = (
    ("HUN-SRB-02", "Horgoš – Röszke", "SRB", "HUN", "central", ((19.6, 46.17), (20.0, 46.18), (20.3, 46.15))),
    ("GRC-MKD-01", "Evzoni – Gevgelija", "GRC", "MKD", "central", ((22.2, 41.2), (22.5, 41.12), (22.75, 41.17))),
    ("BIH-HRV-03", "Velika Kladuša – Maljevac", "BIH", "HRV", "western", ((15.75, 45.2), (15.8, 44.95), (15.95, 44.8))),
    ("BGR-SRB-02", "Kalotina – Gradina", "BGR", "SRB", "central", ((22.9, 42.9), (22.6, 43.05), (22.45, 43.3))),
    ("MKD-SRB-01", "Tabanovce – Preševo", "MKD", "SRB", "central", ((21.6, 42.25), (21.9, 42.3), (22.3, 42.3))),
    ("SRB-XKX-01", "Merdare", "XKX", "SRB", "central", ((21.4, 42.9), (21.2, 43.05), (20.8, 43.25))),
    ("ALB-MNE-01", "Hani i Hotit – Božaj", "ALB", "MNE", "western", ((19.4, 42.2), (19.55, 42.4), (19.8, 42.5))),
    ("BIH-MNE-02", "Hum – Šćepan Polje", "MNE", "BIH", "western", ((18.6, 43.0), (18.75, 43.3), (18.9, 43.4))),
    ("HRV-SVN-04", "Rigonce – Dobova", "HRV", "SVN", "western", ((15.3, 45.5), (15.65, 45.75), (15.75, 46.2))),
    ("HRV-SRB-01", "Bajakovo – Batrovci", "SRB", "HRV", "central", ((19.0, 45.2), (19.05, 44.95), (19.1, 45.35))),
    ("BGR-TUR-01", "Lesovo – Hamzabeyli", "TUR", "BGR", "central", ((26.3, 41.75), (26.6, 41.95), (27.3, 42.05))),
    ("ALB-GRC-02", "Kakavijë – Ktismata", "GRC", "ALB", "western", ((20.2, 39.7), (20.35, 39.95), (20.7, 40.4))),
    ("HUN-SRB-01", "Bácsalmás – Bajmok", "SRB", "HUN", "central", ((18.9, 45.92), (19.3, 46.0), (19.6, 46.17))),
    ("ROU-SRB-01", "Moravița – Vatin", "SRB", "ROU", "central", ((20.8, 45.75), (21.3, 45.2), (21.5, 44.8))),
)  # fmt: skip
_COUNTRIES = {
    "ALB": "Albania", "AUT": "Austria", "BGR": "Bulgaria", "BIH": "Bosnia and Herzegovina", "GRC": "Greece",
    "HRV": "Croatia", "HUN": "Hungary", "MKD": "North Macedonia", "MNE": "Montenegro", "ROU": "Romania",
    "SRB": "Serbia", "SVN": "Slovenia", "TUR": "Türkiye", "XKX": "Kosovo*",
}  # fmt: skip
_EU = {"AUT", "BGR", "GRC", "HRV", "HUN", "ROU", "SVN"}
_INDICATORS = {
    "irregular_crossings": {"name": "Irregular crossings", "unit": "detections", "kind": "flow", "delay_days": 4},
    "reception_occupied": {"name": "Reception places occupied", "unit": "places", "kind": "stock", "delay_days": 2},
    "thb_victims_identified": {"name": "Victims of trafficking", "unit": "victims", "kind": "flow", "delay_days": 30},
    "smuggling_cases": {"name": "Smuggling cases", "unit": "cases", "kind": "flow", "delay_days": 14},
    "iff_reports": {"name": "Reports on illicit financial flows", "unit": "reports", "kind": "flow", "delay_days": 30},
    "deaths_missing": {"name": "Dead and missing", "unit": "deaths", "kind": "flow", "delay_days": 14},
}  # fmt: skip
_SCALE = {"reception_occupied": 2.0, "thb_victims_identified": 0.02, "smuggling_cases": 0.05, "deaths_missing": 0.004}
_N_DRAWS = 300


@dataclass(frozen=True)
class _Plan:
    """What is to be written."""

    region_id: str
    freq: str
    geometry: bool
    seed: int
    horizon: int
    last: pd.Timestamp
    segments: pd.DataFrame
    synthetic: bool = True
    indicators: tuple[str, ...] = tuple(i for i in _INDICATORS if i != "iff_reports")
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> pd.DateOffset:
        return pd.DateOffset(weeks=1) if self.freq == "W" else pd.DateOffset(months=1)

    @property
    def edition_id(self) -> str:
        return self.name_of(self.last)

    def name_of(self, period: pd.Timestamp) -> str:
        return str(period.strftime("%G-W%V" if self.freq == "W" else "%Y-%m"))

    def periods(self, start: pd.Timestamp, n: int) -> list[pd.Timestamp]:
        return [start + i * self.step for i in range(n)]

    @cached_property
    def times(self) -> list[pd.Timestamp]:
        n = 170 if self.freq == "W" else 60
        return [self.last - i * self.step for i in range(n)][::-1]

    @cached_property
    def targets(self) -> list[pd.Timestamp]:
        return self.periods(self.last + self.step, self.horizon)


def write_edition(
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
    plan = _Plan(
        region_id, freq, geometry, seed, horizon or (12 if freq == "W" else 6), last_period,
        _segments(region_id, n_segments), synthetic, overrides=manifest or {},
        **({"indicators": indicators} if indicators else {}),
    )  # fmt: skip
    target = folder / "editions" / region_id / plan.edition_id
    target.mkdir(parents=True)
    units, member = _units(plan)
    forecast = _forecast(plan, units, member)
    _write_zarr(forecast, target / "forecast.zarr")
    _write_zarr(_cube(plan, forecast), target / "cube.zarr")
    _risk(plan, units, forecast).to_parquet(target / "risk.parquet")
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


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with the checksums of all files as they stand now."""
    files = {str(p.relative_to(folder)): checksum(p) for p in edition_files(folder)}
    _write_json(folder / MANIFEST, {**manifest, "files": files})
    (folder / MANIFEST_CHECKSUM).write_text(checksum(folder / MANIFEST), encoding="ascii")


def _segments(region_id: str, n: int) -> pd.DataFrame:
    rows = [
        {"segment": s, "name": name, "from_country": a, "to_country": b, "route": r, "line": line}
        for s, name, a, b, r, line in _BALKANS[:n]
    ]
    if region_id != "western_balkans":
        rows = []
    for i in range(len(rows), n):
        line = ((20 + i * 0.01, 44.0), (20.1 + i * 0.01, 44.2))
        row = {"segment": f"s{i + 1:02d}", "name": f"Sector {i + 1}", "from_country": "", "to_country": ""}
        rows.append({**row, "route": rows[0]["route"] if rows else "all", "line": line})
    frame = pd.DataFrame(rows)
    frame["border"] = [s.rsplit("-", 1)[0] if "-" in s else "MEX-USA" for s in frame["segment"]]
    return frame


def _units(plan: _Plan) -> tuple[pd.DataFrame, np.ndarray]:
    """The unit table (order: total, headline, route, border, segment, cell) and its 0/1 sums over cells."""
    s = plan.segments
    headline = s["to_country"].isin(_EU) & ~s["from_country"].isin(_EU | {"TUR"})
    blank = {"name": "", "route": "", "segment": "", "border": "", "from_country": "", "to_country": ""}
    rows: list[tuple[dict[str, str], Any]] = [
        ({**blank, "unit": "total", "level": "total", "name": "All segments"}, s.index >= 0)
    ]
    if headline.any():
        rows.append(({**blank, "unit": "headline", "level": "headline", "name": "EU external border"}, headline))
    routes = sorted(s["route"].unique())
    for route in routes:
        unit = {"unit": f"route:{route}", "level": "route", "route": route, "name": f"{route.title()} corridor"}
        rows.append(({**blank, **unit}, s["route"] == route))
    for border in sorted(s["border"].unique()):
        names = [_COUNTRIES.get(code, code) for code in border.split("-")]
        unit = {"unit": f"border:{border}", "level": "border", "border": border, "name": " – ".join(names)}
        rows.append(({**blank, **unit}, s["border"] == border))
    columns = ["name", "route", "segment", "border", "from_country", "to_country"]
    for level in ("segment", "cell") if len(routes) > 1 else ("segment",):
        for i, r in s.iterrows():
            unit = r["segment"] if level == "segment" else f"{r['route']}/{r['segment']}"
            rows.append(({**r[columns].to_dict(), "unit": f"{level}:{unit}", "level": level}, s.index == i))
    return pd.DataFrame([r for r, _ in rows]), np.array([m for _, m in rows], dtype=float)


def _cell_history(plan: _Plan, rng: np.random.Generator, indicator: str) -> np.ndarray:
    """Made-up counts (cell, time), with the awkward segments; NaN = unknown."""
    n, times = len(plan.segments), plan.times
    level = np.exp(rng.normal(5.3, 0.9, n)) * _SCALE.get(indicator, 1.0) * (1 if plan.freq == "W" else 4)
    phase = np.array([t.dayofyear / 365.25 for t in times])
    season = np.exp(0.5 * np.sin(2 * np.pi * (phase - 0.4)))
    walk = np.exp(np.cumsum(rng.normal(0, 0.06, (n, len(times))), axis=1))
    counts = rng.poisson(level[:, None] * season * walk).astype(float)
    counts[:, -3 if indicator == "smuggling_cases" else len(times) :] = np.nan  # reports come late
    if indicator == "smuggling_cases":
        counts[1:] = np.nan
    for position, (start, stop) in {5: (0, -10), 6: (-30, -24)}.items():
        if position < n:
            counts[position, start:stop] = np.nan
    if n > 7:
        counts[7, -4:] *= 2
    if n > 8:
        counts[8] = 0
    return counts


def _draws(plan: _Plan, rng: np.random.Generator, counts: np.ndarray, spread: float) -> np.ndarray:
    """Log-normal draws (cell, horizon, draw) around the last weeks' mean, widening with the horizon."""
    recent = np.nan_to_num(pd.DataFrame(counts.T).ffill().tail(4).mean().to_numpy())
    sigma = spread * np.sqrt(np.arange(1, plan.horizon + 1)) / 3 + 0.1
    shock = rng.normal(0, 1, (len(recent), plan.horizon, _N_DRAWS))
    drift = np.linspace(0, 0.25, plan.horizon)[None, :, None]
    return np.round(recent[:, None, None] * np.exp(drift + sigma[None, :, None] * shock))


def _forecast(plan: _Plan, units: pd.DataFrame, member: np.ndarray) -> xr.Dataset:
    rng = np.random.default_rng(plan.seed)
    parts = [_forecast_one(plan, rng, indicator, units, member) for indicator in plan.indicators]
    data = {name: np.stack([p[name] for p in parts]) for name in parts[0]}
    io = ("indicator", "origin", "unit", "horizon")
    dims = {"value": (*io, "quantile"), "baseline": (*io, "quantile"), "capacity": ("indicator", "unit"),
            "skill": ("indicator", "unit", "horizon"), "baseline_only": ("indicator", "unit", "horizon"),
            "regime_break": ("indicator", "unit"), "history": ("indicator", "origin", "unit", "time"),
            "coverage": ("indicator", "unit", "time")}  # fmt: skip
    dataset = xr.Dataset({name: (dims.get(name, io), values) for name, values in data.items()})
    dataset["pressure_band"].attrs["flag_meanings"] = " ".join(BANDS)
    ends = [t + plan.step - pd.Timedelta(days=1) for t in plan.targets]
    coords = {c: ("unit", units[c].astype(str).to_numpy(object)) for c in units.columns if c != "unit"}
    return dataset.assign_coords(
        indicator=list(plan.indicators), origin=["TOTAL"], unit=units["unit"].to_numpy(object),
        horizon=np.arange(1, plan.horizon + 1), quantile=list(QUANTILE_LEVELS), time=plan.times,
        target_start=("horizon", plan.targets), target_end=("horizon", ends), **coords,
    ).assign_attrs(origin_date=str(plan.last.date()), freq=plan.freq)  # fmt: skip


def _forecast_one(
    plan: _Plan, rng: np.random.Generator, indicator: str, units: pd.DataFrame, member: np.ndarray
) -> dict[str, np.ndarray]:
    counts = _cell_history(plan, rng, indicator)
    history = np.where(member @ np.isfinite(counts) > 0, member @ np.nan_to_num(counts), np.nan)
    draws = np.einsum("uc,chd->uhd", member, _draws(plan, rng, counts, 0.35))
    base = np.einsum("uc,chd->uhd", member, _draws(plan, rng, counts, 0.5))
    capacity = _capacity(units, indicator, draws)
    baseline_only = np.zeros(draws.shape[:2], dtype=bool)
    baseline_only[_of_segment(plan, units, 4)] = True
    skill = np.where(baseline_only, 1.04, rng.uniform(0.7, 0.97, draws.shape[:2]))
    if indicator != "irregular_crossings":
        skill[:] = np.nan
    regime = np.zeros(len(units), dtype=bool)
    regime[_of_segment(plan, units, 7)] = indicator == "irregular_crossings"
    exceed = np.where(np.isfinite(capacity)[:, None], (draws > np.nan_to_num(capacity)[:, None, None]).mean(-1), np.nan)
    recent = np.nanmean(np.nan_to_num(history[:, -4:]), axis=1)
    band = _bands(plan, history, exceed, draws)
    return {
        "value": np.moveaxis(np.quantile(draws, QUANTILE_LEVELS, axis=-1), 0, -1)[None],
        "baseline": np.moveaxis(np.quantile(base, QUANTILE_LEVELS, axis=-1), 0, -1)[None],
        "mean": draws.mean(-1)[None], "exceedance_probability": exceed[None],
        "surge_probability": (draws > 1.5 * recent[:, None, None]).mean(-1)[None], "capacity": capacity,
        "pressure_band": band[None], "skill": skill, "baseline_only": baseline_only, "regime_break": regime,
        "history": history[None], "coverage": np.isfinite(history).astype("float32"),
    }  # fmt: skip


def _of_segment(plan: _Plan, units: pd.DataFrame, position: int) -> np.ndarray:
    wanted = plan.segments["segment"].iloc[position] if position < len(plan.segments) else "none"
    return ((units["segment"] == wanted) & units["level"].isin(["segment", "cell"])).to_numpy()


def _capacity(units: pd.DataFrame, indicator: str, draws: np.ndarray) -> np.ndarray:
    """Capacities so that segments 0, 1, 2 come out very high, high and moderate three periods ahead."""
    capacity = np.full(len(units), np.nan)
    if indicator not in ("irregular_crossings", "reception_occupied"):
        return capacity
    middle = draws[:, min(2, draws.shape[1] - 1)]
    quantile = {0: 0.28, 1: 0.51, 2: 0.70}
    for level in ("segment", "cell"):
        rows = np.flatnonzero(units["level"] == level)
        for position, row in enumerate(rows):
            if position not in (3, 5):
                capacity[row] = np.round(np.quantile(middle[row], quantile.get(position, 0.97))) + (position > 2)
    return capacity


def _bands(plan: _Plan, history: np.ndarray, exceed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    with_capacity = np.digitize(np.nan_to_num(exceed), [0.2, 0.4, 0.6])
    limits = np.nanpercentile(np.nan_to_num(history), [75, 90, 97], axis=1)
    own = (np.median(draws, axis=-1)[None] > limits[:, :, None]).sum(axis=0)
    band = np.where(np.isfinite(exceed), with_capacity, own)
    enough = np.isfinite(history).sum(axis=1) >= (26 if plan.freq == "W" else 12)
    return np.where(enough[:, None] | np.isfinite(exceed), band, -1).astype("int8")


def _risk(plan: _Plan, units: pd.DataFrame, forecast: xr.Dataset) -> pd.DataFrame:
    parts = [_risk_one(plan, units, forecast.sel(indicator=i, origin="TOTAL"), i) for i in plan.indicators]
    risk = pd.concat(parts, ignore_index=True)
    if not plan.geometry:
        return risk
    lines = {r["segment"]: LineString(r["line"]) for _, r in plan.segments.iterrows()}
    geometry = [
        lines[s] if level == "segment" else None for s, level in zip(risk["segment"], risk["level"], strict=True)
    ]
    return gpd.GeoDataFrame(risk, geometry=geometry, crs="EPSG:4326")


def _risk_one(plan: _Plan, units: pd.DataFrame, one: xr.Dataset, indicator: str) -> pd.DataFrame:
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
    for name in ("exceedance_probability", "surge_probability", "skill", "baseline_only"):
        frame[name] = one[name].to_numpy().ravel()
    words = np.array([*BANDS, None], dtype=object)
    band = one["pressure_band"].to_numpy()
    frame["pressure_band"] = words[band.ravel()]
    frame["band_basis"] = [_basis(b, c) for b, c in zip(band.ravel(), frame["capacity"], strict=True)]
    before = np.clip(band - (np.arange(n) % 5 == 0)[:, None] + (np.arange(n) % 7 == 3)[:, None], 0, 3)
    frame["previous_band"] = words[np.where(band < 0, -1, before).ravel()]
    last_mean = pd.DataFrame(one["history"].to_numpy().T).apply(lambda c: c.dropna().tail(4).mean()).to_numpy()
    frame["last_mean"] = last_mean.repeat(h)
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


def _backtest(plan: _Plan, forecast: xr.Dataset) -> pd.DataFrame:
    """Ten past cutoffs: made-up fans around what came, about as wide as they should be."""
    rng = np.random.default_rng(plan.seed + 1)
    rows: list[dict[str, Any]] = []
    history = forecast["history"].sel(origin="TOTAL", indicator="irregular_crossings")
    for c in range(10):
        cutoff = len(plan.times) - 1 - plan.horizon - 4 * c
        for unit in history["unit"].to_numpy():
            observed = history.sel(unit=unit).to_numpy()
            for h in range(1, plan.horizon + 1):
                seen = float(observed[cutoff + h])
                middle = max(0.0, np.nan_to_num(seen) * float(np.exp(rng.normal(0, 0.3))))
                width = np.exp(0.3 * np.array([-1.96, -0.674, 0.0, 0.674, 1.96]))
                q = np.round(middle * width, 1)
                rows.append({
                    "indicator": "irregular_crossings", "location": _location(unit), "origin_date": plan.times[cutoff],
                    "horizon": h, "target_start": plan.times[cutoff + h], "q025": q[0], "q25": q[1], "q50": q[2],
                    "q75": q[3], "q975": q[4], "observed": seen,
                })  # fmt: skip
    return pd.DataFrame(rows)


def _scores(plan: _Plan, past: pd.DataFrame) -> pd.DataFrame:
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


def _hub_table(plan: _Plan, forecast: xr.Dataset) -> pd.DataFrame:
    parts = []
    for model, variable in {"routecast": "value", "baseline": "baseline"}.items():
        long = forecast[variable].rename("value").to_series().reset_index()
        parts.append(long.assign(model_id=model))
    table = pd.concat(parts, ignore_index=True)
    end = dict(zip(forecast["horizon"].to_numpy(), forecast["target_end"].to_numpy(), strict=True))
    return pd.DataFrame({
        "origin_date": plan.last, "target": table["indicator"], "origin": table["origin"], "horizon": table["horizon"],
        "location": table["unit"].map(_location), "target_end_date": table["horizon"].map(end),
        "output_type": "quantile", "output_type_id": table["quantile"].map(str), "value": table["value"],
        "model_id": table["model_id"],
    })  # fmt: skip


def _cube(plan: _Plan, forecast: xr.Dataset) -> xr.Dataset:
    """The grid: each segment's history as its one cell's counts."""
    segments = forecast["history"].where(forecast["level"] == "segment", drop=True)
    count = segments.to_numpy()
    s = plan.segments
    dims = ("indicator", "origin", "cell", "time")
    return xr.Dataset(
        {"count": (dims, count), "missing": (dims, np.isnan(count).astype("uint8")),
         "coverage": (dims, np.isfinite(count).astype("float32")),
         "allocated": (dims, np.zeros(count.shape, "float32"))},
        coords={"indicator": list(plan.indicators), "origin": ["TOTAL"], "time": plan.times,
                "cell": (s["route"] + "/" + s["segment"]).to_numpy(object),
                **{c: ("cell", s[c].to_numpy(object)) for c in ("route", "segment", "border")},
                "from": ("cell", s["from_country"].to_numpy(object)), "to": ("cell", s["to_country"].to_numpy(object)),
                "headline": ("cell", s["to_country"].isin(_EU).to_numpy())},
        attrs={"region": plan.region_id, "freq": plan.freq},
    )  # fmt: skip


def _quality(plan: _Plan) -> dict[str, Any]:
    shares = {5: 0.19, 6: 0.88}
    segments = [
        {"segment": s, "indicator": "irregular_crossings", "reported_share": shares.get(i, 1.0),
         "last_period": str(plan.last.date()), "spread_share": 0.4 if i == 3 else 0.0}
        for i, s in enumerate(plan.segments["segment"])
    ]  # fmt: skip
    source = {"source": "csv", "rows": 22400, "first": str(plan.times[0].date()), "last": str(plan.last.date()),
              "as_of_newest": str(_as_of(plan).date()), "absence": "missing",
              "description": "Made-up figures for tests", "licence": "none"}  # fmt: skip
    return {
        "sources": [{**source, "indicator": i} for i in plan.indicators],
        "segments": segments,
        "quarantine": [{"source": "csv", "reason": "unknown place", "rows": 3, "count": 41.0}],
        "unallocated": [{"reason": "internal move", "indicator": "irregular_crossings", "count": 1200.0}],
        "conservation": _conservation(),
    }


def _conservation() -> list[dict[str, Any]]:
    one = {"counted_in": 231241.0, "on_grid": 230000.0, "quarantined": 41.0, "unallocated": 1200.0}
    return [{"indicator": "irregular_crossings", **one}]


def _as_of(plan: _Plan) -> pd.Timestamp:
    return plan.last + plan.step + pd.Timedelta(days=3)


def _manifest(plan: _Plan) -> dict[str, Any]:
    balkans = plan.region_id == "western_balkans"
    codes = sorted({*plan.segments["from_country"], *plan.segments["to_country"]} - {""})
    has_kosovo = "XKX" in codes
    return {
        "edition": plan.edition_id, "region": plan.region_id,
        "region_name": "Western Balkans" if balkans else "Small region",
        "freq": plan.freq, "origin_date": str(plan.last.date()), "as_of": str(_as_of(plan).date()),
        "synthetic": plan.synthetic, "footnote": KOSOVO_FOOTNOTE if has_kosovo else None,
        "purpose": "Planning of border management capacity from aggregate statistics.", "pack_version": "test-1",
        "code_version": "0.1.0", "libraries": {"numpy": "2.4"},
        "settings": {"horizon": plan.horizon, "n_draws": _N_DRAWS}, "seed": plan.seed,
        "inputs": [{"source": "csv", "file": "figures.csv", "sha256": hashlib.sha256(b"x").hexdigest()}],
        "conservation": _conservation(),
        "unallocated": [{"reason": "internal move", "indicator": "irregular_crossings", "count": 1200.0}],
        "members": {"segment": ["baseline", "seasonal_naive", "ets"], "route": ["baseline", "ets", "ucm", "prophet"]},
        "failures": [], "compared_with": {"kind": "replay", "id": plan.name_of(plan.last - plan.step)},
        "indicators": _INDICATORS, "levels": {"segment": len(plan.segments)},
        "events": [{"id": "visa", "name": "Visa policy aligned", "start": str(plan.times[-60].date()), "end": None,
                    "segments": [], "routes": []}],
        "countries": {c: _COUNTRIES.get(c, c) for c in codes}, "headline_skill": {"wis_log1p_ratio": 0.85},
        **plan.overrides,
    }  # fmt: skip


def _write_zarr(dataset: xr.Dataset, path: Path) -> None:
    dataset.to_zarr(path, zarr_format=2, consolidated=False)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
