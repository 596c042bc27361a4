"""Whether the neighbours' past helps: the endemic–epidemic model with it against the same without, at past cutoffs.

Neighbours stand before a place on its route (arrivals 2015–16, a week earlier; the sample's segments, by the pack's
lags) or beside it on the border (sectors, a month earlier). Needs `ROUTECAST_REAL_DATA`, and for the sample `--store`
with the demo's edition; without either a made-up chain shows that the benchmark runs. `--quick`: every fifth cutoff.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csr_array

from benchmarks.sets import Evaluation, evaluation_of, evaluations, history_of
from benchmarks.tables import model_table
from forecasting.evaluate.scores import observed_ahead, score_frame
from forecasting.models.endemic_epidemic import MIN_PERIODS, EndemicEpidemic
from geo.pack.load import load_region
from geo.region.units import unit_table
from pipelines.grid.unit_histories import unit_history_of

Neighbours = Mapping[int, np.ndarray]  # lag in periods → (from unit, to unit), 0/1


COUNTRIES = ("GRC MKD", "MKD SRB", "SRB HRV", "SRB HUN", "HRV HUN", "HRV SVN", "SVN AUT", "HUN AUT")
SECTORS = ("san_diego", "el_centro", "yuma", "tucson", "el_paso", "big_bend", "del_rio", "laredo", "rio_grande_valley")


def neighbours_of(evaluation: Evaluation) -> Neighbours:
    """Who is before or beside whom in a real set."""
    names = [str(u).partition(":")[2] for u in evaluation.history["unit"].to_numpy()]
    beside = [(a, b) for pair in pairwise(SECTORS) for a, b in (pair, pair[::-1])]
    before = [(a, b) for a, b in (pair.split() for pair in COUNTRIES)]
    links = np.zeros((len(names), len(names)))
    for a, b in beside if evaluation.name == "usbp" else before:
        links[names.index(a), names.index(b)] = 1
    return {1: links}


def sample(store: Path) -> tuple[Evaluation, Neighbours]:
    """The demo's segments at eight cutoffs, eight weeks apart, and the lags of the pack's routes."""
    region = load_region("western_balkans")
    edition = sorted((store / "editions" / region.id).glob("[0-9]*"))[-1]
    cube = xr.open_zarr(edition / "cube.zarr", consolidated=False).load()
    level = unit_table(region).set_index("unit")["level"]
    segments = [u for u in level.index if level[u] == "segment"]
    history = unit_history_of(cube, region, "irregular_crossings").sel(unit=segments)
    at = {u.partition(":")[2]: i for i, u in enumerate(segments)}
    found: dict[int, np.ndarray] = {}
    for edge in (edge for route in region.routes for edge in route.edges):
        found.setdefault(max(1, edge.lag), np.zeros((len(at), len(at))))[at[edge.source], at[edge.target]] = 1
    return evaluation_of("sample", history, {"cutoffs": 8, "step": 8, "horizon": 12}), found


def made_up() -> tuple[Evaluation, Neighbours]:
    """A chain in which each place passes on half of what the one before counted."""
    rng = np.random.default_rng(1)
    counts = np.zeros((3, 120))
    counts[0] = rng.poisson(60 + 40 * np.sin(np.arange(120) / 5))
    for place in (1, 2):
        counts[place] = rng.poisson(5 + 0.5 * np.roll(counts[place - 1], 1))
    times = pd.date_range("2020-01-06", periods=120, freq="W-MON")
    history = history_of(pd.DataFrame(counts, index=["a", "b", "c"], columns=times), "W")
    return evaluation_of("made up", history, {"cutoffs": 6, "step": 4, "horizon": 6}), {1: np.eye(3, k=1)}


def compare(evaluation: Evaluation, neighbours: Neighbours, ends: Sequence[int]) -> pd.DataFrame:
    """Scores of the model with and without its neighbours, where it can speak."""
    frames = []
    for end in ends:
        past = evaluation.history.isel(time=slice(0, end))
        counts = past["count"].to_numpy()
        speak = np.flatnonzero((np.isfinite(counts).sum(axis=1) >= MIN_PERIODS) & np.isfinite(counts[:, -1]))
        near = {lag: csr_array(links[np.ix_(speak, speak)]) for lag, links in neighbours.items()}
        ahead = observed_ahead(evaluation.history, evaluation.origin_date(end), evaluation.horizon).isel(unit=speak)
        for name, given in (("without", None), ("with neighbours", near)):
            quantiles = EndemicEpidemic(neighbours=given).fit(past.isel(unit=speak)).quantiles(evaluation.horizon, 1)
            frames.append(score_frame(quantiles, ahead, model=name, origin_date=evaluation.origin_date(end)))
    return pd.concat(frames, ignore_index=True)


def main() -> None:
    """Print a table a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a store with the demo's edition")
    parser.add_argument("--quick", action="store_true", help="every fifth cutoff")
    asked = parser.parse_args()
    real = evaluations(["unhcr", "usbp"]) if os.environ.get("ROUTECAST_REAL_DATA") else []
    sets = [(e, neighbours_of(e)) for e in real] + ([sample(asked.store)] if asked.store else [])
    for evaluation, neighbours in sets or [made_up()]:
        ends = evaluation.ends[:: 5 if asked.quick else 1]
        table = model_table(compare(evaluation, neighbours, ends), {}, against="without")
        print(f"\n{evaluation.name}: {evaluation.history.sizes['unit']} series, {len(ends)} cutoffs")
        print(table.drop(columns="CPU s").round(3).to_string())


if __name__ == "__main__":
    main()
