"""Long tables from the delivered file to the cube, against DuckDB, Polars and pyarrow on the same files, in one run.

`--rows 200000000` for the large table (its files take about 1.5 bytes a row), `--quick` for 200,000 rows. The table has
daily figures of every segment, 150 nationalities and three indicators over ten years, as Parquet in the canonical
columns. The others run in a process of their own, so that the memory told is ours.
"""

import argparse
import gc
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
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
from pipelines.grid.cube import BuiltCube, CubeOnDisk, build_cube
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.grid.group_totals import Knowledge
from pipelines.grid.stored_figures import BlockRequest, add_up_store
from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import batch_files
from pipelines.observations.partitions import list_partitions
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


def taken(path: Path, store: Store, region: Region, client: Client) -> float:
    """Seconds to take a table into a store."""
    since = time.perf_counter()
    options = {"region": region, "store": store, "today": date(2026, 1, 1)}
    ingest("csv", [path], **options, client=client, progress=lambda *_: None)
    return time.perf_counter() - since


def cube_of(
    store: Store, region: Region, client: Client, *, nationalities: bool, kept: Path | None = None
) -> tuple[float, BuiltCube]:
    """Seconds from what is kept to the cube, and the cube."""
    gc.collect()
    since = time.perf_counter()
    partitions = list_partitions(batch_files(store.observations(region.id)))
    stored = add_up_store(partitions, region, client, BlockRequest(Knowledge(), nationalities, (), kept))
    rows = encode(stored.others, region, added=stored.added)
    known = KnownRows(rows, grid_for(rows, region), region)
    disk = CubeOnDisk(store.root / "cube.zarr", stored.sums) if nationalities else None
    built = build_cube(known, totals_only=not nationalities, disk=disk)
    return time.perf_counter() - since, built


def duck(files: str, *, nationalities: bool) -> float:
    """Seconds of the same sums by DuckDB's group-by on two threads."""
    since = time.perf_counter()
    with duckdb.connect() as base:
        base.execute("SET threads = 2; SET enable_progress_bar = false")
        columns = "place, indicator, nationality" if nationalities else "place, indicator"
        base.sql(
            f"SELECT date_trunc('week', period_start) AS week, {columns}, sum(count) FROM '{files}' GROUP BY ALL"
        ).to_arrow_table()
    return time.perf_counter() - since


def polars(files: str, *, nationalities: bool) -> float:
    """Seconds of the same sums by Polars' streaming engine."""
    since = time.perf_counter()
    keys = ["week", "place", "indicator", *(["nationality"] if nationalities else [])]
    rows = pl.scan_parquet(files).with_columns(week=pl.col("period_start").dt.truncate("1w"))
    rows.group_by(keys).agg(pl.col("count").sum()).collect(engine="streaming")
    return time.perf_counter() - since


def read_csv(path: Path) -> float:
    """Seconds of pyarrow.csv alone."""
    since = time.perf_counter()
    pyarrow.csv.read_csv(path)
    return time.perf_counter() - since


def write_csv(path: Path, text: Path) -> None:
    """A Parquet file as CSV."""
    file = pq.ParquetFile(path)
    with pyarrow.csv.CSVWriter(text, file.schema_arrow) as writer:
        for n in range(file.num_row_groups):
            writer.write_table(file.read_row_group(n))


