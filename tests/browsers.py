"""The dashboard in a real browser for tests: a server as a user starts it, and a page that remembers what it asked."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.servers import free_port, is_healthy

LOCAL = "127.0.0.1"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FOOT = "Detections are not persons"  # the last words of every page


def command(store: Path, port: int) -> list[str]:
    """The command line of the dashboard."""
    program = shutil.which("routecast", path=str(Path(sys.executable).parent))
    assert program is not None
    return [program, "dashboard", "--store", str(store), "--port", str(port)]


@contextmanager
def served(store: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The dashboard on a free port; its address and process."""
    port = free_port()
    with subprocess.Popen(command(store, port), stdout=subprocess.DEVNULL, cwd=store) as server:
        try:
            assert is_healthy(port, seconds=120)
            yield f"http://{LOCAL}:{port}", psutil.Process(server.pid)
        finally:
            server.terminate()


@contextmanager
def opened(
    address: str, *, scheme: str = "light", size: Sequence[int] = (1366, 768), downloads: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """A fresh browser on a page that has loaded to its last words; the page and the hosts it asked."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, accept_downloads=downloads
        )
        page = context.new_page()
        hosts: list[str] = []
        page.on("request", lambda request: _note(hosts, request.url))
        page.on("websocket", lambda socket: _note(hosts, socket.url))
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(address)
        page.get_by_text(FOOT).first.wait_for(timeout=90_000)
        yield page, hosts
        browser.close()
        assert refused == []  # the policy lets through all that our own pages do


def _note(hosts: list[str], address: str) -> None:
    """The host that an address asks; what the browser holds itself (blob:, data:) asks none."""
    parts = urlsplit(address)
    if parts.scheme not in ("blob", "data"):
        hosts.append(str(parts.hostname))
