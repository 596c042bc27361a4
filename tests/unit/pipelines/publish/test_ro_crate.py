"""An export says of itself what it is, from what, by what, and who approved it."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.editions.edition import Edition
from pipelines.publish.export import export_edition
from pipelines.publish.export.ro_crate import CRATE
from records.decisions import EditionEvent
from tests.editions import write_edition

NOTES = ["Routecast · edition 2026-W46", "Detections are not persons."]
APPROVED = EditionEvent("r", "e", "approved", "Ana", "checked", datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("store")
    return Edition(write_edition(folder, n_segments=3, indicators=("irregular_crossings",), horizon=2))


def crate(folder: Path) -> dict[str, dict[str, Any]]:
    """The entities of an export's crate by id."""
    return {e["@id"]: e for e in json.loads((folder / CRATE).read_text())["@graph"]}


@pytest.mark.parametrize("fmt", ["hubverse", "csv"])
def test_every_file_of_an_export_is_described_with_its_checksum(edition: Edition, fmt: str, tmp_path: Path) -> None:
    folder = export_edition(edition, fmt, tmp_path, notes=NOTES)
    found = crate(folder)
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != CRATE}
    assert {part["@id"] for part in found["./"]["hasPart"]} == set(files)
    for name, path in files.items():
        assert found[name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest(), name


def test_a_crate_names_all_that_it_refers_to(edition: Edition, tmp_path: Path) -> None:
    found = crate(export_edition(edition, "csv", tmp_path, notes=NOTES, approved=APPROVED))
    text = json.dumps([{k: v for k, v in e.items() if k not in ("@id", "conformsTo")} for e in found.values()])
    referred = {part.split('"')[0] for part in text.split('{"@id": "')[1:]}
    assert referred
    assert referred <= set(found)


def test_a_crate_says_from_what_under_which_licence_and_by_what(edition: Edition, tmp_path: Path) -> None:
    found = crate(export_edition(edition, "csv", tmp_path, notes=NOTES))
    inputs = {found[one["@id"]]["sha256"] for one in found["./"]["isBasedOn"]}
    assert inputs == {one["sha256"] for one in edition.manifest["inputs"]}
    assert found["#licences"]["description"] == "csv: as agreed with the sender"
    assert found["./"]["description"] == NOTES[1]
    assert found["#run"]["instrument"] == {"@id": "#routecast"}


def test_who_approved_is_told_where_it_is_given(edition: Edition, tmp_path: Path) -> None:
    with_it = crate(export_edition(edition, "csv", tmp_path / "a", notes=NOTES, approved=APPROVED))
    assert with_it[with_it["#approval"]["agent"]["@id"]]["name"] == "Ana"
    assert "#approval" not in crate(export_edition(edition, "csv", tmp_path / "b", notes=NOTES))
