"""Long tables through the door in pieces, on workers: what a file in one piece gives, nothing lost, no half state."""

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
from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.observations.batches import batch_files, input_checksums, load_observations, load_quarantine
from pipelines.observations.partitions import list_partitions
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store

pytestmark = pytest.mark.xdist_group("long tables")
REGION = load_region("western_balkans")
SEGMENTS = sorted({c.segment for c in REGION.cells})[:6]
POINTS = [p.id for p in REGION.crossing_points if p.segment in SEGMENTS][:4]
FIRST, SECOND = date(2026, 6, 20), date(2026, 7, 20)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cluster(workers=2) as running:
        yield running


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CSV of a few hundred rows is several pieces."""
    monkeypatch.setattr("pipelines.ingest.reading.pieces.PIECE_BYTES", 20_000)


def take(path: Path, store: Store, client: Client | None, *, today: date = FIRST) -> IngestReport:
    return ingest("csv", [path], region=REGION, store=store, today=today, client=client)


def figures(store: Store) -> pd.DataFrame:
    """What a store holds, in an order that does not depend on how it came."""
    found = load_observations(store, REGION.id)
    return found.sort_values(list(found.columns), ignore_index=True)


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
def test_pieces_on_workers_give_the_figures_of_one_piece(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    days = pd.date_range("2026-03-02", "2026-06-10")
    pieces, whole = Store(tmp_path / "pieces"), Store(tmp_path / "whole")
    random_table(seed, days[:60]).to_csv(tmp_path / "first.csv", index=False)
    random_table(seed + 100, days[40:]).assign(as_of="2026-06-25").to_csv(tmp_path / "second.csv", index=False)
    for name, today in (("first.csv", FIRST), ("second.csv", SECOND)):
        monkeypatch.setattr("pipelines.ingest.reading.pieces.PIECE_BYTES", 2**30)
        one = take(tmp_path / name, whole, None, today=today)
        monkeypatch.setattr("pipelines.ingest.reading.pieces.PIECE_BYTES", 20_000)
        assert take(tmp_path / name, pieces, client, today=today) == one
    pd.testing.assert_frame_equal(figures(pieces), figures(whole))


@pytest.mark.usefixtures("small_pieces")
def test_rows_that_cannot_be_taken_are_quarantined_with_their_line_and_the_rest_is_kept(
    tmp_path: Path, client: Client
) -> None:
    days = pd.date_range("2020-01-06", periods=1000)
    good = [f"irregular_crossings;segment;{SEGMENTS[0]};Afghanistan;{day:%Y-%m-%d};D;12\n" for day in days]
    last = f"{days[-1]:%Y-%m-%d}"
    bad = [
        f"irregular_crossings;segment;NOWHERE-01;AFG;{last};D;3\n",  # line 1002
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;{last};D;-5\n",  # line 1003
        "\n",  # a blank line is no row
        f"irregular_crossings;segment;{SEGMENTS[0]};AFG;2027-05-06;D;6\n",  # line 1005
        good[0],  # line 1006: as line 2, pieces away
        f"irregular_crossings;segment;{SEGMENTS[2]};AFG\n",  # line 1007: cells are missing
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;{days[0]:%Y-%m-%d};D;<5\n",  # unknown, with its bound
        f"irregular_crossings;segment;{SEGMENTS[1]};AFG;{days[1]:%Y-%m-%d};D;2,5\r\n",  # a decimal comma
        f"irregular_crossings;border;{REGION.segments[0].border};TOTAL;2026-05-01;M;9\n",
    ]
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    text = "indicator;place_kind;place;nationality;period_start;period;count\n" + "".join(good + bad)
    path.write_bytes(("\ufeff" + text).encode())
    report = take(path, store, client, today=SECOND)
    quarantine, kept = load_quarantine(store, REGION.id), load_observations(store, REGION.id)
    assert (report.accepted, report.quarantined) == (1003, 5), quarantine[["line", "reason"]].to_string()
    assert quarantine["line"].tolist() == [1002, 1003, 1005, 1006, 1007]
    assert kept["count"].sum() == 12 * 1000 + 2.5 + 9
    assert kept.loc[kept["count_upper"].notna(), "count_upper"].tolist() == [4]
    before = input_checksums(store, REGION.id)
    again = take(path, store, client, today=SECOND)
    assert (again.accepted, again.unchanged, input_checksums(store, REGION.id)) == (0, 1003, before)


@pytest.mark.usefixtures("small_pieces")
def test_rows_lie_by_periods_so_that_a_stretch_of_time_is_read_off_the_statistics(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.ingest.door.take_pieces.GROUP_ROWS", 1)
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    random_table(1, pd.date_range("2026-03-02", "2026-06-10")).to_csv(path, index=False)
    take(path, store, client)
    (folder,) = store.observations(REGION.id).glob("000001-csv-*")
    partitions = list_partitions(batch_files(store.observations(REGION.id)))
    assert folder.is_dir()
    assert len(partitions) == 5  # of up to four ISO weeks
    assert all(p.last - p.first < 28 for p in partitions)
    assert sum(p.rows for p in partitions) == len(figures(store))


def test_a_parquet_table_with_points_keeps_their_coordinates(tmp_path: Path, client: Client) -> None:
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
    assert sorted(figures(store)["lon"]) == sorted(table["lon"])


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


def test_a_killed_delivery_is_not_seen_and_the_next_one_clears_it(tmp_path: Path) -> None:
    path, store = tmp_path / "table.csv", Store(tmp_path / "store")
    random_table(1, pd.date_range("2026-03-02", "2026-03-10")).to_csv(path, index=False)
    half = store.observations(REGION.id) / ".staging-1" / "batch"
    half.mkdir(parents=True)
    (half / "0001.parquet").write_bytes(b"PAR1")
    assert load_observations(store, REGION.id).empty
    assert take(path, store, None).accepted > 0
    assert not half.parent.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("small_pieces")
def test_workers_killed_in_between_change_no_figure(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    random_table(3, pd.date_range("2025-01-06", "2026-06-07")).to_csv(path, index=False)
    calm, shaken = Store(tmp_path / "calm"), Store(tmp_path / "shaken")
    with cluster(workers=2) as running:
        take(path, calm, running)
        victim = next(iter(running.run(os.getpid).values()))
        killer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
        killer.start()
        take(path, shaken, running)
        killer.join()
    pd.testing.assert_frame_equal(figures(shaken), figures(calm))


@pytest.mark.slow
@pytest.mark.usefixtures("small_pieces")
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
            take(path, Store(tmp_path / "theirs"), theirs)
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
    take(path, Store(tmp_path / "ours"), client)
    pd.testing.assert_frame_equal(figures(Store(tmp_path / "theirs")), figures(Store(tmp_path / "ours")))
