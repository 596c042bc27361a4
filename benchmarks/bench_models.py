"""Scores and cost of the models on real monthly series, by the protocol of design §6 (calm cutoffs).

30 cutoffs, every second month, horizons 1 to 6: seven larger Frontex routes to April 2025, 21 USBP sectors to September
2020. Needs `ROUTECAST_REAL_DATA`; without it a small made-up set shows that the benchmark runs. `--quick`: 4 cutoffs,
no peers. Windows and what is held out: `protocol.yaml`.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
import yaml
from scipy.sparse import eye_array

from forecasting.forecast import assemble, learn
from forecasting.joint_members import boosted_quantiles, endemic_quantiles
from forecasting.members import Members, member_quantiles, stack_members
from forecasting.models.registry import MODELS
from forecasting.peers import peer_quantiles
from forecasting.plan import member_plan
from forecasting.scores import observed_ahead, score_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecasting.learn import PastForecast

PROTOCOL = yaml.safe_load((Path(__file__).parent / "protocol.yaml").read_text(encoding="utf-8"))
HORIZON, CUTOFFS, STEP = (PROTOCOL["frontex"][k] for k in ("horizon", "cutoffs", "step"))  # the same in both sets
REFIT_EVERY = 3  # cutoffs, as in a run
LEFT_OUT = PROTOCOL["frontex"]["left_out"]
TOTALS = ["month", "fy", "cy", "coastal_border", "northern_border", "southwest_border", "monthly_total"]


@dataclass
class Tally:
    """Scores and CPU seconds of one data set."""

    frames: list[pd.DataFrame] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def spend(self, who: str, since: float) -> None:
        """Add the CPU time since a moment to an account."""
        self.seconds[who] = self.seconds.get(who, 0.0) + time.process_time() - since


def frontex(folder: Path) -> xr.Dataset:
    """Detections on the seven larger routes (unit, time)."""
    sheet = pd.read_excel(next((folder / "frontex").glob("*.xlsx")), sheet_name="Detections_of_IBC")
    months = [c for c in sheet.columns if isinstance(c, str) and len(c) == 7 and c[3:].isdigit()]
    table = sheet.groupby("Route")[months].sum().drop(index=list(LEFT_OUT))
    table.columns = pd.to_datetime(["1" + m for m in months], format="%d%b%Y")
    return history_of(table.set_index("route:" + table.index))


def usbp(folder: Path) -> xr.Dataset:
    """Encounters in the 21 sectors (unit, time)."""
    rows = pd.read_csv(next((folder / "usbp").glob("*.csv.gz")), sep="|")
    rows.index = pd.to_datetime({"year": rows["cy"], "month": rows["month"], "day": 1})
    table = rows.sort_index().drop(columns=TOTALS).T
    return history_of(table.set_index("segment:" + table.index))


def made_up() -> xr.Dataset:
    """Three Poisson series with a season."""
    rng = np.random.default_rng(1)
    times = pd.date_range("2010-01-01", periods=150, freq="MS")
    rate = np.exp(4 + np.sin(np.arange(150) * np.pi / 6) / 2 + np.cumsum(rng.normal(0, 0.1, (3, 150)), axis=1))
    return history_of(pd.DataFrame(rng.poisson(rate), index=["route:a", "segment:b", "segment:c"], columns=times))


def history_of(table: pd.DataFrame) -> xr.Dataset:
    """A wide table (unit × month) as a history."""
    coords = {"unit": table.index.tolist(), "time": table.columns}
    return xr.Dataset({"count": (("unit", "time"), table.to_numpy(float))}, coords=coords, attrs={"freq": "M"})


def run(history: xr.Dataset, *, cutoffs: int, peers: bool) -> Tally:
    """Forecast at every cutoff, each from what was known there."""
    levels = [str(u).partition(":")[0] for u in history["unit"].to_numpy()]
    tally = Tally()
    past: list[PastForecast] = []
    ends = range(history.sizes["time"] - HORIZON - STEP * (cutoffs - 1), history.sizes["time"] - HORIZON + 1, STEP)
    joint = _joint(history, ends, levels, tally)
    for end in ends:
        seen = history.isel(time=slice(0, end))
        forecasts = dict(_forecasts(seen, levels, past, tally, joint=joint[end], peers=peers))
        origin = seen["time"].to_numpy()[-1]
        observed = observed_ahead(history, pd.Timestamp(origin), HORIZON)
        for model, quantiles in forecasts.items():
            tally.frames.append(score_frame(quantiles, observed, model=model, origin_date=pd.Timestamp(origin)))
    return tally


def _joint(history: xr.Dataset, ends: Sequence[int], levels: list[str], tally: Tally) -> dict[int, list[Members]]:
    """Forecasts of the models that see all units at once, by cutoff; the trees learn at every third."""
    seen = {end: history.isel(time=slice(0, end)) for end in ends}
    plans = {end: member_plan(part, levels, full=True) for end, part in seen.items()}
    level = dict(zip(map(str, history["unit"].to_numpy()), levels, strict=True))
    found: dict[int, list[Members]] = {end: [] for end in ends}
    for group in (list(ends)[i : i + REFIT_EVERY] for i in range(0, len(ends), REFIT_EVERY)):
        since = time.process_time()
        parts = [seen[e] for e in group], [plans[e] for e in group]
        for end, members in zip(group, boosted_quantiles(*parts, horizon=HORIZON, seed=1), strict=True):
            found[end].append(members)
        tally.spend("boosted", since)
    for end in ends:
        since = time.process_time()
        found[end] += endemic_quantiles(seen[end], plans[end], level, horizon=HORIZON, seed=1)
        tally.spend("endemic_epidemic", since)
    return found


def _forecasts(
    seen: xr.Dataset,
    levels: list[str],
    past: list[PastForecast],
    tally: Tally,
    *,
    joint: list[Members],
    peers: bool,
) -> Iterator[tuple[str, xr.DataArray]]:
    plan = member_plan(seen, levels, full=True)
    options = {"horizon": HORIZON, "n_draws": 500, "seed": 1}
    parts = []
    for group in joint:
        yield str(group.quantiles["member"].item()), group.quantiles.isel(member=0, drop=True)
    for member in [m for m in dict.fromkeys(m for ms in plan.values() for m in ms) if m in MODELS]:
        since = time.process_time()
        mine = {unit: [member] for unit, members in plan.items() if member in members}
        parts.append(member_quantiles(seen, mine, **options))
        tally.spend(member, since)
        yield member, parts[-1].quantiles.isel(member=0, drop=True)
    since = time.process_time()
    members = stack_members([*parts, *joint])
    lessons = learn(past, seen, levels)
    cells = eye_array(len(levels), format="csr")
    made = assemble(members, seen, summing=cells, levels=levels, n_draws=1000, seed=1, lessons=lessons)
    past.append(made.past)
    tally.spend("routecast", since)
    yield "combined", made.past.combined
    yield "routecast", made.quantiles
    if peers:
        since = time.process_time()
        found = peer_quantiles(seen, horizon=HORIZON)
        tally.spend("peer_mean", since)
        yield from ((str(m), found.quantiles.sel(member=m, drop=True)) for m in found.quantiles["member"].to_numpy())


def table(tally: Tally, scores: pd.DataFrame) -> pd.DataFrame:
    """One row a model: scores, ratios to the baseline, coverage, CPU seconds."""
    keys = ["location", "horizon", "origin_date"]
    base = scores[scores["model"] == "baseline"].set_index(keys)[["wis_log1p", "wis"]]
    joined = scores.join(base, on=keys, rsuffix="_baseline")
    means = joined.drop(columns=[*keys, "vintages"]).groupby("model").mean()
    means["log ratio"] = means["wis_log1p"] / means["wis_log1p_baseline"]
    means["natural ratio"] = means["wis"] / means["wis_baseline"]
    means["CPU s"] = pd.Series(tally.seconds)
    shown = ["wis_log1p", "log ratio", "wis", "natural ratio", "covered_50", "covered_95", "CPU s"]
    return means[shown].sort_values("log ratio").round(3)


def late(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of the cutoffs that nothing was tuned on."""
    cutoffs = np.sort(scores["origin_date"].unique())[-PROTOCOL["held_out"]["last_cutoffs"] :]
    return scores[scores["origin_date"].isin(cutoffs)]


def every_third(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of the series that are for the report."""
    step = PROTOCOL["held_out"]["every_series"]
    return scores[scores["location"].isin(np.sort(scores["location"].unique())[step - 1 :: step])]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4 cutoffs, no peers")
    parser.add_argument("--no-peers", action="store_true", help="every cutoff, our own models only")
    asked = parser.parse_args()
    quick = asked.quick
    root = os.environ.get("ROUTECAST_REAL_DATA")
    sets = {"frontex": frontex(Path(root)), "usbp": usbp(Path(root))} if root else {"made up": made_up()}
    for name, history in sets.items():
        tally = run(history, cutoffs=4 if quick else CUTOFFS, peers=not (quick or asked.no_peers))
        scores = pd.concat(tally.frames, ignore_index=True)
        print(f"\n{name}, all cutoffs\n{table(tally, scores).to_string()}")
        if not quick:
            print(f"\n{name}, held out: the last third of the cutoffs\n{table(tally, late(scores)).to_string()}")
            print(f"\n{name}, held out: every third series\n{table(tally, every_third(scores)).to_string()}")


if __name__ == "__main__":
    main()
