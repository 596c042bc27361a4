"""Log-in in a real browser against a real OpenID provider: who gets in, as what, and which tokens are refused."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from dashboards.wording.access import NO_EDITION_FOR_PROFILE, REFUSED
from pipelines.store.paths import open_store
from records.audit import AuditEntry, list_entries
from records.database import open_database
from records.verify import verify_trail
from tests.browsers import CHROMIUM, FOOT
from tests.editions import write_edition
from tests.logins import Login, log_in, logged, missing_part

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("login"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(missing_part() is not None, reason=str(missing_part())),
]
PAGES = "Pressure points"  # the first word of the navigation


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    write_edition(folder)
    return folder


@pytest.fixture(scope="module")
def dashboard(store: Path) -> Iterator[Login]:
    with logged(store, max_age_hours="8") as started:
        yield started


@pytest.fixture
def login(dashboard: Login) -> Login:
    dashboard.tell(roles="planner", token="good", verified="true")
    return dashboard


@contextmanager
def browser() -> Iterator[Page]:
    """A fresh browser that knows nobody."""
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True).new_page()
        chromium.close()


def entries(store: Path, user: str) -> list[AuditEntry]:
    return list_entries(open_database(open_store(store).database), user=f"{user}@example.org")


def require_inside(page: Page) -> None:
    page.get_by_text(FOOT).first.wait_for(timeout=60_000)
    page.get_by_role("link", name=PAGES, exact=True).wait_for(timeout=60_000)


def require_outside(page: Page, told: str) -> None:
    page.get_by_text(told).wait_for(timeout=60_000)
    assert page.get_by_role("link", name=PAGES).count() == 0
    assert page.locator(".panel").count() == 0


@pytest.mark.asvs("V7.6.2")
@pytest.mark.parametrize("path", ["", "place", "scenarios", "account", "quality"])
def test_nobody_sees_a_page_before_the_log_in(login: Login, path: str) -> None:
    with browser() as page:
        page.goto(f"{login.address}/{path}")
        require_outside(page, REFUSED["not_logged_in"])


@pytest.mark.asvs("V16.3.1")
def test_log_in_opens_the_pages_and_what_is_seen_and_taken_is_recorded(login: Login, store: Path) -> None:
    with browser() as page:
        log_in(page, login, "ana")
        require_inside(page)
        with page.expect_download() as caught:
            page.get_by_role("button", name="Ranking (CSV)").click()
        name = caught.value.suggested_filename
    found = [(e.action, e.role, e.profile, e.edition) for e in entries(store, "ana")]
    assert found == [
        ("log_in", "planner", "internal", ""),
        ("viewed", "planner", "internal", "2026-W46"),
        ("exported", "planner", "internal", "2026-W46"),
    ]
    assert json.loads(entries(store, "ana")[-1].detail)["file"] == name
    assert verify_trail(open_database(open_store(store).database)).problems == ()


def test_address_that_was_asked_for_opens_after_the_log_in(login: Login) -> None:
    with browser() as page:
        log_in(page, login, "ana", path="place?unit=segment%3AHUN-SRB-02&horizon=5")
        page.wait_for_url(re.compile(r"/place\?.*unit=segment%3AHUN-SRB-02"), timeout=60_000)
        require_inside(page)
        assert "horizon=5" in page.url


@pytest.mark.asvs("V6.8.2", "V9.1.1", "V9.1.2", "V9.1.3", "V9.2.1", "V10.1.2", "V10.5.1")
@pytest.mark.parametrize(
    "token", ["wrong_audience", "wrong_issuer", "wrong_nonce", "expired", "forged", "changed", "none", "hs256"]
)
def test_spoilt_token_opens_nothing(login: Login, store: Path, token: str) -> None:
    login.tell(token=token, roles="viewer")  # "changed" makes an admin of it
    before = len(login.log.read_text(encoding="utf-8"))
    with browser() as page:
        log_in(page, login, f"eve-{token}")
        require_outside(page, REFUSED["not_logged_in"])
    assert entries(store, f"eve-{token}") == []
    (line,) = login.log.read_text(encoding="utf-8")[before:].splitlines()  # why, and no trace of ours
    assert re.search(r"OAuth token exchange failed .* \w+Error: \w+", line)
    assert f"eve-{token}" not in line


@pytest.mark.asvs("V7.6.1", "V9.2.3", "V10.5.4", "V16.3.1")
@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"token": "wrong_audience_for_us"}, "wrong_audience"),  # Authlib takes it: only the page looks at the audience
        ({"token": "old"}, "expired"),
        ({"roles": ""}, "no_role"),
        ({"verified": "false"}, "no_name"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_signed_token_that_admits_nobody_is_refused_by_the_page_and_recorded(
    login: Login, store: Path, state: dict[str, str], reason: str
) -> None:
    login.tell(**state)
    with browser() as page:
        log_in(page, login, f"ben-{reason}")
        require_outside(page, REFUSED[reason])  # type: ignore[index]
    found = [(e.action, json.loads(e.detail)["reason"]) for e in entries(store, f"ben-{reason}")]
    assert found == [("refused", reason)]


@pytest.mark.asvs("V7.2.1")
def test_cookie_is_taken_as_signed_or_not_at_all(login: Login) -> None:
    with browser() as page:
        log_in(page, login, "ana")
        require_inside(page)
        (cookie,) = [c for c in page.context.cookies() if c["name"] == "_streamlit_user"]
        assert cookie["httpOnly"]
        value = cookie["value"]
        forged = value[:-6] + ("A" * 6 if not value.endswith("A" * 6) else "B" * 6)
        page.context.add_cookies([{**cookie, "value": forged}])  # type: ignore[typeddict-item]
        page.goto(login.address)
        require_outside(page, REFUSED["not_logged_in"])


def test_role_of_the_next_log_in_counts_and_pages_follow_it(login: Login, store: Path) -> None:
    login.tell(roles="planner")
    with browser() as page:
        log_in(page, login, "eva")
        require_inside(page)
    login.tell(roles="viewer")
    with browser() as page:
        log_in(page, login, "eva")
        page.get_by_text(NO_EDITION_FOR_PROFILE.format(profile="public")).wait_for(timeout=60_000)
        page.goto(f"{login.address}/scenarios")
        page.get_by_text("The page “Scenarios” is not open to you").wait_for(timeout=60_000)
    assert {(e.role, e.profile) for e in entries(store, "eva")} == {("planner", "internal"), ("viewer", "public")}


@pytest.mark.asvs("V7.4.1")
def test_logging_out_ends_the_other_window_and_an_old_cookie_too(login: Login, store: Path) -> None:
    with browser() as page:
        log_in(page, login, "zoe")
        require_inside(page)
        kept = [c for c in page.context.cookies() if c["name"].startswith("_streamlit_user")]
        other = page.context.new_page()
        other.goto(f"{login.address}/skill")
        require_inside(other)
        page.goto(f"{login.address}/account")
        page.get_by_role("button", name="Log out").click(timeout=60_000)
        page.wait_for_url(f"{login.provider}/session/end**", timeout=30_000)
        page.get_by_role("button", name="Yes, log me out").click()
        require_outside(page, REFUSED["not_logged_in"])
        assert not [c for c in page.context.cookies() if c["name"].startswith("_streamlit_user")]
        other.get_by_role("link", name="Help").click()
        require_outside(other, REFUSED["logged_out"])
        page.context.add_cookies(kept)  # type: ignore[arg-type]
        page.goto(login.address)
        require_outside(page, REFUSED["logged_out"])
    assert [e.action for e in entries(store, "zoe")][-2:].count("refused") == 2
    assert "log_out" in [e.action for e in entries(store, "zoe")]


def test_secrets_of_the_server_lie_in_a_private_file_that_goes_with_it(tmp_path: Path) -> None:
    with logged(tmp_path) as login:
        (kept,) = login.secrets.rglob("secrets.toml")
        assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not kept.parent.exists()
