"""Starting the dashboard's server: on this machine alone, without telemetry, from any folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from dashboards.figures.palette import DARK, LIGHT

LOCAL = "127.0.0.1"
APP = Path(__file__).parent / "app.py"
STORE_VARIABLE = "ROUTECAST_STORE"
REGION_VARIABLE = "ROUTECAST_REGION"
PROFILE_VARIABLE = "ROUTECAST_PROFILE"
# Streamlit's defaults ask hosts on the internet for the public address, send usage statistics and prompt for an e-mail.
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": LOCAL,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "logger.level": "warning",
    "runner.magicEnabled": "false",
    "server.fileWatcherType": "none",
    "server.headless": "true",
    "server.showEmailPrompt": "false",
    "theme.light.primaryColor": "#1d5a8a",
    "theme.light.backgroundColor": LIGHT.paper,
    "theme.light.secondaryBackgroundColor": "#f2f5f7",
    "theme.light.textColor": LIGHT.ink,
    "theme.dark.primaryColor": "#35759f",  # white on it: contrast 5.1
    "theme.dark.backgroundColor": DARK.paper,
    "theme.dark.secondaryBackgroundColor": "#1f2730",
    "theme.dark.textColor": DARK.ink,
}


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


def serve(store_root: Path, *, region: str, port: int, address: str = LOCAL, profile: str = "internal") -> None:
    """Serve the dashboard until it is stopped.

    Args:
        store_root: Folder of the store.
        region: Which region is shown first: a built-in id, or a pack's folder.
        port: TCP port.
        address: Address to listen on; anything but the default opens the editions to others.
        profile: Whose view is served: `internal`, `partner` or `public`.

    Raises:
        PortTakenError: the port is taken.
    """
    from streamlit.web.cli import main as streamlit  # noqa: PLC0415 - slow to import, and only this command needs it

    require_free_port(port, address)
    os.environ[STORE_VARIABLE] = str(store_root)
    os.environ[REGION_VARIABLE] = region
    os.environ[PROFILE_VARIABLE] = profile
    options = {**OPTIONS, "server.address": address, "server.port": str(port)}
    streamlit(["run", str(APP), *(f"--{key}={value}" for key, value in options.items())], standalone_mode=False)
