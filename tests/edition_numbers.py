"""The made-up numbers of `tests.editions`: places, histories, forecasts, and the awkward cases among them."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.base.attribution import DRIVERS
from forecasting.base.contracts import BANDS, QUANTILE_LEVELS

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
)
COUNTRIES = {
    "ALB": "Albania",
    "AUT": "Austria",
    "BGR": "Bulgaria",
    "BIH": "Bosnia and Herzegovina",
    "GRC": "Greece",
    "HRV": "Croatia",
    "HUN": "Hungary",
    "MKD": "North Macedonia",
    "MNE": "Montenegro",
    "ROU": "Romania",
    "SRB": "Serbia",
    "SVN": "Slovenia",
    "TUR": "Türkiye",
    "XKX": "Kosovo*",
}
EU = {"AUT", "BGR", "GRC", "HRV", "HUN", "ROU", "SVN"}
INDICATORS = {
    "irregular_crossings": {"name": "Irregular crossings", "unit": "detections", "kind": "flow", "delay_days": 4},
    "reception_occupied": {"name": "Reception places occupied", "unit": "places", "kind": "stock", "delay_days": 2},
    "thb_victims_identified": {"name": "Victims of trafficking", "unit": "victims", "kind": "flow", "delay_days": 30},
    "smuggling_cases": {"name": "Smuggling cases", "unit": "cases", "kind": "flow", "delay_days": 14},
    "iff_reports": {"name": "Reports on illicit financial flows", "unit": "reports", "kind": "flow", "delay_days": 30},
    "deaths_missing": {"name": "Dead and missing", "unit": "deaths", "kind": "flow", "delay_days": 14},
}
_SCALE = {"reception_occupied": 2.0, "thb_victims_identified": 0.02, "smuggling_cases": 0.05, "deaths_missing": 0.004}
N_DRAWS = 300
SHARES = {"season": 1.2, "neighbours": 0.5, "level": -0.6, "common": -0.1}  # of each forecast's change


@dataclass(frozen=True)
class Plan:
    """What is to be written."""

    region_id: str
    freq: str
    geometry: bool
    seed: int
    horizon: int
    last: pd.Timestamp
    segments: pd.DataFrame
    synthetic: bool = True
    indicators: tuple[str, ...] = tuple(i for i in INDICATORS if i != "iff_reports")
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


def segments_of(region_id: str, n: int) -> pd.DataFrame:
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


def units_of(plan: Plan) -> tuple[pd.DataFrame, np.ndarray]:
    """The unit table (order: total, headline, route, border, segment, cell) and its 0/1 sums over cells."""
    s = plan.segments
    headline = s["to_country"].isin(EU) & ~s["from_country"].isin(EU | {"TUR"})
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
        names = [COUNTRIES.get(code, code) for code in border.split("-")]
        unit = {"unit": f"border:{border}", "level": "border", "border": border, "name": " – ".join(names)}
        rows.append(({**blank, **unit}, s["border"] == border))
    columns = ["name", "route", "segment", "border", "from_country", "to_country"]
    for level in ("segment", "cell") if len(routes) > 1 else ("segment",):
        for i, r in s.iterrows():
            unit = r["segment"] if level == "segment" else f"{r['route']}/{r['segment']}"
            rows.append(({**r[columns].to_dict(), "unit": f"{level}:{unit}", "level": level}, s.index == i))
    return pd.DataFrame([r for r, _ in rows]), np.array([m for _, m in rows], dtype=float)


def _cell_history(plan: Plan, rng: np.random.Generator, indicator: str) -> np.ndarray:
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


def _draws(plan: Plan, rng: np.random.Generator, counts: np.ndarray, spread: float) -> np.ndarray:
    """Log-normal draws (cell, horizon, draw) around the last weeks' mean, widening with the horizon."""
    recent = np.nan_to_num(pd.DataFrame(counts.T).ffill().tail(4).mean().to_numpy())
    sigma = spread * np.sqrt(np.arange(1, plan.horizon + 1)) / 3 + 0.1
    shock = rng.normal(0, 1, (len(recent), plan.horizon, N_DRAWS))
    drift = np.linspace(0, 0.25, plan.horizon)[None, :, None]
    return np.round(recent[:, None, None] * np.exp(drift + sigma[None, :, None] * shock))


