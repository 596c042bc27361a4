"""`routecast briefing`, `dashboard`, `export`: what readers get of an edition."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dashboards.briefing import FORMATS as BRIEFING_FORMATS, PUBLISHED, briefing_document, render
from dashboards.briefing.document import sections, without
from dashboards.briefing.issue import issue
from dashboards.briefing.model import Document
from dashboards.edition_view.file_notes import purpose_of, units_of
from dashboards.server.serve import serve
from dashboards.wording import caveats as sentences
from dashboards.wording.pages import SYNTHETIC_SHORT
from pipelines.editions.edition import Edition, EditionError
from pipelines.publish.export import FORMATS, export_edition
from pipelines.publish.release.profiles import (
    INTERNAL,
    PROFILES,
    approvals,
    list_profile,
    open_profile,
    require_profile,
)
from pipelines.store.atomic import write_atomically
from pipelines.store.paths import open_store
from records.database import open_database
from routecast.commands.scenario import compare_files, open_base
from routecast.terminal import options
from routecast.terminal.errors import UsageError
from routecast.terminal.page_doors import page_doors
from routecast.terminal.progress import console, say
from routecast.terminal.trail import note_done, say_head, stamp

INTERNAL_NOTE = "Profile: internal. Small counts are not suppressed: not to be passed on."


def briefing(
    edition: options.EditionOption = "latest",
    region: options.RegionOption = options.DEFAULT_REGION,
    store: options.StoreOption = None,
    out: options.OutFolderOption = Path(),
    profile: options.ProfileOption = INTERNAL,
    scenario: Annotated[
        list[Path] | None, typer.Option("--scenario", help="A scenario file to set beside the baseline; repeatable.")
    ] = None,
    fmt: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"One of {', '.join(BRIEFING_FORMATS)}; repeatable. HTML and PDF without it."),
    ] = None,
    left_out: Annotated[
        list[str] | None, typer.Option("--without", help="A section to leave out, by its key; repeatable.")
    ] = None,
) -> None:
    """Write an edition's weekly briefing as HTML and PDF, or as Word or slides; with scenarios where some are named."""
    place = open_store(store)
    formats = _formats(fmt)
    opened = open_profile(place, options.stored_region(region), edition, profile).require_intact()
    what_if = None
    if scenario and profile != INTERNAL:
        raise EditionError("briefing: scenarios start from draws that no other profile sees. Leave --profile out.")
    if scenario:
        compared = compare_files(open_base(opened.id, region, store), scenario)
        what_if = compared, [path.read_text(encoding="utf-8-sig") for path in scenario]
    generated = replace(briefing_document(opened, what_if=what_if), stamp=stamp(profile))
    whole = issue(generated, opened, open_database(place.database))
    document = _shortened(whole, left_out or [])
    note_done(place, "exported", opened, profile=profile, format=f"briefing {' '.join(formats)}")
    kind = "-scenarios" if scenario else "" if profile == INTERNAL else f"-{profile}"
    for one in formats:
        path = out / f"routecast-{opened.region_id}-{opened.id}{kind}-briefing.{one}"
        write_atomically(path, render(document, one))
        console.print(str(path))
    say_head(place)


def _shortened(document: Document, left_out: list[str]) -> Document:
    known = sections(document)
    unknown = [key for key in left_out if key not in known]
    if unknown:
        raise UsageError(f"briefing: no section '{unknown[0]}'. There are: {', '.join(known)}.")
    return without(document, left_out)


def _formats(asked: list[str] | None) -> list[str]:
    """The formats asked for, each once; those that an edition holds where none is."""
    unknown = [one for one in asked or () if one not in BRIEFING_FORMATS]
    if unknown:
        raise UsageError(f"briefing: no format '{unknown[0]}'. There are: {', '.join(BRIEFING_FORMATS)}.")
    return list(dict.fromkeys(asked or PUBLISHED))


def dashboard(
    region: options.RegionOption = options.DEFAULT_REGION,
    store: options.StoreOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8501,
    address: Annotated[str, typer.Option("--address", help="Address to listen on.")] = "127.0.0.1",
    profile: options.ProfileOption = INTERNAL,
) -> None:
    """Serve the dashboard on this machine."""
    pack = str(Path(region).resolve()) if Path(region).is_dir() else region  # maps and scenarios need the pack itself
    place = open_store(store)
    shown = require_profile(profile)
    serve(place.root, region=pack, port=port, address=address, profile=shown, doors=page_doors(place))


def export(
    fmt: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")],
    edition: options.EditionOption = "latest",
    region: options.RegionOption = options.DEFAULT_REGION,
    store: options.StoreOption = None,
    out: options.OutFolderOption = Path(),
    profile: options.ProfileOption = INTERNAL,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an export that is already there.")] = False,
) -> None:
    """Write an edition as a hub (hubverse), or its risk table as CSV, Excel, GeoParquet or GeoPackage."""
    if fmt not in FORMATS:
        raise UsageError(f"export: no format '{fmt}'. There are: {', '.join(FORMATS)}.")
    if profile not in PROFILES:
        raise UsageError(f"export: no profile '{profile}'. There are: {', '.join(PROFILES)}.")
    place = open_store(store)
    opened = open_profile(place, options.stored_region(region), edition, profile)
    newest = (list_profile(place, opened.region_id, profile) or [opened.id])[-1]
    later = open_profile(place, opened.region_id, newest, profile) if newest != opened.id else None
    note_done(place, "exported", opened, profile=profile, format=fmt)
    notes = [*notes_of(opened), stamp(profile)]
    # who works here is nobody's business outside
    approved = approvals(place, opened.region_id).get(opened.id) if profile == INTERNAL else None
    path = export_edition(opened, fmt, out, notes=notes, later=later, approved=approved, replace=replace)
    console.print(str(path))
    say(notes[1:])


def notes_of(edition: Edition) -> list[str]:
    """What must go with exported figures: edition, mark, caveats, purpose, footnote."""
    manifest = edition.manifest
    mark = f" · {SYNTHETIC_SHORT}" if manifest["synthetic"] else ""
    title = f"Routecast · {manifest['region_name']} · edition {edition.id} · as of {manifest['as_of']}{mark}"
    stated = manifest.get("disclosure")
    told = f"Profile: {manifest['profile']}. {stated['note']}" if stated else INTERNAL_NOTE
    notes = [title, told, *sentences.DISCLAIMERS]
    notes += [sentences.PURPOSE.format(purpose=purpose_of(manifest)), units_of(manifest)]
    if manifest.get("footnote"):
        notes.append(manifest["footnote"])
    return notes
