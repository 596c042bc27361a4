"""What another site can do with a visitor's log-in, in a real browser: not end it, not show our pages as its own."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import BrowserContext, sync_playwright

from tests.browsers import CHROMIUM, FOOT
from tests.editions import write_edition
from tests.logins import Login, log_in, logged, missing_part
from tests.web import Site, says, site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("login"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(missing_part() is not None, reason=str(missing_part())),
]
LOGGED_IN = {"_streamlit_user", "_streamlit_user_tokens"}


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    store = tmp_path_factory.mktemp("store")
    write_edition(store)
    with logged(store) as started:
        yield started


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """Another site: browsers tell sites apart by the host's name."""
    with site() as web:
        web.address = web.address.replace("127.0.0.1", "localhost")
        yield web


@pytest.fixture(scope="module")
def visitor(login: Login) -> Iterator[BrowserContext]:
    """A browser whose person is logged in."""
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        log_in(page, login, "ana")
        page.get_by_text(FOOT).first.wait_for(timeout=60_000)
        yield context
        chromium.close()


def lure(elsewhere: Site, text: str) -> str:
    """A page of another site; its address."""
    body = f"<!doctype html><title>elsewhere</title>{text}".encode()
    return elsewhere.put("/lure", says(body, Content_Type="text/html"))


def held(visitor: BrowserContext, login: Login) -> set[str]:
    return {str(c["name"]) for c in visitor.cookies(login.address)} & LOGGED_IN


@pytest.mark.asvs("V3.3.2", "V3.3.4")
def test_cookies_are_for_this_site_and_no_script(login: Login, visitor: BrowserContext) -> None:
    cookies = {str(c["name"]): c for c in visitor.cookies(login.address)}
    assert set(cookies) >= LOGGED_IN
    assert {c["sameSite"] for c in cookies.values()} <= {"Lax", "Strict"}
    assert {name for name, c in cookies.items() if not c["httpOnly"]} <= {"_streamlit_xsrf"}  # pages send it back


@pytest.mark.asvs("V3.5.1", "V3.5.3")
@pytest.mark.parametrize(
    "text",
    [
        "<img src='{out}'>",
        "<iframe src='{out}'></iframe>",
        "<script>fetch('{out}', {{mode: 'no-cors', credentials: 'include'}})</script>",
        "<a id=link href='{out}'>prices</a><script>link.click()</script>",
        "<form method=post action='{out}'></form><script>document.forms[0].submit()</script>",
        "<meta http-equiv=refresh content='0;{out}'>",
    ],
    ids=["picture", "frame", "fetch", "link", "form", "refresh"],
)
def test_another_site_ends_no_log_in(login: Login, visitor: BrowserContext, elsewhere: Site, text: str) -> None:
    with visitor.new_page() as page:
        page.goto(lure(elsewhere, text.format(out=f"{login.address}/auth/logout")))
        page.wait_for_timeout(700)
        assert held(visitor, login) == LOGGED_IN


@pytest.mark.asvs("V3.4.2")
@pytest.mark.parametrize("path", ["", "_stcore/health", "_stcore/host-config", "media/0f.csv"])
def test_another_site_reads_no_answer(login: Login, path: str) -> None:
    found = requests.get(f"{login.address}/{path}", headers={"Origin": "https://evil.example"}, timeout=20)
    assert [name for name in found.headers if name.lower().startswith("access-control-")] == []


def test_link_that_would_log_out_leads_to_the_button(login: Login, visitor: BrowserContext, elsewhere: Site) -> None:
    with visitor.new_page() as page:
        page.goto(lure(elsewhere, f"<a href='{login.address}/auth/logout'>prices</a>"))
        page.get_by_role("link", name="prices").click()
        page.get_by_role("button", name="Log out").wait_for(timeout=60_000)
        assert page.url.startswith(f"{login.address}/account")
        assert held(visitor, login) == LOGGED_IN


@pytest.mark.asvs("V3.4.6")
@pytest.mark.parametrize("path", ["", "account", "_stcore/health"])
def test_another_site_can_not_frame_a_page(login: Login, visitor: BrowserContext, elsewhere: Site, path: str) -> None:
    with visitor.new_page() as page:
        told: list[str] = []
        page.on("console", lambda said: told.append(said.text))
        page.goto(lure(elsewhere, f"<iframe src='{login.address}/{path}' width=900 height=700></iframe>"))
        page.wait_for_timeout(700)
        assert "frame-ancestors 'none'" in " ".join(told)
        assert [f.url for f in page.frames[1:]] == ["chrome-error://chromewebdata/"]
