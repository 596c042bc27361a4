"""Daily tables onto the grid: Routecast's job against DuckDB and a Dask DataFrame on the same files, in one run.

`--rows 200000000` for the large table (its files take about 1.5 bytes a row), `--quick` for 200,000 rows. The table has
daily figures of every segment, 150 nationalities and three indicators over ten years, as Parquet in the canonical
columns.
"""

import argparse
import gc
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import dask.dataframe as dd
import duckdb
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import shapely
from distributed import Client

from geo.names.countries import country_codes
from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.compute.cluster import cluster
from pipelines.grid.daily.daily_cube import DailyCube, daily_cube
from pipelines.ingest.daily.layout import load_deliveries
from pipelines.ingest.door.ingest import ingest
from pipelines.store.paths import Store

REGION = "western_balkans"
FIRST, DAYS, NATIONALITIES = np.datetime64("2015-01-05"), 3653, 150
CHUNK_ROWS = 1_000_000


def write_observations(path: Path, region: Region, *, rows: int, points: bool = False, seed: int = 1) -> None:
    """Write synthetic daily figures, each once, in the order of time; streams to disk.

    Args:
        path: Parquet file.
        region: The pack whose segments report.
        rows: About how many rows.
        points: Coordinates near the segment in place of its id.
        seed: Same seed, same rows.
    """
    rng = np.random.default_rng(seed)
    segments = sorted({c.segment for c in region.cells})
    indicators = [i.id for i in region.indicators.values() if i.kind == "flow"][:3]
    nationalities = sorted(country_codes())[:NATIONALITIES]
    space, a_day = len(segments) * len(nationalities) * len(indicators), rows // DAYS
    first = int(FIRST.astype(np.int64))
    with pq.ParquetWriter(path, _schema(points=points), compression="zstd") as writer:
        for days in np.array_split(np.arange(DAYS), max(1, rows // CHUNK_ROWS)):
            code = np.concatenate([np.sort(rng.choice(space, min(a_day, space), replace=False)) for _ in days])
            day = np.repeat(first + days, len(code) // len(days)).astype(np.int32)
            place = code % len(segments)
            columns = {
                "indicator": _named(code // len(segments) // len(nationalities), indicators),
                "place_kind": _named(np.zeros(len(code)), ["point" if points else "segment"]),
                **(_coordinates(region, segments, place, rng) if points else {"place": _named(place, segments)}),
                "nationality": _named(code // len(segments) % len(nationalities), nationalities),
                "period_start": pa.array(day).cast(pa.date32()),
                "period": _named(np.zeros(len(code)), ["D"]),
                "count": pa.array(np.floor(rng.exponential(3, len(code)))),
            }
            writer.write_table(pa.table(columns).cast(writer.schema), row_group_size=2 * CHUNK_ROWS)


def _schema(*, points: bool) -> pa.Schema:
    text, number = pa.dictionary(pa.int32(), pa.string()), pa.float64()
    place = {"lon": number, "lat": number} if points else {"place": text}
    return pa.schema(
        {
            "indicator": text,
            "place_kind": text,
            **place,
            "nationality": text,
            "period_start": pa.date32(),
            "period": text,
            "count": number,
        }
    )


def _named(code: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), pa.array(names))


def _coordinates(
    region: Region, segments: list[str], place: np.ndarray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Points within about 5 km of the segments."""
    on_line = [shapely.point_on_surface(region.segment_by_id[s].geometry) for s in segments]
    lines = [region.segment_by_id[s].geometry for s in segments]
    middle = [
        g.interpolate(0.5, normalized=True) if g.geom_type == "LineString" else p
        for g, p in zip(lines, on_line, strict=True)
    ]
    degrees = shapely.get_coordinates(middle)[place] + rng.normal(0, 0.02, (len(place), 2))
    return {"lon": pa.array(degrees[:, 0]), "lat": pa.array(degrees[:, 1])}


def best_of(work: Callable[[], object], times: int) -> float:
    """Least seconds of several runs."""
    return best_of_each([work], times)[0]


def best_of_each(works: Sequence[Callable[[], object]], times: int) -> list[float]:
    """Least seconds of each of several works, run in turn so that a noisy machine is noisy for all of them."""
    found = [float("inf")] * len(works)
    for _ in range(times):
        for number, work in enumerate(works):
            gc.collect()
            since = time.perf_counter()
            work()
            found[number] = min(found[number], time.perf_counter() - since)
    return found


def taken(path: Path, store: Store, region: Region, client: Client) -> float:
    """Seconds to take a table into a store."""
    since = time.perf_counter()
    ingest("csv", [path], region=region, store=store, today=date(2026, 1, 1), client=client)
    return time.perf_counter() - since


def duck(files: Path | str, *, nationalities: bool) -> object:
    """The same sums by DuckDB's group-by on two threads."""
    with duckdb.connect() as base:
        base.execute("SET threads = 2")
        columns = "place, indicator, nationality" if nationalities else "place, indicator"
        return base.sql(
            f"SELECT date_trunc('week', period_start) AS week, {columns}, sum(count) FROM '{files}' GROUP BY ALL"
        ).to_arrow_table()


def dask_frame(store: Store, region: Region) -> object:
    """The same sums by a Dask DataFrame on the same workers (without nationalities)."""
    columns = ["period_start", "place", "indicator", "count"]
    table = dd.read_parquet(f"{store.daily(region.id)}/*/*.parquet", columns=columns)
    week = dd.to_datetime(table["period_start"]).dt.to_period("W").dt.start_time
    return table.assign(week=week).groupby(["week", "place", "indicator"], observed=True)["count"].sum().compute()


def peak_mib(client: Client) -> int:
    """Largest memory of a worker at any time so far, MiB."""

    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    return max(client.run(peak).values()) // 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--quick", action="store_true", help="200,000 rows, once")
    options = parser.parse_args()
    rows, times = (200_000, 1) if options.quick else (options.rows, 3)
    region = load_region(REGION)
    print(f"{rows:,} rows, {psutil.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name, cluster(workers=2) as client:
        folder = Path(name)
        _compare_jobs(folder, region, client, rows=rows, times=times)
        if rows <= 20_000_000:
            _compare_doors(folder, region, client, rows=rows)
    if not options.quick:
        _one_worker(region, rows)


def _compare_jobs(folder: Path, region: Region, client: Client, *, rows: int, times: int) -> None:
    store, path, cube = Store(folder / "ids"), folder / "ids.parquet", folder / "cube.zarr"
    write_observations(path, region, rows=rows)
    print(f"door, ids (Parquet): {taken(path, store, region, client):.2f} s")
    deliveries = load_deliveries(store.daily(region.id))

    def job(*, nationalities: bool) -> DailyCube:
        return daily_cube(deliveries, region, cube, client=client, nationalities=nationalities)

    job(nationalities=True)
    parts = f"{store.daily(region.id)}/*/*.parquet"
    for nationalities in (False, True):
        works = [
            partial(job, nationalities=nationalities),
            *(partial(duck, f, nationalities=nationalities) for f in (parts, path)),
        ]
        mine, theirs, delivered = best_of_each(works, times)
        what = f"week × cell × indicator{' × 150 nationalities' if nationalities else ''}"
        print(
            f"{what}: {mine:.2f} s · DuckDB {theirs:.2f} s, on the delivered file {delivered:.2f} s · "
            f"ratio to the faster one {mine / min(theirs, delivered):.2f}"
        )
    if rows <= 20_000_000:
        frame, mine = best_of(lambda: dask_frame(store, region), 1), best_of(lambda: job(nationalities=False), times)
        print(f"Dask DataFrame {frame:.2f} s: {frame / mine:.1f} × as long")
    _compare_runs(folder, store, region, client)
    print(f"largest worker so far: {peak_mib(client)} MiB")


def _compare_runs(folder: Path, store: Store, region: Region, client: Client) -> None:
    """A whole run, and one after a new batch: the next day's figures of every segment."""
    kept, late, cube = folder / "sums", folder / "late.csv", folder / "cube.zarr"

    def run() -> float:
        deliveries = load_deliveries(store.daily(region.id))
        return best_of(lambda: daily_cube(deliveries, region, cube, client=client, kept=kept), 1)

    whole = run()
    day = FIRST + DAYS
    lines = [f"irregular_crossings,segment,{s},AFG,{day},D,1" for s in sorted({c.segment for c in region.cells})]
    header = "indicator,place_kind,place,nationality,period_start,period,count"
    late.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    taken(late, store, region, client)
    again = run()
    print(f"whole run {whole:.2f} s, after a new batch {again:.2f} s: {whole / again:.1f} × as fast")


def _compare_doors(folder: Path, region: Region, client: Client, *, rows: int) -> None:
    ids, points, text = folder / "ids.parquet", folder / "points.parquet", folder / "ids.csv"
    write_observations(points, region, rows=rows, points=True)
    seconds = {}
    for name, path in (("ids", ids), ("coordinates", points)):
        store = Store(folder / f"again-{name}")
        door = taken(path, store, region, client)
        deliveries = load_deliveries(store.daily(region.id))
        job = best_of(
            lambda d=deliveries: daily_cube(d, region, folder / "cube.zarr", client=client, nationalities=False), 1
        )
        seconds[name] = door + job
        print(f"{name}: door {door:.2f} s + job {job:.2f} s")
    print(f"coordinates in place of ids: {seconds['coordinates'] / seconds['ids']:.2f} × the time")
    pyarrow.csv.write_csv(pq.read_table(ids), text)
    reading = best_of(lambda: pyarrow.csv.read_csv(text), 1)
    door = taken(text, Store(folder / "csv"), region, client)
    print(
        f"CSV of {text.stat().st_size / 2**20:.0f} MiB: door {door:.2f} s · pyarrow.csv alone {reading:.2f} s · "
        f"{reading / door:.2f} of its speed"
    )


def _one_worker(region: Region, rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, seconds = Path(name), {}
        path, store = folder / "ids.parquet", Store(folder / "store")
        write_observations(path, region, rows=rows)
        for workers in (1, 2):
            with cluster(workers=workers) as client:
                if workers == 1:
                    taken(path, store, region, client)
                deliveries = load_deliveries(store.daily(region.id))
                seconds[workers] = best_of(
                    lambda d=deliveries, c=client: daily_cube(d, region, folder / "cube.zarr", client=c), 3
                )
        print(f"one worker {seconds[1]:.2f} s, two {seconds[2]:.2f} s: {seconds[1] / seconds[2]:.2f} × as fast")


if __name__ == "__main__":
    main()
