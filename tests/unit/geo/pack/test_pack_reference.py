"""docs/regions.md names every field that a region pack may hold."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from geo.pack.disclosure_spec import DisclosureSpec
from geo.pack.pack import LISTS
from geo.pack.spec import (
    CapacitySpec,
    CrossingPointSpec,
    CrosswalkSpec,
    EventSpec,
    IndicatorSpec,
    RenamedSpec,
    RiskSpec,
    RouteSpec,
    SegmentSpec,
    SettingsSpec,
    StepSpec,
)

TEXT = (Path(__file__).parents[4] / "docs" / "regions.md").read_text(encoding="utf-8")
SPECS = (
    SettingsSpec,
    IndicatorSpec,
    RiskSpec,
    DisclosureSpec,
    SegmentSpec,
    RouteSpec,
    StepSpec,
    CapacitySpec,
    EventSpec,
    CrossingPointSpec,
    CrosswalkSpec,
    RenamedSpec,
)


def described(name: str) -> bool:
    """Whether it stands in a piece of code."""
    return re.search(rf"`[^`]*\b{name}\b[^`]*`", TEXT) is not None


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)
def test_every_field_is_described(spec: type[BaseModel]) -> None:
    names = [field.alias or name for name, field in spec.model_fields.items()]
    assert [name for name in names if not described(name)] == []


def test_every_list_is_described() -> None:
    assert [name for name in LISTS if not described(name)] == []