def forecast_of(plan: Plan, units: pd.DataFrame, member: np.ndarray) -> xr.Dataset:
    rng = np.random.default_rng(plan.seed)
    parts = [_forecast_one(plan, rng, indicator, units, member) for indicator in plan.indicators]
    data = {name: np.stack([p[name] for p in parts]) for name in parts[0]}
    io = ("indicator", "nationality", "unit", "horizon")
    dims = {
        "value": (*io, "quantile"),
        "baseline": (*io, "quantile"),
        "capacity": ("indicator", "unit"),
        "skill": ("indicator", "unit", "horizon"),
        "no_better": ("indicator", "unit", "horizon"),
        "regime_break": ("indicator", "unit"),
        "history": ("indicator", "nationality", "unit", "time"),
        "nowcast": ("indicator", "nationality", "unit", "time"),
        "nowcast_sd": ("indicator", "nationality", "unit", "time"),
        "coverage": ("indicator", "unit", "time"),
        "reference": ("indicator", "nationality", "unit"),
        "reason": (*io, "part"),
        "reason_counts": (*io, "part"),
    }
    dataset = xr.Dataset({name: (dims.get(name, io), values) for name, values in data.items()})
    dataset["pressure_band"].attrs["flag_meanings"] = " ".join(BANDS)
    ends = [t + plan.step - pd.Timedelta(days=1) for t in plan.targets]
    coords = {c: ("unit", units[c].astype(str).to_numpy(object)) for c in units.columns if c != "unit"}
    return dataset.assign_coords(
        indicator=list(plan.indicators),
        nationality=["TOTAL"],
        unit=units["unit"].to_numpy(object),
        horizon=np.arange(1, plan.horizon + 1),
        quantile=list(QUANTILE_LEVELS),
        time=plan.times,
        part=list(DRIVERS),
        target_start=("horizon", plan.targets),
        target_end=("horizon", ends),
        **coords,
    ).assign_attrs(origin_date=str(plan.last.date()), freq=plan.freq)


def _forecast_one(
    plan: Plan, rng: np.random.Generator, indicator: str, units: pd.DataFrame, member: np.ndarray
) -> dict[str, np.ndarray]:
    counts = _cell_history(plan, rng, indicator)
    history = np.where(member @ np.isfinite(counts) > 0, member @ np.nan_to_num(counts), np.nan)
    draws = np.einsum("uc,chd->uhd", member, _draws(plan, rng, counts, 0.35))
    base = np.einsum("uc,chd->uhd", member, _draws(plan, rng, counts, 0.5))
    capacity = _capacity(units, indicator, draws)
    no_better = np.zeros(draws.shape[:2], dtype=bool)
    no_better[_of_segment(plan, units, 4)] = True
    skill = np.where(no_better, 1.04, rng.uniform(0.7, 0.97, draws.shape[:2]))
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
        "mean": draws.mean(-1)[None],
        "exceedance_probability": exceed[None],
        "surge_probability": (draws > 1.5 * recent[:, None, None]).mean(-1)[None],
        "capacity": capacity,
        "pressure_band": band[None],
        "skill": skill,
        "no_better": no_better,
        "regime_break": regime,
        **_reasons(history, np.median(draws, axis=-1)),
        "history": history[None],
        "nowcast": history[None],
        "nowcast_sd": np.zeros(history[None].shape),
        "coverage": np.isfinite(history).astype("float32"),
    }


def _reasons(history: np.ndarray, median: np.ndarray) -> dict[str, np.ndarray]:
    """Made-up parts that add up to each change, on the log scale and in counts."""
    reference = pd.DataFrame(history[:, -4:]).mean(axis=1).to_numpy()
    share = np.array([SHARES.get(part, 0.0) for part in DRIVERS])
    changes = {"reason": np.log1p(median) - np.log1p(reference)[:, None], "reason_counts": median - reference[:, None]}
    parts = {name: change[None, ..., None] * share for name, change in changes.items()}
    return {**parts, "reference": reference[None]}


def _of_segment(plan: Plan, units: pd.DataFrame, position: int) -> np.ndarray:
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


def _bands(plan: Plan, history: np.ndarray, exceed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    with_capacity = np.digitize(np.nan_to_num(exceed), [0.2, 0.4, 0.6])
    limits = np.nanpercentile(np.nan_to_num(history), [75, 90, 97], axis=1)
    own = (np.median(draws, axis=-1)[None] > limits[:, :, None]).sum(axis=0)
    band = np.where(np.isfinite(exceed), with_capacity, own)
    enough = np.isfinite(history).sum(axis=1) >= (26 if plan.freq == "W" else 12)
    return np.where(enough[:, None] | np.isfinite(exceed), band, -1).astype("int8")
