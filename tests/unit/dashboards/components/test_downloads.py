"""Files to take along: no formulas, the caveats inside, and the numbers that the page showed."""

import contextlib
import io
import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from matplotlib.image import imread

from dashboards.briefing.document import briefing_document
from dashboards.briefing.formats import FORMATS
from dashboards.components import downloads
from dashboards.components.downloads import _edition_file, _shares, briefing_bytes, csv_bytes
from dashboards.components.map_panel import ranking_table
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.file_notes import notes_of
from dashboards.figures.svg.differences import difference_map
from dashboards.wording import pages as texts
from geo.pack.load import load_region
from geo.region.region import KOSOVO_FOOTNOTE
from pipelines.editions.edition import Edition
from pipelines.publish.export.dictionary import RISK
from pipelines.publish.export.spreadsheets import workbook_bytes
from pipelines.store.paths import open_store
from records.database import open_database
from records.decisions import add_event
from tests.editions import write_edition
from tests.office import words_of

MARK = "Profile: partner. Downloaded by ana@example.org on 2026-11-16 09:30 UTC."
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "Subotica"]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return Facts(Edition(write_edition(tmp_path_factory.mktemp("store"))))


def test_csv_has_no_cell_that_a_spreadsheet_takes_for_a_formula() -> None:
    read = pd.read_csv(io.BytesIO(csv_bytes(pd.DataFrame({"=place": EVIL}))), dtype=str)
    assert [str(v)[0] for v in [*read.columns, *read.iloc[:, 0]]] == ["'"] * 6 + ["S"]


def test_workbook_carries_mark_caveat_units_purpose_and_footnote(facts: Facts) -> None:
    made = workbook_bytes(pd.DataFrame({"a": [1]}), notes_of(facts.edition, MARK), sheet=texts.SHEET)
    notes = [row[0].value for row in openpyxl.load_workbook(io.BytesIO(made))["Read me"].iter_rows()]
    assert [note for note in notes if "irregular_crossings – " in note and ", detections" in note]
    assert {MARK, texts.SYNTHETIC, texts.DETECTIONS, KOSOVO_FOOTNOTE} <= set(notes)
    assert [note for note in notes if note.startswith("Purpose: ")]
    assert facts.edition.id in notes[0]


def test_saved_ranking_holds_numbers_and_says_what_each_column_means(facts: Facts) -> None:
    made = workbook_bytes(ranking_table(facts), ["note"], sheet=texts.SHEET, dictionary=RISK)
    read = pd.read_excel(io.BytesIO(made), sheet_name=None)
    assert read[texts.SHEET]["q50"].to_numpy() == pytest.approx(facts.ranked["q50"].to_numpy())
    assert set(read[texts.SHEET]) <= set(read["Read me"]["note"])


def test_columns_of_per_cents_are_shares_and_ranges_of_them_are_none() -> None:
    shown = pd.DataFrame(
        {"place": ["63 % more", "Ada"], "share": ["no data", "63 %"], "for": ["55–75 %", "–"], "n": [1, 2]}
    )
    assert _shares(shown) == ["share"]


def test_map_is_saved_as_a_light_picture_under_a_title_that_says_what_it_is(
    facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[tuple[str, bytes]] = []
    monkeypatch.setattr(downloads, "_button", lambda _, make, name, __: offered.append((name, make(MARK))))
    titles: list[str] = []

    def draw(title: str) -> bytes | None:
        titles.append(title)
        table = pd.DataFrame({"scenario": "A", "level": "segment", "segment": ["HUN-SRB-02"], "difference_mean": [9.0]})
        return difference_map(table, load_region("western_balkans"), scenario="A", title=title)

    downloads.offer_map(facts, "a", "A: difference in week 49", draw=draw)
    ((name, picture),) = offered
    assert name.endswith("-a-map.png")
    assert imread(io.BytesIO(picture))[..., :3].mean() > 0.8  # of white
    assert titles == [f"SYNTHETIC DATA · A: difference in week 49. Routecast, edition {facts.edition.id}"]


def test_saved_ranking_has_the_star(facts: Facts) -> None:
    own = Facts(facts.edition)
    own.__dict__["ranked"] = facts.ranked.assign(name="between Serbia and Kosovo")
    assert set(ranking_table(own)["name"]) == {"between Serbia and Kosovo*"}


def test_geopackage_of_the_map_holds_every_row_of_the_risk_table(facts: Facts, tmp_path: Path) -> None:
    import geopandas as gpd  # noqa: PLC0415

    path = tmp_path / "map.gpkg"
    path.write_bytes(_edition_file(facts, "geopackage", ".gpkg")(MARK))
    with contextlib.closing(sqlite3.connect(path)) as package:
        ((description,),) = package.execute("SELECT description FROM gpkg_contents").fetchall()
    assert MARK in description
    read = gpd.read_file(path)
    assert len(read) == len(facts.edition.risk)
    assert read.crs.to_epsg() == 4326


@pytest.mark.parametrize("fmt", FORMATS)
def test_briefing_that_is_taken_along_carries_its_mark_and_its_approval(
    facts: Facts, fmt: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    edition, document = facts.edition, briefing_document(facts.edition)
    draft = briefing_bytes(edition, document, fmt, MARK)
    assert MARK in words_of(draft, fmt)
    assert "Nobody has approved this edition." in words_of(draft, fmt)
    database = open_database(open_store(tmp_path).database)
    add_event(database, edition.region_id, edition.id, "approved", user="ana", note="looked at")
    assert "Approved by ana on " in words_of(briefing_bytes(edition, document, fmt, MARK), fmt)
