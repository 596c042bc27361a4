"""What is wrong with a region pack, and what is only odd about it."""

from pathlib import Path

from geo.pack.load import load_region
from geo.pack.problems import PackError, Problem
from geo.region.region import Region


def check_region(name_or_folder: str | Path) -> list[Problem]:
    """Everything that is wrong with a pack, with file and line; empty if it can be used."""
    try:
        load_region(name_or_folder)
    except PackError as error:
        return list(error.problems)
    return []


def region_warnings(region: Region) -> list[str]:
    """What a usable pack probably does not mean."""
    used = {cell.segment for cell in region.cells}
    idle = [segment.id for segment in region.segments if segment.id not in used]
    found = []
    if idle:
        shown = ", ".join(idle[:3]) + (" …" if len(idle) > 3 else "")
        found.append(
            f"{len(idle)} of {len(region.segments)} segments are on no route, e.g. {shown}: no forecast there."
        )
    found += [
        f"route '{route.id}': no edges, its segments are unrelated."
        for route in region.routes
        if len(route.segments) > 1 and not route.edges
    ]
    if region.has_geometry and any(segment.geometry is None for segment in region.segments):
        lacking = [segment.id for segment in region.segments if segment.geometry is None]
        found.append(f"{len(lacking)} segments have no geometry, e.g. {lacking[0]}: maps leave them out.")
    return found
