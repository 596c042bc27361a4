"""What browsers are told with every answer, and what other sites can't do with a visitor's log-in."""

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Collection, Iterable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TAKEN = "/media/"  # where Streamlit serves files that are taken along
LOG_OUT, ASK = "/auth/logout", "/account"  # Streamlit's address that ends a log-in, and our page with the button
UPLOADS = "/_stcore/upload_file/"  # where browsers send files, before a page or its log-in is asked
MOST_UPLOADED = 200 * 2**20  # bytes of them held at once, of all visitors; they go minutes after a page is closed
# What a page may ask of Streamlit over its socket, log-in or not, but is not for visitors: it concerns all readers
NOT_ASKED = frozenset({"clear_cache", "load_git_info", "set_run_on_save"})


def _scripts_in_the_page() -> str:
    """Hashes of the scripts that stand in Streamlit's own page: these, and no others that somebody brings into it."""
    found = find_spec("streamlit")
    page = Path(str(found and found.origin)).parent / "static" / "index.html"
    scripts = re.findall(rb"<script>(.*?)</script>", page.read_bytes(), flags=re.DOTALL)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in scripts)


# Scripts and styles come from this server. Streamlit sets styles in the page, and makes modules of components' code.
_POLICY = {
    "default-src": "'self'",
    "script-src": f"'self' {_scripts_in_the_page()} 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{kind} {sources}" for kind, sources in _POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}


def held_uploads() -> int:
    """Bytes of the files that browsers have sent and the server holds."""
    from streamlit.runtime import get_instance  # noqa: PLC0415 - slow to import, and only a server needs it
    from streamlit.runtime.stats import CacheStat  # noqa: PLC0415 - the same

    told = get_instance().uploaded_file_mgr.get_stats().values()
    return sum(one.byte_length for family in told for one in family if isinstance(one, CacheStat))


class SiteGuard:
    """Around the whole server: headers on every answer, cookies and sockets for this site, log-out from our own pages.

    Nor can a visitor fill the server's memory with files, or ask over a socket for what concerns all readers.

    Args:
        app: What it is around.
        hosts: The dashboard's own names.
        secure: Whether its address begins with https.
        held: How many bytes of files that were sent are held.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], secure: bool, held: Callable[[], int] = held_uploads
    ) -> None:
        self._app, self._hosts, self._secure, self._held = app, hosts, secure, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or lead it to where a person confirms it."""
        if scope["type"] == "websocket":
            return await self._socket(scope, receive, send)
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def guarded(message: Message) -> None:
            """Send a message on, with our headers where it begins an answer."""
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.update(HEADERS)
                if scope["path"].startswith(TAKEN):
                    headers["Cache-Control"] = "no-store"
                message["headers"] = [(k, self._cookie(v) if k == b"set-cookie" else v) for k, v in headers.raw]
            await send(message)

        if scope["path"] == LOG_OUT and not is_own(Headers(scope=scope)):
            return await RedirectResponse(ASK, status_code=303)(scope, receive, guarded)
        if scope["method"] == "PUT" and scope["path"].startswith(UPLOADS) and self._held() > MOST_UPLOADED:
            return await Response(status_code=503)(scope, receive, guarded)
        return await self._app(scope, receive, guarded)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        # Streamlit refuses others' too, but asks a host on the internet for its own address before
        if origin is not None and urlsplit(origin).hostname not in self._hosts:
            return await send({"type": "websocket.close", "code": 1008})
        return await self._app(scope, partial(_asked_by_a_page, receive), send)

    def _cookie(self, cookie: bytes) -> bytes:
        """A cookie that other sites' pictures do not send, and over TLS alone where the dashboard's address has it."""
        named = {part.split(b"=")[0].strip().lower() for part in cookie.split(b";")[1:]}
        cookie += b"" if b"samesite" in named else b"; SameSite=Lax"
        return cookie + (b"; Secure" if self._secure and b"secure" not in named else b"")


async def _asked_by_a_page(receive: Receive) -> Message:
    """The next message of a socket that is a page's to send; what no page sends ends the socket, without a trace."""
    from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: PLC0415 - as above

    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        try:
            asked = BackMsg.FromString(message.get("bytes") or b"\xff")  # a text is none
        except DecodeError:
            return {"type": "websocket.disconnect", "code": 1003}
        if asked.WhichOneof("type") not in NOT_ASKED:
            return message


def is_own(headers: Headers) -> bool:
    """Whether a page of this very site asks: not another site, a mail's link or an address that was typed.

    Browsers say so themselves over TLS and on this machine; of others the address of the asking page counts.
    """
    said = headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    return urlsplit(headers.get("referer", "")).netloc == headers.get("host", "") != ""


class OneLine(logging.Filter):
    """Refused log-ins in one line of the log each: what was refused and why, without a trace or the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all pass; put a fault's name and first words in place of its trace."""
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            words = " ".join(str(error).split())[:200]
            record.msg, record.args = f"{record.getMessage()} {type(error).__name__}: {words}", None
            record.exc_info = record.exc_text = None
        return True


class Quiet(logging.Filter):
    """Warnings and worse: no line for each page that is opened or left."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether somebody has to see it."""
        return record.levelno >= logging.WARNING


def settle_logs(loud: Iterable[str] = ("uvicorn", "uvicorn.error")) -> None:
    """One line for what was refused, none for what went well."""
    logging.getLogger("streamlit.web.server.starlette.starlette_auth_routes").addFilter(OneLine())
    for name in loud:
        logging.getLogger(name).addFilter(Quiet())
