"""What a run costs as the region grows: measured at small sizes, and worked out for 100,000 series × 10 years of weeks.

    python benchmarks/bench_scale.py --sizes 200 1000 4000

Made-up regions of so many segments on borders of twenty, one indicator, 520 weeks, ten cutoffs, twelve horizons. Each
step is run for itself, in a process of its own on one core, with the functions that a run calls: histories from the
cube, members of a sample of units, one fit of the models over all units of a group, the assembly of one cutoff. The
tasks of the whole run are counted (and their arguments weighed) by the very code that submits them. `--quick`: 24.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.assemble import assemble
from forecasting.combine.joint_draws import FromDraws
from forecasting.members.run_members import Members, joint_quantiles, member_plan, member_quantiles
from forecasting.models.baseline import Baseline
from forecasting.models.boosted import Boosted
from forecasting.models.per_series import PerSeriesForecaster
from forecasting.models.prophet import ProphetModel
from forecasting.risk.surge import surge_probability
from geo.region.region import Cell, Indicator, Region, Route, Segment
from geo.region.units import summing_matrix, unit_table
from pipelines.compute.workers import Workers
from pipelines.forecasts.member_tasks import (
    JOINT_UNITS,
    N_DRAWS,
    MemberRequest,
    distinct_units,
    submit_forecasts,
)
from pipelines.grid.cube import cube_dataset
from pipelines.grid.encode import Axes
from pipelines.grid.unit_histories import unit_history_of

WEEKS, CUTOFFS, HORIZON, SEED = 520, 10, 12, 1
BORDER_SEGMENTS, SAMPLE, SAMPLE_BORDERS = 20, 12, 2
WHOLE = 100_000
WORKERS = (1, 8, 64)
INDICATOR = "irregular_crossings"


@dataclass(frozen=True)
class Cost:
    """Of one step, of one cutoff."""

    seconds: float
    mib: int  # most memory that the process held


def made_region(n: int) -> Region:
    """Segments in a row, twenty to a border, on one route."""
    borders = [f"A{k // 676:01d}{chr(65 + k // 26 % 26)}-B{chr(65 + k % 26)}X" for k in range(-(-n // BORDER_SEGMENTS))]
    segments = tuple(
        Segment(
            f"s-{i}",
            f"Segment {i}",
            borders[i // BORDER_SEGMENTS],
            length_m=30_000.0,
            neighbours=(f"s-{i - 1}",) if i else (),
        )
        for i in range(n)
    )
    return Region(
        id="made",
        name="Made region",
        freq="W",
        pack_version="1",
        indicators={INDICATOR: Indicator(INDICATOR, "Irregular crossings", "detections")},
        segments=segments,
        routes=(Route("all", "All", tuple(s.id for s in segments)),),
        cells=tuple(Cell("all", s.id, "AAA", "BBB") for s in segments),
        crossing_points=(),
        countries={"AAA": "Aland", "BBB": "Bland"},
        aliases={},
    )


def made_cube(region: Region) -> xr.Dataset:
    """Counts with a year, a level that wanders, and quiet segments among them."""
    rng = np.random.default_rng(SEED)
    n, weeks = len(region.cells), np.arange(WEEKS)
    level = rng.lognormal(2, 1, n)[:, None] * np.exp(np.cumsum(rng.normal(0, 0.05, (n, WEEKS)), axis=1))
    counts = rng.poisson(level * np.exp(0.4 * np.sin(weeks / 52 * 2 * np.pi))).astype(float)[None, None]
    times = pd.date_range("2016-01-04", periods=WEEKS, freq="7D")
    grid = Axes((INDICATOR,), (True,), ("TOTAL",), tuple(c.id for c in region.cells), times, "W")
    small = counts[:, 0]
    planes = {
        "count": counts,
        "missing": np.zeros(small.shape, np.uint8),
        "coverage": np.ones(small.shape, np.float32),
        "allocated": np.zeros(small.shape, np.float32),
    }
    return cube_dataset(planes, grid, region)


def made_members(history: xr.Dataset) -> Members:
    """Four members that cost nothing to make: assembly does not care whose forecasts they are."""
    model: PerSeriesForecaster = Baseline(events=(), explain=False).fit(history)  # type: ignore[call-arg]
    one = model.quantiles(HORIZON, SEED)
    members = [
        one.expand_dims(member=[name]) * factor
        for name, factor in (("baseline", 1.0), ("seasonal_naive", 1.1), ("ets", 0.9), ("nb_autoregression", 1.05))
    ]
    return Members(xr.concat(members, dim="member"), [])


def alone(work: Callable[..., object], *given: Any) -> Cost:  # noqa: ANN401 - whatever the step takes
    """A step in a process of its own: processor seconds, and memory beyond what the process began with."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def measured() -> None:
        """Do the work and send what it took: seconds of processor, MiB."""
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        work(*given)
        spent = time.process_time() - began
        theirs.send((spent, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024))

    process = context.Process(target=measured)
    process.start()
    found = Cost(*ours.recv())
    process.join()
    return found


