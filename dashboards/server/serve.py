"""Starting the dashboard's server: on this machine alone, or behind a log-in; no telemetry, from any folder."""

import ctypes
import os
import signal
import socket
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboards.server.doors import Doors, open_doors
from dashboards.server.login_settings import read_login_settings, require_login_for, secrets_file
from dashboards.server.page_head import PageHead
from dashboards.server.program_files import ProgramFiles
from dashboards.server.site_guard import SiteGuard, settle_logs
from dashboards.wording.palette import DARK, LIGHT

LOCAL = "127.0.0.1"
M_ARENA_MAX = -8  # malloc.h
MAX_UPLOAD_MB = 20  # the largest file that a page takes: a table to be mapped
APP = Path(__file__).parents[1] / "app.py"
STORE_VARIABLE = "ROUTECAST_STORE"
REGION_VARIABLE = "ROUTECAST_REGION"
PROFILE_VARIABLE = "ROUTECAST_PROFILE"  # the widest profile that the server shows anybody
# Streamlit's defaults ask hosts on the internet for the public address, send usage statistics and prompt for an e-mail.
OPTIONS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "browser.serverAddress": LOCAL,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,  # they would carry the message to other hosts
    "client.toolbarMode": "minimal",
    "logger.level": "warning",
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,  # a full collection after each run was three quarters of the time under load
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": MAX_UPLOAD_MB + 1,  # of any page, with what a browser wraps around a file
    "server.showEmailPrompt": False,
    "server.trustedUserHeaders": {},  # who a visitor is says the log-in, never a header
    "theme.light.primaryColor": "#1d5a8a",
    "theme.light.backgroundColor": LIGHT.paper,
    "theme.light.secondaryBackgroundColor": "#f2f5f7",
    "theme.light.textColor": LIGHT.ink,
    "theme.dark.primaryColor": "#35759f",  # white on it: contrast 5.1
    "theme.dark.backgroundColor": DARK.paper,
    "theme.dark.secondaryBackgroundColor": "#1f2730",
    "theme.dark.textColor": DARK.ink,
}


OWN_NAMES = {LOCAL, "localhost", "::1"}
NO_SECRETS = APP.with_name("secrets.toml")  # there is none: without a log-in no secrets of the user's own are read


class PortTakenError(Exception):
    """Another program listens on the port. Exit code 5."""


def require_free_port(port: int, address: str = LOCAL) -> None:
    """Refuse early, before long work whose result couldn't be shown.

    Raises:
        PortTakenError: the port is taken.
    """
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise PortTakenError(
                f"dashboard: expected port {port} of {address} to be free ({error.strerror}). Name another with --port."
            ) from error


def _give_memory_back() -> None:
    """Hold no more memory than is in use: glibc keeps a pool for each of the threads that pages run in, Arrow its own.

    Measured with 50 sessions at once: 1,110 MiB at the peak before, 842 MiB with it.
    """
    limit_pools = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's
    if limit_pools is not None:
        limit_pools(M_ARENA_MAX, 2)
    import pyarrow as pa  # noqa: PLC0415 - not before a page is served

    pa.set_memory_pool(pa.system_memory_pool())


def send_at_once() -> None:
    """Let what is written leave at once: Streamlit's socket would hold it back until the browser says it has the rest.

    asyncio asks for it of sockets that are said to speak TCP, which Streamlit's is not. Each answer of head and body
    took 40 ms longer, and so did messages to a page that came one after the other.
    """
    from streamlit.web.server.starlette import starlette_server  # noqa: PLC0415 - slow to import, as below

    bind = starlette_server._bind_socket

    def bound(address: str, port: int, backlog: int) -> socket.socket:
        """Bind it; the connections that it accepts do as it does."""
        found = bind(address, port, backlog)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found

    starlette_server._bind_socket = bound


def serve(
    store_root: Path,
    *,
    region: str,
    port: int,
    address: str = LOCAL,
    profile: str = "internal",
    doors: Doors = Doors(),  # noqa: B008 - a value
) -> None:
    """Serve the dashboard until it is stopped.

    Args:
        store_root: Folder of the store.
        region: Which region is shown first: a built-in id, or a pack's folder.
        port: TCP port.
        address: Address to listen on; anything but this machine's own needs a log-in.
        profile: The widest profile that is shown to anybody.
        doors: What pages may ask of this program.

    Raises:
        AccessError: others could reach the address without a log-in, or its settings are wrong.
        PortTakenError: the port is taken.
    """
    open_doors(doors)
    _give_memory_back()
    login = read_login_settings()
    require_login_for(address, login)
    require_free_port(port, address)
    from starlette.middleware import Middleware  # noqa: PLC0415 - slow to import, and only this command needs it
    from streamlit import App  # noqa: PLC0415 - the same

    os.environ.update({STORE_VARIABLE: str(store_root), REGION_VARIABLE: region, PROFILE_VARIABLE: profile})
    name, secure = LOCAL, False
    if login is not None:
        public = urlsplit(login.url)
        name, secure = public.hostname or LOCAL, public.scheme == "https"
    options = {**OPTIONS, "server.address": address, "server.port": port, "browser.serverAddress": name}
    options["server.allowedHosts"] = hosts = sorted(OWN_NAMES) if login is None else [name]
    settle_logs()
    send_at_once()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop unwinds all blocks: the secrets' file goes
    with suppress(KeyboardInterrupt), nullcontext(NO_SECRETS) if login is None else secrets_file(login) as secrets:
        around = [Middleware(SiteGuard, hosts=hosts, secure=secure), Middleware(ProgramFiles), Middleware(PageHead)]
        app = App(APP, middleware=around)
        app.run(config={**options, "secrets.files": [str(secrets)]})
