"""`routecast editions approve|withdraw|approvals`: what partners and the public see is decided by a person."""

import getpass
from typing import Annotated

import typer

from dashboards.briefing import render_briefing
from geo.pack.load import load_region
from pipelines.publish.disclosure.withheld_share import count_withheld
from pipelines.publish.release.approval import approve as approve_edition
from pipelines.publish.release.approval import withdraw as withdraw_edition
from pipelines.publish.release.profiles import approvals as read_approvals
from pipelines.store.paths import open_store
from routecast.terminal.options import DEFAULT_REGION, RegionOption, StoreOption, stored_region
from routecast.terminal.progress import console, progress_bars

IdArgument = Annotated[str, typer.Argument(help="Edition id, e.g. 2026-W46.")]
NoteOption = Annotated[str, typer.Option("--note", help="Why; it is kept with your name and the time.")]
UserOption = Annotated[str | None, typer.Option("--user", help="Who decides (default: the account's name).")]


def approve(
    edition: IdArgument,
    note: NoteOption,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    user: UserOption = None,
) -> None:
    """Approve an edition: derives what partners and the public see of it, with small counts withheld."""
    place, pack = open_store(store), load_region(region)
    with progress_bars() as told:
        event, derived = approve_edition(
            place,
            pack,
            edition,
            user=user or getpass.getuser(),
            note=note,
            render=lambda e: render_briefing(e, region=pack),
            progress=told,
        )
    console.print(f"{event.edition} approved by {event.user} at {event.at:%Y-%m-%d %H:%M} UTC", highlight=False)
    for profile, opened in derived.items():
        counts = count_withheld(opened)
        console.print(
            f"{profile}: {counts.shown:,} observed counts shown, {counts.withheld:,} withheld; "
            f"seen from {opened.manifest['available_from']}",
            highlight=False,
            markup=False,
        )


def withdraw(
    edition: IdArgument,
    note: NoteOption,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    user: UserOption = None,
) -> None:
    """Take an edition out of what partners and the public see."""
    event = withdraw_edition(
        open_store(store), stored_region(region), edition, user=user or getpass.getuser(), note=note
    )
    console.print(f"{event.edition} withdrawn by {event.user} at {event.at:%Y-%m-%d %H:%M} UTC", highlight=False)


def approvals(region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> None:
    """List the last decision on each edition: approved or withdrawn, by whom, when, why."""
    found = read_approvals(open_store(store), stored_region(region))
    if not found:
        console.print("No edition was approved or withdrawn so far; all are drafts.", highlight=False)
    for edition_id, event in sorted(found.items()):
        console.print(
            f"{edition_id}  {event.kind} by {event.user} at {event.at:%Y-%m-%d %H:%M} UTC: {event.note}",
            highlight=False,
            markup=False,
        )
