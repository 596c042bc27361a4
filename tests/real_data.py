"""Where the real public files are; tests that need them skip, with the reason, without them."""

import os
from pathlib import Path

import pytest


def real_data(relative: str) -> Path:
    """Path of a real file below `ROUTECAST_REAL_DATA`; skips the test where it is not there."""
    root = os.environ.get("ROUTECAST_REAL_DATA")
    if not root:
        pytest.skip("ROUTECAST_REAL_DATA is not set: the real public files are not here")
    path = Path(root) / relative
    if not path.exists():
        pytest.skip(f"{relative} is not in ROUTECAST_REAL_DATA")
    return path
