"""The briefing as a Word document: real headings, tables with repeated heads, alternative texts, its language."""

import io
import re
from datetime import datetime
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from dashboards.briefing.model import Box, Bullets, Comment, Document, Figure, Heading, Judgement, Paragraph
from dashboards.briefing.pictures import png_bytes, undated
from dashboards.briefing.tables import Column, Table, TableCell
from dashboards.wording import briefing as s
from dashboards.wording.bands import band

ACCENT, MUTED, WARNING = RGBColor(0x17, 0x32, 0x4D), RGBColor(0x51, 0x60, 0x6B), RGBColor(0xA5, 0x00, 0x26)
RULE = "C4CBD1"
FONT = "Calibri"
SIDE_MM, PAPER_MM = 18, (210, 297)
TEXT_MM = PAPER_MM[0] - 2 * SIDE_MM
LANGUAGES = {"en": "en-GB"}  # as Word names them
NUMBER_PT, NOTE_PT, TEXT_PT = 7.5, 9, 10.5


def render_docx(document: Document) -> bytes:
    """The document in Word's own means, so that whoever gets it can edit it; the same document, the same bytes."""
    word = docx.Document()
    _set_up(word, document)
    word.add_heading(document.title, 1)
    _text(word, document.subtitle, colour=MUTED)
    for line in document.about:
        _text(word, line)
    if document.shortened:
        _text(word, document.shortened, bold=True)
    if document.mark:
        _text(word, document.mark, colour=WARNING, bold=True)
    for block in document.blocks:
        _add(word, block)
    made = io.BytesIO()
    word.save(made)
    return undated(made.getvalue())


def _add(word: WordDocument, block: object) -> None:
    if isinstance(block, Heading):
        word.add_heading(block.text, 2)
    elif isinstance(block, Judgement):
        _judgement(word, block)
    elif isinstance(block, Table):
        _table(word, block)
    elif isinstance(block, Figure):
        _figure(word, block)
    elif isinstance(block, Paragraph | Bullets | Box | Comment):
        _running_text(word, block)


def _running_text(word: WordDocument, block: Paragraph | Bullets | Box | Comment) -> None:
    if isinstance(block, Paragraph):
        note = block.style == "note"
        _text(word, block.sentence.text, colour=MUTED if note else None, size=NOTE_PT if note else None)
    elif isinstance(block, Comment):
        _run(_text(word, f"{block.by} ", colour=WARNING, bold=True), block.text)
    elif isinstance(block, Bullets):
        for item in block.items:
            word.add_paragraph(item.text, style="List Bullet")
    else:
        word.add_heading(block.title, 3)
        for item in block.items:
            _text(word, item.text, size=NOTE_PT)


def _text(
    word: WordDocument,
    text: str,
    *,
    colour: RGBColor | None = None,
    bold: bool | None = None,
    size: float | None = None,
    style: str | None = None,
) -> WordParagraph:
    paragraph = word.add_paragraph(style=style)
    _run(paragraph, text, colour=colour, bold=bold, size=size)
    return paragraph


def _run(
    paragraph: WordParagraph,
    text: str,
    *,
    colour: RGBColor | None = None,
    bold: bool | None = None,
    size: float | None = None,
) -> None:
    run = paragraph.add_run(text)
    run.bold = bold
    if colour is not None:
        run.font.color.rgb = colour
    if size is not None:
        run.font.size = Pt(size)


def _judgement(word: WordDocument, block: Judgement) -> None:
    _text(word, f"{block.order}.  {block.headline}", bold=True).paragraph_format.keep_with_next = True
    for i, line in enumerate(block.below, start=1):
        below = _text(word, line, colour=MUTED, size=NOTE_PT)
        below.paragraph_format.left_indent = Mm(6)
        below.paragraph_format.keep_with_next = i < len(block.below)


def _figure(word: WordDocument, block: Figure) -> None:
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(io.BytesIO(png_bytes(block.svg)), width=Mm(TEXT_MM))
    picture._inline.docPr.set("descr", block.alt)
    picture._inline.docPr.set("name", block.name)
    _text(word, block.caption.text, style="Caption")


