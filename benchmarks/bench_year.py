"""The year ahead: how good months 7–12 and sums over quarters and the year are, by the protocol's entry `year`.

The members are those of `bench_models.py` without Prophet, which is on trial and slow, and without peers.
Sums are of joint draws, the baseline's with the same ranks. Needs `ROUTECAST_REAL_DATA`; without it a made-up set.
`--sets frontex,usbp`: some sets. `--quick`: few cutoffs. `--report FOLDER`: writes `skill-year.md`.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.chain import MemberForecasts, all_forecasts, forecast_members, published, score, score_sums
from benchmarks.report import TITLES
from benchmarks.sets import PROTOCOL, SETS, Evaluation, evaluation_of, made_up
from benchmarks.tables import paired, ratio

YEAR = 12  # months
INTRODUCTION = """# How good a year's outlook is

Written by `python benchmarks/bench_year.py --report docs` with `ROUTECAST_REAL_DATA` set; do not edit by hand. Thirty
cutoffs every second month, twelve months ahead; scores as in [skill.md](skill.md). Sums are of the joint draws that are
published, the baseline's with the same ranks. *Best member* is the single model with the lowest ratio on the row. The
last third of the cutoffs was not used for choices, but printed beside the others.
"""


def main() -> None:
    """Print a table a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(PROTOCOL["year"]["sets"]), help="names, by commas")
    parser.add_argument("--quick", action="store_true", help="4 cutoffs")
    parser.add_argument("--report", type=Path, help="folder for skill-year.md")
    asked = parser.parse_args()
    parts = [INTRODUCTION]
    for data in _sets(asked.sets.split(",")):
        chosen = replace(data, ends=data.ends[-4:]) if asked.quick else data
        table = year_table(chosen, forecast_members(chosen, peers=False, prophet=False))
        parts.append(f"## {TITLES.get(data.name, data.name)}\n\n{as_markdown(table)}\n")
        print(
            f"\n{data.name}: {len(chosen.levels)} series, {len(chosen.ends)} cutoffs\n{table.to_string()}", flush=True
        )
    if asked.report:
        (asked.report / "skill-year.md").write_text("\n".join(parts), encoding="utf-8")


def _sets(names: list[str]) -> Iterator[Evaluation]:
    root = os.environ.get("ROUTECAST_REAL_DATA")
    if not root:
        yield evaluation_of("made up", made_up(), PROTOCOL["year"])
        return
    for name in names:
        yield evaluation_of(name, SETS[name](Path(root)), PROTOCOL["year"])


def year_table(data: Evaluation, members: MemberForecasts) -> pd.DataFrame:
    """Ratio to the baseline and coverage: each month from the seventh on, both halves, quarters, the year."""
    made = published(data, members)
    scores = score(data, all_forecasts(data, members, made))
    parts = {f"month {h}": scores[scores["horizon"] == h] for h in range(YEAR // 2 + 1, YEAR + 1)}
    parts = {"months 1–6": scores[scores["horizon"] <= YEAR // 2], **parts}
    parts["months 7–12"] = scores[scores["horizon"] > YEAR // 2]
    for periods, name in ((3, "quarters"), (YEAR, "the year's sum")):
        parts[name] = score_sums(data, members, made, periods=periods)
    last = np.sort(scores["origin_date"].unique())[-PROTOCOL["held_out"]["last_cutoffs"] :]
    return pd.DataFrame({name: _row(part, last) for name, part in parts.items()}).T


def _row(scores: pd.DataFrame, last: np.ndarray) -> dict[str, str]:
    pairs = paired(scores, "routecast", "baseline")
    late = pairs[pairs["origin_date"].isin(last)]
    own = [str(m) for m in scores["model"].unique() if m not in ("baseline", "routecast", "combined")]
    best = min(((ratio(paired(scores, m, "baseline")), m) for m in own), default=None)
    return {
        "ratio": f"{ratio(pairs):.3f}",
        "counts": f"{ratio(pairs, 'wis'):.3f}",
        "last third": f"{ratio(late):.3f}",
        "in 50 %": f"{100 * pairs['covered_50'].mean():.0f} %",
        "in 95 %": f"{100 * pairs['covered_95'].mean():.1f} %",
        "last third, in 95 %": f"{100 * late['covered_95'].mean():.1f} %",
        "best member": f"{best[1]} {best[0]:.3f}" if best else "–",
    }


def as_markdown(table: pd.DataFrame) -> str:
    """A table as Markdown."""
    head = ["", *table.columns]
    lines = [
        head,
        ["---"] * len(head),
        *([str(name), *row] for name, row in zip(table.index, table.to_numpy(), strict=True)),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
