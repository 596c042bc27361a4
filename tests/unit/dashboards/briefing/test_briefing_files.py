"""The briefing's files: the same bytes, self-contained, tagged, two to five pages."""

import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboards.briefing import HTML, PDF, render_briefing
from dashboards.briefing.document import briefing_document
from dashboards.briefing.html import render_html
from dashboards.briefing.model import Document, Heading, Paragraph
from dashboards.briefing.pdf import LAYOUTS, render_pdf
from dashboards.briefing.tables import Column, Table, TableCell
from dashboards.edition_view.statements import Sentence
from pipelines.editions.edition import Edition
from tests.editions import write_edition


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(write_edition(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def files(edition: Edition) -> dict[str, bytes]:
    return render_briefing(edition)


def inflated(pdf: bytes) -> bytes:
    """The PDF with its compressed streams opened."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, flags=re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", inflated(pdf)))


def test_briefing_has_the_same_bytes_when_rendered_again(edition: Edition, files: dict[str, bytes]) -> None:
    assert render_briefing(Edition(edition.folder)) == files


def test_html_refers_to_nothing_outside_itself(files: dict[str, bytes]) -> None:
    class Addresses(HTMLParser):
        found: list[str] = []  # noqa: RUF012 - read once

        def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "action")]

    parser = Addresses()
    text = files[HTML].decode()
    parser.feed(text)
    assert parser.found
    assert all(a.startswith("data:image/svg+xml;base64,") for a in parser.found)
    assert not re.search(r"<script|https?://|url\(|@import", text)


def test_html_gives_every_drawing_a_text_alternative(files: dict[str, bytes]) -> None:
    images = re.findall(r"<img [^>]*>", files[HTML].decode())
    assert len(images) == 5
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in images)


def test_html_escapes_markup_in_names(edition: Edition) -> None:
    document = replace(briefing_document(edition), blocks=(Paragraph(Sentence("<script>alert(1)</script>")),))
    assert b"<script>" not in render_html(document)


def test_pdf_takes_markup_in_names_as_text(edition: Edition) -> None:
    document = replace(briefing_document(edition), blocks=(Paragraph(Sentence("#panic() $x$ *a* <b> @c \\ [")),))
    assert render_pdf(document).startswith(b"%PDF")


def test_pdf_has_two_to_five_pages(files: dict[str, bytes]) -> None:
    assert 2 <= pages(files[PDF]) <= 5


def test_pdf_has_at_most_five_pages_when_names_are_long(tmp_path: Path) -> None:
    long = {
        f"other_{i}": {"name": f"A long name of an indicator {i}", "unit": "cases", "kind": "flow"} for i in range(12)
    }
    edition = Edition(write_edition(tmp_path, manifest={"indicators": long}))
    assert pages(render_briefing(edition)[PDF]) <= 5


def test_pdf_is_tagged_and_says_that_it_is_accessible(files: dict[str, bytes]) -> None:
    content = inflated(files[PDF])
    assert b"/MarkInfo" in content
    assert b"pdfuaid:part" in content
    assert b"/Lang" in content


def test_pdf_is_dated_by_the_edition_and_not_by_the_clock(files: dict[str, bytes]) -> None:
    assert b"D:20261119" in inflated(files[PDF])


def test_pdf_holds_the_footnote_and_the_caveat_on_every_page(files: dict[str, bytes], tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not on this machine")
    path = tmp_path / PDF
    path.write_bytes(files[PDF])
    read = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60)
    texts = [" ".join(page.split()) for page in read.stdout.decode().split("\f") if page.strip()]
    assert len(texts) == pages(files[PDF])
    for text in texts:
        assert "This designation is without prejudice to positions on status" in text
        assert "Detections are not persons" in text
        assert "SYNTHETIC DATA" in text


HEAD = Heading("A section on places", "places")
COLUMNS = (Column("Place", lambda _, row: row), Column("Count", lambda _, row: row))


def rows_of_places(n: int) -> Table:
    return Table("The table's caption.", COLUMNS, tuple((TableCell(f"Place{i}."), TableCell("7")) for i in range(n)))


def pages_of(document: Document, *texts: str) -> list[int]:
    """The page of a PDF that each text first stands on."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not on this machine")
    made = render_pdf(document)
    read = subprocess.run(["pdftotext", "-", "-"], input=made, capture_output=True, check=True, timeout=60)
    found = read.stdout.decode().split("\f")
    return [next(i for i, page in enumerate(found, start=1) if text in page) for text in texts]


def lines(n: int, word: str = "Line") -> tuple[Paragraph, ...]:
    return tuple(Paragraph(Sentence(f"{word} {i}.")) for i in range(n))


@pytest.mark.parametrize("before", range(38, 52, 2))  # down to the foot of the page
def test_heading_stands_on_the_page_of_what_it_heads(
    edition: Edition, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setattr("dashboards.briefing.pdf.LAYOUTS", LAYOUTS[:1])
    document = replace(briefing_document(edition), blocks=(*lines(before), HEAD, rows_of_places(6)))
    heading, first = pages_of(document, HEAD.text, "Place0.")
    assert heading == first


def test_long_table_begins_under_its_heading_and_goes_on_on_the_next_page(edition: Edition) -> None:
    document = replace(briefing_document(edition), blocks=(*lines(20), HEAD, rows_of_places(40)))
    assert pages_of(document, HEAD.text, "Place0.", "Place39.", "The table's caption.") == [1, 1, 2, 2]


def test_pdf_takes_a_layout_that_parts_no_table_where_there_is_one(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = (*lines(20), HEAD, rows_of_places(30), *lines(20, "Below"))
    document, loose, tight = replace(briefing_document(edition), blocks=blocks), LAYOUTS[0], LAYOUTS[-1]
    ends = []
    for layouts in ((loose,), (tight,), (loose, tight)):
        monkeypatch.setattr("dashboards.briefing.pdf.LAYOUTS", layouts)
        ends.append(pages_of(document, "The table's caption.", "Below 19."))
    assert ends == [[2, 2], [1, 2], [1, 2]]


def test_pdf_takes_the_layout_with_the_fewest_pages(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    document = replace(briefing_document(edition), blocks=lines(54))
    chosen = pages(render_pdf(document))
    alone = []
    for layout in LAYOUTS:
        monkeypatch.setattr("dashboards.briefing.pdf.LAYOUTS", (layout,))
        alone.append(pages(render_pdf(document)))
    assert chosen == min(alone)
    assert chosen < max(alone)
