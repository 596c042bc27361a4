"""Pages on narrow screens and on paper: no word is cut, and every row of a table is there."""

import html
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browsers import CHROMIUM, opened, served
from tests.editions import write_edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("store")
    write_edition(store)
    with served(store) as (address, _):
        yield address


def test_printed_headings_stand_on_the_page_of_what_they_head(dashboard: str) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not on this machine")
    with opened(f"{dashboard}/skill") as (page, _):
        heads = page.locator(".stMarkdown p > strong:only-child")
        tables = page.locator("[data-testid='stDataFrame']:has(canvas), [data-testid='stTable'] table")
        expect(tables).to_have_count(3, timeout=30_000)
        expect(page.locator(".js-plotly-plot:has(.main-svg)")).to_have_count(3, timeout=30_000)
        titles = [text.strip() for text in heads.all_inner_texts()]
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        printed = page.pdf(prefer_css_page_size=True)
    read = subprocess.run(["pdftotext", "-bbox-layout", "-", "-"], input=printed, capture_output=True, check=True)
    sheets = re.findall(r'<page width="[\d.]+" height="([\d.]+)">(.*?)</page>', read.stdout.decode(), flags=re.DOTALL)
    lines = [
        (float(low) / float(high), " ".join(html.unescape(word) for word in re.findall(r">([^<>\n]+)</word>", line)))
        for high, sheet in sheets
        for low, line in re.findall(r'<line [^>]*yMax="([\d.]+)">(.*?)</line>', sheet, flags=re.DOTALL)
    ]
    found = {title: [down for down, text in lines if text == title] for title in titles}
    assert sum(map(bool, found.values())) >= 5
    assert {title: downs for title, downs in found.items() if any(down > 0.85 for down in downs)} == {}


def test_printed_page_is_as_wide_as_the_paper_and_shows_the_whole_list(dashboard: str) -> None:
    with opened(dashboard) as (page, _):
        page.locator(".panel tbody tr").first.wait_for()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert float(page.evaluate("document.body.style.zoom")) == pytest.approx(1047 / 1366, abs=0.01)
        assert not page.locator(".tools").is_visible()
        assert page.locator(".scroll").evaluate("e => getComputedStyle(e).overflow") == "visible"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.body.style.zoom") == ""


def test_printed_table_has_all_rows_and_the_one_to_sort_stays_on_the_screen(dashboard: str) -> None:
    with opened(f"{dashboard}/skill") as (page, _):
        paper, screen = page.locator(".paper").first, page.locator("[data-testid='stDataFrame']").first
        expect(screen).to_be_visible(timeout=30_000)
        expect(paper).to_be_hidden()
        page.emulate_media(media="print")
        expect(screen).to_be_hidden()
        expect(paper.locator("tbody tr").last).to_be_visible()
        assert paper.locator("tbody tr").count() == 14  # segments


CUT = """() => [...document.querySelectorAll(`[data-testid='stSelectbox'] input, [data-testid='stTable'] > div, .paper,
    :is([data-testid='stButton'], [data-testid='stMetricLabel'], [data-testid='stPopover'])
      [data-testid='stMarkdownContainer']`)]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.value ?? e.textContent)"""
NARROW, USUAL = 820, 1366


@pytest.mark.parametrize(
    ("view", "width"),
    [
        ("?horizon=1", 1366),
        ("?horizon=1", 820),
        ("scenarios", 1366),
        ("scenarios", 820),
        ("skill", 820),
        ("protection", 820),
    ],
)
def test_no_word_of_boxes_buttons_and_tables_is_cut(dashboard: str, view: str, width: int) -> None:
    with opened(f"{dashboard}/{view}", size=(width, 768)) as (page, _):
        page.wait_for_function(f"({CUT})().length === 0", timeout=20_000)


def test_narrow_screen_has_a_large_table_with_all_of_its_columns(dashboard: str) -> None:
    with opened(f"{dashboard}/skill", size=(820, 768)) as (page, _):
        copy = page.locator(".paper.plain").first
        expect(copy).to_be_visible(timeout=30_000)
        expect(page.locator("[data-testid='stDataFrame']").first).to_be_hidden()
        assert copy.evaluate("e => e.scrollWidth - e.clientWidth") == 0


def test_tables_of_protection_are_cut_nowhere_on_a_small_screen(dashboard: str) -> None:
    with opened(f"{dashboard}/protection", size=(1280, 768)) as (page, _):
        tables = page.locator("[data-testid='stTable']")
        expect(tables.last).to_be_visible(timeout=30_000)
        beyond = [t.evaluate("e => e.scrollWidth - e.clientWidth") for t in tables.all()]
        assert set(beyond) == {0}
