"""Daily tables through the door and onto the grid: equal to the eager path, nothing lost, no half state."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from geo.pack.load import load_region
from pipelines.compute.cluster import cluster
from pipelines.grid.cube import build_cube
from pipelines.grid.daily.daily_cube import daily_cube
from pipelines.grid.daily.period_figures import period_figures
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.ingest.daily.ingest import take_daily
from pipelines.ingest.daily.layout import MANIFEST, load_deliveries
from pipelines.ingest.daily.vintages import VintageRule
from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store

pytestmark = pytest.mark.xdist_group("daily")
REGION = load_region("western_balkans")
SEGMENTS = sorted({c.segment for c in REGION.cells})[:6]
POINTS = [p.id for p in REGION.crossing_points if p.segment in SEGMENTS][:4]
FIRST, SECOND = date(2026, 6, 20), date(2026, 7, 20)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cluster(workers=2) as running:
        yield running


def take(path: Path, store: Store, client: Client, *, today: date = FIRST) -> IngestReport:
    return take_daily([path], region=REGION, store=store, today=today, client=client, progress=lambda *_: None)


def random_table(seed: int, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Segments and crossing points, totals and nationalities beside each other or alone, in any order."""
    rng = np.random.default_rng(seed)
    mixes = [["TOTAL", "AFG", "SYR", "UNK"], ["AFG", "SYR"], ["TOTAL"]]
    rows = [
        {
            "indicator": ["irregular_crossings", "smuggling_cases"][rng.integers(2)],
            "place_kind": kind,
            "place": place,
            "nationality": nationality,
            "period_start": f"{day:%Y-%m-%d}",
            "period": "D",
            "count": str(rng.integers(0, 30)) if rng.random() > 0.08 else ("", "<5")[rng.integers(2)],
        }
        for day in days
        for kind, places in (("segment", SEGMENTS), ("crossing_point", POINTS))
        for place in places
        if rng.random() > 0.5
        for nationality in mixes[rng.integers(3)]
    ]
    keys = ["indicator", "place_kind", "place", "nationality", "period_start"]
    return pd.DataFrame(rows).drop_duplicates(keys).sample(frac=1, random_state=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cube_equals_the_eager_one_to_the_last_count_on_every_day(tmp_path: Path, client: Client, seed: int) -> None:
    days = pd.date_range("2026-03-02", "2026-06-10")
    daily, single = Store(tmp_path / "daily"), Store(tmp_path / "single")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    random_table(seed, days[:60]).to_csv(first, index=False)
    random_table(seed + 100, days[40:]).assign(as_of="2026-06-25").to_csv(second, index=False)
    for path, today in ((first, FIRST), (second, SECOND)):
        report = take(path, daily, client, today=today)
        assert report.quarantined == 0
        ingest("csv", [path], region=REGION, store=single, today=today)
    deliveries = load_deliveries(daily.daily(REGION.id))
    rows = encode(load_observations(single, REGION.id), REGION)
    figures = encode(period_figures(deliveries, REGION, client=client), REGION)
    grid = grid_for(rows, REGION)
    for day in (None, "2026-04-10", "2026-05-31", "2026-06-16"):
        number = None if day is None else int(np.datetime64(day).astype("datetime64[D]").astype(np.int64))
        eager = build_cube(KnownRows(rows, grid, REGION), day=number, scheduler="synchronous")
        built = daily_cube(deliveries, REGION, tmp_path / "cube.zarr", client=client, known=VintageRule(number))
        cube = built.open()
        wanted = eager.cube.sel(indicator=cube["indicator"], nationality=cube["nationality"], time=cube["time"])
        for name in ("count", "missing", "coverage", "allocated"):
            np.testing.assert_allclose(cube[name].to_numpy(), wanted[name].to_numpy(), atol=1e-6, err_msg=name)
        assert built.negative_rest == eager.negative_rest
        assert built.ledger["count"].sum() == pytest.approx(sum(c.counted_in for c in eager.conservation))
    whole = build_cube(KnownRows(figures, grid, REGION), scheduler="synchronous")
    everything = build_cube(KnownRows(rows, grid, REGION), scheduler="synchronous")
    for name, plane in whole.cube.drop_sel(nationality=whole.cube["nationality"][1:]).items():
        np.testing.assert_allclose(plane, everything.cube[name].reindex_like(plane), err_msg=str(name))


def test_rows_that_cannot_be_taken_are_quarantined_with_their_line_and_the_rest_counts(
    tmp_path: Path, client: Client
) -> None:
    good = f"irregular_crossings;segment;{SEGMENTS[0]};Afghanistan;2026-05-04;D;12\n"
    bad = [
        "irregular_crossings;segment;NOWHERE-01;AFG;2026-05-04;D;3\n",  # line 3
        f"irregular_crossings;segment;{SEGMENTS[0]};Atlantis;2026-05-05;D;4\n",  # line 4
        f"irregular_crossings;segment;{SEGMENTS[0]};AFG;2026-05-06;D;-5\n",  # line 5
        "\n",  # a blank line is no row
        f"irregular_crossings;segment;{SEGMENTS[0]};AFG;2027-05-06;D;6\n",  # line 7
        f"irregular_crossings;segment;{SEGMENTS[0]};AFG;2026-05-04;D;12\n",  # line 8: as line 2
        "too;short\n",  # line 9
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;2026-05-06;D;1.2,4\n",  # line 10: no number
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;2026-05-07;D;9000000000\n",  # line 11: a slip
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;2026-05-08;D;<5\n",  # unknown, with its bound
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;2026-05-04;D;2,5\r\n",  # a decimal comma is understood
        f"irregular_crossings;border;{REGION.segments[0].border};TOTAL;2026-05-01;M;9\n",  # a single figure
    ]
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    path.write_bytes(
        ("\ufeff" + "indicator;place_kind;place;nationality;period_start;period;count\n" + good + "".join(bad)).encode()
    )
    report = take(path, store, client, today=SECOND)
    quarantine = load_quarantine(store, REGION.id)
    assert (report.accepted, report.quarantined) == (4, 8), quarantine[["line", "reason"]].to_string()
    assert quarantine["line"].tolist() == [3, 4, 5, 7, 8, 9, 10, 11]
    assert "unknown nationality 'Atlantis'" in quarantine["reason"][1]
    delivery = load_deliveries(store.daily(REGION.id))
    cube = daily_cube(delivery, REGION, tmp_path / "cube.zarr", client=client).open()
    assert float(cube["count"].sel(nationality="TOTAL").sum()) == pytest.approx(14.5)
    assert load_observations(store, REGION.id)["count"].tolist() == [9]
    again = take(path, store, client, today=SECOND)
    assert (again.accepted, again.unchanged, len(load_deliveries(store.daily(REGION.id)))) == (0, 4, 1)


@pytest.mark.slow
def test_a_parquet_table_with_points_counts_them_on_their_segments(tmp_path: Path, client: Client) -> None:
    placed = [p for p in REGION.crossing_points if p.segment in SEGMENTS][:2]
    table = pd.DataFrame(
        {
            "indicator": "irregular_crossings",
            "place_kind": "point",
            "lon": [p.lon for p in placed] + [0.5],
            "lat": [p.lat for p in placed] + [50.0],
            "period_start": pd.to_datetime(["2026-05-04"] * 3).date,
            "period": "D",
            "count": [3.0, 4.0, 5.0],
        }
    )
    path, store = tmp_path / "points.parquet", Store(tmp_path / "store")
    table.to_parquet(path, index=False)
    assert take(path, store, client).accepted == 3
    built = daily_cube(load_deliveries(store.daily(REGION.id)), REGION, tmp_path / "cube.zarr", client=client)
    lost = built.ledger[built.ledger["reason"] != ""]
    assert float(built.open()["count"].sel(nationality="TOTAL").sum()) == pytest.approx(7)
    assert lost["reason"].tolist() == ["point out of reach of every segment"]
    assert lost["count"].tolist() == [5]


def test_a_table_with_person_level_columns_leaves_no_trace(tmp_path: Path, client: Client) -> None:
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    path.write_text("indicator,place_kind,place,period_start,period,count,passport_number\n" + "a,b,c,d,e,f,X1\n")
    with pytest.raises(DataRefusedError, match="passport_number"):
        take(path, store, client)
    assert not list(store.root.rglob("*.parquet"))


def test_a_damaged_parquet_file_is_refused_whole(tmp_path: Path, client: Client) -> None:
    path, store = tmp_path / "table.parquet", Store(tmp_path / "store")
    random_table(1, pd.date_range("2026-03-02", "2026-03-10")).to_parquet(path, index=False)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataRefusedError, match="damaged or cut off"):
        take(path, store, client)
    assert not list(store.root.rglob("*.parquet"))


