"""What is published against an oracle: the sample's generator itself, continued from where it stood at each cutoff.

The oracle knows what no forecaster can: all that the generator had fixed by the cutoff (season, level, shares, who is
under way, rules still to fade) and how its randomness goes on. What it, the published forecast and the baseline are
held against are the detections as they will finally be. Few cutoffs, so that three worlds take minutes: all in weeks of
which no rule of the sample begins within the horizon, for nobody could know of it; the first ones only teach the
combination. Segments of a partner that tells its borders alone are left out: nobody counts them.
`--quick`: one world, two cutoffs, 20 continuations.
"""

import argparse
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.bench_sample import HORIZON, REGION, done
from benchmarks.tables import paired, ratio
from forecasting.base.quantile_functions import LEVELS, quantiles_of
from forecasting.evaluate.scores import score_frame
from forecasting.evaluate.sums import coupled_as, summed
from geo.pack.load import load_region
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.jobs.backtest import BacktestSettings, PastForecasts, forecast_past
from pipelines.sample import settings, write_sample
from pipelines.sample.files import entry_level, make_world
from pipelines.sample.flow import generator, make_landscape, monday, passages
from pipelines.sample.reporting import expected_detections, negative_binomial, reported_places
from pipelines.store.paths import Store

SEEDS = (1, 7, 2026)
LAST_CUTOFF, STEP = "2026-W17", 4  # weeks
CUTOFFS, TAUGHT = 13, 8  # of which the first ones are not scored
CONTINUATIONS, COUNTS = 250, 4  # paths a cutoff, and counts drawn of each
SHOWN = ("segment", "route", "border", "headline", "total")
LOWER, UPPER = (int(np.argmin(abs(LEVELS - level))) for level in (0.25, 0.75))


class Continued(np.random.Generator):
    """Normal numbers that are one generator's up to a week, and another's from then on (last axis: weeks)."""

    def __init__(self, known: np.random.Generator, new: np.random.Generator, *, weeks: int) -> None:
        super().__init__(known.bit_generator)
        self.new, self.weeks = new, weeks

    def standard_normal(self, size: tuple[int, ...]) -> np.ndarray:
        """Numbers of a shape."""
        steps = super().standard_normal(size)
        steps[..., self.weeks :] = self.new.standard_normal(steps[..., self.weeks :].shape)
        return steps


@dataclass(frozen=True)
class Oracle:
    """A world of the generator, and what may still come of it.

    Attributes:
        region: The pack.
        seed: The world's.
        level: Of its entries (time), warm-up and look-ahead included.
        weeks: Mondays (time).
        counts: Final detections (unit, time) of the published weeks, NaN in the others.
    """

    region: Region
    seed: int
    level: np.ndarray
    weeks: pd.DatetimeIndex
    counts: np.ndarray

    def draws(self, cutoff: pd.Timestamp, *, continuations: int) -> xr.DataArray:
        """Final counts (unit, horizon, draw) of weeks after a cutoff, in worlds that are the same until then."""
        now = int(np.flatnonzero(self.weeks == cutoff)[0])
        ahead, found = slice(now + 1, now + 1 + HORIZON), []
        for number in range(continuations):
            new = np.random.default_rng([self.seed, now, number])
            mean = self.expected(now, new)[:, ahead]
            found += [negative_binomial(mean, settings.DISPERSION, new) for _ in range(COUNTS)]
        cells = np.stack(found, axis=-1)
        units = (summing_matrix(self.region) @ cells.reshape(len(cells), -1)).reshape(-1, *cells.shape[1:])
        return self._array(units, "draw")

    def expected(self, now: int, new: np.random.Generator) -> np.ndarray:
        """Expected detections (cell, time) of a world that is this one up to week `now`, and another after it."""

        def randomness(purpose: str) -> np.random.Generator:
            """The world's own, then new."""
            return Continued(generator(self.seed, purpose), new, weeks=now + 1)

        land = make_landscape(self.region, randomness=randomness, last_week=settings.LAST_WEEK)
        land = replace(land, entries=land.entries.sum(1, keepdims=True), air=land.air.sum(0, keepdims=True))
        return expected_detections(passages(land, self.level), self.region)[:, 0]

    def observed(self, cutoff: pd.Timestamp) -> xr.DataArray:
        """What came after a cutoff (unit, horizon), as it will finally be."""
        now = int(np.flatnonzero(self.weeks == cutoff)[0])
        return self._array(self.counts[:, now + 1 : now + 1 + HORIZON])

    def _array(self, values: np.ndarray, *dims: str) -> xr.DataArray:
        coords = {"unit": unit_table(self.region)["unit"].to_numpy(), "horizon": np.arange(1, HORIZON + 1)}
        return xr.DataArray(values, dims=("unit", "horizon", *dims), coords=coords)


