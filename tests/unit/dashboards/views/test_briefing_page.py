"""The briefing's page: sections ticked off, judgements edited before approval."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.wording import records as texts
from pipelines.store.paths import open_store
from records.database import open_database
from records.decisions import add_event, current_edits
from tests.editions import write_edition
from tests.unit.dashboards.views.test_pages import open_app, shown


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    write_edition(tmp_path)
    return open_app(tmp_path, monkeypatch, page="briefing")


def test_section_that_is_ticked_off_stands_in_the_address_and_is_ticked_again(page: AppTest) -> None:
    assert not page.exception
    page.checkbox(key="box_without_alerts").uncheck().run()
    page.checkbox(key="box_without_data").uncheck().run()
    assert page.query_params["without"] == "alerts,data"
    assert not page.checkbox(key="box_without_alerts").value
    page.checkbox(key="box_without_alerts").check().run()
    assert page.query_params["without"] == "data"


def test_edited_judgement_is_kept_with_what_was_generated_and_ends_with_the_approval(
    page: AppTest, tmp_path: Path
) -> None:
    page.text_area[0].set_value("Sharper words.")
    page.button(key="edit_keep").click().run()
    assert not page.exception
    database = open_database(open_store(tmp_path).database)
    (edit,) = current_edits(database, "western_balkans", "2026-W46").values()
    assert (edit.part, edit.text) == ("judgement:1", "Sharper words.")
    assert edit.generated.endswith(".")
    assert page.text_area[0].value == "Sharper words."
    page.text_area[0].set_value(edit.generated)
    page.button(key="edit_keep").click().run()
    assert current_edits(database, "western_balkans", "2026-W46") == {}
    add_event(database, "western_balkans", "2026-W46", "approved", user="ana", note="looked at")
    page.run()
    assert texts.EDIT_APPROVED in shown(page)
    assert not page.text_area
