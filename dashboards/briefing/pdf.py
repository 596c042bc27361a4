"""The briefing as a tagged PDF (PDF/UA-1 and PDF/A-2a) through Typst; the same edition gives the same bytes."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import typst

from dashboards.briefing.model import Document, Figure
from dashboards.briefing.pictures import font_folder
from dashboards.briefing.tables import TableCell
from dashboards.edition_view.statements import Sentence
from dashboards.wording.bands import band

TEMPLATE = Path(__file__).parent / "templates" / "briefing.typ"
# type size in points, and narrower spaces and figures: the first of those that take the fewest pages, so that the last
# page is no emptier than it has to be, and part the fewest tables
LAYOUTS = ((10.0, False), (9.8, False), (9.5, False), (10.0, True), (9.8, True), (9.6, True), (9.5, True))
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
            str(source), root=str(root), font_paths=[str(font_folder())], ignore_system_fonts=True
        )
        _choose_layout(
            compiler,
            root / "briefing.json",
            _plain(document),
        )
        moment = int(pd.Timestamp(document.as_of, tz="UTC").timestamp())
        pdf = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=moment)
    if not isinstance(pdf, bytes):
        raise TypeError(f"briefing.pdf: expected one file from Typst, got {type(pdf).__name__}.")
    return pdf


def _choose_layout(compiler: typst.Compiler, data: Path, content: dict[str, Any]) -> None:
    """Leave the data written with the layout of the fewest pages, of equal ones that which parts the fewest tables."""

    def cost(layout: tuple[float, bool]) -> tuple[int, int]:
        """Pages that the document takes, and tables that end on another page than they begin on."""
        size, tight = layout
        data.write_text(json.dumps({**content, "size": size, "tight": tight}), encoding="utf-8")
        pages, begins, ends = (json.loads(compiler.query(f"<{x}>", field="value")) for x in ("pages", "begins", "ends"))
        return pages[0], sum(a != b for a, b in zip(begins, ends, strict=True))

    cost(min(LAYOUTS, key=cost))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of a document, as JSON
    """A document or a part of it as the template reads it: texts alone, under the names of their fields."""
    if isinstance(value, Sentence):
        return value.text
    if isinstance(value, TableCell):
        drawn = band(value.band_id) if value.band_id else None
        return {"text": value.text, "fill": drawn.colour if drawn else None, "ink": drawn.ink if drawn else None}
    if is_dataclass(value):
        names = [f.name for f in fields(value)]
        names += [n for n, made in vars(type(value)).items() if isinstance(made, property)]
        named = {name: _plain(getattr(value, name)) for name in names}
        return {**named, "kind": getattr(value, "kind", "")}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float) else None  # drawings and forms are no texts
