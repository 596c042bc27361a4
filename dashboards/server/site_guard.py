"""What browsers are told with every answer, and what other sites can't do with a visitor's log-in."""

import base64
import hashlib
import logging
import re
from collections.abc import Collection, Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TAKEN = "/media/"  # where Streamlit serves files that are taken along
LOG_OUT, ASK = "/auth/logout", "/account"  # Streamlit's address that ends a log-in, and our page with the button


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


class SiteGuard:
    """Around the whole server: headers on every answer, cookies and sockets for this site, log-out from our own pages.

    Args:
        app: What it is around.
        hosts: The dashboard's own names.
        secure: Whether its address begins with https.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], secure: bool) -> None:
        self._app, self._hosts, self._secure = app, hosts, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or lead it to where a person confirms it."""
        if scope["type"] == "websocket":
            origin = Headers(scope=scope).get("origin")
            # Streamlit refuses others' too, but asks a host on the internet for its own address before
            if origin is not None and urlsplit(origin).hostname not in self._hosts:
                return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.update(HEADERS)
                if scope["path"].startswith(TAKEN):
                    headers["Cache-Control"] = "no-store"
                message["headers"] = [(k, self._cookie(v) if k == b"set-cookie" else v) for k, v in headers.raw]
            await send(message)

        if scope["path"] == LOG_OUT and not is_own(Headers(scope=scope)):
            return await RedirectResponse(ASK, status_code=303)(scope, receive, guarded)
        return await self._app(scope, receive, guarded)

    def _cookie(self, cookie: bytes) -> bytes:
        """A cookie that other sites' pictures do not send, and over TLS alone where the dashboard's address has it."""
        named = {part.split(b"=")[0].strip().lower() for part in cookie.split(b";")[1:]}
        cookie += b"" if b"samesite" in named else b"; SameSite=Lax"
        return cookie + (b"; Secure" if self._secure and b"secure" not in named else b"")


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
