"""A web server on this machine whose answers a test writes: slow, cut, lying, redirecting ones too."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; scripts answer through `reply` or write what they like."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer()

    def answer(self) -> None:
        site = self.server.site
        site.asked.append((self.path, dict(self.headers.items()), getattr(self, "body", b"")))
        scripts = site.scripts.get(self.path, [])
        number = sum(path == self.path for path, _, _ in site.asked) - 1
        if not scripts:
            self.reply(404, b"nothing here")
            return
        scripts[min(number, len(scripts) - 1)](self)

    def reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Send a whole answer; a stated Content-Length takes the place of the true one."""
        given = {"Content-Length": str(len(body)), **(headers or {})}
        self.send_response(status)
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests look at `asked`."""


class Server(ThreadingHTTPServer):
    """Threaded, and quiet about clients that hang up."""

    daemon_threads = True
    site: "Site"

    def handle_error(self, *_: object) -> None:
        """A client that went away is what some tests are about."""


@dataclass
class Site:
    """What answers at which path, in order (the last one again and again), and what was asked."""

    address: str
    scripts: dict[str, list[Script]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)  # slow scripts wait on it

    def put(self, path: str, *scripts: Script) -> str:
        """Scripts for a path; returns its address."""
        self.scripts[path] = list(scripts)
        return self.address + path


def says(body: bytes, status: int = 200, **headers: str) -> Script:
    """An answer; underscores in headers' names are hyphens."""
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return lambda request: request.reply(status, body, named)


def cut(body: bytes, *, at: int) -> Script:
    """Promises the whole body and hangs up in the middle."""

    def script(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:at])
        request.close_connection = True

    return script


@contextmanager
def site() -> Iterator[Site]:
    """A server on a free port of 127.0.0.1."""
    server = Server(("127.0.0.1", 0), Request)
    host, port = server.server_address[:2]
    place = Site(f"http://{host!s}:{port}")
    server.site = place
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield place
    finally:
        place.stop.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def entry(source: str, url: str, **options: Any) -> dict[str, Any]:
    """An entry of `fetch:` that gives up soon."""
    return {"source": source, "url": url, "timeout_seconds": 1, "backoff_seconds": 0, "retries": 2, **options}