def members_step(history: xr.Dataset, levels: Sequence[str], without: str = "prophet") -> None:
    """The members of single series, as the plan names them but one."""
    plan = member_plan(history, levels, full=True)
    ours = {u: [m for m in ms if m != without] for u, ms in plan.items()}
    member_quantiles(history, ours, horizon=HORIZON, seed=SEED)


def boosted_step(history: xr.Dataset, levels: Sequence[str]) -> None:
    """One fit of the trees, and their forecasts at the cutoffs that it serves."""
    past = [history.isel(time=slice(None, -4 * k or None)) for k in reversed(range(Boosted.refit_every))]
    plans = [member_plan(h, levels, full=True) for h in past]
    joint_quantiles("boosted", past, plans, {}, horizon=HORIZON, seed=SEED)


def endemic_step(history: xr.Dataset, levels: Sequence[str]) -> None:
    """The endemic–epidemic model at one cutoff."""
    named = {str(u): level for u, level in zip(history["unit"].to_numpy(), levels, strict=True)}
    plan = member_plan(history, levels, full=True)
    joint_quantiles("endemic_epidemic", [history], [plan], named, horizon=HORIZON, seed=SEED)


def assembly_step(history: xr.Dataset, region: Region, levels: Sequence[str]) -> None:
    """Combine, couple and sum at one cutoff, and ask of the draws what a run does of one that its backtest scores."""
    options = {"summing": summing_matrix(region), "levels": levels, "n_draws": N_DRAWS, "seed": SEED}
    wanted = FromDraws(asked={"surges": partial(surge_probability, history=history)})
    assemble(made_members(history), history, **options, wanted=wanted)


class Weighing:
    """In place of a Dask client: counts what is submitted, and weighs the arrays that ride with it."""

    def __init__(self) -> None:
        self.tasks, self.bytes = 0, 0

    def submit(self, _function: object, *given: object, **_options: object) -> object:
        """Take note of a task."""
        self.tasks += 1
        for one in given:
            datasets = one if isinstance(one, list) else [one]
            self.bytes += sum(d.nbytes for d in datasets if isinstance(d, xr.Dataset))
        return object()


def weighed(history: xr.Dataset, region: Region) -> Weighing:
    """The tasks of a whole run."""
    table = unit_table(region)
    units, levels = table["unit"].tolist(), table["level"].tolist()
    distinct = distinct_units(units, summing_matrix(region), np.ones(len(region.cells), dtype=bool))
    wanted = MemberRequest(dict(zip(units, levels, strict=True)), HORIZON, SEED, True, (), frozenset())
    times = history["time"].to_numpy()
    past = {
        pd.Timestamp(times[-1 - 4 * k]): (history.isel(time=slice(None, len(times) - 4 * k)), True)
        for k in reversed(range(CUTOFFS + 1))
    }
    client = Weighing()
    submit_forecasts(past, distinct, wanted, Workers(client, lambda *_: None))  # type: ignore[arg-type]
    return client


@dataclass(frozen=True)
class Measured:
    """Of one size; processor seconds of one cutoff, on one core."""

    units: int
    history: Cost
    member: float  # seconds a segment
    coarse: float  # seconds a border, with UCM
    prophet: float  # seconds a border, more
    boosted: Cost  # of a group, serving three cutoffs
    endemic: Cost
    assembly: Cost
    groups: int
    tasks: int
    mib_submitted: float


