"""What made the lock, and when: `make lock` writes it beside the lock, and a test holds the two together."""

import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "requirements"
LOCK, ORIGIN = FOLDER / "lock.txt", FOLDER / "origin.json"


def origin(made_on: str) -> dict[str, Any]:
    """Resolver and its hashes' file, command, day, and the SHA-256 of what came of it and of what it was made from."""
    uv = re.findall(r"^uv==(\S+)", (FOLDER / "bootstrap.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    (command,) = re.findall(r"uv (pip compile .*)", (FOLDER.parent / "Makefile").read_text(encoding="utf-8"))
    files = (LOCK, FOLDER / "build.in", FOLDER / "bootstrap.txt")
    return {
        "made_on": made_on,
        "resolver": f"uv {uv}, pinned with its hashes in bootstrap.txt",
        "command": f"uv {command}",
        "libraries": "of the Python Package Index, by name and hash; no address is kept",
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }


if __name__ == "__main__":
    day = sys.argv[1] if len(sys.argv) > 1 else f"{datetime.now(tz=UTC):%Y-%m-%d}"
    ORIGIN.write_text(json.dumps(origin(day), indent=2) + "\n", encoding="utf-8")
