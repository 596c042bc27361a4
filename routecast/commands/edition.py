"""`routecast editions …`, `briefing`, `dashboard`: what readers of editions ask for."""

from pathlib import Path
from typing import Annotated

import typer

from dashboards.briefing import render_briefing
from dashboards.server.serve import serve
from pipelines.editions.edition import EditionError, aside, latest_edition, list_editions, no_edition, open_edition
from pipelines.jobs.doctor.stored_inputs import damaged_inputs
from pipelines.publish.release.profiles import INTERNAL, open_profile, require_profile
from pipelines.store.atomic import write_atomically
from pipelines.store.paths import open_store
from routecast.terminal.audited import note_done, stamp
from routecast.terminal.errors import REFUSED
from routecast.terminal.options import DEFAULT_REGION, ProfileOption, RegionOption, StoreOption
from routecast.terminal.options import stored_region as _region_id
from routecast.terminal.progress import console
from routecast.terminal.scenario_files import compare_files, open_base

app = typer.Typer(help="Published editions: list, show, compare, verify, roll back, keep.", no_args_is_help=True)
EditionArgument = Annotated[str, typer.Argument(help="Edition id, e.g. 2026-W46, or 'latest'.")]
EditionOption = Annotated[str, typer.Option("--edition", help="Edition id, or 'latest'.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write into.")]


@app.command("list")
def list_all(region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> None:
    """List a region's editions, oldest first."""
    place = open_store(store)
    latest = latest_edition(place, _region_id(region))
    if latest is None:
        console.print(no_edition(place, _region_id(region)), highlight=False, markup=False)
    left_out = aside(place, _region_id(region))["set_aside"]
    for edition_id in list_editions(place, _region_id(region)):
        state = "  (latest)" if edition_id == latest else ("  (set aside)" if edition_id in left_out else "")
        console.print(f"{edition_id}{state}", highlight=False)


@app.command("show")
def show(edition: EditionArgument = "latest", region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> None:
    """Say what an edition rests on."""
    manifest = open_edition(open_store(store), _region_id(region), edition).manifest
    for key in ("edition", "region_name", "origin_date", "as_of", "synthetic", "seed", "code_version", "fingerprint"):
        console.print(f"{key:<14} {manifest.get(key)}", highlight=False, markup=False)
    for entry in manifest["inputs"]:
        console.print(f"input          {entry['source']} {entry['file']} {entry['sha256'][:12]}", highlight=False)
    if manifest.get("footnote"):
        console.print(manifest["footnote"], highlight=False, markup=False)


@app.command("verify")
def verify(
    edition: Annotated[str | None, typer.Argument(help="Edition id; without one, every edition of the store.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="Only this region (default: all in the store).")
    ] = None,
    store: StoreOption = None,
) -> int:
    """Check every byte of an edition, or of every edition and input in the store, against its checksums."""
    place = open_store(store)
    regions = [_region_id(region)] if region else ([DEFAULT_REGION] if edition else place.regions())
    found = [(r, e) for r in regions for e in ([edition] if edition else list_editions(place, r))]
    if not found:
        raise EditionError(f"{place.root}: expected at least one edition to verify, got none. Run 'routecast run'.")
    bad = 0
    for region_id, edition_id in found:
        opened = open_edition(place, region_id, edition_id)
        problems = opened.verify()
        bad += bool(problems)
        state = "damaged" if problems else f"good, {len(opened.manifest['files'])} files"
        console.print(f"{region_id} {opened.id}: {state}", highlight=False)
        for problem in problems:
            console.print(f"  {problem}", highlight=False, markup=False)
    damaged = [] if edition else damaged_inputs(place)
    for problem in damaged:
        console.print(f"input {problem}", highlight=False, markup=False)
    return REFUSED if bad or damaged else 0


def briefing(
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: OutOption = Path(),
    profile: ProfileOption = INTERNAL,
    scenario: Annotated[
        list[Path] | None, typer.Option("--scenario", help="A scenario file to set beside the baseline; repeatable.")
    ] = None,
) -> None:
    """Write an edition's weekly briefing as HTML and PDF, with scenarios where some are named."""
    place = open_store(store)
    opened = open_profile(place, _region_id(region), edition, profile)
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
        console.print(str(path), highlight=False, markup=False)


def dashboard(
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8501,
    address: Annotated[str, typer.Option("--address", help="Address to listen on.")] = "127.0.0.1",
    profile: ProfileOption = INTERNAL,
) -> None:
    """Serve the dashboard on this machine."""
    folder = Path(region)
    place = str(folder.resolve()) if folder.is_dir() else _region_id(region)  # maps and scenarios need the pack itself
    serve(open_store(store).root, region=place, port=port, address=address, profile=require_profile(profile))
