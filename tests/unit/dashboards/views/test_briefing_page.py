"""The briefing's page: sections ticked off, judgements edited before approval."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.server.visitor import LOCAL
from dashboards.wording import access, records, records as texts
from pipelines.publish.release.audit_heads import keep_head
from pipelines.store.paths import open_store
from records.audit import list_entries
from records.database import open_database
from records.decisions import FOR_PARTNERS, add_event, current_edits, partner_edits
from tests.editions import seal, write_edition
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


def test_draft_says_where_it_is_approved_to_those_who_may(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    assert access.APPROVE_HERE in [link.label for link in page.get("page_link")]
    assert records.OTHERS_READ in shown(page)
    monkeypatch.setattr("dashboards.components.approval_panel.visitor", lambda: replace(LOCAL, role="analyst"))
    page.run()
    assert access.APPROVE_HERE not in [link.label for link in page.get("page_link")]


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
    assert not page.text_area  # nothing was derived for partners either


@pytest.fixture
def approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of an approved edition, with what partners get of it."""
    folder = write_edition(tmp_path)
    place = open_store(tmp_path)
    derived = place.profiles("partner", "western_balkans") / folder.name
    shutil.copytree(folder, derived)
    manifest = json.loads((derived / "manifest.json").read_text(encoding="utf-8"))
    seal(derived, {**manifest, "profile": "partner", "available_from": "2999-01-01"})
    add_event(open_database(place.database), "western_balkans", folder.name, "approved", user="ana", note="looked at")
    keep_head(place)
    return open_app(tmp_path, monkeypatch, page="briefing")


def test_text_for_partners_is_kept_once_it_was_looked_at_again_and_stands_in_the_trail(
    approved: AppTest, tmp_path: Path
) -> None:
    assert texts.EDIT_PARTNERS_NOTE in shown(approved)
    approved.text_area[0].set_value("Eased, 987654 by hearsay.").run()
    (warning,) = approved.warning
    assert "987654" in str(warning.value)
    keep = f"{FOR_PARTNERS}edit_keep"
    assert approved.button(key=keep).disabled
    approved.checkbox(key=f"edit_checked {approved.text_area[0].value}").check().run()
    approved.button(key=keep).click().run()
    assert not approved.exception
    database = open_database(open_store(tmp_path).database)
    (edit,) = partner_edits(database, "western_balkans", "2026-W46").values()
    assert (edit.part, edit.text, edit.user) == (f"{FOR_PARTNERS}judgement:1", "Eased, 987654 by hearsay.", "local")
    (entry,) = list_entries(database, action="briefing_edited")
    assert "Eased, 987654 by hearsay." in entry.detail


def test_text_that_is_changed_after_it_was_looked_at_must_be_looked_at_again(approved: AppTest) -> None:
    approved.text_area[0].set_value("Eased.").run()
    approved.checkbox(key="edit_checked Eased.").check().run()
    assert not approved.button(key=f"{FOR_PARTNERS}edit_keep").disabled
    approved.text_area[0].set_value("Eased by far.").run()
    assert approved.button(key=f"{FOR_PARTNERS}edit_keep").disabled


def test_who_may_not_approve_is_given_no_form_for_partners(approved: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.components.briefing_editor.visitor", lambda: replace(LOCAL, role="analyst"))
    approved.run()
    assert texts.EDIT_APPROVED in shown(approved)
    assert not approved.text_area
