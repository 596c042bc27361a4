"""Scores and cost of the models on real series, by the protocol (`protocol.yaml`): the figures of `docs/skill.md`.

Monthly: Frontex' routes, the same by land and sea and by nationality, USBP's sectors; routes and sectors with their
total. Weekly: Italy's landings, UNHCR's arrivals of 2015–16. Needs `ROUTECAST_REAL_DATA`; without it a small made-up
set shows that the benchmark runs.
`--sets frontex,usbp`: some sets. `--quick`: few cutoffs, no peers. `--report FOLDER`: writes `skill.md` and its plot.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.ablation import ablations
from benchmarks.chain import all_forecasts, forecast_members, published, score, score_sums
from benchmarks.report import Section, write_report
from benchmarks.sets import SETS, evaluations
from benchmarks.tables import by_horizon, by_part, held_out, model_table


def main() -> None:
    """Print the tables of every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS), help="names, by commas")
    parser.add_argument("--quick", action="store_true", help="4 cutoffs, no peers")
    parser.add_argument("--no-peers", action="store_true", help="our own models only")
    parser.add_argument("--report", type=Path, help="folder for skill.md")
    asked = parser.parse_args()
    sections: list[Section] = []
    for data in evaluations(asked.sets.split(",")):
        chosen = replace(data, ends=data.ends[-4:]) if asked.quick else data
        made = forecast_members(chosen, peers=not (asked.quick or asked.no_peers))
        joint = published(chosen, made)
        forecasts = all_forecasts(chosen, made, joint)
        scores = score(chosen, forecasts)
        table = model_table(scores, made.seconds)
        print(f"\n{data.name}: {len(chosen.levels)} series, {len(chosen.ends)} cutoffs\n{table.round(3).to_string()}")
        for name, part in held_out(scores).items():
            print(f"\n{data.name}, {name}\n{model_table(part, {}).iloc[:, :-1].round(3).to_string()}")
        print(f"\n{data.name}, by horizon\n{by_horizon(scores).round(3).to_string()}")
        parts = by_part(scores, score_sums(chosen, made, joint))
        print(f"\n{data.name}, by size, level and over a quarter\n{parts.round(3).to_string()}")
        changed = ablations(chosen, made, scores)
        print(f"\n{data.name}, ablations: ratio to what is published\n{changed.round(4).to_string()}", flush=True)
        sections.append(Section(chosen, scores, forecasts, made.seconds, parts, changed))
    if asked.report:
        print(f"written: {write_report(sections, asked.report)}")


if __name__ == "__main__":
    main()
