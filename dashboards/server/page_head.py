"""What Streamlit's page holds of ours from its first byte: the style of all pages, and two scripts.

With the style there nothing moves when a page's content comes; the scripts let Back lead to the view before, and keep
what is printed within the paper's edge.
"""

from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ASSETS = Path(__file__).parent / "assets"
SCRIPTS, STYLE = ("/routecast/view_history.js", "/routecast/print_fit.js"), "/routecast/page.css"
_FILES = {address: (_ASSETS / address.rpartition("/")[2]).read_bytes() for address in (*SCRIPTS, STYLE)}
_SHORTER = {b"accept-encoding", b"if-none-match", b"if-modified-since"}
_ADDED = {
    b"<head>": "".join(["<head>", *(f'<script src="{address}"></script>' for address in SCRIPTS)]).encode(),
    b'<div id="root">': f'<link rel="stylesheet" href="{STYLE}"><div id="root">'.encode(),  # after Streamlit's own
}


class PageHead:
    """Around the server: serves these files, and names them in Streamlit's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the files; pass everything else on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"] in _FILES:
            kind = guess_type(scope["path"])[0]
            return await Response(_FILES[scope["path"]], media_type=kind)(scope, receive, send)
        if "text/html" in Headers(scope=scope).get("accept", ""):  # a page: whole and as plain text, to be added to
            scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k not in _SHORTER]}
        return await self._app(scope, receive, _Page(send))


class _Page:
    """Sends an answer on; a page with the files' names in it, once it is whole."""

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
        page, headers = bytes(self._body), MutableHeaders(raw=self._start["headers"])
        for place, added in _ADDED.items():
            page = page.replace(place, added, 1)
        if self._body:  # the answer to a HEAD has none
            headers["content-length"] = str(len(page))
        await self._send({**self._start, "headers": headers.raw})
        await self._send({**last, "body": page})
