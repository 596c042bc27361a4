"""Log-in for tests: a real OpenID provider on this machine, a dashboard that trusts it, and a browser's way through."""

import os
import select
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browsers import LOCAL, command
from tests.servers import free_port, is_healthy

CLIENT, SECRET = "routecast", "a secret of the tests"
COOKIE_SECRET = "a cookie secret of the tests, long enough"
NODE = shutil.which("node")
READY_SECONDS = 30.0
MODULES = Path(os.environ.get("ROUTECAST_TEST_MODULES") or Path.home() / ".cache" / "routecast-tests" / "oidc")
PROGRAM = Path(__file__).with_name("oidc_provider.mjs")


def missing_part() -> str | None:
    """Why there can be no provider here; None where there can."""
    if NODE is None:
        return "no Node.js on this machine"
    if not (MODULES / "node_modules" / "oidc-provider").is_dir():
        return f"npm's oidc-provider is not in {MODULES} (.ci/run installs it)"
    return None


@dataclass(frozen=True)
class Login:
    """A dashboard with a log-in, and its provider."""

    address: str
    provider: str
    secrets: Path  # folder in which the server keeps its private file
    log: Path  # what the server said

    def tell(self, **state: str) -> None:
        """What the provider says from now on: `roles`, `token` (good or how it is spoilt), `verified`."""
        query = "&".join(f"{key}={value}" for key, value in state.items())
        with urllib.request.urlopen(f"{self.provider}/test/set?{query}", timeout=10) as answer:
            assert answer.status == 200


@contextmanager
def provider(port: int, callback: str) -> Iterator[str]:
    """The provider, started; its address. One that is silent for half a minute is started anew, once."""
    assert NODE is not None
    words = [NODE, str(PROGRAM), str(MODULES), str(port), CLIENT, SECRET, callback]
    for last in (False, True):
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
            try:
                assert running.stdout is not None
                spoke, _, _ = select.select([running.stdout], [], [], READY_SECONDS)
                if not spoke and not last:
                    continue
                assert spoke, "the provider did not start"
                assert running.stdout.readline() == "ready\n"
                yield f"http://{LOCAL}:{port}"
                return
            finally:
                running.kill()


@contextmanager
def logged(
    store: Path, *, url: str | None = None, port: int | None = None, others: Sequence[int] = (), **settings: str
) -> Iterator[Login]:
    """A dashboard with a log-in and its provider.

    Args:
        store: Folder of the store.
        url: Public address, where it isn't the server's own (a proxy's).
        port: The server's own port.
        others: Ports of further servers with the same settings.
        settings: Further `ROUTECAST_LOGIN_…` in lower case.
    """
    own = port or free_port()
    public, secrets = url or f"http://{LOCAL}:{own}", store / "private"
    secrets.mkdir(exist_ok=True)
    with provider(free_port(), f"{public}/oauth2callback") as issuer:
        given = {
            "url": public,
            "metadata": f"{issuer}/.well-known/openid-configuration",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "cookie_secret": COOKIE_SECRET,
            **settings,
        }
        environment = {**os.environ, "TMPDIR": str(secrets)}
        environment |= {f"ROUTECAST_LOGIN_{key.upper()}": value for key, value in given.items()}
        log = store / "server.log"
        with log.open("w", encoding="utf-8") as said, ExitStack() as running:
            for each in (own, *others):
                words = command(store, each)
                server = subprocess.Popen(words, stdout=said, stderr=said, cwd=store, env=environment)
                running.enter_context(server)
                running.callback(server.terminate)
            assert all(is_healthy(each, seconds=120) for each in (own, *others))
            yield Login(public, issuer, secrets, log)


def log_in(page: Page, login: Login, user: str = "ana", *, path: str = "") -> None:
    """From the dashboard's door to the provider, through its form, and back."""
    page.goto(f"{login.address}/{path}")
    page.get_by_role("button", name="Log in").click(timeout=60_000)
    page.wait_for_url(f"{login.provider}/interaction/**", timeout=30_000)
    page.locator("input[name=login]").fill(user)
    page.locator("input[name=password]").fill("any")
    page.locator("button[type=submit], input[type=submit]").first.click()
    page.wait_for_url(f"{login.address}/**", timeout=30_000)
