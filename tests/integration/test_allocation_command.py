"""`routecast allocation`, typed as a user types it, on a small edition with reception places."""

from pathlib import Path

import pandas as pd
import pytest

from geo.pack.load import load_region
from routecast.cli import run_command
from tests.scenario_editions import PACK, put_edition

STOCK = "indicators: {irregular_crossings: {unit: detections}, reception_occupied: {unit: places, kind: stock}}"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    pack = tmp_path / "small"
    pack.mkdir()
    text = PACK.replace("indicators: {irregular_crossings: {unit: detections}}", STOCK)
    (pack / "region.yaml").write_text(text, encoding="utf-8")
    put_edition(tmp_path / "store", region=load_region(str(pack)), places={"a-1": 35.0, "a-2": None})
    return ["--region", str(pack), "--store", str(tmp_path / "store")]


def test_allocation_prints_what_lacks_before_and_after_and_writes_the_table(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["allocation", "--places", "4", "--out", str(tmp_path / "out"), *words]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "not stated" in said
    assert "with 4 further ones" in said
    assert "One more place would save" in said
    assert pd.read_csv(tmp_path / "out" / "allocation.csv")["places"].sum() == 4


def test_allocation_on_a_scenario_carries_the_caveat(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "more.yaml"
    scenario.write_text("name: More\nassumptions:\n  - {kind: inflow, factor: 1.5}\n", encoding="utf-8")
    assert run_command(["allocation", "--places", "4", "--scenario", str(scenario), *words]) == 0
    assert "not a prediction" in " ".join(capsys.readouterr().out.split())


def test_allocation_of_unknown_places_is_wrong_usage(words: list[str]) -> None:
    assert run_command(["allocation", "--places", "4", "--indicator", "beds", *words]) == 2
