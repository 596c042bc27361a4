"""What stands at the head of a briefing: its issue, who approved it, and what to prepare."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboards.briefing.document import briefing_document
from dashboards.briefing.issue import about_lines
from dashboards.briefing.model import Bullets, Document, Heading
from pipelines.editions.edition import Edition
from records.decisions import EditionEvent
from tests.editions import write_edition


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(write_edition(tmp_path_factory.mktemp("store")))


def decided(edition: Edition, kind: str) -> EditionEvent:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    return EditionEvent(edition.region_id, edition.id, kind, "ana", "looked at", at)  # type: ignore[arg-type]


def test_draft_says_that_nobody_approved_it(edition: Edition) -> None:
    assert about_lines(edition) == (
        "Issue 46/2026 · draft, not issued yet",
        "Nobody has approved this edition.",
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


def section(document: Document, key: str) -> list[str]:
    at = next(i for i, b in enumerate(document.blocks) if isinstance(b, Heading) and b.key == key)
    bullets = document.blocks[at + 1]
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
