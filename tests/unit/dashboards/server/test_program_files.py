"""Streamlit's own files from memory, and answers that wait for nothing."""

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from streamlit.web.server.starlette import starlette_server

from dashboards.server.program_files import FOLDER, ProgramFiles
from dashboards.server.serve import send_at_once
from tests.servers import free_port

SCRIPTS = [f"/{p.relative_to(FOLDER).as_posix()}" for p in sorted((FOLDER / "static" / "js").glob("Sel*.js"))]


def ask(path: str, method: str = "GET") -> httpx.Response:
    app = Starlette(routes=[Mount("/", PlainTextResponse("Streamlit's"))], middleware=[Middleware(ProgramFiles)])

    async def answer() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.example") as client:
            return await client.request(method, path)

    return asyncio.run(answer())


@pytest.mark.parametrize("address", SCRIPTS[:3])
def test_script_is_the_one_on_the_disk_and_kept_by_browsers(address: str) -> None:
    found = ask(address)
    assert found.content == (FOLDER / address.removeprefix("/")).read_bytes()
    assert found.headers["content-type"].startswith("text/javascript")
    assert "immutable" in found.headers["cache-control"]


@pytest.mark.parametrize("path", ["/", "/index.html", "/static/js/no.js", "/static/../manifest.json", "/%2e%2e/x"])
def test_all_else_is_streamlits(path: str) -> None:
    assert ask(path).text == "Streamlit's"


def test_only_what_is_asked_for_is_answered_from_memory() -> None:
    assert ask(SCRIPTS[0], "POST").text == "Streamlit's"


def test_connections_hold_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starlette_server, "_bind_socket", starlette_server._bind_socket)  # as it was, afterwards
    send_at_once()
    port = free_port()
    with starlette_server._bind_socket("127.0.0.1", port, 5) as listening:
        listening.setblocking(True)
        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
