"""`routecast audit …`: check, list and export the trail of who did what."""

import csv
import json
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, TextIO

import typer

from pipelines.publish.export.spreadsheets import as_text
from pipelines.publish.release.audit_heads import accept, check_trail
from pipelines.store.paths import open_store
from records.audit import ACTIONS, AuditEntry, list_entries
from records.database import open_database
from routecast.terminal.errors import REFUSED, UsageError, day_of, reason_of
from routecast.terminal.options import StoreOption
from routecast.terminal.progress import console, say
from routecast.terminal.trail import command_user, say_head

app = typer.Typer(help="The audit trail: who saw, exported, approved and ran what.", no_args_is_help=True)
UserOption = Annotated[str | None, typer.Option("--user", help="Only what this user did.")]
ActionOption = Annotated[str | None, typer.Option("--action", help=f"Only one of {', '.join(ACTIONS)}.")]
SinceOption = Annotated[str | None, typer.Option("--since", help="From this day on (YYYY-MM-DD, UTC).")]


@app.command("verify")
def verify(
    expect: Annotated[
        str | None, typer.Option("--expect", help="Last hash of an earlier check: finds entries cut off at the end.")
    ] = None,
    store: StoreOption = None,
) -> int:
    """Check that no entry or decision was changed, removed, inserted or moved; keep the last hash elsewhere."""
    state = check_trail(open_store(store), expected={expect} if expect else frozenset())
    say(state.problems)
    if state.problems:
        console.print(f"The audit trail is broken: {state.entries} entries.", style="bold red")
        return REFUSED
    console.print(f"The audit trail is whole: {state.entries} entries. Last hash: {state.head}")
    if expect is None and state.entries:
        console.print(
            "Entries cut off at the end would not be seen without an earlier hash: keep this one outside the database, "
            f"and say next time: routecast audit verify --expect {state.head}"
        )
    return 0


@app.command("accept")
def accept_trail(
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the trail.")], store: StoreOption = None
) -> None:
    """Let the trail that is there count, after the database came back from an older backup; it says so itself."""
    place = open_store(store)
    accept(place, user=command_user(), reason=reason_of(reason))
    say_head(place)


@app.command("list")
def list_all(
    user: UserOption = None,
    action: ActionOption = None,
    since: SinceOption = None,
    last: Annotated[int, typer.Option("--last", min=1, help="At most the newest so many.")] = 50,
    store: StoreOption = None,
) -> None:
    """Show the newest entries, oldest first."""
    entries = _chosen(store, user, action, since, last)
    for entry in entries:
        where = " ".join(part for part in (entry.region, entry.edition, entry.profile) if part)
        who = f"{entry.user} ({entry.role})" if entry.role else entry.user
        line = f"{entry.id:>6}  {entry.at:%Y-%m-%d %H:%M:%S}Z  {who}  {entry.action}  {where}  {entry.detail}"
        console.print(line.rstrip())
    if not entries:
        console.print("No entry.")


@app.command("export")
def export(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; without it, the terminal.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines in place of CSV.")] = False,
    user: UserOption = None,
    action: ActionOption = None,
    since: SinceOption = None,
    store: StoreOption = None,
) -> None:
    """Write entries with their hashes as CSV, or as JSON lines, which anybody can check without Routecast."""
    entries = _chosen(store, user, action, since, None)
    if out is None:
        _write(entries, sys.stdout, as_json=as_json)
        return
    with out.open("w", encoding="utf-8", newline="") as stream:
        _write(entries, stream, as_json=as_json)
    console.print(f"{out}: {len(entries)} entries")


def _chosen(
    store: Path | None, user: str | None, action: str | None, since: str | None, last: int | None
) -> list[AuditEntry]:
    if action is not None and action not in ACTIONS:
        raise UsageError(f"audit: no action '{action}'. There are: {', '.join(ACTIONS)}.")
    start = None if since is None else datetime.combine(day_of(since), time(), UTC)
    return list_entries(open_database(open_store(store).database), user=user, action=action, since=start, last=last)


def _write(entries: list[AuditEntry], stream: TextIO, *, as_json: bool) -> None:
    rows = [{**vars(e), "at": e.at.isoformat(timespec="microseconds")} for e in entries]
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, sort_keys=True), file=stream)
        return
    names = ["id", "at", "user", "role", "action", "region", "edition", "profile", "detail", "previous", "hash"]
    writer = csv.DictWriter(stream, names)
    writer.writeheader()
    writer.writerows({key: as_text(value) for key, value in row.items()} for row in rows)
