"""The weekly protocol on the embedded sample: `routecast backtest --peers` as a user types it, by level.

20 cutoffs, every fourth week, horizons 1–12, with the coherent sums, the nowcast and whatever else a run has. Members
speak for all units, the peers and Prophet for routes, borders and the 40 largest segments. The sample is made up: it
shows that the methods hold together on weekly counts of a grid, not how good they are in the world.
`--report FOLDER` writes `skill-sample.md`. `--quick`: one cutoff, no peers.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.tables import by_horizon, held_out, interval, model_table, paired, ratio
from forecasting.members.peers import PEER_MEAN
from geo.pack.load import load_region
from geo.region.units import location_of, unit_table
from pipelines.sample import write_sample
from routecast.cli import run_command

REGION, CUTOFFS, STEP, HORIZON = "western_balkans", 20, 4, 12
HEAD = """# How good the forecasts are on the weekly sample

Written by `python benchmarks/bench_sample.py --report docs`; do not edit by hand. The sample is synthetic: these
figures say how the methods behave on weekly counts of a grid of cells, not how good they are in the world; for that see
[skill.md](skill.md), which also says what the columns mean. {cutoffs} cutoffs, every fourth week, horizons 1–12;
{minutes:.0f} minutes, members and peers together."""


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, help="folder for skill-sample.md")
    parser.add_argument("--quick", action="store_true", help="one cutoff, no peers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        scores = backtest(Path(folder), cutoffs=1 if asked.quick else CUTOFFS, peers=not asked.quick)
        minutes = (time.monotonic() - began) / 60
    text = report(scores, minutes)
    print(text)
    if asked.report:
        (asked.report / "skill-sample.md").write_text(text, encoding="utf-8")


def backtest(folder: Path, *, cutoffs: int, peers: bool) -> pd.DataFrame:
    """Scores of every model at every unit, with the unit's level."""
    region = load_region(REGION)
    where = ["--region", REGION, "--store", str(folder / "store")]
    for source, path in write_sample(folder / "sample", region=region).files:
        done(["ingest", source, str(path), *where])
    window = ["--cutoffs", str(cutoffs), "--step", str(STEP), "--horizon", str(HORIZON)]
    done(["backtest", *window, *(["--peers"] if peers else []), "--out", str(folder / "out"), *where])
    units = unit_table(region)
    level = {location_of(u): str(kind) for u, kind in zip(units["unit"], units["level"], strict=True)}
    scores = pd.read_parquet(folder / "out" / "scores.parquet")
    return scores.assign(level=scores["location"].map(level))


def done(words: list[str]) -> None:
    """Run a command to its good end."""
    code = run_command(words)
    if code:
        sys.exit(code)


def report(scores: pd.DataFrame, minutes: float) -> str:
    """All tables as Markdown."""
    compared = scores[scores["location"].isin(scores.loc[scores["model"].eq(PEER_MEAN), "location"])]
    head = HEAD.format(cutoffs=scores["origin_date"].nunique(), minutes=minutes)
    parts = [head, "## By level", table(by_level(scores))]
    if len(compared):
        parts += ["## Where the peers ran: routes, borders, the 40 largest segments", table(models(compared))]
    segments = scores[scores["level"] == "segment"]
    parts += ["## All segments", table(models(segments))]
    parts += [f"### Held out: {name}\n\n{table(models(part))}" for name, part in held_out(segments).items()]
    parts += ["## All segments, as published, by horizon", table(by_horizon(segments))]
    return "\n\n".join(parts) + "\n"


def models(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a model; seconds are not told apart in a run."""
    return model_table(scores, {}).iloc[:, :-1]


def by_level(scores: pd.DataFrame) -> pd.DataFrame:
    """What is published, by level: against the baseline, and against `peer_mean` where it ran."""
    rows = []
    for level, mine in scores.groupby("level", sort=False):
        pairs, theirs = paired(mine, "routecast", "baseline"), paired(mine, "routecast", PEER_MEAN)
        low, high = interval(pairs)
        rows.append(
            {
                "level": level,
                "units": mine["location"].nunique(),
                "÷ baseline": ratio(pairs),
                "90 % interval": f"{low:.3f}–{high:.3f}",
                "counts ÷ baseline": ratio(pairs, "wis"),
                "÷ peer_mean": ratio(theirs) if len(theirs) else float("nan"),
                "in 50 %": 100 * pairs["covered_50"].mean(),
                "in 95 %": 100 * pairs["covered_95"].mean(),
            }
        )
    return pd.DataFrame(rows).set_index("level")


def table(frame: pd.DataFrame) -> str:
    """A table in Markdown, three decimals; per cents whole."""
    shown = frame.copy()
    for column in shown.select_dtypes("number"):
        form = "{:.0f}" if str(column).startswith(("in ", "units")) else "{:.3f}"
        shown[column] = [form.format(v) if v == v else "–" for v in shown[column]]  # noqa: PLR0124 - NaN
    head = [str(shown.index.name), *map(str, shown.columns)]
    rows = [" | ".join([str(i), *map(str, row)]) for i, row in zip(shown.index, shown.to_numpy(), strict=True)]
    return "\n".join(
        ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * len(head)) + " |", *(f"| {row} |" for row in rows)]
    )


if __name__ == "__main__":
    main()
