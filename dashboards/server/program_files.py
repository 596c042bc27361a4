"""Streamlit's own scripts, styles and fonts: answered from memory, and what the first page needs of them asked at once.

A browser without a cache asks for about a hundred of them. Streamlit looks each up on the disk in a thread of its own,
and names those of an element only once the element is there.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER = Path(str(find_spec("streamlit").origin)).parent / "static"  # type: ignore[union-attr]
MOST_KEPT = 2**20  # bytes of a file that is kept in memory; larger ones are of charts and tables
FIRST = ("Html", "Selectbox", "BidiComponent", "DownloadButton")  # elements of the first page with scripts of their own
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


def first_scripts(folder: Path = FOLDER) -> list[str]:
    """Addresses of the scripts that the first page's elements need beyond the page's own; none in an unknown layout."""
    listed = folder / "manifest.json"
    known = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
    own = set(_with_imports(known, "index.html"))
    wanted = [key for key, entry in known.items() if entry.get("name") in FIRST and entry.get("isDynamicEntry")]
    found = dict.fromkeys(key for start in wanted for key in _with_imports(known, start) if key not in own)
    return [f"/{known[key]['file']}" for key in found]


def _with_imports(known: Mapping[str, Mapping[str, Any]], key: str, seen: set[str] | None = None) -> Iterator[str]:
    """A script of the list and all that it imports, each once."""
    seen = set() if seen is None else seen
    if key in known and key not in seen:
        seen.add(key)
        yield key
        for one in known[key].get("imports", ()):
            yield from _with_imports(known, one, seen)
