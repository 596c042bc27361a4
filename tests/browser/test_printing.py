"""Pages on paper: what is chosen and typed is for the screen, and no page begins empty."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboards.wording import pages
from tests.browsers import CHROMIUM, opened, served
from tests.editions import write_edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("store")
    write_edition(store)
    with served(store) as (address, _server):
        yield address


@pytest.mark.parametrize("name", ["", "briefing", "quality"])
def test_boxes_are_not_printed(address: str, name: str) -> None:
    with opened(f"{address}/{name}") as (page, _):
        boxes = page.get_by_role("combobox")
        expect(boxes.first).to_be_visible()
        page.emulate_media(media="print")
        expect(boxes.first).to_be_hidden()
        assert [box for box in boxes.all() if box.is_visible()] == []
        expect(page.locator("h1 .for-paper", has_text="edition 2026-W46")).to_be_visible()


def first_sheet(page: Page) -> str:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.pdf(prefer_css_page_size=True)
    read = subprocess.run(["pdftotext", "-l", "1", "-", "-"], input=printed, capture_output=True, check=True)
    return read.stdout.decode()


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not on this machine")
def test_printed_help_begins_on_its_first_sheet(address: str) -> None:
    with opened(f"{address}/help") as (page, _):
        expect(page.locator("[data-testid='stTable'] table")).to_be_visible()
        assert "The ranking" in first_sheet(page)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not on this machine")
def test_briefing_on_paper_is_its_pdf_and_the_page_says_so(address: str) -> None:
    with opened(f"{address}/briefing") as (page, _):
        expect(page.locator("iframe")).to_be_visible()
        expect(page.get_by_text(pages.BRIEFING_PAPER)).to_be_hidden()
        sheet = " ".join(first_sheet(page).split())
        assert pages.BRIEFING_PAPER in sheet
        assert pages.DETECTIONS in sheet
