"""Time and memory of a scenario: the Western Balkans' cells, and a made-up region of 10,000 cells.

12 periods, 1,000 draws; `--quick`: 50 draws and 400 cells. Counts and draws are invented, the graph of the Western
Balkans is the pack's. Time is that of the engine (moves, shares, flow, account), from draws to draws; estimating the
movement and adding up to units are given apart. Two clocks: on a busy machine the processor's is the one to compare.
"""

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
from scipy import sparse

from forecasting.scenarios.assumptions import Inflow, Scenario, SegmentFlow, moves_of
from forecasting.scenarios.compare import difference_columns, unit_draws
from forecasting.scenarios.engine import move_flow
from forecasting.scenarios.moves import Setting
from forecasting.scenarios.network import Network, route_network
from forecasting.scenarios.transitions import estimate_transitions
from geo.pack.load import load_region
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table

HORIZON, SEED, PERIODS = 12, 1, 208
LANES = 100


def lanes(n: int) -> Network:
    """A grid of lanes: each cell leads to three cells of the next rank, and neighbours two beside it."""
    width = min(LANES, n // 4)
    cell = np.arange(n - width)
    steps = (cell % width)[:, None] + np.array([-1, 0, 1])
    inside = (steps >= 0) & (steps < width)
    source = np.repeat(cell, 3).reshape(-1, 3)[inside]
    target = ((cell // width + 1)[:, None] * width + steps)[inside]
    kept = target < n
    source, target = source[kept], target[kept]
    left = np.arange(n - 1)[(np.arange(n - 1) + 1) % width != 0]
    rows, columns = np.concatenate([left, left + 1]), np.concatenate([left + 1, left])
    beside = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    names = tuple(f"s{i}" for i in range(n))
    starts = tuple(f"c{i // width}" for i in range(n))
    lag = np.ones(len(source), dtype=np.int64)
    return Network(tuple(f"r/{s}" for s in names), names, starts, source, target, lag, lag > 0, beside)


def measured(work: Callable[[], object]) -> tuple[object, float, float]:
    """A result, its seconds on the wall and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - processor


def peak_gib() -> float:
    """Most memory this process has held, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def report(name: str, wall: float, processor: float) -> None:
    """One line."""
    print(f"{name:<58} {wall:7.2f} s wall {processor:7.2f} s processor   peak {peak_gib():.2f} GiB")


def measure(name: str, network: Network, scenario: Scenario, n_draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Estimate, move, report; returns baseline and scenario."""
    rng = np.random.default_rng(SEED)
    level = rng.gamma(1.0, 60.0, network.size)
    counts = rng.poisson(level[:, None], (network.size, PERIODS)).astype(float)
    known, *seconds = measured(lambda: estimate_transitions(counts, network, freq="W"))
    report(f"{name}: estimate the movement", *seconds)
    baseline = rng.gamma(3.0, 1.0, (network.size, HORIZON, n_draws)).astype(np.float32)
    baseline *= level[:, None, None].astype(np.float32) / 3.0
    setting = Setting(network, known, HORIZON, n_draws, SEED)  # type: ignore[arg-type]
    outcome, *seconds = measured(lambda: move_flow(baseline, moves_of(scenario, setting), setting))
    report(f"{name}: scenario, {n_draws} draws, {len(outcome.rows)} cells change", *seconds)  # type: ignore[attr-defined]
    return baseline, outcome.draws(baseline)  # type: ignore[attr-defined]


def differences(region: Region, before: np.ndarray, after: np.ndarray) -> None:
    """Add up to units and compare, report."""
    names, summing = unit_table(region)["unit"].tolist(), summing_matrix(region)
    _, *seconds = measured(
        lambda: difference_columns(unit_draws(after, summing, names), unit_draws(before, summing, names))
    )
    report(f"Western Balkans, {len(names)} units: differences", *seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 draws, 400 cells")
    quick = parser.parse_args().quick
    n_draws, n_cells = (50, 400) if quick else (1000, 10_000)
    region = load_region("western_balkans")
    closure = Scenario(
        name="closure",
        assumptions=(
            SegmentFlow(segment="HUN-SRB-02", factor=(0.1, 0.1), from_horizon=2, ramp_periods=2),
            Inflow(factor=(1.1, 1.4), entry="GRC-TUR-01", from_horizon=3, until_horizon=10),
        ),
    )
    network = route_network(region)
    differences(region, *measure(f"Western Balkans, {network.size} cells", network, closure, n_draws))
    everywhere = Scenario(
        name="everywhere",
        assumptions=(Inflow(factor=(1.1, 1.4)), SegmentFlow(segment="s205", factor=(0.0, 0.2), from_horizon=2)),
    )
    measure(f"made up, {n_cells} cells", lanes(n_cells), everywhere, n_draws)


if __name__ == "__main__":
    main()
