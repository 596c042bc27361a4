"""Rows of daily tables in the order of the store, and the index of their runs."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.ingest.daily.axes import DailyAxes, DailyBlock, DailyPiece
from pipelines.ingest.daily.block_sums import DailySums, add_block
from pipelines.ingest.daily.columns import read_columns, read_sums
from pipelines.ingest.daily.layout import LAYOUT, MANIFEST, load_deliveries, write_part
from pipelines.ingest.daily.row_index import runs_from_text, runs_to_text
from pipelines.ingest.daily.sort_rows import put_in_order
from pipelines.ingest.daily.vintages import VintageRule
from pipelines.observations.schema import DataRefusedError
from pipelines.store.checksums import write_with_checksum

MONDAY = 20577  # 2026-05-04, days since 1970
PLACES = (("segment", "a", ""), ("segment", "b", ""))


def rows(*figures: tuple[str, str, int, float], kind: str = "segment") -> pa.Table:
    """Rows of one indicator: place, nationality, day after the Monday, count."""
    place, nationality, day, count = (list(c) for c in zip(*figures, strict=True))
    n = len(figures)
    values = {
        "indicator": ["i"] * n,
        "place_kind": [kind] * n,
        "place": place,
        "route": [""] * n,
        "nationality": nationality,
        "period_start": pa.array([MONDAY + d for d in day], pa.int32()).cast(pa.date32()),
        "count": count,
        "missing_reason": ["closed" if np.isnan(c) else "" for c in count],
        "count_upper": [-1] * n,
        "status": ["final"] * n,
        "as_of": pa.array([MONDAY + d for d in day], pa.int32()).cast(pa.date32()),
        "as_of_assumed": [True] * n,
        "line": list(range(n)),
    }
    return pa.table(values, schema=LAYOUT)


def random_rows(seed: int, *, size: int = 300) -> pa.Table:
    rng = np.random.default_rng(seed)
    names = rng.choice(["a", "b"], size), rng.choice(["AFG", "SYR", "TOTAL"], size), rng.integers(0, 28, size)
    counts = np.where(rng.random(size) < 0.1, np.nan, rng.integers(0, 9, size))
    return rows(*zip(*(c.tolist() for c in (*names, counts)), strict=True))


def added(
    table: pa.Table, folder: Path, *, known: VintageRule | None = None, nationalities: bool = True
) -> tuple[DailySums, pa.Table]:
    """Sums of a table that was put in order and written as one part, and the rows in it."""
    ordered = put_in_order(table, "W")
    part = write_part(ordered.table, ordered.runs, folder, group=int(ordered.group[0]), number=0)
    start = MONDAY - 7 * 4  # a block reaches over all groups of the rows
    edges = tuple(range(start, start + 7 * 13, 7))
    axes = DailyAxes(("i",), (0,), ("TOTAL", "AFG", "SYR", "UNK"), PLACES, "W", mixed=True)
    block = DailyBlock(start, edges, (DailyPiece(folder / part.file, part, 0, MONDAY + 60),))
    return add_block(block, axes, nationalities=nationalities, known=known or VintageRule(), dated=True), ordered.table


def test_rows_lie_by_place_day_and_nationality_with_total_first() -> None:
    table = rows(("b", "AFG", 0, 1), ("a", "TOTAL", 1, 2), ("a", "AFG", 1, 3), ("a", "SYR", 0, 4))
    assert put_in_order(table, "W").table["count"].to_pylist() == [4, 2, 3, 1]


def test_a_run_holds_the_nationalities_of_a_day_and_its_total_is_another() -> None:
    table = rows(("a", "AFG", 1, 3), ("a", "TOTAL", 1, 9), ("a", "SYR", 1, 4), ("b", "SYR", 1, 5))
    runs = put_in_order(table, "W").runs
    assert runs.rows.tolist() == [1, 2, 1]
    assert runs.total.tolist() == [True, False, False]


def test_the_earlier_row_stays_when_a_figure_stands_twice() -> None:
    ordered = put_in_order(rows(("a", "AFG", 1, 3), ("b", "AFG", 1, 1), ("a", "AFG", 1, 7)), "W")
    assert ordered.repeats.tolist() == [2]
    assert ordered.table["count"].to_pylist() == [3, 1]


def test_points_are_no_repeats_when_they_share_a_segment_and_day() -> None:
    ordered = put_in_order(rows(("a", "AFG", 1, 3), ("a", "AFG", 1, 7), kind="point"), "W")
    assert len(ordered.repeats) == 0
    assert ordered.runs.rows.tolist() == [2]


def test_order_is_the_same_when_keys_and_positions_do_not_fit_one_integer(monkeypatch: pytest.MonkeyPatch) -> None:
    table = random_rows(1)
    packed = put_in_order(table, "W").table["line"]
    monkeypatch.setattr("pipelines.ingest.daily.sort_rows.PACKED_BITS", 0)
    assert put_in_order(table, "W").table["line"].equals(packed)


def test_index_read_back_is_the_one_written() -> None:
    runs = put_in_order(random_rows(2), "W").runs
    read = runs_from_text({k.encode(): v.encode() for k, v in runs_to_text(runs).items()})
    assert (read.indicators, read.places) == (runs.indicators, runs.places)
    for name in ("indicator", "place", "day", "total", "rows"):
        np.testing.assert_array_equal(getattr(read, name), getattr(runs, name), err_msg=name)


def test_index_is_that_of_the_kept_rows_when_some_are_taken_out() -> None:
    ordered = put_in_order(random_rows(3), "W")
    kept = np.random.default_rng(3).random(len(ordered.table)) < 0.5
    again = put_in_order(ordered.table.filter(kept), "W").runs
    left = ordered.runs.only(kept)
    np.testing.assert_array_equal(left.day, again.day)
    np.testing.assert_array_equal(left.rows, again.rows)


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_sums_are_those_of_a_group_by_when_totals_nationalities_and_gaps_are_mixed(tmp_path: Path, seed: int) -> None:
    sums, table = added(random_rows(seed), tmp_path)
    frame = table.to_pandas()
    frame["day"] = [(d - date(1970, 1, 1)).days - MONDAY + 28 for d in frame["period_start"]]
    for (place, day), mine in frame.groupby(["place", "day"]):
        total = mine[mine["nationality"] == "TOTAL"]
        wanted = (mine if total.empty else total)["count"].sum()
        assert sums.totals[day, 0, "ab".index(place)] == wanted
        heard = (mine if total.empty else total)["count"].notna().any()
        assert sums.reported[day, 0, "ab".index(place)] == heard
    assert sums.nationalities is not None
    for nationality, code in (("AFG", 1), ("SYR", 2)):
        mine = frame[frame["nationality"] == nationality]
        assert np.nansum(sums.nationalities[0, code]) == mine["count"].sum()


@pytest.mark.parametrize("seed", [8, 9])
def test_totals_read_without_the_rows_are_those_of_the_rows(tmp_path: Path, seed: int) -> None:
    of_rows, _ = added(random_rows(seed), tmp_path)
    of_runs, _ = added(random_rows(seed), tmp_path, nationalities=False)
    for name in ("totals", "reported", "missing", "newest", "assumed"):
        np.testing.assert_array_equal(getattr(of_runs, name), getattr(of_rows, name), err_msg=name)


def test_totals_are_of_the_rows_when_some_came_after_the_knowledge_day(tmp_path: Path) -> None:
    table = rows(("a", "AFG", 0, 3), ("a", "SYR", 0, 4), ("a", "AFG", 9, 5))
    sums, _ = added(table, tmp_path, known=VintageRule(MONDAY + 2), nationalities=False)
    assert sums.totals.sum() == 7


def test_rows_after_the_knowledge_day_are_left_out(tmp_path: Path) -> None:
    sums, _ = added(
        rows(("a", "AFG", 0, 3), ("a", "SYR", 0, 4), ("a", "AFG", 9, 5)), tmp_path, known=VintageRule(MONDAY + 2)
    )
    assert sums.totals.sum() == 7


def test_a_part_is_refused_when_its_index_does_not_fit_its_rows(tmp_path: Path) -> None:
    ordered = put_in_order(rows(("a", "AFG", 0, 3), ("a", "AFG", 1, 4)), "W")
    part = write_part(ordered.table, ordered.runs.between(0, 1), tmp_path, group=0, number=0)
    axes = DailyAxes(("i",), (0,), ("TOTAL", "AFG", "UNK"), PLACES, "W", mixed=False)
    block = DailyBlock(MONDAY, (MONDAY, MONDAY + 7), (DailyPiece(tmp_path / part.file, part, 0, MONDAY),))
    with pytest.raises(ValueError, match="Ingest its file again"):
        read_columns(block.pieces[0], axes, block, nationalities=False, dated=False)
    with pytest.raises(ValueError, match="Ingest its file again"):
        read_sums(block.pieces[0], axes, block)


def test_another_reader_sees_the_same_rows(tmp_path: Path) -> None:
    ordered = put_in_order(random_rows(7), "W")
    part = write_part(ordered.table, ordered.runs, tmp_path, group=0, number=0)
    assert pq.read_table(tmp_path / part.file)["line"].to_pylist() == ordered.table["line"].to_pylist()


def test_a_delivery_in_the_former_layout_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "000001-abc" / MANIFEST
    write_with_checksum(old, b'{"provenance": {}, "parts": []}')
    with pytest.raises(DataRefusedError, match=r"layout 3, got 1. Delete this folder and ingest its file again"):
        load_deliveries(tmp_path)