class Others:
    """The others' work, one after the other in a process of its own."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def __call__(self, work: Callable[..., object], *words: object, **options: object) -> float:
        """Run it there; what it gives back, mostly its seconds."""
        found = self.pool.submit(work, *words, **options).result()
        return found if isinstance(found, float) else 0.0


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _row(what: str, found: str, reach: str) -> None:
    print(f"| {what} | {found} | {reach} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--quick", action="store_true", help="200,000 rows, once")
    options = parser.parse_args()
    rows, times = (200_000, 1) if options.quick else (options.rows, 3)
    region = load_region(REGION)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool, tempfile.TemporaryDirectory() as name:
        others, folder = Others(pool), Path(name)
        others(write_observations, folder / "ids.parquet", region, rows=rows)
        print(f"{rows:,} rows, {psutil.cpu_count()} cores\n\n| | measured | reach |\n| --- | --- | --- |")
        store = Store(folder / "ids")
        with cluster(workers=2) as client:
            door = taken(folder / "ids.parquet", store, region, client)
            _compare(folder, store, region, client, others=others, times=times, door=door)
            _compare_runs(folder, store, region, client)
            workers = max(client.run(_peak).values())
            _row("largest worker; the coordinating process", f"{workers} MiB; {_peak()} MiB", "≤ 600 MiB each")
            if rows <= 20_000_000:
                _compare_csv(folder, region, client, others=others)
        if not options.quick:
            _compare_workers(store, region)


def _compare(
    folder: Path, store: Store, region: Region, client: Client, *, others: Others, times: int, door: float
) -> None:
    delivered, kept = str(folder / "ids.parquet"), f"{store.observations(region.id)}/**/*.parquet"
    reading = min(others(duck, delivered, nationalities=False) for _ in range(times))
    for nationalities, reach in ((False, "≤ 0.8"), (True, "≤ 0.6")):
        mine, ducks, bears = (float("inf"),) * 3
        for _ in range(times):  # in turn, so that a noisy machine is noisy for all of them
            mine = min(mine, cube_of(store, region, client, nationalities=nationalities)[0])
            ducks = min(ducks, others(duck, kept, nationalities=nationalities))
            bears = min(bears, others(polars, kept, nationalities=nationalities))
        what = "with 150 nationalities" if nationalities else "totals"
        seconds = f"{mine:.2f} s · DuckDB {ducks:.2f} s, Polars {bears:.2f} s"
        _row(f"cube from what is kept, {what}", f"{mine / min(ducks, bears):.2f} × ({seconds})", reach)
        if not nationalities:
            seconds = f"door {door:.2f} s + cube {mine:.2f} s · DuckDB {reading:.2f} s"
            _row("delivered Parquet to cube ÷ DuckDB", f"{(door + mine) / reading:.2f} × ({seconds})", "≤ 3 ×")


def _compare_runs(folder: Path, store: Store, region: Region, client: Client) -> None:
    """A whole run, and one after a new batch: the next day's figures of every segment."""
    late, kept = folder / "late.csv", store.blocks(region.id)
    whole = cube_of(store, region, client, nationalities=True, kept=kept)[0]
    lines = [
        f"irregular_crossings,segment,{s},AFG,{FIRST + DAYS},D,1" for s in sorted({c.segment for c in region.cells})
    ]
    header = "indicator,place_kind,place,nationality,period_start,period,count"
    late.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    taken(late, store, region, client)
    again = cube_of(store, region, client, nationalities=True, kept=kept)[0]
    _row("a run after one new batch ÷ a whole one", f"{again / whole:.2f} ({again:.2f} s, {whole:.2f} s)", "≤ 0.3")


def _compare_csv(folder: Path, region: Region, client: Client, *, others: Others) -> None:
    text = folder / "ids.csv"
    others(write_csv, folder / "ids.parquet", text)
    reading = others(read_csv, text)
    store = Store(folder / "csv")
    door = taken(text, store, region, client)
    _row("CSV, door ÷ pyarrow.csv alone", f"{door / reading:.2f} × ({door:.2f} s, {reading:.2f} s)", "≤ 1 ×")


def _compare_workers(store: Store, region: Region) -> None:
    seconds = {}
    for workers in (1, 2):
        with cluster(workers=workers) as client:
            seconds[workers] = min(cube_of(store, region, client, nationalities=True)[0] for _ in range(2))
    found = f"{seconds[1] / seconds[2]:.2f} × ({seconds[1]:.2f} s, {seconds[2]:.2f} s)"
    _row("1 → 2 workers", found, "≥ 1.8 × at 200 M")


if __name__ == "__main__":
    main()
