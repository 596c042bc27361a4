"""Vulnerability and impact that analysts stated on the dashboard, as a run takes them beside the region pack's."""

from dataclasses import replace
from datetime import date
from typing import cast

from geo.region.region import Region
from geo.region.risk_inputs import Assessment, Level, Part
from geo.region.units import unit_table
from pipelines.store.paths import Store
from records.database import exists, open_database
from records.decisions import StatedAssessment, assessment_history


def with_stated(region: Region, store: Store, *, as_of: date | None = None) -> Region:
    """The pack with what was stated on the dashboard, as dated up to a day (None: all).

    Of the same part, place and kind the later date counts, the dashboard's on the same day. A place that the pack no
    longer has is left out: its entry stays in the database, and counts again when the place is back.

    Raises:
        DatabaseError: the database is out of reach.
    """
    if not exists(store.database):
        return region
    history = assessment_history(open_database(store.database), region.id)
    return merge_stated(region, [a for a in history if as_of is None or a.as_of <= as_of])


def merge_stated(region: Region, history: list[StatedAssessment]) -> Region:
    """`with_stated` for entries at hand, oldest first; the last of each part, place and kind counts."""
    known = set(unit_table(region)["unit"])
    ours: dict[tuple[str, str, str], Assessment] = {(a.part, a.place, a.kind): a for a in region.assessments}
    for key, entry in {a.key: a for a in history}.items():
        packed = ours.get(key)
        if entry.place not in known or (packed is not None and packed.as_of > entry.as_of):
            continue
        ours.pop(key, None)
        if entry.level is not None:
            words = cast("Part", entry.part), entry.place, entry.kind, cast("Level", entry.level)
            ours[key] = Assessment(*words, entry.owner, entry.as_of, entry.value)
    return replace(region, assessments=tuple(sorted(ours.values(), key=lambda a: (a.part, a.place, a.kind))))
