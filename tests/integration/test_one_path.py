"""Tables of any size through the door and onto the grid: equal to the eager path, nothing lost, no half state."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from distributed import Client

from geo.locate.lookup import segment_index
from geo.pack.load import load_region
from pipelines.compute.cluster import cluster
from pipelines.grid.cube import BuiltCube, CubeOnDisk, build_cube
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.grid.run_inputs import load_inputs
from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations
from pipelines.store.paths import Store
from pipelines.store.periods import day_number

pytestmark = pytest.mark.xdist_group("one_path")
REGION = load_region("western_balkans")
SEGMENTS = sorted({c.segment for c in REGION.cells})[:6]
POINTS = [p for p in REGION.crossing_points if p.segment in SEGMENTS][:4]
PLANES = ("count", "missing", "coverage", "allocated")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    segment_index(REGION)  # built once, it travels with the region
    with cluster(workers=1, processes=False) as running:
        yield running


def random_table(seed: int, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Segments, crossing points, points and a border by month; totals and nationalities beside each other or alone."""
    rng = np.random.default_rng(seed)
    mixes = [["TOTAL", "AFG", "SYR", "UNK"], ["AFG", "SYR"], ["TOTAL"]]
    places = [("segment", s, "", "") for s in SEGMENTS] + [("crossing_point", p.id, "", "") for p in POINTS]
    places += [("point", "", p.lon + 0.01 * n, p.lat) for p in POINTS[:2] for n in range(2)] + [
        ("point", "", 0.5, 50.0)
    ]
    rows = [
        [*place, nationality, f"{day:%Y-%m-%d}", "D", ["irregular_crossings", "smuggling_cases"][rng.integers(2)]]
        for day in days
        for place in places
        if place[1] == SEGMENTS[0] or rng.random() > 0.4
        for nationality in mixes[rng.integers(3)]
    ]
    months = sorted({f"{day:%Y-%m}-01" for day in days[:-31]})
    border = REGION.segment_by_id[SEGMENTS[0]].border
    rows += [["border", border, "", "", "TOTAL", month, "M", "irregular_crossings"] for month in months]
    columns = ["place_kind", "place", "lon", "lat", "nationality", "period_start", "period", "indicator"]
    table = pd.DataFrame(rows, columns=columns).drop_duplicates().sample(frac=1, random_state=seed)
    shown = [
        str(rng.integers(0, 30)) if rng.random() > 0.08 else ("", "<5")[rng.integers(2)] for _ in range(len(table))
    ]
    return table.assign(count=shown)


def stored(folder: Path, *tables: tuple[pd.DataFrame, date]) -> Store:
    """A store that took tables one after the other."""
    store = Store(folder)
    for number, (table, today) in enumerate(tables):
        table.to_csv(folder / f"{number}.csv", index=False)
        assert ingest("csv", [folder / f"{number}.csv"], region=REGION, store=store, today=today).quarantined == 0
    return store


def told_three_times(folder: Path) -> Store:
    """Deliveries that overlap, with dates that are assumed and stated."""
    days = pd.date_range("2026-03-02", "2026-04-22")
    return stored(
        folder,
        (random_table(1, days[:35]), date(2026, 6, 20)),
        (random_table(2, days[25:]).assign(as_of="2026-06-25"), date(2026, 7, 20)),
        (random_table(3, days[30:45]).assign(as_of="2026-05-01"), date(2026, 7, 21)),
    )


def built(store: Store, client: Client, folder: Path, *, as_of: date | None = None, strict: bool = False) -> BuiltCube:
    """The cube by blocks."""
    inputs = load_inputs(store, REGION, client, as_of=as_of, strict_vintages=strict)
    rows, day = encode(inputs.others, REGION, added=inputs.stored.added), None if as_of is None else day_number(as_of)
    known = KnownRows(rows, grid_for(rows, REGION, last_day=day), REGION, strict)
    return build_cube(known, day=day, disk=CubeOnDisk(folder / "cube.zarr", inputs.stored.sums))


def eager(store: Store, *, as_of: date | None = None, strict: bool = False) -> BuiltCube:
    """The cube from all rows at once."""
    rows, day = encode(load_observations(store, REGION.id), REGION), None if as_of is None else day_number(as_of)
    known = KnownRows(rows, grid_for(rows, REGION, last_day=day), REGION, strict)
    return build_cube(known, day=day, scheduler="synchronous")


def require_equal(mine: xr.Dataset, wanted: xr.Dataset) -> None:
    for name in PLANES:
        other = wanted[name].sel({d: mine[d] for d in mine[name].dims})
        np.testing.assert_allclose(mine[name].to_numpy(), other.to_numpy(), atol=1e-6, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "block_rows"), [(False, 200), (True, 10**6)])
