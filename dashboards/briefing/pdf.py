"""The briefing as a tagged PDF (PDF/UA-1 and PDF/A-2a) through Typst; the same edition gives the same bytes."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
import pandas as pd
import typst

from dashboards.briefing.model import (
    Block,
    Box,
    Bullets,
    Document,
    Figure,
    Heading,
    Judgement,
    Paragraph,
    Table,
    TableCell,
)
from dashboards.edition_view.statements import Sentence
from dashboards.wording.bands import band

TEMPLATE = Path(__file__).parent / "templates" / "briefing.typ"
SIZES_PT = (10.0, 9.5, 8.8)  # a smaller one only where it saves a page, the last only where MAX_PAGES asks for it,
# and narrower spaces and figures only where that is not enough either
MAX_PAGES = 4
STANDARDS: list[Any] = ["ua-1", "a-2a"]


def render_pdf(document: Document) -> bytes:
    """Typeset the document; texts go in as data, so nothing in them is read as markup."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        source = root / "briefing.typ"
        source.write_bytes(TEMPLATE.read_bytes())
        for block in document.blocks:
            if isinstance(block, Figure):
                (root / f"{block.name}.svg").write_bytes(block.svg)
        compiler = typst.Compiler(
            str(source), root=str(root), font_paths=[str(_font_folder())], ignore_system_fonts=True
        )
        _choose_size(compiler, root / "briefing.json", _plain(document))
        moment = int(pd.Timestamp(document.as_of, tz="UTC").timestamp())
        pdf = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=moment)
    if not isinstance(pdf, bytes):
        raise TypeError(f"briefing.pdf: expected one file from Typst, got {type(pdf).__name__}.")
    return pdf


def _choose_size(compiler: typst.Compiler, data: Path, content: dict[str, Any]) -> None:
    """Leave the data written with the text size that saves pages and fits on the pages allowed."""

    def pages(size: float, *, tight: bool = False) -> int:
        """Pages that the document takes at a type size in points."""
        data.write_text(json.dumps({**content, "size": size, "tight": tight}), encoding="utf-8")
        return int(json.loads(compiler.query("<pages>", field="value", one=True)))

    usual, smaller, smallest = SIZES_PT
    n_usual, n_smaller = pages(usual), pages(smaller)
    best = smaller if n_smaller < n_usual else usual
    if min(n_usual, n_smaller) <= MAX_PAGES:
        pages(best)
    elif pages(smallest) > MAX_PAGES and pages(smaller, tight=True) > MAX_PAGES:
        pages(smallest, tight=True)


def _font_folder() -> Path:
    """Matplotlib's own fonts: they are there wherever the charts are."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def _plain(document: Document) -> dict[str, Any]:
    day = pd.Timestamp(document.as_of)
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "mark": document.mark,
        "footer": list(document.footer),
        "stamp": document.stamp,
        "lang": document.lang,
        "date": [day.year, day.month, day.day],
        "blocks": [{"kind": block.kind, **_block(block)} for block in document.blocks],
    }


def _block(block: Block) -> dict[str, Any]:  # noqa: PLR0911 - one return per kind of block
    match block:
        case Heading():
            return {"text": block.text}
        case Paragraph():
            return {"text": block.sentence.text, "style": block.style}
        case Bullets():
            return {"items": _texts(block.items)}
        case Judgement():
            parts = _texts((block.statement, block.evidence, block.confidence))
            return {"order": block.order, **dict(zip(("statement", "evidence", "confidence"), parts, strict=True))}
        case Table():
            return _table(block)
        case Figure():
            return {"file": f"{block.name}.svg", "alt": block.alt, "caption": block.caption.text}
        case Box():
            return {"title": block.title, "items": _texts(block.items)}


def _texts(sentences: tuple[Sentence, ...]) -> list[str]:
    return [s.text for s in sentences]


def _table(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "headers": [h or "#" for h in table.headers],
        "rows": [[_cell(c) for c in row] for row in table.rows],
        "right": list(table.right),
        "widths": list(table.widths or [1] * len(table.headers)),
    }


def _cell(cell: TableCell) -> dict[str, Any]:
    drawn = band(cell.band_id) if cell.band_id else None
    return {"text": cell.text, "fill": drawn.colour if drawn else None, "ink": drawn.ink if drawn else None}
