"""The dashboard behind nginx with TLS, as docs/nginx.conf has it; and never open by mistake."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, sync_playwright

from dashboards.wording.access import REFUSED
from tests.browsers import CHROMIUM, FOOT, command, served
from tests.editions import write_edition
from tests.logins import log_in, logged, missing_part
from tests.proxies import NGINX, OPENSSL, nginx
from tests.servers import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("login"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(NGINX is None or OPENSSL is None, reason="no nginx or no openssl on this machine"),
]


@contextmanager
def browser() -> Iterator[Page]:
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium.new_context(viewport={"width": 1366, "height": 768}, ignore_https_errors=True).new_page()
        chromium.close()


@pytest.mark.asvs("V3.4.1", "V4.4.1", "V12.2.1", "V13.4.5")
@pytest.mark.skipif(missing_part() is not None, reason=str(missing_part()))
def test_log_in_through_the_proxy_opens_the_pages_with_secure_cookies_and_headers(tmp_path: Path) -> None:
    write_edition(tmp_path)
    port, own = free_port(), free_port()
    with nginx(tmp_path, port=port, behind=own) as address, logged(tmp_path, url=address, port=own) as login:
        with browser() as page:
            sockets: list[str] = []
            page.on("websocket", lambda socket: sockets.append(socket.url))
            log_in(page, login)
            page.get_by_text(FOOT).first.wait_for(timeout=60_000)
            assert sockets
            assert all(url.startswith(f"wss://127.0.0.1:{port}/") for url in sockets)
            cookies = [c for c in page.context.cookies() if c["name"].startswith("_streamlit")]
            assert {c["name"] for c in cookies} >= {"_streamlit_user", "_streamlit_user_tokens"}
            assert all(c["secure"] and c["sameSite"] == "Lax" for c in cookies)
        answer = requests.get(address, verify=str(tmp_path / "certificate.pem"), timeout=20)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["X-Frame-Options"] == "DENY"
        for closed in ("agent/openapi.json", "metrics"):
            path = f"{address}/_stcore/{closed}"
            assert requests.get(path, verify=str(tmp_path / "certificate.pem"), timeout=20).status_code == 404


@pytest.mark.skipif(missing_part() is not None, reason=str(missing_part()))
def test_each_visitor_stays_with_one_of_two_servers_and_a_log_in_holds_on_both(tmp_path: Path) -> None:
    write_edition(tmp_path)
    port, own, other = free_port(), free_port(), free_port()
    with (
        nginx(tmp_path, port=port, behind=own, others=[other]) as address,
        logged(tmp_path, url=address, port=own, others=[other]) as login,
    ):
        for _ in range(12):
            with requests.Session() as visitor:
                for _ in range(3):
                    assert visitor.get(address, verify=str(tmp_path / "certificate.pem"), timeout=20).ok
        servers = servers_by_cookie(tmp_path)
        assert set().union(*servers.values()) == {f"127.0.0.1:{own}", f"127.0.0.1:{other}"}
        with browser() as page:
            log_in(page, login)
            page.get_by_text(FOOT).first.wait_for(timeout=60_000)
            (mine,) = (c for c in page.context.cookies() if c["name"] == "routecast_server")
            assert mine["secure"]
            assert mine["httpOnly"]
            now = servers_by_cookie(tmp_path)[mine["value"]]
            there = next(cookie for cookie, found in servers.items() if found != now)
            page.context.add_cookies([{**mine, "value": there}])  # as where a server is gone
            page.reload()
            page.get_by_text(FOOT).first.wait_for(timeout=60_000)
        assert all(len(found) == 1 for found in servers_by_cookie(tmp_path).values())


def servers_by_cookie(folder: Path) -> dict[str, set[str]]:
    """The servers that each visitor was led to."""
    found: dict[str, set[str]] = {}
    for line in (folder / "visits").read_text(encoding="utf-8").splitlines():
        server, cookie = line.split(" ")
        if server != "-":
            found.setdefault(cookie, set()).add(server)
    return found


def test_dashboard_without_log_in_shows_nothing_through_a_proxy(tmp_path: Path) -> None:
    write_edition(tmp_path)
    with served(tmp_path) as (address, _server):
        behind = int(address.rpartition(":")[2])
        with nginx(tmp_path, port=free_port(), behind=behind) as outside, browser() as page:
            page.goto(outside)
            page.get_by_text(REFUSED["not_local"]).wait_for(timeout=60_000)
            assert page.get_by_role("link", name="Pressure points").count() == 0


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_dashboard_without_log_in_does_not_listen_for_others(tmp_path: Path, address: str) -> None:
    words = [*command(tmp_path, free_port()), "--address", address]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "expected a log-in before others can reach" in " ".join((done.stdout + done.stderr).split())