def test_cube_equals_the_eager_one_to_the_last_count_on_every_day(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch, strict: bool, block_rows: int
) -> None:
    monkeypatch.setattr("pipelines.grid.row_blocks.BLOCK_ROWS", block_rows)
    store = told_three_times(tmp_path)
    for as_of in (None, date(2026, 4, 2), date(2026, 5, 3)):
        mine = built(store, client, tmp_path, as_of=as_of, strict=strict)
        wanted = eager(store, as_of=as_of, strict=strict)
        require_equal(mine.whole(), wanted.cube)
        assert mine.conservation == wanted.conservation
        assert mine.real_vintages == wanted.real_vintages


def test_totals_are_what_ten_lines_of_pandas_make_of_the_table(tmp_path: Path, client: Client) -> None:
    days = pd.date_range("2026-03-02", "2026-03-29")
    rows = pd.MultiIndex.from_product([SEGMENTS, ["AFG", "SYR"], days], names=["place", "nationality", "period_start"])
    table = pd.DataFrame({"count": np.arange(len(rows)) % 17}, index=rows).reset_index()
    said = {"indicator": "irregular_crossings", "place_kind": "segment", "period": "D"}
    store = stored(tmp_path, (table.assign(**said), date(2026, 4, 10)))
    cube = built(store, client, tmp_path).whole()["count"].sel(indicator="irregular_crossings")
    week = table["period_start"].dt.to_period("W").dt.start_time
    for nationality, own in (("TOTAL", table), ("SYR", table[table["nationality"] == "SYR"])):
        wanted = own.groupby(["place", week])["count"].sum()
        found = cube.sel(nationality=nationality).groupby("segment").sum()
        for (segment, monday), count in wanted.items():
            assert float(found.sel(segment=segment, time=monday)) == count


def test_a_new_batch_leaves_the_other_blocks_as_they_are(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.grid.row_blocks.BLOCK_ROWS", 200)
    days = pd.date_range("2026-03-30", "2026-04-26")
    store = stored(tmp_path, (random_table(1, days), date(2026, 6, 20)))
    first = load_inputs(store, REGION, client, as_of=None).stored
    again = load_inputs(store, REGION, client, as_of=None).stored
    late = random_table(2, days[-1:]).assign(as_of="2026-06-22")
    late[late["period"] == "D"].to_csv(tmp_path / "late.csv", index=False)
    ingest("csv", [tmp_path / "late.csv"], region=REGION, store=store, today=date(2026, 6, 23))
    after = load_inputs(store, REGION, client, as_of=None).stored
    assert first.reused == 0
    assert again.reused == again.blocks > 3
    assert after.reused == after.blocks - 1
    require_equal(built(store, client, tmp_path).whole(), eager(store).cube)


def test_a_broken_file_of_a_kept_block_is_made_again(tmp_path: Path, client: Client) -> None:
    store = stored(tmp_path, (random_table(1, pd.date_range("2026-03-16", "2026-04-10")), date(2026, 6, 20)))
    load_inputs(store, REGION, client, as_of=None)
    for path in store.blocks(REGION.id).glob("*.block"):
        path.write_bytes(path.read_bytes()[:-7])
    require_equal(built(store, client, tmp_path).whole(), eager(store).cube)


def test_a_correction_of_a_day_is_on_the_grid_and_in_the_account(tmp_path: Path, client: Client) -> None:
    table = pd.DataFrame(
        {
            "indicator": "irregular_crossings",
            "place_kind": "segment",
            "place": SEGMENTS[0],
            "period_start": pd.date_range("2026-03-02", periods=7),
            "period": "D",
            "count": 10,
        }
    )
    store = stored(tmp_path, (table, date(2026, 4, 10)))
    path = store.corrections(REGION.id)
    path.parent.mkdir()
    path.write_text(
        f"- {{source: csv, indicator: irregular_crossings, place: {SEGMENTS[0]}, period_start: 2026-03-04, "
        "expect: 10, count: 3, why: a slip, who: me, when: 2026-04-11}\n"
    )
    cube = built(store, client, tmp_path).whole()
    assert float(cube["count"].sel(nationality="TOTAL").sum()) == 63


@pytest.mark.slow
def test_workers_killed_in_between_change_no_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.grid.row_blocks.BLOCK_ROWS", 200)
    store = stored(tmp_path, (random_table(3, pd.date_range("2026-01-05", "2026-04-26")), date(2026, 6, 20)))
    with cluster(workers=2) as running:
        victim = next(iter(running.run(os.getpid).values()))
        killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
        killer.start()
        shaken = built(store, running, tmp_path).whole().load()
        killer.join()
    require_equal(shaken, eager(store).cube)
