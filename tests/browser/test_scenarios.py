"""The page on scenarios in a real browser: a click runs one, its address opens it again, nothing leaves the machine."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from dashboards.wording import scenarios as texts
from forecasting.scenarios.assumptions import KINDS
from tests.scenario_editions import put_small
from tests.servers import free_port, is_healthy

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
LOCAL = "127.0.0.1"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pack, store = put_small(tmp_path_factory.mktemp("scenarios"))
    program, port = shutil.which("routecast", path=str(Path(sys.executable).parent)), free_port()
    assert program is not None
    command = [program, "dashboard", "--region", str(pack), "--store", str(store), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=store) as server:
        try:
            assert is_healthy(port, seconds=60)
            yield f"http://{LOCAL}:{port}/scenarios"
        finally:
            server.terminate()


def open_page(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("tab", name=texts.FORM).or_(page.get_by_role("tab", name=texts.TABS["time"])).first.wait_for(
        timeout=60_000
    )


def test_form_runs_by_the_first_click_with_what_was_just_typed(address: str) -> None:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(90_000)
        open_page(address, page)
        page.get_by_role("combobox", name=texts.KIND).click()
        page.get_by_role("option", name=KINDS["inflow"].title).click()
        ramp = page.get_by_role("spinbutton", name=texts.RAMP.format(steps="weeks"))
        ramp.fill("3")
        page.get_by_role("button", name=texts.ADD).click()
        expect(page.get_by_role("button", name=texts.DROP)).to_be_visible()
        page.get_by_role("textbox", name=texts.NAME).type("More come slowly")
        page.get_by_role("button", name=texts.DONE).click()
        page.get_by_role("button", name=texts.MANAGE).click()
        expect(page.get_by_text("ramp_periods: 3")).to_be_visible()
        browser.close()


def test_ready_scenario_is_run_by_a_click_and_opened_again_by_its_address(address: str) -> None:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(90_000)  # the tests' machine may be busy
        hosts: list[str] = []
        page.on("request", lambda request: hosts.append(str(urlsplit(request.url).hostname)))
        open_page(address, page)
        page.get_by_role("button", name=texts.STARTERS["more"]).click()
        page.get_by_role("tab", name=texts.TABS["time"]).click()
        page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
        page.get_by_role("tab", name=texts.TABS["table"]).click()
        with page.expect_download(timeout=90_000) as saved:
            page.get_by_role("button", name=texts.CSV).click()
        assert texts.STARTERS["more"] in Path(saved.value.path()).read_text(encoding="utf-8")
        link = page.url
        page.get_by_role("link", name="Data quality", exact=True).first.click()
        page.locator("h1.view", has_text="Data quality:").wait_for()
        page.get_by_role("link", name="Scenarios", exact=True).first.click()  # and it is still there
        page.get_by_role("tab", name=texts.TABS["table"]).wait_for()
        page.wait_for_function(
            "link => location.search.includes(new URL(link).search.split('scenarios=')[1])", arg=link
        )
        other = browser.new_context().new_page()  # a colleague's browser
        open_page(link, other)
        other.get_by_role("button", name=texts.STARTERS["more"]).first.wait_for(timeout=90_000)
        browser.close()
    assert set(hosts) == {LOCAL}


def test_enter_after_a_countrys_name_takes_the_country_and_no_more(address: str) -> None:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(90_000)
        open_page(address, page)
        box = page.locator(".st-key-f_SegmentFlow_segment")
        box.get_by_role("combobox").press_sequentially("Bland")
        expect(page.get_by_role("option").first).to_have_text("Bland: all ways in (2 places)", timeout=30_000)
        box.get_by_role("combobox").press("Enter")
        expect(box.locator("[data-tag]")).to_have_text(["Bland: all ways in (2 places)"], timeout=30_000)
        browser.close()


def test_what_is_whole_comes_before_single_places_when_a_country_is_typed(address: str) -> None:
    whole = ["Bland: all ways in (2 places)", "Aland → Bland: the whole border (AAA-BBB, 2 places)"]
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(90_000)
        open_page(address, page)
        page.locator(".st-key-f_SegmentFlow_segment").get_by_role("combobox").press_sequentially("Bland")
        expect(page.get_by_role("option").nth(1)).to_have_text(whole[1], timeout=30_000)
        expect(page.get_by_role("option").first).to_have_text(whole[0])
        expect(page.get_by_role("option").nth(2)).to_contain_text("The pass · b-1")
        browser.close()
