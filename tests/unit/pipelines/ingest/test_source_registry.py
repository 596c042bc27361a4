"""A source is one module and its name in the registry: nothing else has to know of it."""

import os
import shutil
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.ingest_files import TAKEN
from pipelines.ingest.sources import csv
from pipelines.ingest.sources.registry import MODULES, SOURCES
from pipelines.observations.batches import load_observations
from pipelines.observations.schema import Source
from pipelines.store.paths import Store

ROOT = Path(__file__).resolve().parents[4]
SOURCE_FILES = ROOT / "pipelines" / "ingest" / "sources"
PACKAGES = ("geo", "forecasting", "pipelines", "records", "dashboards", "routecast")
MODULE = '''
"""A coast guard's counts: `week;people`."""

from pathlib import Path

from geo.region.region import Region
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.tables import days, read_csv_text, split_rows
from pipelines.observations.schema import NumberForm, Reading, Source


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    table = read_csv_text(path, required=("week", "people"))
    fixed = {"indicator": "irregular_crossings", "place_kind": "border", "place": "HUN-SRB", "period": "W"}
    count = number_rule(table["people"], **form, where=path.name).read(table["people"])
    figures = table.assign(period_start=days(table["week"]), count=count, **fixed)
    unreadable = figures["count"].isna() & (table["people"] != "")
    good, refused = split_rows(figures, unreadable.map({True: "people is no number", False: ""}))
    return Reading(good[["period_start", "count", "line", *fixed]], refused)


SOURCE = Source(
    id="coast_guard",
    description="A coast guard's counts by week.",
    licence="CC0",
    absence="missing",
    indicators=("irregular_crossings",),
    read=read,
)
'''


def test_a_new_source_is_one_file_and_one_line(tmp_path: Path) -> None:
    code, store = tmp_path / "code", tmp_path / "store"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, code / package, ignore=shutil.ignore_patterns("__pycache__"))
    sources = code / "pipelines" / "ingest" / "sources"
    (sources / "coast_guard.py").write_text(MODULE, encoding="utf-8")
    registry = sources / "registry.py"
    names = registry.read_text(encoding="utf-8")
    names = names.replace('    "csv",\n', '    "coast_guard",\n    "csv",\n')
    registry.write_text(names, encoding="utf-8")
    (tmp_path / "counts.csv").write_text("week;people\n2026-11-02;1 234\n2026-11-09;many\n")
    command = [sys.executable, "-m", "routecast", "ingest", "coast_guard", "counts.csv", "--store", str(store)]
    environment = {**os.environ, "PYTHONPATH": str(code), "PYTHONSAFEPATH": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "coast_guard counts.csv: accepted 1, unchanged 0, quarantined 1" in done.stdout, done.stdout + done.stderr
    kept = load_observations(Store(store), "western_balkans")
    assert kept["count"].iloc[0] == 1234
    assert set(kept["source"]) == {"coast_guard"}


def test_every_source_is_taken_by_its_own_id() -> None:
    mapped = list(SOURCE_FILES.glob("*.yaml"))
    assert len(SOURCES) == len(MODULES) + len(mapped)
    assert set(SOURCES) < set(TAKEN)
    assert len(set(TAKEN)) == len(TAKEN)
    assert all(source.id == name for name, source in SOURCES.items())


@pytest.mark.parametrize("lacking", [f.name for f in fields(Source) if f.default is MISSING])
def test_a_source_that_leaves_something_unsaid_fails_at_import(lacking: str) -> None:
    said = {f.name: getattr(csv.SOURCE, f.name) for f in fields(Source) if f.name != lacking}
    with pytest.raises(TypeError, match=lacking):
        Source(**said)


@pytest.mark.parametrize("wrong", [{"absence": "zero"}, {"id": "no plain name"}])
def test_a_source_that_says_something_impossible_fails_at_import(wrong: dict[str, Any]) -> None:
    said = {f.name: getattr(csv.SOURCE, f.name) for f in fields(Source)}
    with pytest.raises(ValueError, match="expected"):
        Source(**said | wrong)
