"""`routecast editions …`: what is published, what changed, what readers see, what is approved and what is kept."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.table import Table

from dashboards.briefing import render_briefing
from dashboards.wording.bands import band
from geo.pack.load import load_region
from pipelines.editions.diff import KINDS, diff_editions
from pipelines.editions.edition import (
    Edition,
    EditionError,
    aside,
    latest_edition,
    list_editions,
    no_edition,
    open_edition,
)
from pipelines.jobs.doctor import damaged_inputs
from pipelines.jobs.released_forecast import released_forecaster
from pipelines.publish.disclosure.derive import count_withheld
from pipelines.publish.export.spreadsheets import csv_text
from pipelines.publish.release.approval import approve as approve_edition, withdraw as withdraw_edition
from pipelines.publish.release.profiles import approvals as decisions_of, derived_editions
from pipelines.publish.release.set_aside import delete_editions, held_editions, plan_retention, roll_back
from pipelines.store.atomic import write_atomically
from pipelines.store.ledger import missing_or_changed, writing
from pipelines.store.paths import open_store
from records.database import open_database
from records.decisions import EditionEvent, add_event
from routecast.terminal.errors import REFUSED, UsageError, reason_of
from routecast.terminal.options import (
    DEFAULT_REGION,
    EditionArgument,
    RegionOption,
    StoreOption,
    WorkersOption,
    stored_region,
)
from routecast.terminal.progress import console, progress_bars, say
from routecast.terminal.trail import command_user, say_head

app = typer.Typer(help="Published editions: list, show, compare, verify, roll back, keep.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="Edition id, e.g. 2026-W46.")]
NoteOption = Annotated[str, typer.Option("--note", help="Why; it is kept with your name and the time.")]
UserOption = Annotated[str | None, typer.Option("--user", help="Who decides (default: the account's name).")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: kept with who and when.")]
TITLES = {
    "input": "Input files",
    "setting": "Settings, code and libraries",
    "observed": "Observed figures",
    "band": "Pressure bands",
    "median": "Medians of the forecast",
}
SHOWN = 8  # changes of each kind on the terminal


@app.command("list")
def list_all(region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> None:
    """List a region's editions, oldest first."""
    place, region_id = open_store(store), stored_region(region)
    latest = latest_edition(place, region_id)
    if latest is None:
        console.print(no_edition(place, region_id))
    left_out = aside(place, region_id)["set_aside"]
    for edition_id in list_editions(place, region_id):
        state = "  (latest)" if edition_id == latest else ("  (set aside)" if edition_id in left_out else "")
        console.print(f"{edition_id}{state}")


