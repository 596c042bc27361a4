"""The briefing as five slides: what it is, the judgements, where, the outlook, what to prepare and how to read it."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from dashboards.briefing.model import Block, Box, Bullets, Comment, Document, Figure, Heading, Judgement, Paragraph
from dashboards.briefing.pictures import png_bytes, undated
from dashboards.briefing.tables import Table, TableCell
from dashboards.briefing.word import LANGUAGES
from dashboards.wording import briefing as s
from dashboards.wording.bands import band

ACCENT, MUTED, WARNING = RGBColor(0x17, 0x32, 0x4D), RGBColor(0x51, 0x60, 0x6B), RGBColor(0xA5, 0x00, 0x26)
INK, WHITE = RGBColor(0x1F, 0x29, 0x33), RGBColor(0xFF, 0xFF, 0xFF)
WIDE_IN, HIGH_IN, SIDE_IN = 13.333, 7.5, 0.5
TOP_IN, FOOT_IN = 1.15, 6.85
BODY_IN = FOOT_IN - TOP_IN - 0.1
ONLY_TITLE = 5  # layout of the library's own template
N_FANS, N_SLIDES = 3, 5
MAP_SHARE = 0.38  # of the slide's width
Texts = Sequence[tuple[str, float, bool, RGBColor]]  # text, size in points, bold, colour


def render_pptx(document: Document) -> bytes:
    """Five slides of the document's own words; sections that it leaves out are told on the first one."""
    show = Presentation()
    show.slide_width, show.slide_height = Inches(WIDE_IN), Inches(HIGH_IN)
    sections = _sections(document)
    _first(show, document)
    _judgements(show, document, sections.get("judgements", ()))
    _where(show, document, sections)
    _outlook(show, document, sections.get("outlook", ()))
    _prepare(show, document, sections.get("preparation", ()))
    _describe(show, document)
    made = io.BytesIO()
    show.save(made)
    return undated(made.getvalue())


def _sections(document: Document) -> dict[str, list[Block]]:
    """Key of a section → its heading and blocks."""
    found: dict[str, list[Block]] = {}
    key = ""
    for block in document.blocks:
        key = block.key if isinstance(block, Heading) else key
        found.setdefault(key, []).append(block)
    return found


def _first(show: Any, document: Document) -> None:  # noqa: ANN401 - a presentation, here and below
    slide = _slide(show, document, document.title, top=2.2)
    texts = [(document.subtitle, 16.0, False, MUTED)]
    texts += [(line, 14.0, False, INK) for line in document.about]
    if document.shortened:
        texts.append((document.shortened, 14.0, True, INK))
    if document.mark:
        texts.append((document.mark, 18.0, True, WARNING))
    _write(slide, texts, left=SIDE_IN, top=3.3, width=WIDE_IN - 2 * SIDE_IN, height=3.2)


