"""Streamlit's own scripts, styles and fonts, answered from memory.

A browser without a cache asks for about a hundred of them, and Streamlit looks each up on the disk in its own thread.
"""

from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER = Path(str(find_spec("streamlit").origin)).parent / "static"  # type: ignore[union-attr]
MOST_KEPT = 2**20  # bytes of a file that is kept in memory; larger ones are of charts and tables
FOR_GOOD = {"cache-control": "max-age=31536000, immutable"}  # another version has other names


class ProgramFiles:
    """Around the server: answers for the files of Streamlit's page whose names change with what they hold."""

    def __init__(self, app: ASGIApp, folder: Path = FOLDER) -> None:
        self._app, self._kept = app, dict[str, bytes]()
        files = (p for p in (folder / "static").rglob("*") if p.is_file() and p.stat().st_size <= MOST_KEPT)
        self._files = {f"/{p.relative_to(folder).as_posix()}": p for p in files}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a file; pass everything else on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET" or path not in self._files:
            return await self._app(scope, receive, send)
        if path not in self._kept:
            self._kept[path] = self._files[path].read_bytes()
        kind = "text/javascript" if path.endswith(".js") else guess_type(path)[0]
        return await Response(self._kept[path], media_type=kind, headers=FOR_GOOD)(scope, receive, send)
