"""`routecast editions diff|rollback|hold|release|retain`: what changed, what readers see, what is kept."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.table import Table

from dashboards.wording.bands import band
from pipelines.editions.diff import KINDS, diff_editions
from pipelines.editions.edition import Edition, EditionError, open_edition
from pipelines.publish.release.profiles import approvals
from pipelines.publish.release.retention import delete_editions, held_editions, plan_retention
from pipelines.publish.release.rollback import roll_back
from pipelines.store.atomic import exclusive, write_atomically
from pipelines.store.paths import open_store
from records.database import open_database
from records.edition_events import add_event
from routecast.terminal.audited import command_user
from routecast.terminal.errors import UsageError
from routecast.terminal.options import DEFAULT_REGION, RegionOption, StoreOption, stored_region
from routecast.terminal.progress import console

TITLES = {
    "input": "Input files",
    "setting": "Settings, code and libraries",
    "observed": "Observed figures",
    "band": "Pressure bands",
    "median": "Medians of the forecast",
}
SHOWN = 8  # changes of each kind on the terminal
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: kept with who and when.")]


def diff(
    before: Annotated[str, typer.Argument(help="Id of the edition to compare with, e.g. 2026-W45.")],
    after: Annotated[str, typer.Argument(help="Id of the other edition, or 'latest'.")] = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV for all changes.")] = None,
) -> None:
    """Say what changed between two editions: inputs, settings, observed figures, bands, medians."""
    place, region_id = open_store(store), stored_region(region)
    old, new = (open_edition(place, region_id, e) for e in (before, after))
    changes = diff_editions(old, new)
    console.print(f"From {old.id} to {new.id} of region '{region_id}', the largest change first.", highlight=False)
    if not set(old.risk["target_start"]) & set(new.risk["target_start"]):
        console.print("No period is forecast by both: bands and medians can't be compared.", highlight=False)
    for kind in KINDS:
        _show(changes[changes["kind"] == kind], kind, new)
    if out is not None:
        write_atomically(out, changes.to_csv(index=False).encode())
        console.print(f"{len(changes):,} changes: {out}", highlight=False, markup=False)
    elif len(changes):
        console.print("All of them as a table: --out FILE.csv", highlight=False)


def _show(changes: pd.DataFrame, kind: str, edition: Edition) -> None:
    if changes.empty:
        console.print(f"{TITLES[kind]}: no change.", highlight=False)
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
    with exclusive(place.root / ".lock"):
        done = roll_back(
            place,
            region_id,
            edition,
            database=open_database(place.database),
            user=command_user(),
            reason=_reason(reason),
            at=datetime.now(tz=UTC),
        )
    console.print(f"Readers see {done.now} now (before: {done.before}).", highlight=False)
    if done.set_aside:
        console.print(
            f"Set aside: {', '.join(done.set_aside)}. To show one again: 'routecast editions rollback ID --reason …'.",
            highlight=False,
        )
    approved = [e for e, event in approvals(place, region_id).items() if event.kind == "approved"]
    for one in sorted({*done.set_aside} & {*approved}):
        console.print(
            f"{one} is approved: partners and the public see it still. 'routecast editions withdraw {one} --note …' "
            "takes it from them.",
            highlight=False,
        )


def hold(
    edition: Annotated[str, typer.Argument(help="Edition id, e.g. 2026-W46.")],
    reason: ReasonOption,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
) -> None:
    """Keep an edition whatever the retention rule says (legal hold)."""
    why, place, region_id = _reason(reason), open_store(store), stored_region(region)
    held = open_edition(place, region_id, edition).id
    database = open_database(place.database)
    add_event(database, region_id, held, "held", user=command_user(), note=why)
    console.print(f"{held} is held: no retention deletes it. 'routecast editions release' ends it.", highlight=False)


def release(
    edition: Annotated[str, typer.Argument(help="Edition id, e.g. 2026-W46.")],
    reason: ReasonOption,
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
) -> None:
    """End the hold of an edition."""
    why, place, region_id = _reason(reason), open_store(store), stored_region(region)
    database = open_database(place.database)
    held = held_editions(database, region_id)
    if edition not in held:
        raise EditionError(f"{edition}: not held. Held are: {', '.join(held) or 'none'}.")
    add_event(database, region_id, edition, "released", user=command_user(), note=why)
    console.print(f"{edition} is no longer held.", highlight=False)


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
    with exclusive(place.root / ".lock"):
        database = open_database(place.database)
        fates = plan_retention(place, region_id, database=database, now=now, keep=keep, days=days)
        going = [f.edition for f in fates if f.kept_because is None]
        if not dry_run:
            delete_editions(place, region_id, fates, database=database, user=command_user(), rule=rule, at=now)
    for fate in fates:
        told = f"kept ({fate.kept_because})" if fate.kept_because else ("would go" if dry_run else "deleted")
        console.print(f"{fate.edition}: {told}", highlight=False, markup=False)
    done = "would go" if dry_run else "deleted and recorded"
    console.print(f"{len(fates) - len(going)} kept, {len(going)} {done} (rule: {rule}).", highlight=False)


def _reason(text: str) -> str:
    if not text.strip():
        raise UsageError("--reason: expected some words on why, got none. Those who ask later read them.")
    return text.strip()
