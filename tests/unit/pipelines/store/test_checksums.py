"""A flipped byte in what a store took in is found and named; and a clock that was set back takes nothing in."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.compute.cluster import cluster
from pipelines.grid.run_inputs import load_inputs
from pipelines.ingest.door.ingest import ingest
from pipelines.jobs.doctor import damaged_inputs
from pipelines.observations.batches import load_observations, load_quarantine, publish_batch
from pipelines.observations.schema import DataRefusedError
from pipelines.store.checksums import DamagedError, checksum_file, write_with_checksum
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


def make_parts(store: Store) -> Path:
    """The store's batch as one of two parts, as large tables are kept; returns its folder."""
    batch = one(store.observations(REGION.id), "*.parquet")
    rows = pq.read_table(batch).replace_schema_metadata(None)
    parts = [batch.with_name(f"part-{n}") for n in (1, 2)]
    for part in parts:
        pq.write_table(rows, part)
        write_with_checksum(part, part.read_bytes())
    provenance = {"source": "csv", "file": "t.csv", "sha256": "abc", "ingested": "2026-06-01"}
    home = batch.parent
    publish_batch(home / ".staging-1", home, "000002-csv-abc", parts=parts, freq=REGION.freq, provenance=provenance)
    return home / "000002-csv-abc"


def test_a_store_as_it_was_written_has_no_damage(store: Store) -> None:
    make_parts(store)
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


@pytest.mark.parametrize("name", ["0002.parquet", "provenance.json"])
def test_a_flipped_byte_in_a_batch_of_several_parts_is_named(store: Store, name: str) -> None:
    flip(make_parts(store) / name)
    (text,) = damaged_inputs(store)
    assert f"000002-csv-abc/{name}" in text


@pytest.mark.parametrize(("harm", "said"), [(flip, "expected the bytes"), (Path.unlink, "missing")])
def test_a_run_refuses_a_part_that_is_not_as_it_was_written(
    store: Store, harm: Callable[[Path], None], said: str
) -> None:
    part = make_parts(store) / "0002.parquet"
    with cluster(processes=False) as client:
        load_inputs(store, REGION, client, as_of=None)
        harm(part)
        with pytest.raises(DamagedError, match=rf"0002\.parquet.*{said}"):
            load_inputs(store, REGION, client, as_of=None)


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