def test_a_killed_delivery_is_not_seen_and_the_next_run_finishes_the_job(tmp_path: Path, client: Client) -> None:
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    random_table(1, pd.date_range("2026-03-02", "2026-03-10")).to_csv(path, index=False)
    half = store.daily(REGION.id) / ".staging-1"
    half.mkdir(parents=True)
    (half / "000001-000000.parquet").write_bytes(b"PAR1")
    assert load_deliveries(store.daily(REGION.id)) == []
    assert take(path, store, client).accepted > 0
    assert not half.exists()
    assert len(list(store.daily(REGION.id).glob(f"*/{MANIFEST}"))) == 1


def test_a_new_delivery_leaves_the_other_blocks_sums_as_they_are(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.ingest.daily.axes.MAX_GROUPS", 1)
    store, kept = Store(tmp_path / "store"), tmp_path / "sums"
    path, late = tmp_path / "first.csv", tmp_path / "late.csv"
    random_table(1, pd.date_range("2026-03-02", "2026-06-10")).to_csv(path, index=False)
    take(path, store, client)
    home = store.daily(REGION.id)
    before = daily_cube(load_deliveries(home), REGION, tmp_path / "cube.zarr", client=client, kept=kept)
    random_table(2, pd.date_range("2026-06-08", "2026-06-14")).to_csv(late, index=False)
    take(late, store, client, today=SECOND)
    after = daily_cube(load_deliveries(home), REGION, tmp_path / "cube.zarr", client=client, kept=kept)
    fresh = daily_cube(load_deliveries(home), REGION, tmp_path / "fresh.zarr", client=client)
    assert (before.reused, after.reused) == (0, before.blocks - 1)
    np.testing.assert_array_equal(after.open()["count"].to_numpy(), fresh.open()["count"].to_numpy())


@pytest.mark.slow
def test_workers_killed_in_between_change_no_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.ingest.daily.axes.MAX_GROUPS", 1)
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    table = random_table(3, pd.date_range("2025-01-06", "2026-06-07"))
    table.to_csv(path, index=False)
    with cluster(workers=2) as running:
        take(path, store, running)
        deliveries = load_deliveries(store.daily(REGION.id))
        calm = daily_cube(deliveries, REGION, tmp_path / "calm.zarr", client=running).open().load()
        victim = next(iter(running.run(os.getpid).values()))
        killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
        killer.start()
        shaken = daily_cube(deliveries, REGION, tmp_path / "shaken.zarr", client=running).open().load()
        killer.join()
    np.testing.assert_array_equal(shaken["count"].to_numpy(), calm["count"].to_numpy())


@pytest.mark.slow
def test_a_scheduler_and_workers_started_by_hand_do_the_same(tmp_path: Path, client: Client) -> None:
    path = tmp_path / "table.csv"
    random_table(4, pd.date_range("2026-03-02", "2026-04-12")).to_csv(path, index=False)
    dask = str(Path(sys.executable).with_name("dask"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    host, port = "127.0.0.1", address.rsplit(":", 1)[1]
    commands = [
        [dask, "scheduler", "--host", host, "--port", port, "--dashboard-address", "127.0.0.1:0"],
        *([[dask, "worker", address, "--host", host, "--nthreads", "1", "--dashboard-address", "127.0.0.1:0"]] * 2),
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    processes = [subprocess.Popen(command, **quiet) for command in commands]
    try:
        with cluster(address) as theirs:
            theirs.wait_for_workers(2, timeout=60)
            store = Store(tmp_path / "theirs")
            take(path, store, theirs)
            cube = daily_cube(load_deliveries(store.daily(REGION.id)), REGION, tmp_path / "a.zarr", client=theirs)
            found = cube.open().load()
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
    store = Store(tmp_path / "ours")
    take(path, store, client)
    ours = daily_cube(load_deliveries(store.daily(REGION.id)), REGION, tmp_path / "b.zarr", client=client).open()
    np.testing.assert_array_equal(found["count"].to_numpy(), ours["count"].to_numpy())
