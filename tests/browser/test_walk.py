"""Every page by menu, link, Back and reload, with choices that are not the first: boxes, title and address agree."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboards.views import PAGES
from dashboards.wording import pages
from tests.browsers import CHROMIUM, opened, served
from tests.editions import write_edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
CHOSEN = {"indicator": "smuggling_cases", "horizon": "6", "route": "central"}
SHOWN = {"Indicator": "Smuggling cases", "Route": "Central", "Horizon": "week "}
VIEWS = [
    page for page in PAGES if page.id in ("overview", "wave", "place", "protection", "briefing", "skill", "quality")
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("store")
    write_edition(store)
    with served(store) as (address, _server):
        yield address


def title_of(page: Page) -> str:
    return str(page.locator("h1.view").inner_text())


def require_chosen(page: Page, name: str) -> str:
    """Wait for a page; its boxes, title and address hold the choices. Returns the title."""
    page.wait_for_function("name => document.title.startsWith(name + ':')", arg=name, timeout=30_000)
    page.wait_for_function("() => location.search.includes('horizon=6')", timeout=30_000)
    page.locator("h1.view", has_text=f"{name}:").wait_for()
    title = title_of(page)
    of_route = name in (
        "Pressure points",
        "Week by week",
        "One place",
    )  # the others speak of the whole region, and say so
    titled = {
        "Briefing": (),
        "Week by week": ("Indicator",),
        "Past skill": ("Indicator",),
        "Data quality": ("Indicator",),
    }
    named = titled.get(name, ("Indicator", "Horizon"))
    for label, words in SHOWN.items():  # what a page has below its heading comes in its own time
        box = page.get_by_role("combobox", name=label)
        if of_route or label in named:
            expect(box.first).to_have_value(re.compile(re.escape(words)))
            if label != "Route":
                assert (box.first.input_value().partition(" · ")[0] in title) == (label in named)
        else:
            expect(box).to_have_count(0)
    route = page.get_by_role("combobox", name="Route").first.input_value() if of_route else pages.ALL_ROUTES
    assert route in title
    expect(page.get_by_text(pages.WHOLE_PAGE)).to_have_count(int(not of_route))
    asked = {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}
    assert {key: asked.get(key) for key in CHOSEN} == CHOSEN
    return title


def test_boxes_title_and_address_agree_on_every_page_however_it_is_reached(address: str) -> None:
    link = "&".join(f"{key}={value}" for key, value in CHOSEN.items())
    with opened(f"{address}/?{link}") as (page, _hosts):
        titles = [require_chosen(page, VIEWS[0].title)]
        begun = page.evaluate("history.length")
        for view in VIEWS[1:]:
            page.get_by_role("link", name=view.title, exact=True).first.click()
            titles.append(require_chosen(page, view.title))
            page.reload()
            assert require_chosen(page, view.title) == titles[-1]
        assert page.evaluate("history.length") == begun + len(VIEWS) - 1
        for view, title in zip(reversed(VIEWS[:-1]), reversed(titles[:-1]), strict=True):
            page.go_back()
            assert require_chosen(page, view.title) == title


def test_back_takes_one_choice_back(address: str) -> None:
    with opened(address) as (page, _hosts):
        page.locator("h1.view").wait_for()
        page.wait_for_function("() => location.search.includes('nationality=')")
        first, begun = title_of(page), page.evaluate("history.length")
        page.get_by_role("combobox", name="Horizon").click()
        page.get_by_role("option").nth(7).click()
        page.wait_for_function("was => document.querySelector('h1.view')?.innerText !== was", arg=first)
        assert page.evaluate("history.length") == begun + 1
        page.go_back()
        page.wait_for_function("was => document.querySelector('h1.view')?.innerText === was", arg=first)


def test_an_older_edition_says_so(tmp_path: Path) -> None:
    write_edition(tmp_path, n_segments=3)
    write_edition(tmp_path, n_segments=3, last="2026-11-16")
    with served(tmp_path) as (address, _server), opened(f"{address}/?edition=2026-W46") as (page, _hosts):
        page.get_by_text("An older edition").wait_for()
        assert "2026-W47" in page.locator("[data-testid='stMarkdown']", has_text="An older edition").first.inner_text()
