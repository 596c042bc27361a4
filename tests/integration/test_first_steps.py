"""What a newcomer types first, and what the commands say to a slip."""

from pathlib import Path

import pandas as pd
import pytest

from pipelines.compute.versions import code_version
from pipelines.observations.batches import load_observations
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.regions import write_pack
from tests.small_editions import REGION, put_weeks

PACK = """
name: One valley
freq: W
indicators: {irregular_crossings: {unit: detections}}
segments: [{id: north, border: SRB-XKX}, {id: south, border: MKD-XKX}]
countries: {MKD: North Macedonia, SRB: Serbia, XKX: Kosovo}
routes: [{id: through, segments: [north]}]
"""
HEADER = "indicator,place_kind,place,period_start,period,count\n"
ROW = "irregular_crossings,segment,north,2026-11-02,W,12\n"


@pytest.fixture
def valley(tmp_path: Path) -> str:
    return str(write_pack(tmp_path / "valley", PACK))


def test_check_says_what_is_only_odd(valley: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["region", "check", valley]) == 0
    assert "Note: 1 of 2 segments are on no route, e.g. south: no forecast there." in capsys.readouterr().out


def test_show_stars_kosovo(valley: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["region", "show", valley]) == 0
    assert "Serbia – Kosovo*\n" in capsys.readouterr().out


def test_region_left_out_names_those_with_editions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_weeks(Store(tmp_path), 46, compared=False)
    assert run_command(["editions", "list", "--store", str(tmp_path)]) == 0
    assert run_command(["editions", "show", "--store", str(tmp_path)]) == 3
    assert capsys.readouterr().out.count(f"There are editions of: {REGION}. Name one with --region") == 2


def test_ingest_of_nothing_but_bad_rows_fails_and_tells_of_the_other_files(
    valley: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(HEADER + ROW)
    bad.write_text(HEADER + ROW.replace("2026-11-02", "02.11.2026"))
    store = tmp_path / "store"
    assert run_command(["ingest", "csv", str(bad), str(good), "--region", valley, "--store", str(store)]) == 3
    told = capsys.readouterr().out
    assert "csv good.csv: accepted 1, unchanged 0, quarantined 0" in told
    assert "bad.csv: expected figures, no row could be taken (of 1): 1 × period_start is not written as" in told
    assert len(load_observations(Store(store), "valley")) == 1


def test_run_on_a_day_before_all_figures_is_refused_with_their_first_day(
    valley: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "figures.csv").write_text(HEADER + ROW)
    where = ["--region", valley, "--store", str(tmp_path / "store")]
    assert run_command(["ingest", "csv", str(tmp_path / "figures.csv"), *where]) == 0
    assert run_command(["run", "--as-of", "2021-01-01", "--workers", "1", *where]) == 3
    assert "was over on 2021-01-01; the figures begin on 2026-11-02." in " ".join(capsys.readouterr().out.split())


def test_figure_that_became_unknown_is_told_as_such(
    valley: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = (
        HEADER.replace("\n", ",as_of\n") + ROW.replace("\n", ",2026-11-10\n") + ROW.replace("12\n", "<5,2026-11-12\n")
    )
    (tmp_path / "figures.csv").write_text(table)
    where = ["--region", valley, "--store", str(tmp_path / "store")]
    run_command(["ingest", "csv", str(tmp_path / "figures.csv"), *where])
    run_command(["revisions", "--from", "2026-11-11", "--to", "2026-11-13", *where])
    assert "12 → unknown" in capsys.readouterr().out


def test_refused_file_does_not_hide_that_the_one_before_was_taken(
    valley: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(HEADER + ROW)
    bad.write_text("what,when\n1,2\n")
    where = ["--region", valley, "--store", str(tmp_path / "store")]
    assert run_command(["ingest", "csv", str(good), str(bad), *where]) == 3
    assert "csv good.csv: accepted 1, unchanged 0, quarantined 0" in capsys.readouterr().out


def test_quarantine_lists_rows_by_file_and_line(
    valley: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = tmp_path / "=figures.csv", tmp_path / "rows.csv"
    given.write_text(HEADER + ROW + ROW.replace("north", "nowhere").replace(",12", ",7") + ROW.replace("12", "many"))
    where = ["--region", valley, "--store", str(tmp_path / "store")]
    assert run_command(["ingest", "csv", str(given), *where]) == 4  # taken, and more than a twentieth of it refused
    assert run_command(["quarantine", *where, "--out", str(out)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "2 rows in quarantine. csv =figures.csv, line 3" in told
    assert "irregular_crossings 7: " in told
    rows = pd.read_csv(out)
    assert rows["line"].tolist() == [3, 4]
    assert rows["file"].eq("'=figures.csv").all()


def test_region_may_stand_in_the_environment(
    valley: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given, store = tmp_path / "given.csv", tmp_path / "store"
    given.write_text(HEADER + ROW)
    monkeypatch.setenv("ROUTECAST_REGION", valley)
    assert run_command(["ingest", "csv", str(given), "--store", str(store)]) == 0
    assert "accepted 1," in capsys.readouterr().out
    assert len(load_observations(Store(store), "valley")) == 1


def test_version_is_that_of_editions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--version"]) == 0
    assert capsys.readouterr().out == f"routecast {code_version()}\n"
