"""What the server adds to every answer, whom it lets end a log-in, and how much its log says of a refused one."""

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from dashboards.server.serve import MAX_UPLOAD_MB, OPTIONS
from dashboards.server.site_guard import HEADERS, MOST_UPLOADED, UPLOADS, OneLine, SiteGuard, is_own


async def answer(_request: Request) -> Response:
    found = PlainTextResponse("out")
    found.set_cookie("kept", "1", httponly=True)
    found.headers.append("set-cookie", "plain=1; Path=/")
    return found


def ask(path: str, *, secure: bool = True, **headers: str) -> httpx.Response:
    routes = [Route("/auth/logout", answer), Route("/", answer)]
    app = Starlette(routes=routes, middleware=[Middleware(SiteGuard, hosts=["a.example"], secure=secure)])

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://a.example") as client:
            return await client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return asyncio.run(get())


@pytest.mark.asvs("V3.2.1", "V3.4.3", "V3.4.4", "V3.4.5", "V3.4.6")
@pytest.mark.parametrize("path", ["/", "/auth/logout", "/nowhere"])
def test_every_answer_carries_the_headers(path: str) -> None:
    found = ask(path).headers
    assert {name: found.get(name) for name in HEADERS} == HEADERS


@pytest.mark.asvs("V3.3.2")
@pytest.mark.parametrize(("secure", "marked"), [(True, ["Secure", "Secure"]), (False, [])])
def test_cookies_are_secure_where_the_address_has_tls_and_never_for_other_sites(
    secure: bool, marked: list[str]
) -> None:
    cookies = ask("/", secure=secure).headers.get_list("set-cookie")
    flags = [part.strip() for cookie in cookies for part in cookie.split(";")]
    assert [f for f in flags if f == "Secure"] == marked
    assert [f.lower() for f in flags if f.lower().startswith("samesite")] == ["samesite=lax"] * 2


@pytest.mark.asvs("V3.5.1", "V3.5.3")
@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),  # typed, or a mail's link
        ({"sec-fetch-site": "cross-site", "referer": "https://a.example/x"}, False),
        ({"referer": "https://a.example/account"}, True),
        ({"referer": "https://a.example.evil.example/account"}, False),
        ({"referer": "https://evil.example/https://a.example/"}, False),
        ({}, False),
    ],
)
def test_only_pages_of_this_site_end_a_log_in(headers: dict[str, str], own: bool) -> None:
    assert is_own(Headers({"host": "a.example", **headers})) is own


@pytest.mark.asvs("V4.4.2")
@pytest.mark.parametrize(
    ("origin", "passed"),
    [("https://a.example", True), ("https://a.example:444", True), ("https://evil.example", False), ("null", False)],
)
def test_socket_of_another_site_is_closed_before_the_server_sees_it(origin: str, passed: bool) -> None:
    seen: list[str] = []

    async def app(*_: Any) -> None:
        seen.append("server")

    async def send(message: Any) -> None:
        seen.append(message["type"])

    scope = {"type": "websocket", "path": "/", "headers": [(b"origin", origin.encode())]}
    asyncio.run(SiteGuard(app, hosts=["a.example"], secure=True)(scope, app, send))
    assert seen == (["server"] if passed else ["websocket.close"])


def asked(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a socket's messages the server sees."""
    waiting, seen = list(messages), []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while waiting:
            seen.append(await receive())
            if seen[-1]["type"] == "websocket.disconnect":
                return

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(_message: Any) -> None:
        raise AssertionError

    scope = {"type": "websocket", "path": "/", "headers": [(b"origin", b"https://a.example")]}
    asyncio.run(SiteGuard(app, hosts=["a.example"], secure=True)(scope, receive, send))
    return seen


def message(**asking: bool) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": BackMsg(**asking).SerializeToString()}


def test_no_visitor_can_ask_for_what_concerns_all_readers() -> None:
    run = BackMsg(rerun_script=ClientState(query_string="a"))
    page = {"type": "websocket.receive", "bytes": run.SerializeToString()}
    kept = [page, message(stop_script=True), {"type": "websocket.disconnect", "code": 1000}]
    others = [message(**{name: True}) for name in ("clear_cache", "load_git_info", "set_run_on_save")]
    assert asked(others[0], kept[0], *others[1:], *kept[1:]) == kept


@pytest.mark.parametrize("sent", [{"text": "hello"}, {"bytes": b"\xff\xfe"}, {"bytes": None, "text": "hello"}])
def test_a_message_that_no_page_sends_ends_the_socket_without_a_trace_in_the_log(sent: dict[str, Any]) -> None:
    assert asked({"type": "websocket.receive", **sent}) == [{"type": "websocket.disconnect", "code": 1003}]


@pytest.mark.parametrize(("held", "path", "status"), [(MOST_UPLOADED, UPLOADS, 405), (MOST_UPLOADED + 1, UPLOADS, 503)])
def test_files_that_are_sent_do_not_fill_the_memory(held: int, path: str, status: int) -> None:
    guard = Middleware(SiteGuard, hosts=["a.example"], secure=True, held=lambda: held)
    app = Starlette(routes=[Route(f"{UPLOADS}{{file}}", answer)], middleware=[guard])

    async def put() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://a.example") as client:
            return await client.put(f"{path}one", content=b"1")

    assert asyncio.run(put()).status_code == status


def test_the_server_takes_the_largest_file_that_a_page_offers_to_take() -> None:
    assert OPTIONS["server.maxUploadSize"] > MAX_UPLOAD_MB
    allowed = re.search(r"client_max_body_size (\d+)m;", (Path(__file__).parents[4] / "docs/nginx.conf").read_text())
    assert allowed is not None
    assert int(allowed[1]) > MAX_UPLOAD_MB


@pytest.mark.asvs("V14.3.2")
def test_downloads_are_not_kept_by_browsers() -> None:
    assert ask("/media/0f.csv").headers["cache-control"] == "no-store"
    assert "cache-control" not in ask("/").headers


def test_log_out_that_another_site_asks_for_leads_to_the_page_with_the_button() -> None:
    found = ask("/auth/logout", sec_fetch_site="cross-site")
    assert (found.status_code, found.headers["location"]) == (303, "/account")
    assert "set-cookie" not in found.headers
    assert ask("/auth/logout", sec_fetch_site="same-origin").text == "out"


@pytest.mark.asvs("V16.4.1")
def test_a_fault_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("test of one line")
    log.addFilter(OneLine())
    log.warning("refused by '%s'.", "default", exc_info=ValueError("bad\nsignature"))
    (record,) = caplog.records
    assert logging.Formatter("%(message)s").format(record) == "refused by 'default'. ValueError: bad signature"


def test_options_are_values_and_not_their_words() -> None:
    assert [name for name, value in OPTIONS.items() if value in ("true", "false", "1", "{}")] == []
