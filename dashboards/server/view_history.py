"""Scripts in Streamlit's page: Back leads to the view before, and what is printed is not cut at the paper's edge."""

from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDRESS, PRINT_ADDRESS = "/routecast/view_history.js", "/routecast/print_fit.js"
_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = {address: (_ASSETS / address.rpartition("/")[2]).read_bytes() for address in (ADDRESS, PRINT_ADDRESS)}
_SHORTER = {b"accept-encoding", b"if-none-match", b"if-modified-since"}
_TAG = "".join(["<head>", *(f'<script src="{address}"></script>' for address in _SCRIPTS)]).encode()


class ViewHistory:
    """Around the server: serves the scripts, and names them at the head of Streamlit's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the scripts; pass everything else on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"] in _SCRIPTS:
            return await Response(_SCRIPTS[scope["path"]], media_type="text/javascript")(scope, receive, send)
        if "text/html" in Headers(scope=scope).get("accept", ""):  # a page: whole and as plain text, to be added to
            scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k not in _SHORTER]}
        return await self._app(scope, receive, _Page(send))


class _Page:
    """Sends an answer on; a page with the scripts' names in it, once it is whole."""

    def __init__(self, send: Send) -> None:
        self._send, self._start, self._body = send, dict[str, Any](), bytearray()

    async def __call__(self, message: Message) -> None:
        begins = message["type"] == "http.response.start"
        if begins and Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
            self._start = dict(message)
        elif begins or not self._start:
            await self._send(message)
        else:
            self._body.extend(message.get("body", b""))
            if not message.get("more_body"):
                await self._send_whole(message)

    async def _send_whole(self, last: Message) -> None:
        page, headers = bytes(self._body).replace(b"<head>", _TAG, 1), MutableHeaders(raw=self._start["headers"])
        if self._body:  # the answer to a HEAD has none
            headers["content-length"] = str(len(page))
        await self._send({**self._start, "headers": headers.raw})
        await self._send({**last, "body": page})
