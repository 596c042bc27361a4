"""Which stated assessment counts for a unit on a day."""

from geo.region.region import Region
from geo.region.risk_inputs import LEVELS, Assessment, Part


def assessments_of(region: Region, unit: str, part: Part) -> tuple[Assessment, ...]:
    """What is stated of a unit: its own entries, else for a segment or cell those of the place around it.

    A cell takes its segment's, a segment its border's; a border, route or sum has its own alone: what is stated of
    parts is never added up.
    """
    stated = [a for a in region.assessments if a.part == part]
    for place in _around(region, unit):
        own = tuple(a for a in stated if a.place == place)
        if own:
            return own
    return ()


def deciding(found: tuple[Assessment, ...]) -> Assessment | None:
    """The entry that speaks for the part: of the highest level, the first by kind; None where nothing is stated."""
    return min(found, key=lambda a: (-LEVELS.index(a.level), a.kind, a.owner), default=None)


def _around(region: Region, unit: str) -> list[str]:
    level, _, name = unit.partition(":")
    segment = name.rpartition("/")[2] if level == "cell" else name
    if level not in ("cell", "segment") or segment not in region.segment_by_id:
        return [unit]
    return [f"segment:{segment}", f"border:{region.segment_by_id[segment].border}"]
