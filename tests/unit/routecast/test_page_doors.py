"""An edition that is approved from a page: what the page is told meanwhile, and what it is told of a failure."""

from pathlib import Path

import pytest

from pipelines.editions.edition import EditionError
from pipelines.store.paths import Store
from routecast.terminal.page_doors import approve_apart


def approved_by(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is told of an approval by a program that does nothing but what the script does."""
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setattr("routecast.terminal.page_doors.sys.executable", str(program))
    told: list[tuple[str, str]] = []

    def progress(stage: str, far: str) -> None:
        """Remember it."""
        told.append((stage, far))

    approve_apart(Store(folder), "western_balkans", "2026-W46", user="ana", note="checked", progress=progress)
    return told


def test_page_is_told_each_stage_and_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "\n".join(
        [
            "echo 'indicators protected: 10' >&2",
            "echo '2026-12-01 08:17:42,173 - distributed.nanny - WARNING - still alive' >&2",
            "sleep 1",
            "echo 'forecasts of crossings: 85/341 (25 %), about 2 min left' >&2",
        ]
    )
    assert approved_by(script, tmp_path, monkeypatch) == [
        ("indicators protected", ""),
        ("forecasts of crossings", "85/341 (25 %), about 2 min left"),
    ]


def test_failed_approval_says_what_the_command_said_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo 'derived editions: 2' >&2\necho '2026-W46: approved already by ben.' >&2\nexit 3"
    with pytest.raises(EditionError, match=r"^2026-W46: approved already by ben\.$"):
        approved_by(script, tmp_path, monkeypatch)
