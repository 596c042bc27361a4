"""Two closures of 2015–16, told to the scenario engine: where did it send the flow, and how far from what came?

UNHCR's daily arrivals; everything is fitted on the days before, the closure is told as it was announced, and the same
engine as for weeks moves the same draws. Draws are expected flows and what came are counts, so for the scores every
draw counts by Poisson, with and without the closure: nothing to thousands, but a trickle can be zero. `--out FOLDER`
writes a plot each. Needs `ROUTECAST_REAL_DATA`; without it (or with `--quick`) a made-up corridor shows that it runs.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.dependence import couple_draws, draw_quantiles
from forecasting.evaluate.scores import ae, covered, wis, wis_log1p
from forecasting.models.baseline import Baseline
from forecasting.scenarios.assumption import USUAL_DIVERSION, Diversion
from forecasting.scenarios.assumptions import Scenario, SegmentFlow, moves_of
from forecasting.scenarios.displacement import displacement_table
from forecasting.scenarios.engine import move_flow
from forecasting.scenarios.moves import Setting
from forecasting.scenarios.network import route_network
from forecasting.scenarios.transitions import Transitions, estimate_transitions
from geo.pack.load import load_region
from geo.region.region import Cell, Edge, Region, Route, Segment
from pipelines.ingest.sources.registry import SOURCES

FILE = "unhcr_western_balkans/20160921-analysisofestimatedarrivals.xlsx"
N_DRAWS, SEED, HORIZON = 1000, 1, 14
# Column of the workbook → cell: its way in, where it starts and ends, and its neighbours on the ground.
# Two ways that nobody counted stand beside them: without history, distance alone gives them their weight.
CELLS = {
    "Greek islands": ("TUR-GRC", "TUR", "GRC"),
    "MKD": ("GRC-MKD", "GRC", "MKD"),
    "SRB": ("MKD-SRB", "MKD", "SRB"),
    "HRV": ("SRB-HRV", "SRB", "HRV"),
    "HUN": ("HRV-HUN", "HRV", "HUN"),
    "SVN": ("HRV-SVN", "HRV", "SVN"),
    "AUT": ("AUT", "", "AUT"),
}
UNCOUNTED = {"ROU": ("SRB-ROU", "SRB", "ROU"), "ALB": ("GRC-ALB", "GRC", "ALB")}
EDGES = [
    ("TUR-GRC", "GRC-MKD", 2),
    ("GRC-MKD", "MKD-SRB", 1),
    ("MKD-SRB", "SRB-HRV", 1),
    ("MKD-SRB", "SRB-ROU", 1),
    ("TUR-GRC", "GRC-ALB", 2),
    ("SRB-HRV", "HRV-HUN", 0),
    ("SRB-HRV", "HRV-SVN", 0),
    ("HRV-HUN", "AUT", 1),
    ("HRV-SVN", "AUT", 1),
]
BESIDE = {"HRV-SVN": ("HRV-HUN",), "SRB-HRV": ("HRV-HUN", "SRB-ROU"), "GRC-MKD": ("GRC-ALB",)}
CLOSED = (0.0, 0.02)
PASS_ON = Diversion(divert=(0.6, 1.0), wait=(0.0, 0.3), leave=(0.0, 0.1))  # an organised corridor
HOLD = Diversion(divert=(0.0, 0.2), wait=(0.7, 1.0), leave=(0.0, 0.1))  # nowhere to go


@dataclass(frozen=True)
class Episode:
    """A closure: the last day that is seen, and what the engine is told."""

    name: str
    last_day: str
    scenarios: dict[str, Scenario]
    from_serbia: bool = False  # Hungary's arrivals: after October 2015 they came from there (general knowledge)


def closed(
    *segments: str, first: int, diversion: Diversion, name: str, factor: tuple[float, float] = CLOSED
) -> Scenario:
    """Segments closed from a day of the horizon on."""
    return Scenario(
        name=name,
        assumptions=tuple(SegmentFlow(segment=s, factor=factor, from_horizon=first) for s in segments),
        diversion=diversion,
    )


CORRIDOR = ("GRC-MKD", "MKD-SRB", "SRB-HRV", "HRV-SVN")
# As the countries announced it (March 2016: nobody without papers passes), beside the same with a leak of up to 2 %,
# which was the only form at first; both are given, whichever is nearer.
EPISODES = (
    Episode(
        "Hungary closes its border with Croatia, 17 October 2015",
        "2015-10-16",
        {
            "told": closed("HRV-HUN", first=1, diversion=PASS_ON, name="told"),
            "told, default shares": closed("HRV-HUN", first=1, diversion=USUAL_DIVERSION, name="default"),
        },
    ),
    Episode(
        "The corridor is closed, 9 March 2016",
        "2016-03-07",
        {
            "told": closed(*CORRIDOR, first=2, diversion=HOLD, name="told"),
            "told as announced": closed(*CORRIDOR, first=2, diversion=HOLD, name="announced", factor=(0.0, 0.0)),
            "told, default shares": closed(*CORRIDOR, first=2, diversion=USUAL_DIVERSION, name="default"),
        },
        from_serbia=True,
    ),
)


def corridor(*, from_serbia: bool = False) -> Region:
    """The corridor as one route of nine ways."""
    cells = [*CELLS.values(), *UNCOUNTED.values()]
    edges, beside = EDGES, BESIDE
    if from_serbia:
        cells = [("SRB-HUN", "SRB", "HUN") if s == "HRV-HUN" else (s, a, b) for s, a, b in cells]
        edges = [e for e in EDGES if "HRV-HUN" not in e] + [("MKD-SRB", "SRB-HUN", 1), ("SRB-HUN", "AUT", 1)]
        beside = {"SRB-HRV": ("SRB-HUN",), "SRB-HUN": ("SRB-ROU",), "GRC-MKD": ("GRC-ALB",)}
    segments = tuple(Segment(s, s, s, neighbours=beside.get(s, ())) for s, _, _ in cells)
    route = Route("corridor", "Corridor", tuple(s for s, _, _ in cells), tuple(Edge(*e) for e in edges))
    return Region(
        "corridor",
        "Corridor",
        "W",
        "1",
        {},
        _both_ways(segments),
        (route,),
        tuple(Cell("corridor", s, a, b) for s, a, b in cells),
    )


def _both_ways(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    near = {s.id: {*s.neighbours, *(o.id for o in segments if s.id in o.neighbours)} for s in segments}
    return tuple(Segment(s.id, s.name, s.border, neighbours=tuple(sorted(near[s.id]))) for s in segments)


def daily_counts(path: Path) -> pd.DataFrame:
    """Arrivals by day and column of the workbook, NaN where none was reported."""
    rows = SOURCES["unhcr_western_balkans"].read(path, load_region("western_balkans"), {}).observations
    wide = rows.pivot_table(index="period_start", columns="place", values="count", aggfunc="first", dropna=False)
    wide = wide.rename(columns={"SEA-AEGEAN": "Greek islands"})
    return wide.reindex(columns=list(CELLS)).asfreq("D")


def made_up() -> pd.DataFrame:
    """A corridor in which the same days of the real episodes see a closure; its size is invented."""
    days = pd.date_range("2015-10-01", "2016-04-15", freq="D")
    rng = np.random.default_rng(1)
    flow = rng.gamma(30, 200, len(days))
    table = pd.DataFrame({name: flow * rng.lognormal(0, 0.1, len(days)) for name in CELLS}, index=days).round()
    shut = days >= "2015-10-17"
    table["SVN"] = np.where(shut, table["HUN"], 0.0)
    table.loc[shut, "HUN"] = 10.0
    table.loc[days >= "2016-03-09", ["MKD", "SRB", "HRV", "SVN", "AUT"]] = 0.0
    return table


@dataclass(frozen=True)
class Replay:
    """One episode replayed: draws (cell, horizon, draw) without and with each scenario, and what came."""

    episode: Episode
    region: Region
    transitions: Transitions
    draws: dict[str, np.ndarray]
    observed: np.ndarray  # (cell, horizon)
    past: pd.DataFrame


def replay(episode: Episode, counts: pd.DataFrame) -> Replay:
    """Fit on the days up to the episode's last one, forecast without and with what is told."""
    region, last = corridor(from_serbia=episode.from_serbia), pd.Timestamp(episode.last_day)
    past, ahead = counts.loc[:last], counts.loc[last + pd.Timedelta(days=1) :].iloc[:HORIZON]
    full = np.full((len(region.cells), len(past)), np.nan)
    full[: len(CELLS)] = past.to_numpy().T
    network = route_network(region)
    known = estimate_transitions(full, network, freq="D")
    setting = Setting(network, known, HORIZON, N_DRAWS, SEED)
    draws = {"not told": baseline_draws(past, len(region.cells))}
    for name, scenario in episode.scenarios.items():
        draws[name] = move_flow(draws["not told"], moves_of(scenario, setting), setting).draws(draws["not told"])
    observed = np.full((len(region.cells), HORIZON), np.nan)
    observed[: len(CELLS), : len(ahead)] = ahead.to_numpy().T
    return Replay(episode, region, known, draws, observed, past)


