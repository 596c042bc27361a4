"""The dashboard in a real browser: what is seen, chosen by mouse and keyboard, saved; nothing leaves the machine."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from playwright.sync_api import Page, expect

from dashboards.figures.map_data import COLOURS, DARK_COLOURS
from dashboards.views import PAGES
from tests.browsers import CHROMIUM, LOCAL, command, opened, served
from tests.editions import write_edition
from tests.servers import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
ADDRESSES = ("", *(page.id for page in PAGES[1:]))
Server = tuple[str, psutil.Process]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("store")
    write_edition(store)
    with served(store) as started:
        yield started


def test_link_to_a_page_opens_it_on_a_server_that_nobody_visited_before(tmp_path: Path) -> None:
    write_edition(tmp_path)
    with served(tmp_path) as (address, _server), opened(f"{address}/skill") as (page, _hosts):
        expect(page.get_by_text("Pressure points").first).to_be_visible()  # the navigation of the frame
        assert page.locator("[data-testid='stSidebarNav']").count() == 0


@pytest.mark.asvs("V3.4.3", "V14.2.3")
@pytest.mark.parametrize("name", ADDRESSES, ids=lambda name: name or "overview")
def test_page_asks_no_other_host(dashboard: Server, name: str) -> None:
    address, server = dashboard
    with opened(f"{address}/{name}") as (page, hosts):
        page.wait_for_timeout(2_000)
        assert set(hosts) == {LOCAL}
        connections = [c for p in (server, *server.children(recursive=True)) for c in p.net_connections("inet")]
        assert {c.raddr.ip for c in connections if c.raddr} <= {LOCAL, "::1"}
        assert {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN} == {LOCAL}


def test_first_page_fits_on_one_screen(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        page.locator(".panel tbody tr").first.wait_for()
        for seen in (".map", ".scroll", ".panel tbody tr >> nth=5"):
            box = page.locator(seen).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 1366
        for whole in (".map", ".side"):
            box = page.locator(whole).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 768
        expect(page.get_by_text("Where it is worst")).to_be_visible()


@pytest.mark.parametrize("width", [820, 1280])
def test_first_page_needs_no_sideways_scrolling(dashboard: Server, width: int) -> None:
    with opened(dashboard[0], size=(width, 800)) as (page, _):
        page.locator(".panel tbody tr").first.wait_for()
        main = page.locator("[data-testid='stMain']")
        assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert page.locator(".scroll").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_segment_chosen_on_the_map_opens_its_page(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        unit = page.locator(".panel tbody tr").nth(1).get_attribute("data-unit")
        page.locator(f".map circle.hit[data-unit='{unit}']").click()
        page.wait_for_url("**/place?**unit=**", timeout=20_000)
        assert parse_qs(urlsplit(page.url).query)["unit"] == [unit]


def test_segment_chosen_in_the_ranking_by_keyboard_opens_its_page(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        link = page.locator(".panel tbody a").nth(2)
        unit = link.get_attribute("data-unit")
        page.locator(".scroll").focus()
        for _ in range(3):
            page.keyboard.press("Tab")
        expect(
            page.locator(f".map g.marked[data-unit='{unit}']").first
        ).to_be_attached()  # the map shows what has the focus
        page.keyboard.press("Enter")
        page.wait_for_url("**/place?**unit=**", timeout=20_000)
        assert parse_qs(urlsplit(page.url).query)["unit"] == [unit]


def test_pointing_at_a_row_marks_its_segment_on_the_map(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        row = page.locator(".panel tbody tr").nth(3)
        row.hover()
        marked = page.locator(".map g.marked").first.get_attribute("data-unit")
        assert marked == row.get_attribute("data-unit")


def test_map_is_zoomed_and_moved_and_stays_so_when_another_week_is_chosen(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        drawing = page.locator(".map > svg").first
        whole = drawing.get_attribute("viewBox")
        page.get_by_role("button", name="Closer").click()
        near = drawing.get_attribute("viewBox")
        assert near != whole
        before = page.locator(".panel caption").inner_text()
        page.get_by_role("combobox", name="Horizon").click()
        page.get_by_role("option").nth(8).click()
        page.wait_for_function(
            "before => [...document.querySelectorAll('[data-testid^=stBidi]')].some("
            "e => e.shadowRoot && e.shadowRoot.querySelector('caption')?.textContent !== before)",
            arg=before,
        )
        assert page.locator(".map > svg").first.get_attribute("viewBox") == near


def view_of(page: Page) -> list[float]:
    """West, north, width, height of what the map shows."""
    return [float(v) for v in str(page.locator(".map > svg").first.get_attribute("viewBox")).split()]


def test_map_is_used_by_keyboard_and_names_crossing_points_from_near(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        drawing = page.locator(".map > svg").first
        names = page.locator(".map .crossings text")
        assert not names.first.is_visible()
        drawing.focus()
        whole = view_of(page)
        for _ in range(3):
            page.keyboard.press("+")
        near = view_of(page)
        assert near[2] == pytest.approx(whole[2] / 1.6**3)
        assert sum(name.is_visible() for name in names.all()) > 3
        page.keyboard.press("ArrowRight")
        assert view_of(page)[0] > near[0]
        assert view_of(page)[1:] == near[1:]
        page.keyboard.press("0")
        assert view_of(page) == whole


def test_map_fills_the_screen_and_gives_it_back(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        button = page.get_by_role("button", name="Full screen")
        before = page.locator(".map").bounding_box()
        button.click()
        page.wait_for_function("() => document.fullscreenElement")
        full = page.locator(".map").bounding_box()
        assert full is not None
        assert (full["x"], full["y"], full["width"]) == (0, 0, 1366)
        button.click()
        page.wait_for_function("() => !document.fullscreenElement")
        assert page.locator(".map").bounding_box() == before


def test_chosen_route_is_shown_near_and_the_whole_map_comes_back(dashboard: Server) -> None:
    with opened(f"{dashboard[0]}/?route=western") as (page, _):
        near = view_of(page)
        assert near[2] < 1000
        page.get_by_role("button", name="Whole map").click()
        assert view_of(page)[:3] == [0, 0, 1000]


def test_words_of_the_legend_are_cut_nowhere(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        legend = page.locator(".map .legend")
        expect(legend).to_contain_text("no better than a simple method")
        assert legend.evaluate(
            "e => [...e.querySelectorAll('text')].map(t => t.getBBox())"
            ".every(box => box.x + box.width <= e.width.baseVal.value)"
        )


def test_list_of_places_is_skipped_by_keyboard(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        skip = page.get_by_role("button", name="Skip the list of places")
        page.get_by_role("button", name="Save the map as PNG").focus()
        page.keyboard.press("Tab")
        assert skip.evaluate("e => e.matches(':focus') && e.getBoundingClientRect().height > 20")  # seen once focused
        page.keyboard.press("Enter")
        assert page.get_by_role("button", name="Back to the list of places").evaluate("e => e.matches(':focus')")
        page.keyboard.press("Tab")
        assert page.evaluate("() => !document.activeElement.shadowRoot?.activeElement")  # past the whole panel


def test_map_is_dark_on_a_dark_page_and_light_in_its_picture(dashboard: Server, tmp_path: Path) -> None:
    with opened(dashboard[0], scheme="dark") as (page, _):
        land = page.locator(".map > svg path").nth(1).get_attribute("fill")
        assert land == DARK_COLOURS[COLOURS["land"]]
        with page.expect_download() as caught:
            page.get_by_role("button", name="Save the map as SVG").click()
        caught.value.save_as(tmp_path / "map.svg")
        assert COLOURS["land"] in (tmp_path / "map.svg").read_text(encoding="utf-8")


def test_map_stays_in_its_place_when_another_week_is_chosen(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        places = []
        for week in (0, 4, 9):
            page.get_by_role("combobox", name="Horizon").click()
            page.get_by_role("option").nth(week).click()
            page.wait_for_function("n => location.search.includes(`horizon=${n}&`)", arg=week + 1)
            page.wait_for_timeout(800)
            places.append(page.locator(".map").bounding_box())
        assert places[0] == places[1] == places[2]


@pytest.mark.parametrize(("page_id", "name"), [("account", "Account"), ("tables", "Map a table")])
def test_tab_and_heading_of_a_page_without_an_edition_name_it(dashboard: Server, page_id: str, name: str) -> None:
    with opened(f"{dashboard[0]}/{page_id}") as (page, _):
        expect(page).to_have_title(f"{name} · Routecast")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_wave_is_stepped_through_by_keyboard_without_asking_the_server(dashboard: Server) -> None:
    with opened(f"{dashboard[0]}/wave") as (page, _):
        slider, told = page.get_by_role("slider", name="Which week is shown"), page.locator("output.when")
        reported = page.locator(".map .segment path").last
        page.wait_for_function("() => location.search.includes('nationality=')")
        assert told.inner_text() in page.get_by_role("combobox", name="Horizon").input_value()
        ahead = reported.get_attribute("stroke")
        sent: list[str] = []
        watcher = page.context.new_cdp_session(page)
        watcher.on("Network.webSocketFrameSent", lambda _: sent.append("frame"))
        watcher.send("Network.enable")
        slider.focus()
        page.keyboard.press("Home")
        assert told.inner_text().endswith("reported")
        assert slider.get_attribute("aria-valuetext") == told.inner_text()
        assert reported.get_attribute("stroke") != ahead  # a band is of forecasts alone
        assert page.locator(".wave tbody tr[data-unit] .chip").count() == 0
        for _ in range(11):
            page.keyboard.press("ArrowRight")
        assert told.inner_text().startswith("week 46 ")
        page.wait_for_timeout(1_000)
        assert sent == []
        page.keyboard.press("End")  # where it rests ahead is where the boxes and the address are
        page.wait_for_function("() => location.search.includes('horizon=12')")
        assert sent
        expect(page.get_by_role("combobox", name="Horizon")).to_have_value(re.compile(r"^week 5 of 2027|^week 5 "))
        assert slider.evaluate("e => e.matches(':focus')")


def test_wave_plays_to_its_end_and_is_held_by_a_key(dashboard: Server) -> None:
    with opened(f"{dashboard[0]}/wave?horizon=10") as (page, _):
        told, begun = page.locator("output.when"), page.locator("output.when").inner_text()
        page.get_by_role("button", name="Play").focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "was => [...document.querySelectorAll('[data-testid^=stBidi]')].some("
            "e => e.shadowRoot?.querySelector('output') && e.shadowRoot.querySelector('output').textContent !== was)",
            arg=begun,
        )
        page.keyboard.press("Enter")
        held = told.inner_text()
        page.wait_for_timeout(1_500)
        assert told.inner_text() == held
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Play").wait_for(timeout=6_000)  # at the end it stops by itself
        assert page.get_by_role("slider", name="Which week is shown").input_value() == "23"


def test_link_of_a_row_opens_its_place_in_another_tab(dashboard: Server) -> None:
    with opened(dashboard[0]) as (page, _):
        link = page.locator(".panel tbody a").first
        name, target = link.inner_text(), link.get_attribute("href")
    with opened(f"{dashboard[0]}/{target}") as (page, _):
        expect(page.get_by_role("combobox", name="Place").first).to_have_value(re.compile("^" + re.escape(name)))


@pytest.mark.parametrize(("kind", "begins"), [("SVG", b"<svg"), ("PNG", b"\x89PNG")])
def test_map_is_saved_as_picture_with_its_caveats(dashboard: Server, kind: str, begins: bytes, tmp_path: Path) -> None:
    with opened(dashboard[0]) as (page, _):
        with page.expect_download() as caught:
            page.get_by_role("button", name=f"Save the map as {kind}").click()
        path = tmp_path / "map"
        caught.value.save_as(path)
        content = path.read_bytes()
        assert content.startswith(begins)
        assert caught.value.suggested_filename.endswith(f".{kind.lower()}")
        if kind == "SVG":
            assert "Detections are not persons" in content.decode()
            assert "UNSCR 1244" in content.decode()
            assert "vector-effect" not in content.decode()  # lines would be hair-thin in a large picture


def test_address_of_a_view_opens_the_same_view(dashboard: Server) -> None:
    view = f"{dashboard[0]}/place?unit=headline&horizon=7"
    with opened(view) as (page, _):
        ahead = page.get_by_role("combobox", name="How far ahead")
        ahead.wait_for(timeout=20_000)
        assert ahead.input_value() == "7 weeks ahead"


def test_dark_theme_draws_light_text(dashboard: Server) -> None:
    with opened(f"{dashboard[0]}/skill", scheme="dark") as (page, _):
        page.wait_for_selector(".js-plotly-plot .xtick text")
        fill = page.locator(".js-plotly-plot .xtick text").first.evaluate("e => getComputedStyle(e).fill")
        assert fill == "rgb(232, 236, 239)"


def test_pages_work_where_there_is_no_network_but_loopback(tmp_path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user", "--net"]
    allowed = subprocess.run([*alone, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    if allowed.returncode:
        pytest.skip(f"no network namespace here: {allowed.stderr.strip() or allowed.returncode}")
    write_edition(tmp_path)
    port = free_port()
    visit = Path(__file__).with_name("visit_alone.py")
    inside = f"ip link set lo up && exec {sys.executable} {visit} {port} {' '.join(command(tmp_path, port))}"
    done = subprocess.run(
        [*alone, "sh", "-c", inside],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["rows"] > 0
    assert set(seen["hosts"]) == {LOCAL}
    assert seen["routes"] == ""
