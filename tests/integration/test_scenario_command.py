"""`routecast scenario`, typed as a user types it, on a small edition."""

from pathlib import Path

import pytest

from routecast.cli import run_command
from tests.scenario_editions import put_small

CLOSURE = "name: Closed\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: 0.1, ramp_periods: 2}\n"
MORE = "name: More\nassumptions:\n  - {kind: inflow, factor: [1.1, 1.4]}\n"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    pack, store = put_small(tmp_path)
    (tmp_path / "closure.yaml").write_text(CLOSURE, encoding="utf-8")
    (tmp_path / "more.yaml").write_text(MORE, encoding="utf-8")
    return ["--region", str(pack), "--store", str(store)]


def test_compare_prints_tables_and_the_caveat_and_writes_files(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / name) for name in ("closure.yaml", "more.yaml")]
    assert (
        run_command(["scenario", "compare", *files, "--edition", "latest", "--out", str(tmp_path / "out"), *words]) == 0
    )
    said = " ".join(capsys.readouterr().out.split())
    assert "Closed · segments that change most" in said
    assert "SYNTHETIC DATA" in said
    assert "not a prediction of what a measure will cause" in said
    written = {p.name for p in (tmp_path / "out").iterdir()}
    assert {
        "differences.csv",
        "differences.parquet",
        "pairs.csv",
        "ledger.csv",
        "waiting.csv",
        "displacement.csv",
        "movement.csv",
        "small_multiples.svg",
        "about.txt",
    } <= written


def test_run_sets_each_beside_the_baseline_alone(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["scenario", "run", str(tmp_path / "closure.yaml"), *words]) == 0
    assert "against each other" not in capsys.readouterr().out


def test_displacement_names_the_alternative(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["scenario", "displacement", "a-1", *words]) == 0
    assert "a-2" in capsys.readouterr().out


def test_unknown_segment_is_refused_with_the_nearest(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_text(CLOSURE.replace("a-1", "a-11"), encoding="utf-8")
    assert run_command(["scenario", "run", str(tmp_path / "bad.yaml"), *words]) == 3
    assert "Did you mean 'a-1'?" in " ".join(capsys.readouterr().out.split())


def test_two_scenarios_of_one_name_are_wrong_usage(tmp_path: Path, words: list[str]) -> None:
    assert run_command(["scenario", "compare", *[str(tmp_path / "closure.yaml")] * 2, *words]) == 2


def test_shipped_examples_are_understood_on_the_built_in_region() -> None:
    import pandas as pd  # noqa: PLC0415

    from geo.pack.load import load_region  # noqa: PLC0415
    from pipelines.scenarios.read_file import Scope, load_scenario  # noqa: PLC0415

    starts = pd.date_range("2026-11-16", periods=12, freq="7D")
    scope = Scope(load_region("western_balkans"), starts, starts + pd.Timedelta(days=6))
    files = sorted((Path(__file__).resolve().parents[2] / "docs" / "scenarios").glob("*.yaml"))
    assert len(files) >= 2
    assert all(load_scenario(path, scope).assumptions for path in files)


def test_displacement_without_a_segment_prints_all_and_writes_the_matrix(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    import pandas as pd  # noqa: PLC0415

    assert run_command(["scenario", "displacement", "--out", str(tmp_path / "out"), *words]) == 0
    assert "a-1" in capsys.readouterr().out
    written = pd.read_csv(tmp_path / "out" / "displacement.csv")
    assert written.groupby("segment")["share"].sum().tolist() == pytest.approx([1.0, 1.0], abs=1e-3)


def test_displacement_of_an_unknown_segment_is_wrong_usage(words: list[str]) -> None:
    assert run_command(["scenario", "displacement", "zzz", *words]) == 2


def test_allocation_says_so_where_no_places_are_forecast(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["allocation", "--places", "10", *words]) == 2
    assert "forecasts none" in " ".join(capsys.readouterr().out.split())
