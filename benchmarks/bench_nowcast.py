"""The nowcast against the figures as reported, on real bulletins. `--quick`: every 30th day in place of every third.

On each day the figures are taken as they were known then, completed by what the vintages known then teach, and both are
compared with the newest figures. Nothing later than the day enters. Needs `ROUTECAST_REAL_DATA`; without it a made-up
set shows that the benchmark runs.
"""

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from geo.pack.load import load_region
from pipelines.grid.encode import Rows, encode, known_at
from pipelines.grid.nowcast import add_completion
from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_confirmed, load_observations
from pipelines.store.paths import Store

FOLLOWED_DAYS = 45  # the last days are left out: their figures may still change
SETS = {
    "Italy, daily": ("italy_landings", "italy/sbarchi-per-giorno.csv", None),
    "Frontex, monthly": ("frontex", "frontex/route_month_vintages_2025.csv", "eu_routes"),
}
ITALY = """
name: Italy
freq: W
indicators: {irregular_crossings: {unit: persons, sensitivity: public}}
segments: [{id: italy, name: Italy, border: SEA}]
"""


def rows_of(data: Path, source: str, file: str, region: str | None) -> Rows:
    """All vintages of one real file, encoded for its region."""
    with tempfile.TemporaryDirectory() as folder:
        if region is None:
            (Path(folder) / "region.yaml").write_text(ITALY)
        pack, store = load_region(region or folder), Store(Path(folder) / "store")
        ingest(source, [data / file], region=pack, store=store, today=datetime.now(tz=UTC).date())
        return encode(load_observations(store, pack.id), pack, confirmed=load_confirmed(store, pack.id))


def made_up() -> Rows:
    """Ten years of months, told a week after their end at four fifths, and whole six weeks later."""
    pack, rng = load_region("eu_routes"), np.random.default_rng(1)
    months = pd.date_range("2015-01-01", periods=120, freq="MS")
    told = months + pd.offsets.MonthEnd(1) + pd.Timedelta(days=7)
    final = rng.poisson(400, len(months))
    first = pd.DataFrame({"period_start": months, "as_of": told, "count": rng.binomial(final, 0.8)})
    whole = first.assign(as_of=told + pd.Timedelta(days=42), count=final)
    table = pd.concat([first, whole], ignore_index=True).assign(
        source="made_up",
        indicator="irregular_crossings",
        place_kind="route",
        place=pack.routes[0].id,
        route=None,
        lon=np.nan,
        lat=np.nan,
        nationality="TOTAL",
        period="M",
        status="final",
        as_of_assumed=False,
        missing_reason=None,
    )
    return encode(table, pack)


def replay(rows: Rows, *, step: int) -> pd.DataFrame:
    """Figures that the nowcast speaks of and that were told again later: as reported, completed, and as they became."""
    final = known_at(rows, None)[0].set_index("figure")["count"]
    told = rows.frame["as_of"]
    last_told = _last_told(rows)
    frames = []
    for day in range(int(told.min()), int(told.max()) - FOLLOWED_DAYS, step):
        known, classes = add_completion(known_at(rows, day, strict_vintages=True)[0], rows, day)
        mine = known[(known["added_sd"] > 0) & (last_told.reindex(known["figure"]).to_numpy() > day)]
        if classes:
            frames.append(mine.assign(day=day, age=day - mine["end"], final=final.reindex(mine["figure"]).to_numpy()))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"day": []})


def _last_told(rows: Rows) -> pd.Series:
    """Day on which each figure was last told, changed or not."""
    reports = [rows.frame[["figure", "as_of"]], *([rows.confirmed] if rows.confirmed is not None else [])]
    return pd.concat(reports).groupby("figure")["as_of"].max()


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Errors by how long after its day a figure was told, and of all; ratios below 1: the nowcast is nearer."""
    told = (scores["as_of"] - scores["end"]).clip(upper=4).map(lambda d: f"told after {d} days")
    return pd.DataFrame([_errors("all", scores), *(_errors(name, s) for name, s in scores.groupby(told))])


def _errors(name: str, scores: pd.DataFrame) -> dict[str, object]:
    final, reported = scores["final"], scores["count"]
    completed = reported + scores["added"]
    logs = [np.abs(np.log1p(v) - np.log1p(final)).mean() for v in (reported, completed)]
    counts = [np.abs(v - final).mean() for v in (reported, completed)]
    inside = np.abs(completed - final) <= 1.96 * scores["added_sd"]
    return {
        "figures": name,
        "n": len(scores),
        "changed": (reported != final).mean(),
        "error_log1p_reported": logs[0],
        "error_log1p_nowcast": logs[1],
        "ratio_log1p": logs[1] / logs[0],
        "error_reported": counts[0],
        "error_nowcast": counts[1],
        "ratio": counts[1] / counts[0],
        "covered_95": inside.mean(),
    }


def main() -> int:
    """Print one table a set of vintages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    step = 30 if parser.parse_args().quick else 3
    data = os.environ.get("ROUTECAST_REAL_DATA")
    if data:
        sets = {name: rows_of(Path(data), *place) for name, place in SETS.items()}
    else:
        sets = {"made up, monthly": made_up()}
    for name, rows in sets.items():
        scores = replay(rows, step=step)
        sys.stdout.write(f"\n{name}: {scores['day'].nunique()} days, {len(scores)} recent figures\n")
        if len(scores):
            sys.stdout.write(summary(scores).to_string(index=False, float_format=lambda v: f"{v:.4g}") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
