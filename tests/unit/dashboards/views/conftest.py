"""What tests of pages share."""

from pathlib import Path

import pytest

from pipelines.store.paths import Store
from tests.editions import write_edition


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with one edition, which the pages are to read."""
    write_edition(tmp_path)
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    monkeypatch.setenv("ROUTECAST_REGION", "western_balkans")
    return Store(tmp_path)
