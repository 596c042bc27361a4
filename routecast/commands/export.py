"""`routecast export`: an edition's figures in other programs' formats."""

from pathlib import Path
from typing import Annotated

import typer

from dashboards.wording import briefing as sentences
from dashboards.wording.pages import SYNTHETIC_SHORT
from dashboards.wording.purpose import purpose_of
from pipelines.editions.edition import Edition
from pipelines.publish.export import FORMATS, export_edition
from pipelines.publish.release.profiles import INTERNAL, PROFILES, list_profile, open_profile
from pipelines.store.paths import open_store
from routecast.commands.edition import EditionOption, OutOption
from routecast.terminal.audited import note_done, stamp
from routecast.terminal.errors import UsageError
from routecast.terminal.options import DEFAULT_REGION, ProfileOption, RegionOption, StoreOption, stored_region
from routecast.terminal.progress import console

INTERNAL_NOTE = "Profile: internal. Small counts are not suppressed: not to be passed on."


def export(
    fmt: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")],
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: OutOption = Path(),
    profile: ProfileOption = INTERNAL,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an export that is already there.")] = False,
) -> None:
    """Write an edition as a hub (hubverse), or its risk table as CSV, Excel, GeoParquet or GeoPackage."""
    if fmt not in FORMATS:
        raise UsageError(f"export: no format '{fmt}'. There are: {', '.join(FORMATS)}.")
    if profile not in PROFILES:
        raise UsageError(f"export: no profile '{profile}'. There are: {', '.join(PROFILES)}.")
    place = open_store(store)
    opened = open_profile(place, stored_region(region), edition, profile)
    newest = (list_profile(place, opened.region_id, profile) or [opened.id])[-1]
    later = open_profile(place, opened.region_id, newest, profile) if newest != opened.id else None
    note_done(place, "exported", opened, profile=profile, format=fmt)
    notes = [*notes_of(opened), stamp(profile)]
    path = export_edition(opened, fmt, out, notes=notes, later=later, replace=replace)
    console.print(str(path), highlight=False, markup=False)
    for note in notes[1:]:
        console.print(note, highlight=False, markup=False)


def notes_of(edition: Edition) -> list[str]:
    """What must go with exported figures: edition, mark, caveats, purpose, footnote."""
    manifest = edition.manifest
    mark = f" · {SYNTHETIC_SHORT}" if manifest["synthetic"] else ""
    title = f"Routecast · {manifest['region_name']} · edition {edition.id} · as of {manifest['as_of']}{mark}"
    stated = manifest.get("disclosure")
    told = f"Profile: {manifest['profile']}. {stated['note']}" if stated else INTERNAL_NOTE
    notes = [title, told, *sentences.DISCLAIMERS]
    notes.append(sentences.PURPOSE.format(purpose=purpose_of(manifest)))
    if manifest.get("footnote"):
        notes.append(manifest["footnote"])
    return notes