def measure(n: int) -> Measured:
    """All steps at one size."""
    region = made_region(n)
    cube = made_cube(region)
    history_cost = alone(unit_history_of, cube, region, INDICATOR)
    history = unit_history_of(cube, region, INDICATOR)
    levels = unit_table(region)["level"].tolist()
    segments = np.flatnonzero(np.array(levels) == "segment")
    some = segments[:: max(len(segments) // SAMPLE, 1)][:SAMPLE]
    chosen = [levels[i] for i in some]
    group = slice(None, JOINT_UNITS)
    borders = np.flatnonzero(np.array(levels) == "border")[:SAMPLE_BORDERS]
    upper, upper_levels = history.isel(unit=borders), [levels[i] for i in borders]
    client = weighed(history, region)
    return Measured(
        units=len(levels),
        history=history_cost,
        member=alone(members_step, history.isel(unit=some), chosen).seconds / len(some),
        coarse=(coarse := alone(members_step, upper, upper_levels).seconds / len(upper_levels)),
        prophet=alone(members_step, upper, upper_levels, "").seconds / len(upper_levels) - coarse,
        boosted=alone(boosted_step, history.isel(unit=group), levels[group]),
        endemic=alone(endemic_step, history.isel(unit=group), levels[group]),
        assembly=alone(assembly_step, history, region, levels),
        groups=-(-len(levels) // JOINT_UNITS),
        tasks=client.tasks,
        mib_submitted=client.bytes / 2**20,
    )


def work_seconds(m: Measured, units: float) -> tuple[float, float]:
    """Seconds on workers, and on the coordinating process, of a run with so many units at the rates of one size."""
    groups = max(units / min(m.units, JOINT_UNITS), 1)
    joint = groups * (
        m.boosted.seconds * np.ceil((CUTOFFS + 1) / Boosted.refit_every) + m.endemic.seconds * (CUTOFFS + 1)
    )
    dear = -(-(CUTOFFS + 1) // ProphetModel.forecast_every) * m.prophet + (CUTOFFS + 1) * (m.coarse - m.member)
    each = units * (CUTOFFS + 1) * m.member + units / BORDER_SEGMENTS * dear
    history = units / m.units * m.history.seconds * (CUTOFFS + 1)
    return joint + each + history, units / m.units * m.assembly.seconds * (CUTOFFS + 1)


def main() -> None:
    """Measure, and work out what 100,000 series would cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000, 4000])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    found = [measure(n) for n in ([24] if options.quick else options.sizes)]
    print(f"{WEEKS} weeks, {CUTOFFS} cutoffs and the newest, horizons 1–{HORIZON}; seconds of processor, MiB beyond")
    print(
        "units | history, s a cutoff | members, s a segment; border; Prophet | boosted, s and MiB a group | "
        "endemic, the same | assembly, s and MiB a cutoff | tasks | MiB submitted"
    )
    for m in found:
        print(
            f"{m.units:,} | {m.history.seconds:.2f} | {m.member:.3f}; {m.coarse:.3f}; {m.prophet:.3f} | "
            f"{m.boosted.seconds:.1f}, {m.boosted.mib:,} | {m.endemic.seconds:.1f}, {m.endemic.mib:,} | "
            f"{m.assembly.seconds:.2f}, {m.assembly.mib:,} | {m.tasks:,} | {m.mib_submitted:,.0f}"
        )
    last = found[-1]
    on_workers, here = work_seconds(last, WHOLE)
    print(
        f"\n{WHOLE:,} series at the rates of {last.units:,} units: {on_workers / 3600:,.1f} h on workers, "
        f"{here / 3600:,.2f} h of assembly in the coordinating process, "
        f"{last.assembly.mib * WHOLE / last.units / 1024:,.0f} GiB there at once"
    )
    for workers in WORKERS:
        print(f"  {workers:3} workers: {on_workers / workers / 3600 + here / 3600:6.1f} h")


if __name__ == "__main__":
    main()
