"""`routecast briefing`, `dashboard`, `export`: what readers get of an edition."""

from pathlib import Path
from typing import Annotated

import typer

from dashboards.briefing import render_briefing
from dashboards.server.serve import serve
from dashboards.wording import briefing as sentences
from dashboards.wording.formats import purpose_of
from dashboards.wording.pages import SYNTHETIC_SHORT
from pipelines.editions.edition import Edition, EditionError
from pipelines.publish.export import FORMATS, export_edition
from pipelines.publish.release.profiles import INTERNAL, PROFILES, list_profile, open_profile, require_profile
from pipelines.store.atomic import write_atomically
from pipelines.store.paths import open_store
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
) -> None:
    """Write an edition's weekly briefing as HTML and PDF, with scenarios where some are named."""
    place = open_store(store)
    opened = open_profile(place, options.stored_region(region), edition, profile)
    note_done(place, "exported", opened, profile=profile, format="briefing")
    what_if = None
    if scenario and profile != INTERNAL:
        raise EditionError("briefing: scenarios start from draws that no other profile sees. Leave --profile out.")
    if scenario:
        compared = compare_files(open_base(opened.id, region, store), scenario)
        what_if = compared, [path.read_text(encoding="utf-8-sig") for path in scenario]
    kind = "-scenarios" if scenario else "" if profile == INTERNAL else f"-{profile}"
    for name, data in render_briefing(opened, what_if=what_if, stamp=stamp(profile)).items():
        path = out / f"routecast-{opened.region_id}-{opened.id}{kind}-{name}"
        write_atomically(path, data)
        console.print(str(path))
    say_head(place)


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
    path = export_edition(opened, fmt, out, notes=notes, later=later, replace=replace)
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
    notes.append(sentences.PURPOSE.format(purpose=purpose_of(manifest)))
    if manifest.get("footnote"):
        notes.append(manifest["footnote"])
    return notes