def baseline_draws(past: pd.DataFrame, n_cells: int) -> np.ndarray:
    """Joint draws of the log random walk; ways that nobody counted start from nothing."""
    # the baseline looks at no season, so the days may pass for its periods
    history = xr.Dataset(
        {"count": (("unit", "time"), past.to_numpy().T)},
        coords={"unit": list(past.columns), "time": past.index},
        attrs={"freq": "W"},
    )
    quantiles = Baseline().fit(history).quantiles(HORIZON, SEED)
    draws = couple_draws(quantiles, history, n_draws=N_DRAWS, seed=SEED).to_numpy()
    return np.concatenate([draws, np.zeros((n_cells - len(draws), *draws.shape[1:]))])


def score_table(done: Replay) -> pd.DataFrame:
    """Means over the days: what came, medians, absolute error, WIS, coverage; last rows over all counted ways."""
    rows = []
    names = list(CELLS)
    for model, draws in done.draws.items():
        cells = xr.DataArray(draws[: len(names)], dims=("unit", "horizon", "draw"), coords={"unit": names})
        counts = np.random.default_rng(SEED).poisson(cells.to_numpy()).astype(float)
        quantiles = draw_quantiles(cells.copy(data=counts)).to_numpy()
        seen = done.observed[: len(names)]
        scores = {
            "ae": ae(seen, quantiles),
            "wis": wis(seen, quantiles),
            "wis_log1p": wis_log1p(seen, quantiles),
            "in_95": covered(seen, quantiles, 0.95),
        }
        for i, name in enumerate([*names, "all"]):
            mine = slice(None) if name == "all" else i
            rows.append(
                {
                    "way in": name,
                    "model": model,
                    "came": np.nanmean(seen[mine]),
                    "median": np.nanmean(quantiles[mine, ..., 11]),
                    "lower": np.nanmean(quantiles[mine, ..., 1]),
                    "upper": np.nanmean(quantiles[mine, ..., 21]),
                    **{k: np.nanmean(v[mine]) for k, v in scores.items()},
                }
            )
    return pd.DataFrame(rows).sort_values(["way in", "model"], key=_order(names, list(done.draws)))


