"""docs/regions.md names every field that a region pack may hold."""

import re
from pathlib import Path

import pytest

from geo.pack.entries import keys_of
from geo.pack.pack import LISTS, TABLES, PackSettings
from geo.region.disclosure import DisclosureRules
from geo.region.region import Capacity, Event, Indicator, RiskRules, Route, RouteStep, Segment

TEXT = (Path(__file__).parents[4] / "docs" / "regions.md").read_text(encoding="utf-8")
NOT_TEXT = {Indicator: {"id"}, Segment: {"geometry"}}  # the key above it; the file's own geometry
KINDS = (
    PackSettings,
    Indicator,
    RiskRules,
    DisclosureRules,
    Segment,
    Route,
    RouteStep,
    Capacity,
    Event,
    *TABLES.values(),
)


def described(name: str) -> bool:
    """Whether it stands in a piece of code."""
    return re.search(rf"`[^`]*\b{name}\b[^`]*`", TEXT) is not None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_described(kind: type) -> None:
    names = set(keys_of(kind)) - NOT_TEXT.get(kind, set())
    assert [name for name in sorted(names) if not described(name)] == []


def test_every_list_is_described() -> None:
    assert [name for name in LISTS if not described(name)] == []