def _table(word: WordDocument, block: Table) -> None:
    table = word.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    _rules_across(table)
    described = OxmlElement("w:tblDescription")
    described.set(qn("w:val"), block.caption)
    table._tbl.tblPr.append(described)
    for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
        _fill(cell, TableCell(column.head or "#"), column, head=True)
    _flag(table.rows[0], "w:tblHeader")
    for row in block.rows:
        added = table.add_row()
        _flag(added, "w:cantSplit")
        for cell, shown, column in zip(added.cells, row, block.columns, strict=True):
            _fill(cell, shown, column)
    _widths(table, block.shares)
    _text(word, block.caption, style="Caption").paragraph_format.space_before = Pt(3)


def _fill(cell: Any, shown: TableCell, column: Column, *, head: bool = False) -> None:  # noqa: ANN401 - a cell of docx
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.keep_with_next = True  # the caption stays with its table
    if column.right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    drawn = band(shown.band_id) if shown.band_id else None
    colour = RGBColor.from_string(_hex(drawn.ink)) if drawn else ACCENT if head else None
    _run(paragraph, shown.text, colour=colour, bold=True if head else None, size=NOTE_PT)
    if drawn:
        _shade(cell, _hex(drawn.colour))


def _rules_across(table: Any) -> None:  # noqa: ANN401
    """Thin lines under rows in place of the style's grid."""
    lines = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        line.set(qn("w:val"), "single" if side in ("bottom", "insideH") else "nil")
        for name, value in (("sz", "4"), ("space", "0"), ("color", RULE)):
            line.set(qn(f"w:{name}"), value)
        lines.append(line)
    after = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook", "w:tblCaption", "w:tblDescription")
    table._tbl.tblPr.insert_element_before(lines, *after)  # Word refuses another order


def _shade(cell: Any, colour: str) -> None:  # noqa: ANN401
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _hex(colour: str) -> str:
    """A colour of the page as Word writes it.

    >>> _hex("#1f2933"), _hex("#fff")
    ('1F2933', 'FFFFFF')
    """
    digits = colour.removeprefix("#")
    return (digits if len(digits) == 6 else "".join(d * 2 for d in digits)).upper()


def _flag(row: Any, name: str) -> None:  # noqa: ANN401
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _widths(table: Any, shares: tuple[float, ...]) -> None:  # noqa: ANN401
    """Columns by their shares of the text's width; Word reads the cells', others the columns'."""
    table.autofit = False
    for column, share in zip(table.columns, shares, strict=True):
        for part in (column, *column.cells):
            part.width = Mm(TEXT_MM * share)


def _set_up(word: WordDocument, document: Document) -> None:
    """Paper, styles, language, and what stands on every page."""
    moment = datetime.fromisoformat(document.as_of)
    about = word.core_properties
    about.title, about.author, about.comments = document.title, "Routecast", ""
    about.language, about.keywords = LANGUAGES.get(document.lang, document.lang), document.stamp
    about.created = about.modified = moment
    section = word.sections[0]
    section.page_width, section.page_height = Mm(PAPER_MM[0]), Mm(PAPER_MM[1])
    section.left_margin = section.right_margin = Mm(SIDE_MM)
    section.top_margin, section.bottom_margin = Mm(18), Mm(24)
    _styles(word, document)
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(head, document.marks, colour=WARNING, bold=True, size=8)
    foot = section.footer.paragraphs[0]
    _run(foot, " ".join(filter(None, (document.stamp, *document.footer))), colour=MUTED, size=7.5)
    _page_numbers(section.footer.add_paragraph())


def _styles(word: WordDocument, document: Document) -> None:
    language = LANGUAGES.get(document.lang, document.lang)
    for spoken in word.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:val"), language)
    sizes = {"Normal": TEXT_PT, "Heading 1": 20, "Heading 2": 14, "Heading 3": 11, "Caption": NOTE_PT}
    for name, size in sizes.items():
        style: Any = word.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        for which in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(which), None)
        if name.startswith("Heading"):
            style.font.color.rgb = ACCENT
        if name == "Caption":
            style.font.bold, style.font.color.rgb = False, MUTED
    normal: Any = word.styles["Normal"]
    normal.paragraph_format.space_after = Pt(4)


def _page_numbers(paragraph: WordParagraph) -> None:
    """Which page it is and of how many, counted by Word."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for part in re.split(r"(\{\w+\})", s.PAGE_OF):
        if part in ("{page}", "{pages}"):
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), "PAGE" if part == "{page}" else "NUMPAGES")
            _run(paragraph, "", colour=MUTED, size=NUMBER_PT)
            field.append(paragraph.runs[-1]._r)
            paragraph._p.append(field)
        else:
            _run(paragraph, part, colour=MUTED, size=NUMBER_PT)
