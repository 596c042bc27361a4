"""What stands at the head of a briefing: its issue, who approved it, and what to prepare."""

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from dashboards.briefing.document import briefing_document, without
from dashboards.briefing.formats import FORMATS, render
from dashboards.briefing.issue import about_lines, issue
from dashboards.briefing.model import Bullets, Document, Heading, Judgement
from dashboards.briefing.preparation import PrepareLine, lines_of
from dashboards.edition_view.facts import Facts, route_links
from dashboards.wording.briefing import RECOMMEND_UNKNOWN
from geo.pack.load import builtin_region
from pipelines.editions.edition import Edition
from records.database import Database, open_database
from records.decisions import FOR_PARTNERS, EditionEvent, add_event, edit_briefing
from records.lines_and_notes import LineKey, LineVerb, act_on_line
from tests.editions import write_edition
from tests.office import words_of
from tests.unit.dashboards.briefing.test_briefing_document import changed


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(write_edition(tmp_path_factory.mktemp("store")))


def decided(edition: Edition, kind: str) -> EditionEvent:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    return EditionEvent(edition.region_id, edition.id, kind, "ana", "looked at", at)  # type: ignore[arg-type]


def test_draft_says_that_nobody_approved_it(edition: Edition) -> None:
    assert about_lines(edition) == (
        "Issue 46/2026 · draft, not issued yet",
        "Nobody has approved this edition. Who may, does so on the dashboard's page Account.",
        "Contact: not stated.",
    )


def test_approved_edition_is_issued_on_the_day_of_its_approval(edition: Edition) -> None:
    issue, approval, _ = about_lines(edition, decided(edition, "approved"))
    assert (issue, approval) == ("Issue 46/2026 · issued on 20 November 2026", "Approved by ana on 20 November 2026.")


def test_withdrawn_edition_is_no_issue(edition: Edition) -> None:
    issue, approval, _ = about_lines(edition, decided(edition, "withdrawn"))
    assert issue == "Issue 46/2026"
    assert approval.startswith("Withdrawn by ana on 20 November 2026")


def test_public_is_told_the_day_and_no_name_and_the_contact_of_the_pack(tmp_path: Path) -> None:
    stated = {"profile": "public", "contact": "Analysis unit, analysis@example.org"}
    edition = Edition(write_edition(tmp_path, manifest=stated))
    assert about_lines(edition)[0] == "Issue 46/2026"
    told = about_lines(edition, decided(edition, "approved"))
    assert "ana " not in " ".join(told)
    assert told[2] == "Contact: Analysis unit, analysis@example.org."


def section(document: Document, key: str, *, block: int = 1) -> list[str]:
    at = next(i for i, b in enumerate(document.blocks) if isinstance(b, Heading) and b.key == key)
    bullets = document.blocks[at + block]
    assert isinstance(bullets, Bullets)
    return [item.text for item in bullets.items]


def test_first_page_recommends_what_to_prepare_by_when_and_for_whom(edition: Edition) -> None:
    lines = section(briefing_document(edition), "preparation")
    assert any(
        re.search(r"plan for more than the \d+ \w+ a week .* (from|since) week \d+ .* For: ", line) for line in lines
    )
    assert any(line.startswith("Tell early") for line in lines)


def test_sentences_are_free_of_jargon_and_empty_ranges(edition: Edition) -> None:
    """The words of a method stand in the method's box alone."""
    blocks = briefing_document(edition).blocks
    text = repr([b for b in blocks if getattr(b, "title", "") != "Method in brief"])
    assert not re.search(r"0 a week \(0–?0?\)|as it would have been made|false discovery|Benjamini|WIS", text)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(f"sqlite:///{tmp_path / 'database.sqlite'}")


def written(database: Database, edition: Edition, part: str, text: str) -> None:
    edit_briefing(database, edition.region_id, edition.id, part, text, user="eva")


@pytest.mark.parametrize("fmt", FORMATS)
def test_edited_and_generated_text_stand_apart_in_every_format(edition: Edition, database: Database, fmt: str) -> None:
    generated = briefing_document(edition)
    written(database, edition, "judgement:1", "Sharper words.")
    written(database, edition, "comment:points", "Seen by the patrols too.")
    words = words_of(render(issue(generated, edition, database), fmt), fmt)
    first = next(b for b in generated.blocks if isinstance(b, Judgement)).statement.text
    assert "Sharper words." in words
    assert "Edited by eva on " in words
    assert f"As generated: {first}" in words
    assert "Comment by eva, " in words
    assert "Seen by the patrols too." in words


def test_what_is_written_after_approval_does_not_count(edition: Edition, database: Database) -> None:
    written(database, edition, "judgement:1", "Before.")
    add_event(database, edition.region_id, edition.id, "approved", user="ana", note="looked at")
    written(database, edition, "judgement:1", "After.")
    judgement = next(b for b in issue(briefing_document(edition), edition, database).blocks if isinstance(b, Judgement))
    assert judgement.edited == "Before."


@pytest.mark.parametrize("fmt", FORMATS)
def test_shortened_briefing_says_that_a_section_it_is_without_has_a_comment(
    edition: Edition, database: Database, fmt: str
) -> None:
    """Slides are without it whatever is left out."""
    written(database, edition, "comment:alerts", "Two were false.")
    short = issue(without(briefing_document(edition), ["alerts"]), edition, database)
    said = words_of(render(short, fmt), fmt)
    assert "Comments on these stand in the full one: Alerts." in said
    assert "Two were false." not in said
    whole = words_of(render(issue(briefing_document(edition), edition, database), fmt), fmt)
    assert ("Comments on these stand in the full one: Alerts." in whole) is (fmt == "pptx")