def _judgements(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    slide = _slide(show, document, s.H_JUDGEMENTS)
    texts: list[tuple[str, float, bool, RGBColor]] = []
    for block in blocks:
        if isinstance(block, Judgement):
            texts.append((f"{block.order}.  {block.headline}", 18.0, True, INK))
            texts += [(text, 12.0, False, MUTED) for text in block.below]
    texts += _comments(blocks)
    _write(slide, texts or _left_out(), left=SIDE_IN, top=TOP_IN, width=WIDE_IN - 2 * SIDE_IN, height=BODY_IN)


def _comments(blocks: Sequence[Block]) -> Texts:
    return [(f"{block.by} {block.text}", 12.0, False, WARNING) for block in blocks if isinstance(block, Comment)]


def _where(show: Any, document: Document, sections: dict[str, list[Block]]) -> None:  # noqa: ANN401
    blocks = sections.get("points", [])
    title = next((b.text for b in blocks if isinstance(b, Heading)), s.SLIDE_WHERE)
    slide = _slide(show, document, title)
    map_ = next((b for b in document.blocks if isinstance(b, Figure) and b.name == "map"), None)
    table = next((b for b in blocks if isinstance(b, Table)), None)
    left, wide = SIDE_IN, WIDE_IN * MAP_SHARE
    if map_ is not None:
        below = _picture(slide, map_, left=left, top=TOP_IN, width=wide, height=BODY_IN - 1)
        notes = (map_.caption.text, table.caption if table else "")
        texts = [*_comments(blocks), *((note, 11.0, False, MUTED) for note in notes if note)]
        _write(slide, texts, left=left, top=below, width=wide, height=FOOT_IN - below)
        left += wide + SIDE_IN / 2
    if table is not None:
        _table(slide, table, left=left, width=WIDE_IN - SIDE_IN - left)
    if not blocks:
        _write(slide, _left_out(), left=SIDE_IN, top=TOP_IN, width=WIDE_IN - 2 * SIDE_IN, height=1)


def _outlook(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    title = next((b.text for b in blocks if isinstance(b, Heading)), s.SLIDE_OUTLOOK)
    slide = _slide(show, document, title)
    fans = [b for b in blocks if isinstance(b, Figure)][:N_FANS]
    height = BODY_IN / N_FANS
    for i, fan in enumerate(fans):
        top = TOP_IN + i * height
        _picture(slide, fan, left=SIDE_IN, top=top, width=7.6, height=height - 0.15)
        beside = SIDE_IN + 7.9
        text = [*(_comments(blocks) if i == 0 else ()), (fan.caption.text, 11.0, False, INK)]
        _write(slide, text, left=beside, top=top, width=WIDE_IN - SIDE_IN - beside, height=height - 0.15)
    if not fans:
        _write(slide, _left_out(), left=SIDE_IN, top=TOP_IN, width=WIDE_IN - 2 * SIDE_IN, height=1)


def _prepare(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    slide = _slide(show, document, s.H_RECOMMENDED)
    texts: list[tuple[str, float, bool, RGBColor]] = []
    for block in blocks:
        items = block.items if isinstance(block, Bullets) else ()
        items = (block.sentence,) if isinstance(block, Paragraph) else items
        texts += [(item.text, 14.0, False, INK) for item in items]
    texts += _comments(blocks)
    half = (WIDE_IN - 3 * SIDE_IN) / 2
    _write(slide, texts or _left_out(), left=SIDE_IN, top=TOP_IN, width=half, height=BODY_IN)
    read = next((b for b in document.blocks if isinstance(b, Box) and b.title == s.H_READ), None)
    if read is not None:
        notes = [(read.title, 14.0, True, ACCENT), *((item.text, 11.0, False, INK) for item in read.items)]
        _write(slide, notes, left=2 * SIDE_IN + half, top=TOP_IN, width=half, height=BODY_IN)


def _left_out() -> Texts:
    return [(s.LEFT_OUT_HERE, 16.0, False, MUTED)]


def _slide(show: Any, document: Document, title: str, *, top: float = 0.35) -> Any:  # noqa: ANN401
    """A slide with its title, marks, foot and number."""
    slide = show.slides.add_slide(show.slide_layouts[ONLY_TITLE])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = (Inches(x) for x in (SIDE_IN, top, WIDE_IN - 2 * SIDE_IN, 0.75))
    head.text_frame.word_wrap, head.text_frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    paragraph = head.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    _run(paragraph, title, 30 if top > 1 else 26, bold=True, colour=ACCENT)
    number = s.PAGE_OF.format(page=len(show.slides), pages=N_SLIDES)
    _write(
        slide, [(document.marks, 10.0, True, WARNING)], left=SIDE_IN, top=0.1, width=WIDE_IN - 2 * SIDE_IN, height=0.3
    )
    foot = " ".join((*filter(None, (document.stamp, *document.footer)), number))
    _write(slide, [(foot, 8.0, False, MUTED)], left=SIDE_IN, top=FOOT_IN, width=WIDE_IN - 2 * SIDE_IN, height=0.5)
    return slide


def _write(slide: Any, texts: Texts, *, left: float, top: float, width: float, height: float) -> None:  # noqa: ANN401
    frame = slide.shapes.add_textbox(*(Inches(x) for x in (left, top, width, height))).text_frame
    frame.word_wrap = True
    for i, (text, size, bold, colour) in enumerate(texts):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size / 2)
        _run(paragraph, text, size, bold=bold, colour=colour)


def _run(paragraph: Any, text: str, size: float, *, bold: bool, colour: RGBColor) -> None:  # noqa: ANN401
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour


def _picture(slide: Any, figure: Figure, *, left: float, top: float, width: float, height: float) -> float:  # noqa: ANN401
    """A drawing, as large as fits there; where it ends, in inches from the top."""
    picture = slide.shapes.add_picture(io.BytesIO(png_bytes(figure.svg)), Inches(left), Inches(top), Inches(width))
    if picture.height > Inches(height):
        picture.width, picture.height = int(picture.width * Inches(height) / picture.height), Inches(height)
    picture.name = figure.name
    picture._element.nvPicPr.cNvPr.set("descr", figure.alt)
    return top + picture.height / Inches(1)


def _table(slide: Any, block: Table, *, left: float, width: float) -> None:  # noqa: ANN401
    size = [Inches(x) for x in (left, TOP_IN, width, 0.4 * (len(block.rows) + 1))]
    frame = slide.shapes.add_table(len(block.rows) + 1, len(block.columns), *size)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", block.caption)
    table = frame.table
    heads = tuple(TableCell(column.head or "#") for column in block.columns)
    for i, column in enumerate(block.columns):
        table.columns[i].width = Inches(width * block.shares[i])
        for j, row in enumerate((heads, *block.rows)):
            _cell(table.cell(j, i), row[i], right=column.right, head=j == 0)


def _cell(cell: Any, shown: TableCell, *, right: bool, head: bool) -> None:  # noqa: ANN401
    drawn = band(shown.band_id) if shown.band_id else None
    cell.margin_left = cell.margin_right = Inches(0.05)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    ink = _colour(drawn.ink) if drawn else WHITE if head else INK
    _run(paragraph, shown.text, 10, bold=head, colour=ink)
    if drawn or head:
        cell.fill.solid()
        cell.fill.fore_color.rgb = _colour(drawn.colour) if drawn else ACCENT


def _colour(name: str) -> RGBColor:
    """A colour of the page, such as "#1f2933", as slides have it."""
    return RGBColor(*bytes.fromhex(name.removeprefix("#")))


def _describe(show: Any, document: Document) -> None:  # noqa: ANN401
    """Title, date and language; the moment is the edition's, so that the bytes are."""
    language = LANGUAGES.get(document.lang, document.lang)
    about = show.core_properties
    about.title, about.author, about.language, about.keywords = document.title, "Routecast", language, document.stamp
    about.created = about.modified = datetime.fromisoformat(document.as_of)
    about.last_modified_by, about.revision = "Routecast", 1
    for slide in show.slides:
        for run in slide._element.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}rPr"):
            run.set("lang", language)
