"""The briefing by sections: chosen ones stay whole, the boxes at the end always do."""

from dataclasses import replace

import pytest

from dashboards.briefing.document import briefing_document, only, section_names
from dashboards.briefing.model import Box, Document, Heading, Paragraph
from dashboards.edition_view.statements import Sentence
from pipelines.editions.edition import Edition
from tests.editions import write_edition

A, B, TEXT = Heading("A"), Heading("B"), Paragraph(Sentence("text"))
READ = Box("How to read it", (Sentence("not persons"),))


@pytest.fixture(scope="module")
def briefing(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return briefing_document(Edition(write_edition(tmp_path_factory.mktemp("store"))))


def with_blocks(document: Document, *blocks: object) -> Document:
    return replace(document, blocks=blocks)


def test_sections_are_named_by_their_headings(briefing: Document) -> None:
    assert section_names(with_blocks(briefing, A, TEXT, B, TEXT, READ)) == ["A", "B"]


def test_section_stays_with_all_its_blocks_and_the_boxes_at_the_end(briefing: Document) -> None:
    document = with_blocks(briefing, A, TEXT, B, TEXT, TEXT, READ)
    assert only(document, ["B"]).blocks == (B, TEXT, TEXT, READ)


def test_box_inside_a_section_goes_with_it(briefing: Document) -> None:
    document = with_blocks(briefing, A, READ, B, TEXT, READ)
    assert only(document, ["B"]).blocks == (B, TEXT, READ)


def test_all_sections_are_the_whole_briefing(briefing: Document) -> None:
    assert only(briefing, section_names(briefing)) == briefing


def test_mark_caveat_and_footnote_stay_whatever_is_left_out(briefing: Document) -> None:
    least = only(briefing, [])
    assert (least.mark, least.footer) == (briefing.mark, briefing.footer)
    assert [block.title for block in least.blocks if isinstance(block, Box)]