def taken(database: Database, edition: Edition, key: LineKey, action: LineVerb = "taken", note: str = "") -> None:
    said = "what it said then"
    act_on_line(database, edition.region_id, edition.id, key, action, said=said, user="eva", note=note)


def a_line(edition: Edition) -> PrepareLine:
    links = route_links(builtin_region(edition.region_id))
    return next(line for line in lines_of(Facts(edition), "segment:HUN-SRB-02", links) if line.key.kind == "capacity")


def test_line_says_what_by_when_for_how_many_and_whose_it_is_as_page_one_does(edition: Edition) -> None:
    line, page_one = a_line(edition), section(briefing_document(edition), "preparation")
    assert line.sentence.text in page_one
    found = re.fullmatch(
        r"Plan for more than the (\d+) (\w+) a week that are planned; by when: (.*); for how many: about ([\d,]+) more "
        r"than planned, in all over 12 weeks; for: (.*)",
        line.in_one,
    )
    assert found is not None
    assert all(part in line.sentence.text for part in found.groups())


@pytest.mark.parametrize("fmt", FORMATS)
def test_open_lines_stand_in_every_format_with_who_has_them(edition: Edition, database: Database, fmt: str) -> None:
    line = a_line(edition)
    taken(database, edition, line.key)
    taken(database, edition, line.key, "commented", "two <b>teams</b> asked for")
    words = words_of(render(issue(briefing_document(edition), edition, database), fmt), fmt)
    assert f"Under way, Horgoš – Röszke: {line.what}" in words
    assert "taken by eva, " in words
    assert "two <b>teams</b> asked for" in words


def test_closed_lines_and_what_was_taken_after_approval_do_not_stand_in_it(
    edition: Edition, database: Database
) -> None:
    line = a_line(edition)
    taken(database, edition, line.key)
    taken(database, edition, line.key, "closed", "done")
    generated = briefing_document(edition)
    assert issue(generated, edition, database).blocks == generated.blocks
    add_event(database, edition.region_id, edition.id, "approved", user="ana", note="looked at")
    taken(database, edition, line.key, "reopened")
    assert issue(generated, edition, database).blocks == generated.blocks


def test_line_that_the_edition_asks_for_no_more_stands_as_it_was_until_closed(
    edition: Edition, database: Database
) -> None:
    gone = LineKey("places", "segment:HUN-SRB-02", "nothing_that_is_counted")
    taken(database, edition, gone)
    told = section(issue(briefing_document(edition), edition, database), "preparation", block=2)
    assert [line.partition(" – taken")[0] for line in told] == [
        "Under way, Horgoš – Röszke: what it said then (this edition asks for it no more)"
    ]
    taken(database, edition, gone, "closed", "done")
    assert "what it said then" not in repr(issue(briefing_document(edition), edition, database))


def test_partners_get_nothing_of_what_planners_have_under_way(tmp_path: Path, database: Database) -> None:
    edition = Edition(write_edition(tmp_path / "store", manifest={"profile": "partner"}))
    taken(database, edition, a_line(edition).key, "commented", "Counts of 3 at A.")
    assert "Under way" not in repr(issue(briefing_document(edition), edition, database))


def test_partners_get_nothing_of_what_analysts_write_on_the_whole_edition(tmp_path: Path, database: Database) -> None:
    edition = Edition(write_edition(tmp_path / "store", manifest={"profile": "partner"}))
    written(database, edition, "judgement:1", "Counts of 3 at A.")
    document = issue(briefing_document(edition), edition, database)
    assert "Counts of 3" not in repr(document)
    assert document.handling == "PARTNERS ONLY"


@pytest.mark.parametrize(("profile", "told"), [("partner", True), ("public", False), (None, False)])
def test_what_is_written_for_partners_stands_in_their_briefing_alone_and_names_nobody(
    tmp_path: Path, database: Database, profile: str | None, *, told: bool
) -> None:
    edition = Edition(write_edition(tmp_path / "store", manifest={"profile": profile} if profile else {}))
    written(database, edition, f"{FOR_PARTNERS}judgement:1", "Said to partners.")
    written(database, edition, f"{FOR_PARTNERS}comment:points", "A comment for them.")
    said = words_of(render(issue(briefing_document(edition), edition, database), "html"), "html")
    assert ("Said to partners." in said, "A comment for them." in said) == (told, told)
    assert ("As generated: " in said) is told
    assert "eva" not in re.findall(r"\w+", said)


def test_what_was_written_for_partners_is_taken_back_by_the_last_word(tmp_path: Path, database: Database) -> None:
    edition = Edition(write_edition(tmp_path / "store", manifest={"profile": "partner"}))
    written(database, edition, f"{FOR_PARTNERS}judgement:1", "Said to partners.")
    written(database, edition, f"{FOR_PARTNERS}judgement:1", "")
    generated = briefing_document(edition)
    assert issue(generated, edition, database).blocks == generated.blocks


@pytest.mark.parametrize(("manifest", "asked"), [({}, True), ({"profile": "public"}, False)])
def test_only_the_institution_is_asked_to_state_a_capacity(
    tmp_path: Path, manifest: dict[str, str], *, asked: bool
) -> None:
    edition = changed(tmp_path, manifest=manifest, exceedance_probability=np.nan, capacity=np.nan)
    assert (RECOMMEND_UNKNOWN in repr(briefing_document(edition).blocks)) is asked
