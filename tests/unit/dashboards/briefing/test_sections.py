"""The briefing by sections: chosen ones stay whole, the boxes at the end always do."""

import io
import shutil
import subprocess
from dataclasses import replace

import docx
import pytest
from pptx import Presentation

from dashboards.briefing.document import briefing_document, sections, without
from dashboards.briefing.formats import FORMATS, render
from dashboards.briefing.model import Box, Document, Heading, Paragraph
from dashboards.edition_view.statements import Sentence
from pipelines.editions.edition import Edition
from tests.editions import write_edition

A, B, TEXT = Heading("A", "a"), Heading("B", "b"), Paragraph(Sentence("text"))
READ = Box("How to read it", (Sentence("not persons"),))


@pytest.fixture(scope="module")
def briefing(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return briefing_document(Edition(write_edition(tmp_path_factory.mktemp("store"))))


def with_blocks(document: Document, *blocks: object) -> Document:
    return replace(document, blocks=blocks)


def test_sections_are_named_by_their_headings(briefing: Document) -> None:
    assert sections(with_blocks(briefing, A, TEXT, B, TEXT, READ)) == {"a": "A", "b": "B"}


def test_section_goes_with_all_its_blocks_and_the_boxes_at_the_end_stay(briefing: Document) -> None:
    document = with_blocks(briefing, A, TEXT, B, TEXT, TEXT, READ)
    assert without(document, ["a"]).blocks == (B, TEXT, TEXT, READ)


def test_box_inside_a_section_goes_with_it(briefing: Document) -> None:
    document = with_blocks(briefing, A, READ, B, TEXT, READ)
    assert without(document, ["a"]).blocks == (B, TEXT, READ)


def test_nothing_left_out_is_the_whole_briefing(briefing: Document) -> None:
    assert without(briefing, []) == briefing
    assert briefing.shortened == ""


def test_no_two_sections_have_one_key(briefing: Document) -> None:
    assert len(sections(briefing)) == sum(isinstance(b, Heading) for b in briefing.blocks)


def test_mark_caveat_and_footnote_stay_whatever_is_left_out(briefing: Document) -> None:
    least = without(briefing, list(sections(briefing)))
    assert (least.mark, least.footer) == (briefing.mark, briefing.footer)
    assert [block.title for block in least.blocks if isinstance(block, Box)]
    assert len(least.blocks) == sum(isinstance(b, Box) for b in least.blocks)


@pytest.mark.parametrize("fmt", FORMATS)
def test_shortened_briefing_says_so_first_and_names_what_is_left_out(briefing: Document, fmt: str) -> None:
    said = "without: Alerts; What the data can carry"
    short = without(briefing, ["data", "alerts"])
    assert short.shortened == f"This is a shortened briefing, {said}."
    first = first_words(render(short, fmt), fmt)
    assert said in first
    assert said not in first_words(render(briefing, fmt), fmt)


def first_words(made: bytes, fmt: str) -> str:
    """What stands before the key judgements, or on the first page or slide."""
    if fmt == "html":
        return made.decode().partition("<h2>")[0]
    if fmt == "docx":
        return "\n".join(p.text for p in docx.Document(io.BytesIO(made)).paragraphs[:8])
    if fmt == "pptx":
        shapes = Presentation(io.BytesIO(made)).slides[0].shapes
        return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not on this machine")
    read = subprocess.run(["pdftotext", "-l", "1", "-", "-"], input=made, capture_output=True, check=True, timeout=60)
    return " ".join(read.stdout.decode().split())