@app.command("show")
def show(edition: EditionArgument = "latest", region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> None:
    """Say what an edition rests on."""
    manifest = open_edition(open_store(store), stored_region(region), edition).manifest
    for key in ("edition", "region_name", "origin_date", "as_of", "synthetic", "seed", "code_version", "fingerprint"):
        console.print(f"{key:<14} {manifest.get(key)}")
    say(f"input          {i['source']} {i['file']} {i['sha256'][:12]}" for i in manifest["inputs"])
    if manifest.get("footnote"):
        console.print(manifest["footnote"])


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
    regions = [stored_region(region)] if region else ([DEFAULT_REGION] if edition else place.regions())
    found = [(r, e) for r in regions for e in ([edition] if edition else list_editions(place, r))]
    if not found:
        raise EditionError(f"{place.root}: expected at least one edition to verify, got none. Run 'routecast run'.")
    bad = 0
    for region_id, edition_id in found:
        opened = open_edition(place, region_id, edition_id)
        problems = opened.verify()
        bad += bool(problems)
        state = "damaged" if problems else f"good, {len(opened.manifest['files'])} files"
        console.print(f"{region_id} {opened.id}: {state}")
        for problem in problems:
            console.print(f"  {problem}")
    for opened in (d for r in ([] if edition else regions) for d in derived_editions(place, r)):
        problems = opened.verify()
        bad += bool(problems)
        console.print(
            f"{opened.region_id} {opened.id}, {opened.manifest['profile']}: {'damaged' if problems else 'good'}"
        )
        say(f"  {problem}" for problem in problems)
    damaged = [] if edition else damaged_inputs(place)
    for problem in damaged:
        console.print(f"input {problem}")
    lost = [] if edition else missing_or_changed(place)
    say(lost)
    return REFUSED if bad or damaged or lost else 0


@app.command("approve")
def approve(
    edition: IdArgument,
    note: NoteOption,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    user: UserOption = None,
    workers: WorkersOption = None,
) -> None:
    """Approve an edition: derives what partners and the public see of it, forecast anew from what they may see."""
    place, pack, who = open_store(store), load_region(region), user or getpass.getuser()
    with progress_bars() as bars:
        event, derived = approve_edition(
            place,
            pack,
            edition,
            user=who,
            note=note,
            forecast=released_forecaster(place, pack, workers=workers),
            render=lambda e: render_briefing(e, region=pack),
            progress=bars,
        )
    console.print(f"{event.edition} {_decision(event)}")
    say_head(place)
    for profile, opened in derived.items():
        shown, withheld = count_withheld(opened)
        console.print(
            f"{profile}: {shown:,} observed counts shown, {withheld:,} withheld; "
            f"seen from {opened.manifest['available_from']}"
        )


@app.command("withdraw")
def withdraw(
    edition: IdArgument,
    note: NoteOption,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    user: UserOption = None,
) -> None:
    """Take an edition out of what partners and the public see."""
    place, who = open_store(store), user or getpass.getuser()
    event = withdraw_edition(place, stored_region(region), edition, user=who, note=note)
    console.print(f"{event.edition} {_decision(event)}")
    say_head(place)


def _decision(event: EditionEvent) -> str:
    return f"{event.kind} by {event.user} at {event.at:%Y-%m-%d %H:%M} UTC"


@app.command("approvals")
def approvals(region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> None:
    """List the last decision on each edition: approved or withdrawn, by whom, when, why."""
    found = decisions_of(open_store(store), stored_region(region))
    if not found:
        console.print("No edition was approved or withdrawn so far; all are drafts.")
    for edition_id, event in sorted(found.items()):
        console.print(f"{edition_id}  {_decision(event)}: {event.note}")


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="Id of the edition to compare with, e.g. 2026-W45.")],
    after: Annotated[str, typer.Argument(help="Id of the other edition, or 'latest'.")] = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV for all changes.")] = None,
) -> None:
    """Say what changed between two editions: inputs, settings, observed figures, bands, medians."""
    place, region_id = open_store(store), stored_region(region)
    old, new = (open_edition(place, region_id, e).require_intact() for e in (before, after))
    changes = diff_editions(old, new)
    console.print(f"From {old.id} to {new.id} of region '{region_id}', the largest change first.")
    console.print("Figures, bands and medians are compared for the same period in both.")
    if not set(old.risk["target_start"]) & set(new.risk["target_start"]):
        console.print("No period is forecast by both: bands and medians can't be compared.")
    for kind in KINDS:
        _show(changes[changes["kind"] == kind], kind, new)
    if out is not None:
        write_atomically(out, csv_text(changes).encode())
        console.print(f"{len(changes):,} changes: {out}")
    elif len(changes):
        console.print("All of them as a table: --out FILE.csv")


def _show(changes: pd.DataFrame, kind: str, edition: Edition) -> None:
    if changes.empty:
        console.print(f"{TITLES[kind]}: no change.")
        return
    more = f", the first {SHOWN}" if len(changes) > SHOWN else ""
    table = Table(title=f"{TITLES[kind]}: {len(changes):,} changed{more}", title_justify="left")
    figures = kind in ("observed", "band", "median")
    for column in (*(("indicator", "unit", "period") if figures else ("what",)), "before", "after"):
        table.add_column(column, overflow="fold", justify="right" if column in ("before", "after") else "left")
    if kind in ("observed", "median"):
        table.add_column("change", justify="right")
    for row in changes.head(SHOWN).to_dict("records"):
        table.add_row(*_cells(row, kind, edition))
    console.print(table)


