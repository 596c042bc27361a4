"""`docs/skill.md`: how good the forecasts are, written by the benchmark from its own scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.sets import Evaluation
from benchmarks.tables import best_peer, by_horizon, held_out, interval, model_table, paired, ratio
from forecasting.base.quantile_functions import LEVELS
from forecasting.evaluate.scores import observed_ahead
from forecasting.members.peers import PEER_MEAN, PEERS

TITLES = {
    "frontex": "Frontex: detections on the seven larger routes, months to April 2025",
    "frontex_total": "Frontex: the seven larger routes and their total",
    "frontex_borders": "Frontex: routes by land and sea",
    "frontex_nationalities": "Frontex: the 40 largest series of route × nationality",
    "usbp": "U.S. Border Patrol: encounters in 21 sectors, months to September 2020",
    "usbp_total": "U.S. Border Patrol: 21 sectors and their total",
    "italy": "Italy: landings, weeks to September 2025",
    "unhcr": "UNHCR: arrivals by country on the Western Balkans route, weeks of 2015–16",
}
INTRODUCTION = """# How good the forecasts are

Written by `python benchmarks/bench_models.py --report docs` with `ROUTECAST_REAL_DATA` set; do not edit by hand. The
windows stand in `benchmarks/protocol.yaml`. At each cutoff a model sees earlier periods only. The synthetic weekly
sample, with its hierarchy: [skill-sample.md](skill-sample.md).

WIS is the weighted interval score over 23 quantiles, of log1p counts unless it says "counts"; lower is better. *Ratio*
is the mean score relative to a log-scale random walk (`baseline`) on the forecasts that both made, with a 90 % interval
from a bootstrap of blocks of three cutoffs. *In 50 %* and *in 95 %* are the shares of what came inside those ranges.
`routecast` is what is published, `combined` the combination before its ranges are set right. `peer_mean` is the
quantile-wise mean of five `statsforecast` models. CPU seconds are of all cutoffs; – where not timed in that run.

What is published is the sum of coupled draws at every level; sums over a quarter are made of the same draws, the
baseline's with the same ranks. *Mid-rank* coverage takes the middle of the rank that a count spans: where zeros fill a
range, a zero is not counted as inside for that alone. Sizes are mean counts a period of the last year.

*Held out* are the last third of the cutoffs and every third series: weights and settings were chosen on the others,
with these printed beside them, so they are held out but not blind. *Ablations* leave one part out: above 1 it helps
there.
"""


@dataclass(frozen=True)
class Section:
    """One data set's results."""

    data: Evaluation
    scores: pd.DataFrame
    forecasts: Mapping[int, Mapping[str, xr.DataArray]]
    seconds: Mapping[str, float]
    parts: pd.DataFrame
    ablations: pd.DataFrame


def write_report(sections: list[Section], folder: Path) -> Path:
    """Write `skill.md` and `calibration.png` into a folder."""
    _plot(sections, folder / "calibration.png")
    summary = pd.DataFrame([_summary(s) for s in sections]).set_index("set")
    parts = [
        INTRODUCTION,
        "## In short\n",
        _markdown(summary),
        "\n![Coverage of all central ranges](calibration.png)\n",
    ]
    path = folder / "skill.md"
    path.write_text("\n".join([*parts, *(_section(s) for s in sections)]).rstrip() + "\n", encoding="utf-8")
    return path


def _summary(section: Section) -> dict[str, object]:
    table = model_table(section.scores, section.seconds)
    row: dict[str, object] = {
        "set": section.data.name,
        "÷ baseline": table.loc["routecast", "ratio"],
        "counts ÷ baseline": table.loc["routecast", "ratio, counts"],
    }
    best = best_peer(table, (*PEERS, PEER_MEAN))
    for name, other in (("peer_mean", PEER_MEAN), ("best peer", best)):
        pairs = paired(section.scores, "routecast", other) if best else pd.DataFrame()
        row[f"÷ {name}"] = f"{ratio(pairs):.3f} ({'–'.join(f'{b:.3f}' for b in interval(pairs))})" if best else "–"
        row[f"counts ÷ {name}"] = round(ratio(pairs, "wis"), 3) if best else "–"
    row["best peer is"] = best or "–"
    row |= {k: table.loc["routecast", k] for k in ("in 50 %", "in 95 %")}
    ours = sum(v for k, v in section.seconds.items() if k not in (PEER_MEAN, "prophet"))
    row["cost ÷ peers"] = round(ours / section.seconds[PEER_MEAN], 3) if PEER_MEAN in section.seconds else "–"
    return row


def _section(section: Section) -> str:
    data = section.data
    first, last = (f"{data.origin_date(e):%Y-%m}" for e in (data.ends[0], data.ends[-1]))
    lines = [
        f"\n## {TITLES.get(data.name, data.name)}\n",
        f"{len(data.levels)} series, {len(data.ends)} cutoffs from {first} to {last}, horizons 1–{data.horizon}.\n",
        *([] if PEER_MEAN in section.seconds else ["The peers were not run on this set.\n"]),
        _markdown(model_table(section.scores, section.seconds)),
        "\nBy horizon, as published:\n",
        _markdown(by_horizon(section.scores)),
    ]
    for name, part in held_out(section.scores).items():
        lines += [f"\nHeld out, {name}:\n", _markdown(model_table(part, {}).iloc[:, :-1])]
    lines += [
        "\nAs published, by size of the series, by level, and of sums over a quarter:\n",
        _markdown(section.parts),
    ]
    lines += ["\nAblations, relative to what is published:\n", _markdown(section.ablations)]
    return "\n".join(lines)


def _markdown(table: pd.DataFrame) -> str:
    """A Markdown table; scores with three decimals, counts and per cents with fewer."""
    names = [table.index.name or "", *map(str, table.columns)]
    rows = [[str(i), *(_cell(str(c), v) for c, v in row.items())] for i, row in table.iterrows()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [names, ["---"] * len(names), *rows])


def _cell(column: str, value: object) -> str:
    if isinstance(value, str) or not isinstance(value, int | float | np.floating):
        return str(value)
    if not np.isfinite(value):
        return "–"
    if column == "forecasts":
        return f"{value:,.0f}"
    if column in {"WIS", "CPU s"}:
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    return f"{value:.0f} %" if column.startswith("in ") else f"{value:.3f}"


def _plot(sections: list[Section], path: Path) -> None:
    """Share of what came inside each central range, against the share it promises."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    figure, axes = plt.subplots(figsize=(5.5, 5.5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, label="perfect")
    for section in sections:
        promised, held = coverage(section)
        axes.plot(promised, held, marker="o", markersize=3, label=section.data.name)
    axes.set(xlabel="central range", ylabel="share of what came inside it", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def coverage(section: Section) -> tuple[np.ndarray, np.ndarray]:
    """Nominal and measured coverage (range,) of the published central ranges."""
    data = section.data
    seen = np.concatenate(
        [observed_ahead(data.history, data.origin_date(e), data.horizon).to_numpy().ravel() for e in data.ends]
    )
    made = np.concatenate([section.forecasts[e]["routecast"].to_numpy().reshape(-1, len(LEVELS)) for e in data.ends])
    known = np.isfinite(seen) & np.isfinite(made).all(axis=1)
    low, high = made[known][:, : len(LEVELS) // 2], made[known][:, : len(LEVELS) // 2 : -1]
    inside = (seen[known, None] >= low) & (seen[known, None] <= high)
    return 1 - 2 * LEVELS[: len(LEVELS) // 2], inside.mean(axis=0)
