"""A flipped byte in what a store took in is found and named; and a clock that was set back takes nothing in."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipelines.compute.cluster import cluster
from pipelines.grid.daily.daily_cube import kept_sums
from pipelines.ingest.daily.layout import Delivery, Part, load_deliveries, require_intact_parts, write_manifest
from pipelines.ingest.door.ingest import ingest
from pipelines.jobs.doctor import damaged_inputs
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.checksums import DamagedError, checksum, checksum_file
from pipelines.store.paths import Store
from tests.regions import make_region

REGION = make_region()
DAY = date(2026, 6, 1)
FIGURES = (
    "indicator,place_kind,place,period_start,period,count\n"
    "irregular_crossings,segment,a-1,2026-01-05,W,12\n"
    "irregular_crossings,segment,nowhere,2026-01-05,W,3\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with one batch and its refused row."""
    return make_store(tmp_path, FIGURES)


@pytest.fixture
def whole(tmp_path: Path) -> Store:
    """A store with one batch and the provider's file, every cell of which was taken."""
    return make_store(tmp_path, FIGURES.partition("irregular_crossings,segment,nowhere")[0])


def make_store(folder: Path, figures: str) -> Store:
    path = folder / "figures.csv"
    path.write_text(figures, encoding="utf-8")
    ingest("csv", [path], region=REGION, store=Store(folder / "store"), today=DAY)
    return Store(folder / "store")


def flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(at * (len(data) - 1))] ^= 4
    path.write_bytes(bytes(data))


def one(folder: Path, pattern: str) -> Path:
    (path,) = folder.rglob(pattern)
    return path


TOTALS = np.arange(24.0).reshape(2, 3, 4)


def write_sums(path: Path) -> Path:
    """Sums of a block as a run keeps them."""
    small = np.zeros(TOTALS.shape, dtype=np.uint8)
    flags = small.astype(bool)
    np.savez(path, totals=TOTALS, reported=flags, missing=small, incomplete=flags, negative_rest=0.0)
    return path


def make_delivery(home: Path) -> Delivery:
    """A delivered table whose only part is some bytes: whether they are intact is all that is asked."""
    folder = home / "000001-abc"
    folder.mkdir(parents=True)
    (folder / "part.parquet").write_bytes(b"columns " * 50)
    part = Part("part.parquet", 0, 1, 0, 0, 0, False, False, sha256=checksum(folder / "part.parquet"))
    delivery = Delivery(folder, 0, 0, 0, ("irregular_crossings",), (), (), (part,))
    write_manifest(delivery, {"source": "daily", "file": "t.csv", "sha256": "abc"})
    return delivery


def test_a_store_as_it_was_written_has_no_damage(store: Store) -> None:
    make_delivery(store.daily(REGION.id))
    assert damaged_inputs(store) == []


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 1.0])
def test_a_flipped_byte_in_a_batch_is_refused_by_name_before_it_is_read(store: Store, at: float) -> None:
    batch = one(store.observations(REGION.id), "*.parquet")
    flip(batch, at)
    with pytest.raises(DamagedError, match=batch.name):
        load_observations(store, REGION.id)
    assert any(batch.name in text for text in damaged_inputs(store))


def test_a_flipped_byte_in_quarantine_is_refused_by_name(store: Store) -> None:
    batch = one(store.quarantine(REGION.id), "*.parquet")
    flip(batch)
    with pytest.raises(DamagedError, match=batch.name):
        load_quarantine(store, REGION.id)


def test_what_the_message_says_brings_the_figures_back(whole: Store, tmp_path: Path) -> None:
    before = load_observations(whole, REGION.id)
    batch = one(whole.observations(REGION.id), "*.parquet")
    flip(batch)
    kept = one(whole.snapshots, "figures.csv")
    with pytest.raises(DamagedError, match=f"snapshots/{kept.parent.name[:12]}"):
        ingest("csv", [tmp_path / "figures.csv"], region=REGION, store=whole, today=DAY)
    batch.unlink()
    ingest("csv", [kept], region=REGION, store=whole, today=DAY)
    assert load_observations(whole, REGION.id).equals(before)


