"""`python -m benchmarks.attack`: the attack on a store's derived editions keeps its result where the documents look."""

from pathlib import Path

import pytest

from benchmarks.attack.__main__ import main
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.disclosure import approve_small
from tests.editions import write_edition

ID = "2026-W46"


@pytest.mark.slow
def test_attack_says_what_it_found_and_safeguards_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_edition(tmp_path, n_segments=14, seed=3, indicators=("irregular_crossings",))
    approve_small(Store(tmp_path), ID)
    assert main([str(tmp_path), "--periods", "2"]) == 0
    printed = capsys.readouterr().out
    assert "0 bounded too narrowly" in printed
    assert f"Editions {ID}; narrowest interval " in printed
    assert run_command(["safeguards", "--store", str(tmp_path)]) == 0
    assert printed.splitlines()[0].partition(": ")[2] in capsys.readouterr().out


def test_nothing_to_attack_is_told_by_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 3
    assert "there is none to attack" in capsys.readouterr().err
