"""A refusal says what to do, and doing it works: the spoilt file, its advice, and the file that follows it."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.observations.batches import load_quarantine
from pipelines.observations.schema import DataRefusedError, NumberForm
from pipelines.store.paths import Store
from tests.regions import make_region

HEADER = "indicator,place_kind,place,period_start,period,count\n"
GOOD = "irregular_crossings,segment,a-1,2026-11-02,W,7\n"
AS_THEY_STAND: NumberForm = {"thousands": None, "decimal": None}


def take(folder: Path, content: str | bytes, *, form: NumberForm = AS_THEY_STAND) -> tuple[IngestReport, Store]:
    path, store = folder / "figures.csv", Store(folder / "store")
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    options = {"region": make_region(), "store": store, "today": date(2026, 11, 23)}
    return ingest("csv", [path], **options, form=form), store


def taken_whole(folder: Path, content: str | bytes, *, form: NumberForm = AS_THEY_STAND) -> bool:
    report, _ = take(folder, content, form=form)
    return report.quarantined == 0 and report.accepted > 0


@pytest.mark.parametrize(
    ("spoilt", "advice", "followed"),
    [
        (HEADER.replace("period,", "period,count,") + GOOD, "'count' twice. Take one out", HEADER + GOOD),
        (HEADER.replace("count", "cases") + GOOD, "count is missing", HEADER + GOOD),
        (
            HEADER + GOOD.replace("7", "1,000"),
            "Put cells that hold ',' in quotes",
            HEADER + GOOD.replace("7", '"1,000.0"'),
        ),
        ((HEADER + GOOD).encode("utf-16"), "Save the file as 'CSV UTF-8'", HEADER + GOOD),
        (gzip.compress((HEADER + GOOD).encode())[:-9], "Download it again", gzip.compress((HEADER + GOOD).encode())),
        (
            HEADER.replace("count", "count,passport_no,surname") + GOOD.replace("7", "1,A123,Doe"),
            "Send counts per place, period and group only",
            HEADER + GOOD,
        ),
    ],
    ids=["heading twice", "heading missing", "cells in quotes", "encoding", "cut off", "persons"],
)
def test_a_file_that_is_refused_whole_is_taken_as_its_message_says(
    tmp_path: Path, spoilt: str | bytes, advice: str, followed: str | bytes
) -> None:
    with pytest.raises(DataRefusedError, match="figures") as refused:
        take(tmp_path, spoilt)
    assert advice in "\n".join([str(refused.value), *getattr(refused.value, "lines", ())])
    assert taken_whole(tmp_path, followed)


@pytest.mark.parametrize(("mark", "form"), [(".", {"decimal": "."}), (",", {"thousands": ","})])
def test_figures_that_may_be_thousands_are_taken_as_said(tmp_path: Path, mark: str, form: dict[str, str]) -> None:
    content = HEADER.replace(",", ";") + GOOD.replace(",", ";").replace("7", f"1{mark}234")
    with pytest.raises(DataRefusedError, match=r"--thousands|--decimal"):
        take(tmp_path, content)
    said: NumberForm = {"thousands": form.get("thousands"), "decimal": form.get("decimal")}
    assert taken_whole(tmp_path, content, form=said)


@pytest.mark.parametrize(
    ("row", "advice", "followed"),
    [
        (GOOD.replace("a-1", "Uper bridge"), "nearest: Upper bridge", GOOD.replace("a-1", "Upper bridge")),
        (GOOD.replace("segment", "island"), "unknown place_kind (expected", GOOD),
        (GOOD.replace("segment", "border"), "'a-1' is a segment", GOOD),
        (GOOD.replace("W", "fortnight"), "unknown period (expected D, W", GOOD),
        (GOOD.replace("11-02", "11-03"), "a week must begin on a Monday", GOOD),
        (GOOD.replace("02,W", "02,M"), "must begin on its first day", GOOD.replace("11-02,W", "10-01,M")),
        (GOOD.replace("2026-11-02", "2.11.2026"), "not written as YYYY-MM-DD", GOOD),
        (GOOD.replace("11-02", "11-23"), "the period is not over yet", GOOD),
        (GOOD.replace("7", "none"), "leave it empty where nothing was reported", GOOD.replace("7", "")),
    ],
)
def test_a_row_that_is_refused_is_taken_as_its_reason_says(
    tmp_path: Path, row: str, advice: str, followed: str
) -> None:
    _, store = take(tmp_path, HEADER + GOOD.replace("a-1", "a-2") + row)
    assert advice in str(load_quarantine(store, "small")["reason"].iloc[0])
    assert taken_whole(tmp_path, HEADER + GOOD.replace("a-1", "a-2") + followed)


def test_an_unknown_nationality_is_taken_by_the_name_that_is_nearest(tmp_path: Path) -> None:
    head, row = HEADER.replace("count", "count,nationality"), GOOD.replace("7", "7,Afghanstan")
    good = GOOD.replace("a-1", "a-2").replace("7", "7,Syria")
    _, store = take(tmp_path, head + good + row)
    assert "Afghanistan" in str(load_quarantine(store, "small")["reason"].iloc[0])
    assert taken_whole(tmp_path, head + good + row.replace("Afghanstan", "Afghanistan"))


def test_rows_of_one_figure_are_taken_once_they_are_added_up(tmp_path: Path) -> None:
    head = HEADER.replace("count", "count,sex")
    rows = GOOD.replace("7", "7,women") + GOOD.replace("7", "9,men")
    _, store = take(tmp_path, head + rows + GOOD.replace("a-1", "a-2").replace("7", "1,all"))
    assert "Add them up over" in str(load_quarantine(store, "small")["reason"].iloc[0])
    assert taken_whole(tmp_path, HEADER + GOOD.replace("7", "16") + GOOD.replace("a-1", "a-2"))