def _order(names: list[str], models: list[str]):  # noqa: ANN202 - a key of pandas'
    ranks = {k: i for i, k in enumerate([*names, "all", *models])}
    return lambda column: column.map(ranks)


def plot(done: Replay, path: Path) -> None:
    """Small multiples: what came, the forecast not told, and told (median and 95 %)."""
    from matplotlib.dates import ConciseDateFormatter  # noqa: PLC0415 - only when a plot is asked for
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(12, 6.5), layout="constrained")
    axes = figure.subplots(2, 4).ravel()
    days = pd.date_range(pd.Timestamp(done.episode.last_day) + pd.Timedelta(days=1), periods=HORIZON)
    for i, name in enumerate(CELLS):
        before = done.past[name].iloc[-21:]
        axes[i].plot(before.index, before, color="#1a1a1a", lw=1)
        axes[i].plot(days, done.observed[i], color="#1a1a1a", marker="o", ms=3, lw=1, label="came")
        for model, colour in (("not told", "#8c8c8c"), ("told", "#2166ac")):
            low, middle, high = np.quantile(done.draws[model][i], [0.025, 0.5, 0.975], axis=-1)
            axes[i].fill_between(days, low, high, color=colour, alpha=0.2, lw=0)
            axes[i].plot(days, middle, color=colour, lw=1.6, label=f"{model} (median, 95 %)")
        top = max(np.nanmax(done.observed[i], initial=1.0), before.max(), 50.0)
        axes[i].set_ylim(0, 2.0 * top)
        axes[i].axvline(pd.Timestamp(done.episode.last_day), color="#b2182b", lw=0.8)
        axes[i].set_title(f"Arrivals: {name}", fontsize=10)
        axes[i].xaxis.set_major_formatter(ConciseDateFormatter(axes[i].xaxis.get_major_locator()))
        axes[i].tick_params(axis="x", labelsize=7)
    axes[7].axis("off")
    axes[7].legend(*axes[0].get_legend_handles_labels(), loc="center")
    figure.suptitle(f"{done.episode.name}. Data: UNHCR, daily estimated arrivals (CC BY 3.0 IGO)")
    figure.savefig(path, dpi=110)


def main() -> int:
    """Print one table an episode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the made-up corridor")
    parser.add_argument("--out", type=Path, help="folder for the plots")
    options = parser.parse_args()
    data = os.environ.get("ROUTECAST_REAL_DATA")
    counts = daily_counts(Path(data) / FILE) if data and not options.quick else made_up()
    for number, episode in enumerate(EPISODES, start=1):
        done = replay(episode, counts)
        network = route_network(done.region)
        print(f"\n{episode.name}: {len(done.past)} days seen, {HORIZON} ahead{'' if data else ' (made up)'}")
        print(score_table(done).to_string(index=False, float_format=lambda v: f"{v:,.2f}"))
        first = network.of_segment(next(iter(episode.scenarios["told"].assumptions)).segment)
        print(displacement_table(network, done.transitions, cells=first).to_string(index=False, float_format="%.2f"))
        print("detections per passage:", dict(zip(network.segments, done.transitions.detection.round(2), strict=True)))
        print("mean lag:", (done.transitions.kernel @ np.arange(done.transitions.kernel.shape[1])).round(2).tolist())
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            plot(done, options.out / f"episode_{number}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
