"""The briefing as slides: what it is, the judgements, where, the outlook, what to prepare and how to read it."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from dashboards.briefing.model import (
    Block,
    Box,
    Bullets,
    Comment,
    Document,
    Figure,
    Heading,
    Judgement,
    Paragraph,
    shortened,
)
from dashboards.briefing.pictures import png_bytes, undated
from dashboards.briefing.slide_text import SlideLine, fitted
from dashboards.briefing.tables import Table, TableCell
from dashboards.briefing.word import LANGUAGES
from dashboards.wording import briefing as s
from dashboards.wording.bands import band
from dashboards.wording.caveats import H_READ

ACCENT, MUTED, WARNING = RGBColor(0x17, 0x32, 0x4D), RGBColor(0x51, 0x60, 0x6B), RGBColor(0xA5, 0x00, 0x26)
INK, WHITE = RGBColor(0x1F, 0x29, 0x33), RGBColor(0xFF, 0xFF, 0xFF)
WIDE_IN, HIGH_IN, SIDE_IN = 13.333, 7.5, 0.5
TOP_IN, FOOT_IN = 1.15, 6.85
FULL_IN, TITLE_IN, BODY_IN = WIDE_IN - 2 * SIDE_IN, 0.75, FOOT_IN - TOP_IN - 0.1
ONLY_TITLE = 5  # layout of the library's own template
N_FANS = 3
SHOWN = ("judgements", "points", "outlook", "preparation")  # sections that slides are made of
MAP_SHARE = 0.38  # of the slide's width


def render_pptx(document: Document) -> bytes:
    """Slides of the document's own words, five of a whole one and more where somebody wrote much.

    What no slide is made of, and what the document leaves out, the first slide names.
    """
    show = Presentation()
    show.slide_width, show.slide_height = Inches(WIDE_IN), Inches(HIGH_IN)
    sections = _sections(document)
    _first(show, document)
    _judgements(show, document, sections.get("judgements", ()))
    _where(show, document, sections.get("points", ()))
    _outlook(show, document, sections.get("outlook", ()))
    _prepare(show, document, sections.get("preparation", ()))
    _feet(show, document)
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
    lines = [SlideLine(document.subtitle, 16.0, MUTED), *(SlideLine(line, 14.0, INK) for line in document.about)]
    lines.append(SlideLine(_shortened(document), 12.0, INK, bold=True))
    if document.mark:
        lines.append(SlideLine(document.mark, 18.0, WARNING, bold=True))
    _go_on(show, document, document.title, _write(slide, lines, top=3.3, height=FOOT_IN - 3.3))


def _shortened(document: Document) -> str:
    """What the slides are without: what somebody left out, and what no slide is made of."""
    slideless = {key: blocks for key, blocks in _sections(document).items() if key not in SHOWN}
    headings = [b for blocks in slideless.values() for b in blocks if isinstance(b, Heading)]
    boxes = [b for b in document.closing if b.title != H_READ]
    commented = [b for b in headings if any(isinstance(x, Comment) for x in slideless[b.key])]
    without: list[Heading | Box] = [*document.left_out, *headings, *boxes]
    comments = [*document.comments_left, *commented]
    return shortened(without, comments, form=s.SHORTENED_SLIDES)


def _judgements(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    lines: list[SlideLine] = []
    for block in blocks:
        if isinstance(block, Judgement):
            head = SlideLine(f"{block.order}.  {block.headline}", 18.0, INK, bold=True, with_next=bool(block.below))
            below = [SlideLine(text, 12.0, MUTED, with_next=True) for text in block.below]
            lines += [head, *below[:-1], *(line._replace(with_next=False) for line in below[-1:])]
    lines += _comments(blocks)
    if lines:
        _go_on(show, document, s.H_JUDGEMENTS, _write(_slide(show, document, s.H_JUDGEMENTS), lines))


def _comments(blocks: Sequence[Block]) -> list[SlideLine]:
    return [SlideLine(f"{block.by} {block.text}", 12.0, WARNING) for block in blocks if isinstance(block, Comment)]


def _where(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    if not blocks:
        return
    title = _title(blocks, s.SLIDE_WHERE)
    slide = _slide(show, document, title)
    map_ = next((b for b in blocks if isinstance(b, Figure) and b.name == "map"), None)
    table = next((b for b in blocks if isinstance(b, Table)), None)
    left, wide, rest = SIDE_IN, WIDE_IN * MAP_SHARE, _comments(blocks)
    if map_ is not None:
        below = _picture(slide, map_, left=left, top=TOP_IN, width=wide, height=BODY_IN - 1)
        notes = (map_.caption.text, table.caption if table else "")
        lines = [*(SlideLine(note, 11.0, MUTED) for note in notes if note), *rest]
        rest = _write(slide, lines, top=below, width=wide, height=FOOT_IN - below)
        left += wide + SIDE_IN / 2
    if table is not None:
        _table(slide, table, left=left, width=WIDE_IN - SIDE_IN - left)
    _go_on(show, document, title, rest)


def _outlook(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    fans = [b for b in blocks if isinstance(b, Figure)][:N_FANS]
    if not fans:
        return
    title = _title(blocks, s.SLIDE_OUTLOOK)
    slide = _slide(show, document, title)
    rest, height = list[SlideLine](), BODY_IN / N_FANS
    for i, fan in enumerate(fans):
        top, beside = TOP_IN + i * height, SIDE_IN + 7.9
        _picture(slide, fan, left=SIDE_IN, top=top, width=7.6, height=height - 0.15)
        lines = [SlideLine(fan.caption.text, 11.0, INK), *(_comments(blocks) if i == 0 else ())]
        rest += _write(slide, lines, left=beside, top=top, width=WIDE_IN - SIDE_IN - beside, height=height - 0.15)
    _go_on(show, document, title, rest)


def _prepare(show: Any, document: Document, blocks: Sequence[Block]) -> None:  # noqa: ANN401
    lines: list[SlideLine] = []
    for block in blocks:
        items = block.items if isinstance(block, Bullets) else ()
        items = (block.sentence,) if isinstance(block, Paragraph) else items
        lines += [SlideLine(item.text, 14.0, INK) for item in items]
    lines += _comments(blocks)
    read = next((b for b in document.blocks if isinstance(b, Box) and b.title == H_READ), None)
    notes = [SlideLine(item.text, 11.0, INK) for item in read.items] if read else []
    if not lines:
        if notes:
            _write(_slide(show, document, H_READ), notes)
        return
    slide, half = _slide(show, document, s.H_RECOMMENDED), (WIDE_IN - 3 * SIDE_IN) / 2
    if notes:
        notes = [SlideLine(H_READ, 14.0, ACCENT, bold=True, with_next=True), *notes]
        _write(slide, notes, left=2 * SIDE_IN + half, width=half)
    _go_on(show, document, s.H_RECOMMENDED, _write(slide, lines, width=half if notes else FULL_IN))


def _title(blocks: Sequence[Block], default: str) -> str:
    return next((b.text for b in blocks if isinstance(b, Heading)), default)


def _go_on(show: Any, document: Document, title: str, rest: Sequence[SlideLine]) -> None:  # noqa: ANN401
    """Further slides, until nothing is left."""
    while rest:
        rest = _write(_slide(show, document, s.SLIDE_GOES_ON.format(title=title)), rest, least=1)


def _slide(show: Any, document: Document, title: str, *, top: float = 0.35) -> Any:  # noqa: ANN401
    """A slide with its title and marks."""
    slide = show.slides.add_slide(show.slide_layouts[ONLY_TITLE])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = (Inches(x) for x in (SIDE_IN, top, FULL_IN, TITLE_IN))
    head.text_frame.word_wrap, head.text_frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    (line,), _ = fitted(
        [SlideLine(title, 30 if top > 1 else 26, ACCENT, bold=True)], width_in=FULL_IN, height_in=TITLE_IN
    )
    paragraph = head.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    _run(paragraph, line)
    _put(slide, [SlideLine(document.marks, 10.0, WARNING, bold=True)], top=0.1, height=0.3)
    return slide


def _feet(show: Any, document: Document) -> None:  # noqa: ANN401
    """What stands at the foot of every slide, with its number."""
    for page, slide in enumerate(show.slides, start=1):
        number = s.PAGE_OF.format(page=page, pages=len(show.slides))
        foot = " ".join((*filter(None, (document.stamp, *document.footer)), number))
        _put(slide, [SlideLine(foot, 8.0, MUTED)], top=FOOT_IN, height=HIGH_IN - FOOT_IN)


def _write(
    slide: Any,  # noqa: ANN401
    lines: Sequence[SlideLine],
    *,
    left: float = SIDE_IN,
    top: float = TOP_IN,
    width: float = FULL_IN,
    height: float = BODY_IN,
    least: int = 0,
) -> list[SlideLine]:
    """Write what fits into a box, as large as it fits, and give back what does not."""
    shown, rest = fitted(lines, width_in=width, height_in=height, least=least)
    if shown:
        _put(slide, shown, left=left, top=top, width=width, height=height)
    return rest


def _put(
    slide: Any,  # noqa: ANN401
    lines: Sequence[SlideLine],
    *,
    top: float,
    height: float,
    left: float = SIDE_IN,
    width: float = FULL_IN,
) -> None:
    frame = slide.shapes.add_textbox(*(Inches(x) for x in (left, top, width, height))).text_frame
    frame.word_wrap = True
    for i, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(line.size_pt / 2)
        _run(paragraph, line)


def _run(paragraph: Any, line: SlideLine) -> None:  # noqa: ANN401
    run = paragraph.add_run()
    run.text = line.text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(line.size_pt), line.bold, line.colour


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
    _run(paragraph, SlideLine(shown.text, 10, ink, bold=head))
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
