"""`routecast safeguards`, typed as a user types it: the state of things, and an edition's documents."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboards.wording.safeguards import DATA_OPEN, IMPACT_OPEN, MODEL_OPEN
from pipelines.store.paths import open_store
from records.audit import append_entry
from records.database import open_database
from records.decisions import add_event
from routecast.cli import run_command
from tests.editions import write_edition

REGION, EDITION = "western_balkans", "2026-W46"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    write_edition(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def documents(store: Path) -> dict[str, str]:
    out = store / "documents"
    assert run_command(["safeguards", "documents", EDITION, "--out", str(out), "--store", str(store)]) == 0
    return {p.stem.rpartition("W46-")[2]: p.read_text(encoding="utf-8") for p in out.iterdir()}


def test_state_of_a_new_store_says_what_was_never_done(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["safeguards", "--store", str(store)]) == 0
    told = said(capsys)
    assert "counts from 1 to 9 are withheld from partners and the public" in told
    assert "Attack test never run on this store" in told
    assert f"drafts: {EDITION}" in told
    assert "on hold: none" in told
    assert "none: a single user on this machine" in told
    assert "whole, 0 entries" in told


def test_state_names_decisions_holds_and_the_attacks_result(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = open_database(open_store(store).database)
    add_event(database, REGION, EDITION, "approved", user="ana", note="checked")
    add_event(database, REGION, EDITION, "held", user="ana", note="a case")
    (store / "safeguards").mkdir()
    found = {"when": "2026-11-20", "cells": 1200, "nationalities": 30, "tried": 7, "narrow": 0}
    (store / "safeguards" / "attack.json").write_text(json.dumps(found), encoding="utf-8")
    assert run_command(["safeguards", "--store", str(store)]) == 0
    told = said(capsys)
    assert f"{EDITION}: approved by ana on " in told
    assert f"on hold: {EDITION}" in told
    assert "2026-11-20: 1,200 cells attacked (30 by nationality group) and 7 tried against forecasts, 0 bounded" in told


def test_broken_trail_is_told_by_the_exit_code(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = open_database(open_store(store).database)
    append_entry(database, "viewed", user="ana")
    with database.writing() as connection:
        connection.execute(text("DROP TRIGGER audit_keep_update"))
        connection.execute(text("UPDATE audit SET edition = 'x'"))
    assert run_command(["safeguards", "--store", str(store)]) == 3
    assert "BROKEN, 1 entries" in said(capsys)


def test_documents_state_what_is_known_and_leave_the_rest_open(store: Path) -> None:
    made = documents(store)
    assert set(made) == {"model-card", "data-sheet", "impact-record"}
    for name, questions in (("model-card", MODEL_OPEN), ("data-sheet", DATA_OPEN), ("impact-record", IMPACT_OPEN)):
        assert made[name].count("**Open** (nobody has stated it): ") == len(questions)
        assert "SYNTHETIC DATA" in made[name]
        assert "UNSCR 1244" in made[name]
    assert "draft: approved by nobody" in made["impact-record"]


def test_approval_stands_in_the_impact_record(store: Path) -> None:
    database = open_database(open_store(store).database)
    add_event(database, REGION, EDITION, "approved", user="ana", note="figures checked")
    assert "approved by ana on " in documents(store)["impact-record"]


def test_documents_are_the_same_for_the_same_edition(store: Path) -> None:
    assert documents(store) == documents(store)
