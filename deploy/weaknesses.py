"""Whether weaknesses of the locked libraries are known: asks by pip-audit where a source can be reached, else says so.

Exit code 1 where some are known; 0 where none is, or nobody could be asked.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "lock.txt"
TOOLS = os.environ.get("ROUTECAST_TEST_TOOLS") or str(Path.home() / ".cache" / "routecast-tests" / "python")
SECONDS = 300


def ask() -> dict[str, Any]:
    """pip-audit's answer about every line of the lock; nothing where it is not installed or reached nobody."""
    words = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--require-hashes"]
    words += ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    path = os.pathsep.join(filter(None, [TOOLS, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SECONDS, env=environment)
        return dict(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        return {}


def told(answer: dict[str, Any]) -> tuple[int, list[str]]:
    """Exit code and lines: what is known of the libraries that somebody answered about."""
    libraries = answer.get("dependencies", [])
    asked = [one for one in libraries if "vulns" in one]
    if not asked:
        return 0, ["known weaknesses: not looked at, pip-audit is not installed or its source can't be reached"]
    lines = [
        f"{one['name']} {one['version']}: {weak['id']}, mended in {', '.join(weak['fix_versions']) or 'no version yet'}"
        for one in asked
        for weak in one["vulns"]
    ]
    seen = f"known weaknesses: {len(lines)} in {len(asked)} of {len(libraries)} libraries (of the others nobody knows)"
    return (1 if lines else 0), [*lines, seen]


if __name__ == "__main__":
    code, said = told(ask())
    sys.stdout.write("\n".join(said) + "\n")
    sys.exit(code)
