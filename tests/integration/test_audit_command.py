"""`routecast audit`, typed as a user types it, and the entries that other commands make."""

import csv
import getpass
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from pipelines.store.paths import open_store
from records.audit import append_entry, check_chain, list_entries
from records.database import Database, open_database
from routecast.cli import run_command
from tests.editions import write_edition
from tests.scenario_editions import put_small

CLOSURE = "name: Closed\nassumptions:\n  - {kind: segment_flow, segment: a-1, factor: 0.1}\n"


def database_of(store: Path) -> Database:
    return open_database(open_store(store).database)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_verify_prints_the_last_hash_and_accepts_it_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = append_entry(database_of(tmp_path), "viewed", user="ana").hash
    assert run_command(["audit", "verify", "--store", str(tmp_path)]) == 0
    assert f"The audit trail is whole: 1 entries. Last hash: {head}" in said(capsys)
    append_entry(database_of(tmp_path), "viewed", user="ben")
    assert run_command(["audit", "verify", "--store", str(tmp_path), "--expect", head]) == 0


def test_verify_names_a_changed_entry_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for user in ("ana", "ben", "eva"):
        append_entry(database_of(tmp_path), "viewed", user=user)
    with database_of(tmp_path).writing() as connection:
        connection.execute(text("DROP TRIGGER audit_keep_update"))
        connection.execute(text("UPDATE audit SET \"user\" = 'eva' WHERE id = 2"))
    assert run_command(["audit", "verify", "--store", str(tmp_path)]) == 3
    assert "entry 2: its content was changed after it was written. The audit trail is broken" in said(capsys)


def test_verify_finds_an_end_cut_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = [append_entry(database_of(tmp_path), "viewed", user=user) for user in ("ana", "ben")][-1].hash
    with database_of(tmp_path).writing() as connection:
        connection.execute(text("DROP TRIGGER audit_keep_delete"))
        connection.execute(text("DELETE FROM audit WHERE id = 2"))
    assert run_command(["audit", "verify", "--store", str(tmp_path), "--expect", head]) == 3
    assert "the end was cut off" in said(capsys)


def test_list_shows_who_did_what_with_which_edition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append_entry(
        database_of(tmp_path),
        "exported",
        user="ana",
        role="planner",
        region="wb",
        edition="2026-W46",
        profile="partner",
        detail={"file": "a.csv"},
    )
    assert run_command(["audit", "list", "--store", str(tmp_path)]) == 0
    assert 'ana (planner) exported wb 2026-W46 partner {"file":"a.csv"}' in said(capsys)


def test_unknown_action_names_the_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["audit", "list", "--action", "looked", "--store", str(tmp_path)]) == 2
    assert "no action 'looked'. There are: log_in, log_out" in said(capsys)


@pytest.mark.asvs("V16.2.4")
def test_exported_lines_are_a_chain_that_anybody_can_check(tmp_path: Path) -> None:
    from datetime import datetime  # noqa: PLC0415

    from records.audit import AuditEntry  # noqa: PLC0415

    for user in ("ana", "Бен"):
        append_entry(database_of(tmp_path), "viewed", user=user)
    out = tmp_path / "trail.jsonl"
    assert run_command(["audit", "export", "--json", "--out", str(out), "--store", str(tmp_path)]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    entries = [AuditEntry(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]
    assert check_chain(entries).problems == ()


def test_exported_table_holds_no_formula(tmp_path: Path) -> None:
    append_entry(database_of(tmp_path), "viewed", user="=cmd|'/C calc'!A0")
    out = tmp_path / "trail.csv"
    assert run_command(["audit", "export", "--out", str(out), "--store", str(tmp_path)]) == 0
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
    assert row["user"] == "'=cmd|'/C calc'!A0"


@pytest.mark.parametrize("words", [["export", "--format", "csv"], ["briefing"]], ids=lambda w: w[0])
def test_taking_an_edition_along_leaves_an_entry(tmp_path: Path, words: list[str]) -> None:
    folder = write_edition(tmp_path)
    assert run_command([*words, "--store", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    (entry,) = list_entries(database_of(tmp_path))
    assert (entry.action, entry.user, entry.role) == ("exported", getpass.getuser(), "command")
    assert (entry.region, entry.edition, entry.profile) == ("western_balkans", folder.name, "internal")


@pytest.mark.parametrize(
    ("words", "file"),
    [(["export", "--format", "csv"], "README.md"), (["briefing"], "*briefing.html")],
    ids=["export", "briefing"],
)
def test_what_is_taken_along_says_by_whom_and_when(tmp_path: Path, words: list[str], file: str) -> None:
    write_edition(tmp_path)
    assert run_command([*words, "--store", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    (found,) = (tmp_path / "out").rglob(file)
    assert f"Profile: internal. Downloaded by {getpass.getuser()} on 20" in found.read_text(encoding="utf-8")


def test_scenario_leaves_an_entry_with_the_names_of_its_files_but_no_persons(tmp_path: Path) -> None:
    pack, store = put_small(tmp_path)
    (tmp_path / "closure-Markova.yaml").write_text(CLOSURE, encoding="utf-8")
    words = ["scenario", "run", str(tmp_path / "closure-Markova.yaml"), "--region", str(pack), "--store", str(store)]
    assert run_command(words) == 0
    (entry,) = list_entries(database_of(store))
    assert (entry.action, entry.detail) == ("scenario_run", '{"files":["closure-….yaml"]}')


def test_what_can_not_be_recorded_is_not_exported(tmp_path: Path) -> None:
    write_edition(tmp_path)
    (tmp_path / "database.sqlite").mkdir()
    assert run_command(["export", "--format", "csv", "--store", str(tmp_path), "--out", str(tmp_path / "out")]) == 3
    assert not (tmp_path / "out").exists()
