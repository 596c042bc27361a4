"""Back, in the browser, leads to the view before: a script in Streamlit's page sees to it."""

from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDRESS = "/routecast/view_history.js"
_SCRIPT = (Path(__file__).parent / "assets" / "view_history.js").read_bytes()
_SHORTER = {b"accept-encoding", b"if-none-match", b"if-modified-since"}
_TAG = f'<head><script src="{ADDRESS}"></script>'.encode()


class ViewHistory:
    """Around the server: serves the script, and names it at the head of Streamlit's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the script; pass everything else on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"] == ADDRESS:
            return await Response(_SCRIPT, media_type="text/javascript")(scope, receive, send)
        if "text/html" in Headers(scope=scope).get("accept", ""):  # a page: whole and as plain text, to be added to
            scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k not in _SHORTER]}
        return await self._app(scope, receive, _Page(send))


class _Page:
    """Sends an answer on; a page with the script's name in it, once it is whole."""

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
