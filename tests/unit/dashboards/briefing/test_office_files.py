"""Word and slides of the briefing: what a reader of them, and a screen reader, finds in their parts."""

import io
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from PIL import ImageFont
from pptx import Presentation

from dashboards.briefing.document import briefing_document, sections, without
from dashboards.briefing.formats import FORMATS, render
from dashboards.briefing.model import Block, Comment, Document, Figure, Heading, Judgement, Paragraph
from dashboards.briefing.pictures import font_folder
from dashboards.briefing.tables import Table
from dashboards.edition_view.statements import Sentence
from geo.region.region import KOSOVO_FOOTNOTE
from pipelines.editions.edition import Edition
from records.decisions import MOST_EDIT
from tests.editions import write_edition

STAMP = "Profile: partner. Downloaded by ana@example.org on 2026-11-16 09:30 UTC."


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return replace(briefing_document(Edition(write_edition(tmp_path_factory.mktemp("store")))), stamp=STAMP)


@pytest.fixture(scope="module")
def files(document: Document) -> dict[str, bytes]:
    return {fmt: render(document, fmt) for fmt in ("docx", "pptx")}


def of_kind(document: Document, kind: type) -> list:
    return [b for b in document.blocks if isinstance(b, kind)]


def slide_texts(pptx: bytes) -> list[list[str]]:
    slides = Presentation(io.BytesIO(pptx)).slides
    return [[shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in slides]


def test_word_has_the_sections_as_headings_below_one_title(document: Document, files: dict[str, bytes]) -> None:
    paragraphs = docx.Document(io.BytesIO(files["docx"])).paragraphs
    found = {n: [p.text for p in paragraphs if p.style.name == f"Heading {n}"] for n in (1, 2)}
    assert found == {1: [document.title], 2: [h.text for h in of_kind(document, Heading)]}


def test_word_has_every_table_with_a_repeated_head_and_all_its_cells(
    document: Document, files: dict[str, bytes]
) -> None:
    tables = docx.Document(io.BytesIO(files["docx"])).tables
    expected = [[[c.text for c in row] for row in t.rows] for t in of_kind(document, Table)]
    assert [[[c.text for c in row.cells] for row in t.rows[1:]] for t in tables] == expected
    assert all(t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for t in tables)


def test_parts_of_words_tables_stand_in_the_order_that_word_asks_for(files: dict[str, bytes]) -> None:
    order = [
        "tblStyle",
        "tblW",
        "jc",
        "tblBorders",
        "tblLayout",
        "tblLook",
        "tblDescription",
    ]  # ISO/IEC 29500, CT_TblPr
    for table in docx.Document(io.BytesIO(files["docx"])).tables:
        found = [part.tag.partition("}")[2] for part in table._tbl.tblPr]
        assert "tblBorders" in found
        assert found == [name for name in order if name in found]
        for cell in table._cells:
            parts = [part.tag.partition("}")[2] for part in cell._tc.tcPr]
            assert parts in (["tcW"], ["tcW", "shd"])


def test_pictures_have_the_figures_text_alternatives(document: Document, files: dict[str, bytes]) -> None:
    word = docx.Document(io.BytesIO(files["docx"]))
    alts = [figure.alt for figure in of_kind(document, Figure)]
    assert [shape._inline.docPr.get("descr") for shape in word.inline_shapes] == alts
    slides = Presentation(io.BytesIO(files["pptx"])).slides
    shown = [x._element.nvPicPr.cNvPr.get("descr") for s in slides for x in s.shapes if hasattr(x, "image")]
    assert shown == alts[:4]  # the map and three fans


def test_word_says_its_language_marks_footnote_and_page_on_every_page(files: dict[str, bytes]) -> None:
    word = docx.Document(io.BytesIO(files["docx"]))
    assert {lang.get(qn("w:val")) for lang in word.styles.element.iter(qn("w:lang"))} == {"en-GB"}
    head = "\n".join(p.text for p in word.sections[0].header.paragraphs)
    foot = "\n".join(p.text for p in word.sections[0].footer.paragraphs)
    assert "INTERNAL" in head
    assert "SYNTHETIC DATA" in head
    assert KOSOVO_FOOTNOTE in foot
    assert STAMP in foot
    fields = [f.get(qn("w:instr")) for f in word.sections[0].footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_slides_are_five_with_titles_marks_footnote_and_number(files: dict[str, bytes]) -> None:
    slides = Presentation(io.BytesIO(files["pptx"])).slides
    assert len(slides) == 5
    assert all(slide.shapes.title.text_frame.text for slide in slides)
    for i, texts in enumerate(slide_texts(files["pptx"]), start=1):
        everything = "\n".join(texts)
        assert "INTERNAL" in everything
        assert KOSOVO_FOOTNOTE in everything
        assert STAMP in everything
        assert f"Page {i} of 5" in everything


def test_slides_state_every_judgement_and_speak_the_documents_language(
    document: Document, files: dict[str, bytes]
) -> None:
    second = "\n".join(slide_texts(files["pptx"])[1])
    assert all(j.statement.text in second and j.confidence.text in second for j in of_kind(document, Judgement))
    xml = zipfile.ZipFile(io.BytesIO(files["pptx"])).read("ppt/slides/slide2.xml").decode()
    assert xml.count('lang="en-GB"') >= 9


def spoken(document: Document, text: str) -> Document:
    """The document with this text for every judgement, and as a comment on every section."""
    blocks: list[Block] = []
    for block in document.blocks:
        said = {"edited": text, "edited_by": "Edited by eva."} if isinstance(block, Judgement) else {}
        blocks.append(replace(block, **said))
        blocks += [Comment("Comment by eva:", text)] if isinstance(block, Heading) else []
    return replace(document, blocks=tuple(blocks))


def rows_of(text: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    """Rows that a text takes, broken at blanks, and inside of words that are longer than a row."""
    rows = [""]
    for word in text.split():
        if rows[-1] and font.getlength(f"{rows[-1]} {word}") > width:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
        while font.getlength(rows[-1]) > width:
            part = next(n for n in range(len(rows[-1]), 0, -1) if font.getlength(rows[-1][:n]) <= width)
            rows[-1:] = [rows[-1][:part], rows[-1][part:]]
    return len(rows)


def height_in(shape: object) -> float:
    """Inches that a text box's texts take in DejaVu Sans, with what the box leaves free at top and bottom."""
    frame, points = shape.text_frame, 0.0
    width = (shape.width - frame.margin_left - frame.margin_right) / 12_700
    for paragraph in frame.paragraphs:
        (run,) = paragraph.runs
        name = f"DejaVuSans{'-Bold' if run.font.bold else ''}.ttf"
        font = ImageFont.truetype(str(font_folder() / name), run.font.size.pt)
        points += 1.17 * run.font.size.pt * rows_of(run.text, font, width) + (paragraph.space_after or 0) / 12_700
    points -= (frame.paragraphs[-1].space_after or 0) / 12_700
    return points / 72 + (frame.margin_top + frame.margin_bottom) / 914_400


@pytest.mark.parametrize(
    "text", ["Short.", "Several words of one kind. " * 27, "W" * MOST_EDIT], ids=["short", "long", "one word"]
)
def test_texts_of_any_length_end_inside_their_boxes_and_the_slide(document: Document, text: str) -> None:
    slides = Presentation(io.BytesIO(render(spoken(document, text), "pptx")))
    for slide in slides.slides:
        for shape in slide.shapes:
            assert shape.top + shape.height <= slides.slide_height
            if shape.has_text_frame:
                assert height_in(shape) <= shape.height / 914_400, shape.text_frame.text[:60]


def test_long_texts_stand_on_the_slides_whole_and_no_judgement_is_parted(document: Document) -> None:
    text = " ".join(f"word{i}" for i in range(170))
    long = spoken(document, text)
    slides = slide_texts(render(long, "pptx"))
    found = sum(words.count(text) for slide in slides for words in slide)
    assert found == 3 + 4  # the judgements, and the comments of four sections
    for judgement in of_kind(long, Judgement):
        (box,) = (words for slide in slides for words in slide if f"{judgement.order}.  {text}" in words)
        assert all(line in box for line in judgement.below)
    assert any("(continued)" in words for slide in slides for words in slide)


@pytest.mark.parametrize(
    ("key", "title"), [("judgements", "Key judgements"), ("points", "Top pressure points"), ("outlook", "Outlook")]
)
def test_section_that_is_left_out_has_no_slide(document: Document, key: str, title: str) -> None:
    short = slide_texts(render(without(document, [key]), "pptx"))
    assert len(short) == 4
    assert not [texts for texts in short[1:] if any(words.startswith(title) for words in texts)]
    assert "Page 4 of 4" in "\n".join(short[3])


def test_first_slide_names_every_section_that_no_slide_is_made_of(document: Document) -> None:
    first = "\n".join(slide_texts(render(document, "pptx"))[0])
    said = first.partition("These slides are a shortened briefing, without: ")[2]
    shown = ("judgements", "points", "outlook", "preparation")
    assert [key for key, title in sections(document).items() if title not in said] == sorted(
        shown, key=list(sections(document)).index
    )
    assert "Method in brief" in said


def test_slides_of_the_boxes_alone_say_how_to_read_the_briefing(document: Document) -> None:
    least = slide_texts(render(without(document, list(sections(document))), "pptx"))
    assert len(least) == 2
    assert "How to read this" in least[1]


@pytest.mark.parametrize("fmt", ["docx", "pptx"])
def test_office_file_has_the_same_bytes_when_made_again(document: Document, files: dict[str, bytes], fmt: str) -> None:
    assert render(document, fmt) == files[fmt]


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_takes_markup_as_text(document: Document, fmt: str) -> None:
    hard = replace(document, blocks=(Paragraph(Sentence("<b>&amp; #panic() ]]>")),))
    assert render(hard, fmt)
