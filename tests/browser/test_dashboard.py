"""The dashboard in a real browser: what is seen, what is chosen, and that nothing leaves the machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.editions import write_edition
from tests.servers import free_port, is_healthy

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def served(store: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The dashboard on a free port; its address and process."""
    program, port = shutil.which("routecast", path=str(Path(sys.executable).parent)), free_port()
    assert program is not None
    command = [program, "dashboard", "--store", str(store), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=store) as server:
        try:
            assert is_healthy(port, seconds=60)
            yield f"http://{LOCAL}:{port}", psutil.Process(server.pid)
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    store = tmp_path_factory.mktemp("store")
    write_edition(store)
    with served(store) as started:
        yield started


@contextmanager
def opened(address: str, *, scheme: str = "light") -> Iterator[tuple[Page, list[str]]]:
    """A fresh browser on the page; the page and the hosts it asked."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme).new_page()
        hosts: list[str] = []
        page.on("request", lambda request: hosts.append(str(urlsplit(request.url).hostname)))
        page.on("websocket", lambda socket: hosts.append(str(urlsplit(socket.url).hostname)))
        page.goto(address)
        page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
        yield page, hosts
        browser.close()


def test_link_to_a_page_opens_it_on_a_server_that_nobody_visited_before(tmp_path: Path) -> None:
    write_edition(tmp_path)
    with served(tmp_path) as (address, _server), opened(f"{address}/skill") as (page, _hosts):
        assert page.get_by_text("Pressure points").first.is_visible()  # the navigation of the frame
        assert page.locator("[data-testid='stSidebarNav']").count() == 0


def test_first_page_shows_map_and_ranking_and_asks_no_other_host(dashboard: tuple[str, psutil.Process]) -> None:
    address, server = dashboard
    with opened(address) as (page, hosts):
        page.wait_for_selector("[data-testid='stDataFrame'] canvas")
        page.wait_for_timeout(2_000)
        assert page.get_by_text("Where it is worst").is_visible()
        assert set(hosts) == {LOCAL}
        connections = [c for p in (server, *server.children(recursive=True)) for c in p.net_connections("inet")]
        assert {c.raddr.ip for c in connections if c.raddr} <= {LOCAL, "::1"}
        assert {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN} == {LOCAL}


def test_segment_chosen_on_the_map_opens_its_page(dashboard: tuple[str, psutil.Process]) -> None:
    with opened(dashboard[0]) as (page, _):
        page.wait_for_timeout(1_500)
        numbered = page.locator(".js-plotly-plot .textpoint text", has_text="1").first.bounding_box()
        assert numbered is not None
        page.mouse.click(numbered["x"] + numbered["width"] / 2, numbered["y"] + numbered["height"] / 2)
        page.wait_for_url("**/place?**", timeout=20_000)
        page.get_by_text("Past forecasts").wait_for(timeout=20_000)
        assert parse_qs(urlsplit(page.url).query)["unit"][0].startswith("segment:")


def test_address_of_a_view_opens_the_same_view(dashboard: tuple[str, psutil.Process]) -> None:
    view = f"{dashboard[0]}/place?unit=headline&horizon=7"
    with opened(view) as (page, _):
        page.get_by_text("Past forecasts, 7 weeks ahead").wait_for(timeout=20_000)


def test_dark_theme_draws_light_text(dashboard: tuple[str, psutil.Process]) -> None:
    with opened(f"{dashboard[0]}/skill", scheme="dark") as (page, _):
        fill = page.locator(".js-plotly-plot .xtick text").first.evaluate("e => getComputedStyle(e).fill")
        assert fill == "rgb(232, 236, 239)"