def make_oracle(region: Region, seed: int) -> Oracle:
    """The generator's world of a seed."""
    land = make_landscape(region, randomness=partial(generator, seed), last_week=settings.LAST_WEEK)
    world = make_world(region, seed=seed)
    counts = np.full((len(unit_table(region)), len(land.weeks)), np.nan)
    counts[:, world.inside] = summing_matrix(region) @ world.detections.sum(axis=1)
    return Oracle(region, seed, entry_level(land), land.weeks, counts)


def forecast(region: Region, seed: int, folder: Path, *, cutoffs: int) -> PastForecasts:
    """What would have been published in that world."""
    store = folder / "store"
    for source, path in write_sample(folder / "sample", region=region, seed=seed).files:
        done(["ingest", source, str(path), "--region", REGION, "--store", str(store)])
    dates = pd.date_range(end=monday(LAST_CUTOFF), periods=cutoffs, freq=f"{7 * STEP}D")
    named = tuple(date.fromisoformat(f"{d:%Y-%m-%d}") for d in dates)
    asked = BacktestSettings(region=region, horizon=HORIZON, cutoff_dates=named)
    return forecast_past(asked, Store(store), lambda _stage, _done, _total: None)


def counted_units(region: Region) -> list[str]:
    """Units of the levels shown, but for segments of which a partner tells the border alone."""
    units, told = unit_table(region), reported_places(region)["place_kind"]
    uncounted = {f"segment:{c.segment}" for c, kind in zip(region.cells, told, strict=True) if kind == "border"}
    return [u for u, level in zip(units["unit"], units["level"], strict=True) if level in SHOWN and u not in uncounted]


def compare(oracle: Oracle, past: PastForecasts, *, taught: int, continuations: int) -> pd.DataFrame:
    """Scores (long) with `periods` of the sum (1, or the horizon) and `width` of the 50 % range, in counts."""
    frames, wanted = [], counted_units(oracle.region)
    for at, joint in past.made[taught:]:
        units = [u for u in wanted if u in joint.draws["unit"].to_numpy()]
        published, observed = joint.draws.sel(unit=units), oracle.observed(at.origin_date).sel(unit=units)
        baseline = at.members.quantiles.sel(member="baseline", drop=True).sel(unit=units)
        draws = {
            "oracle": oracle.draws(at.origin_date, continuations=continuations).sel(unit=units),
            "routecast": published,
            "baseline": coupled_as(baseline, published),
        }
        for periods in (1, HORIZON):
            came = summed(observed, periods)
            frames += [
                scored(summed(of, periods), came, model=model, origin_date=at.origin_date).assign(periods=periods)
                for model, of in draws.items()
            ]
    level = unit_table(oracle.region).set_index("unit")["level"]
    scores = pd.concat(frames, ignore_index=True)
    return scores.assign(level=scores["location"].map(level), seed=oracle.seed)


def scored(draws: xr.DataArray, observed: xr.DataArray, **about: object) -> pd.DataFrame:
    """Scores of draws (unit, horizon, draw), with the width of their 50 % range."""
    values = quantiles_of(draws.transpose("unit", "horizon", "draw").to_numpy())
    coords = {"unit": draws["unit"], "horizon": draws["horizon"], "quantile": LEVELS}
    table = score_frame(xr.DataArray(values, dims=("unit", "horizon", "quantile"), coords=coords), observed, **about)
    return table.assign(width=(values[..., UPPER] - values[..., LOWER]).ravel())


def by_level(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a world, level and length of sum: ratios to the oracle, coverage of both."""
    rows = []
    for (seed, periods, level), part in scores.groupby(["seed", "periods", "level"], sort=False):
        means = part.groupby("model")[["width", "covered_50", "covered_95"]].mean()
        rows.append(
            {
                "world": seed,
                "sum over weeks": periods,
                "level": level,
                "units": part["location"].nunique(),
                "published ÷ oracle": ratio(paired(part, "routecast", "oracle")),
                "baseline ÷ oracle": ratio(paired(part, "baseline", "oracle")),
                "50 % width ÷ oracle": means.loc["routecast", "width"] / means.loc["oracle", "width"],
                **{f"in {p} %": 100 * means.loc["routecast", f"covered_{p}"] for p in (50, 95)},
                **{f"oracle in {p} %": 100 * means.loc["oracle", f"covered_{p}"] for p in (50, 95)},
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table, world by world and of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one world, two cutoffs, 20 continuations")
    quick = parser.parse_args().quick
    region, tables = load_region(REGION), []
    cutoffs, taught, continuations = (2, 1, 20) if quick else (CUTOFFS, TAUGHT, CONTINUATIONS)
    for seed in SEEDS[:1] if quick else SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            past = forecast(region, seed, Path(folder), cutoffs=cutoffs)
        tables.append(compare(make_oracle(region, seed), past, taught=taught, continuations=continuations))
    scores = pd.concat(tables, ignore_index=True)
    for table in (by_level(scores), by_level(scores.assign(seed="all"))):
        print(table.to_string(index=False, float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
