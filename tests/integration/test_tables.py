"""`routecast map` and `ingest table` on the command line, and a table in the drop folder with its mapping beside it."""

import re
from pathlib import Path

import pytest

from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.regions import write_pack

TABLE = "Month;Sector;Sex;Number\n2024-01;yuma;F;2\n2024-01;yuma;M;3\n2024-02;yuma;F;1\n2024-02;yuma;M;4\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "detections.csv").write_text(TABLE)
    return write_pack(tmp_path / "my_region")


def arguments(tmp_path: Path, pack: Path) -> list[str]:
    return ["--region", str(pack), "--store", str(tmp_path / "store")]


def test_what_map_writes_is_what_ingest_takes(tmp_path: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, mapping = tmp_path / "detections.csv", tmp_path / "m.yaml"
    assert run_command(["map", str(table), "--region", str(pack), "--out", str(mapping)]) == 0
    printed = capsys.readouterr().out
    assert "add_up_over: [Sex]" in printed
    assert "Sums; together 10" in printed
    assert run_command(["ingest", "table", str(table), "--map", str(mapping), *arguments(tmp_path, pack)]) == 0
    assert "accepted 2, unchanged 0, quarantined 0" in capsys.readouterr().out
    assert load_observations(Store(tmp_path / "store"), "my_region")["count"].tolist() == [5, 5]


def test_the_advice_where_a_mapping_is_missing_works(
    tmp_path: Path, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ingest", "table", str(tmp_path / "detections.csv"), *arguments(tmp_path, pack)]
    assert run_command(command) == 3
    printed = capsys.readouterr()
    told = re.sub(r"\s+", " ", printed.out + printed.err)
    advice = re.search(r"routecast (map \S+ --out \S+)", told)
    assert advice is not None, told
    assert run_command([*advice[1].split(), "--region", str(pack)]) == 0
    assert run_command(command) == 0


def test_map_asks_nothing_where_no_terminal_is_and_says_what_is_lacking(
    tmp_path: Path, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Month,Number\n2024-01,3\n2024-02,4\n")
    assert run_command(["map", str(path), "--region", str(pack)]) == 0
    assert "--say place=… --say place_kind=…" in capsys.readouterr().out
    said = ["--say", "place=yuma", "--say", "place_kind=segment"]
    assert run_command(["map", str(path), "--region", str(pack), *said]) == 0
    assert "Sums; together 7" in capsys.readouterr().out
    assert [p.name for p in tmp_path.glob("*.yaml")] == []


def test_a_mapping_for_another_source_is_wrong_usage(tmp_path: Path, pack: Path) -> None:
    assert run_command(["ingest", "csv", "x.csv", "--map", "m.yaml", *arguments(tmp_path, pack)]) == 2


def test_what_a_corrected_mapping_refuses_anew_is_in_quarantine_and_nothing_stands_there_twice(
    tmp_path: Path, pack: Path
) -> None:
    table, mapping = tmp_path / "detections.csv", tmp_path / "m.yaml"
    table.write_text("Month;Sector;Number\n2024-01;yuma;2\n2024-02;yuma;many\n2024-03;Yuma X;7\n")
    first = (
        "columns: {place: Sector, period_start: Month, count: Number}\n"
        "constants: {indicator: irregular_crossings, place_kind: segment}\n"
    )
    for text in (first, first + "values: {Sector: {yuma: Somewhere}}\n"):
        mapping.write_text(text)
        run_command(["ingest", "table", str(table), "--map", str(mapping), *arguments(tmp_path, pack)])
    found = load_quarantine(Store(tmp_path / "store"), "my_region")
    assert sorted(found["line"]) == [2, 3, 4]