def _cells(row: dict[str, Any], kind: str, edition: Edition) -> list[str]:
    before, after = row["before"], row["after"]
    if kind in ("input", "setting"):
        return [str(row["what"]), *(_short(v, 12 if kind == "input" else 60) for v in (before, after))]
    indicator = edition.manifest["indicators"].get(row["indicator"], {})
    cells = [str(indicator.get("name", "")), str(row["unit"]), str(row["period"])]
    if kind == "band":
        return [*cells, *(band(v).word for v in (before, after))]
    change = row["change"]
    return [
        *cells,
        *("unknown" if pd.isna(v) else _exact(v) for v in (before, after)),
        "–" if pd.isna(change) else _exact(change, sign="+"),
    ]


def _exact(value: float, *, sign: str = "") -> str:
    """To one decimal: rounding as for readers would hide small changes."""
    return f"{value:{sign},.1f}".removesuffix(".0").replace("-", "−")


def _short(value: object, length: int) -> str:
    return "–" if value is None else str(value)[:length]


@app.command("rollback")
def rollback(
    reason: ReasonOption,
    edition: Annotated[
        str | None, typer.Argument(help="Edition that readers shall see; without one, the one before.")
    ] = None,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
) -> None:
    """Lead readers back to an earlier edition; newer ones are set aside, and stay in the store."""
    place, region_id = open_store(store), stored_region(region)
    with writing(place):
        decided: dict[str, Any] = {"user": command_user(), "reason": reason_of(reason), "at": datetime.now(tz=UTC)}
        done = roll_back(place, region_id, edition, database=open_database(place.database), **decided)
    console.print(f"Readers see {done.now} now (before: {done.before}).")
    if done.set_aside:
        console.print(
            f"Set aside: {', '.join(done.set_aside)}. To show one again: 'routecast editions rollback ID --reason …'."
        )
    approved = [e for e, event in decisions_of(place, region_id).items() if event.kind == "approved"]
    for one in sorted({*done.set_aside} & {*approved}):
        console.print(
            f"{one} is approved: partners and the public see it still. 'routecast editions withdraw {one} --note …' "
            "takes it from them."
        )


@app.command("hold")
def hold(
    edition: IdArgument, reason: ReasonOption, region: RegionOption = DEFAULT_REGION, store: StoreOption = None
) -> None:
    """Keep an edition whatever the retention rule says (legal hold)."""
    why, place, region_id = reason_of(reason), open_store(store), stored_region(region)
    held = open_edition(place, region_id, edition).id
    add_event(open_database(place.database), region_id, held, "held", user=command_user(), note=why)
    console.print(f"{held} is held: no retention deletes it. 'routecast editions release' ends it.")


@app.command("release")
def release(
    edition: IdArgument, reason: ReasonOption, region: RegionOption = DEFAULT_REGION, store: StoreOption = None
) -> None:
    """End the hold of an edition."""
    why, database, region_id = reason_of(reason), open_database(open_store(store).database), stored_region(region)
    held = held_editions(database, region_id)
    if edition not in held:
        raise EditionError(f"{edition}: not held. Held are: {', '.join(held) or 'none'}.")
    add_event(database, region_id, edition, "released", user=command_user(), note=why)
    console.print(f"{edition} is no longer held.")


@app.command("retain")
def retain(
    keep: Annotated[int | None, typer.Option("--keep", min=1, help="Keep so many of the newest editions.")] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Keep those published in so many days.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; delete nothing.")] = False,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
) -> None:
    """Delete old editions by a rule; never what readers see, held or approved ones, or what these are compared with."""
    if (keep is None) == (days is None):
        raise UsageError("editions retain: expected a rule, --keep N or --days N. Without one, everything is kept.")
    place, region_id = open_store(store), stored_region(region)
    rule, now = (f"--keep {keep}" if keep else f"--days {days}"), datetime.now(tz=UTC)
    with writing(place):
        database = open_database(place.database)
        fates = plan_retention(place, region_id, database=database, now=now, keep=keep, days=days)
        going = [f.edition for f in fates if f.kept_because is None]
        if not dry_run:
            delete_editions(place, region_id, fates, database=database, user=command_user(), rule=rule, at=now)
    for fate in fates:
        told = f"kept ({fate.kept_because})" if fate.kept_because else ("would go" if dry_run else "deleted")
        console.print(f"{fate.edition}: {told}")
    done = "would go" if dry_run else "deleted and recorded"
    console.print(f"{len(fates) - len(going)} kept, {len(going)} {done} (rule: {rule}).")