def test_a_batch_whose_checksum_is_gone_is_refused_by_name(store: Store) -> None:
    batch = one(store.observations(REGION.id), "*.parquet")
    checksum_file(batch).unlink()
    with pytest.raises(DamagedError, match=f"{batch.name}: expected its checksum beside it"):
        load_observations(store, REGION.id)
    assert any(batch.name in text for text in damaged_inputs(store))


def test_a_flipped_byte_in_the_providers_file_is_named(whole: Store) -> None:
    flip(one(whole.snapshots, "figures.csv"))
    (text,) = damaged_inputs(whole)
    assert "figures.csv: expected the provider's bytes" in text


def test_a_missing_providers_file_is_named(whole: Store) -> None:
    one(whole.snapshots, "figures.csv").unlink()
    (text,) = damaged_inputs(whole)
    assert "the provider's file is missing" in text


def test_bytes_that_hold_more_than_figures_are_not_kept_and_nothing_is_missing(store: Store) -> None:
    assert list(store.snapshots.rglob("*.csv")) == []
    assert [p.name for p in store.snapshots.rglob("*") if p.is_file()] == ["provenance.json"]
    assert damaged_inputs(store) == []


@pytest.mark.parametrize("name", ["part.parquet", "delivery.json"])
def test_a_flipped_byte_in_a_daily_table_is_named(store: Store, name: str) -> None:
    flip(make_delivery(store.daily(REGION.id)).folder / name)
    (text,) = damaged_inputs(store)
    assert name in text


def test_a_run_refuses_a_flipped_byte_in_a_part(store: Store) -> None:
    delivery = make_delivery(store.daily(REGION.id))
    with cluster(processes=False) as client:
        require_intact_parts(load_deliveries(store.daily(REGION.id)), client=client)
        flip(delivery.folder / "part.parquet")
        with pytest.raises(DamagedError, match=r"part\.parquet: expected the bytes"):
            require_intact_parts(load_deliveries(store.daily(REGION.id)), client=client)


def test_a_run_refuses_a_missing_part(store: Store) -> None:
    delivery = make_delivery(store.daily(REGION.id))
    (delivery.folder / "part.parquet").unlink()
    with cluster(processes=False) as client, pytest.raises(DamagedError, match=r"part\.parquet: missing"):
        require_intact_parts([delivery], client=client)


def test_parts_of_an_earlier_version_without_a_checksum_are_read(store: Store) -> None:
    delivery = make_delivery(store.daily(REGION.id))
    bare = replace(delivery, parts=tuple(replace(p, sha256="") for p in delivery.parts))
    with cluster(processes=False) as client:
        require_intact_parts([bare], client=client)


def test_kept_sums_of_a_block_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = kept_sums(write_sums(tmp_path / "a.npz"))
    assert found is not None
    assert found.totals.tolist() == TOTALS.tolist()


@pytest.mark.parametrize("at", [0.05, 0.5, 0.95])
def test_broken_sums_of_a_block_are_deleted_and_made_again(tmp_path: Path, at: float) -> None:
    path = write_sums(tmp_path / "a.npz")
    path.write_bytes(path.read_bytes()[: int(at * path.stat().st_size)])
    assert kept_sums(path) is None
    assert not path.exists()


def test_a_flipped_byte_in_sums_of_a_block_is_noticed(tmp_path: Path) -> None:
    path = write_sums(tmp_path / "a.npz")
    at = path.read_bytes().index(TOTALS.tobytes()) / (path.stat().st_size - 1)
    flip(path, at + 1e-9)
    assert kept_sums(path) is None


def test_a_clock_that_was_set_back_takes_nothing_in(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text(FIGURES.replace("2026-01-05", "2026-01-12"), encoding="utf-8")
    with pytest.raises(DataRefusedError, match="expected a day from 2026-06-01 on"):
        ingest("csv", [path], region=REGION, store=store, today=date(2020, 1, 1))
    assert len(load_observations(store, REGION.id)) == 1
    assert len(load_quarantine(store, REGION.id)) == 1


def test_a_clock_that_is_right_again_takes_everything_in(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text(FIGURES.replace("2026-01-05", "2026-01-12"), encoding="utf-8")
    ingest("csv", [path], region=REGION, store=store, today=DAY)
    assert len(load_observations(store, REGION.id)) == 2
