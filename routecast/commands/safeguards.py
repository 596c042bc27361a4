"""`routecast safeguards`: what protects people and whom to ask, as it stands; and the documents of an edition."""

import json
from pathlib import Path

import typer

from dashboards.briefing.model_card import safeguard_documents
from dashboards.server.login_settings import read_login_settings
from dashboards.wording.safeguards import NEVER
from geo.pack.load import load_region
from pipelines.editions.edition import list_editions, open_edition
from pipelines.publish.release.audit_heads import check_trail
from pipelines.publish.release.profiles import approvals
from pipelines.store.atomic import write_atomically
from pipelines.store.paths import Store, open_store
from records.audit import TrailState
from records.database import open_database
from records.decisions import list_events
from routecast.terminal.errors import REFUSED
from routecast.terminal.options import (
    DEFAULT_REGION,
    EditionArgument,
    OutFolderOption,
    RegionOption,
    StoreOption,
    stored_region,
)
from routecast.terminal.progress import console, say

app = typer.Typer(help="The state of the safeguards, and the documents that go with an edition.")


@app.callback(invoke_without_command=True)
def state(context: typer.Context, region: RegionOption = DEFAULT_REGION, store: StoreOption = None) -> int:
    """Print profile rules, the last attack test, approvals, retention, log-in and the audit trail."""
    if context.invoked_subcommand is not None:
        return 0
    place = open_store(store)
    trail = check_trail(place)
    for title, lines in (
        ("Profiles", _rules(region)),
        ("Attack test", [attack_state(place)]),
        ("Approval", _decisions(place, stored_region(region))),
        ("Retention", _retention(place, stored_region(region))),
        ("Log-in", [_login()]),
        ("Audit trail", [trail_state(trail), *trail.problems]),
    ):
        console.print(title, style="bold")
        say(f"  {line}" for line in lines)
    return REFUSED if trail.problems else 0


@app.command("documents")
def documents(
    edition: EditionArgument = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: OutFolderOption = Path(),
) -> None:
    """Write an edition's model card, data sheet and impact record (Markdown); what nobody has stated stays open."""
    place = open_store(store)
    opened = open_edition(place, stored_region(region), edition).require_intact()
    trail = trail_state(check_trail(place))
    decision = approvals(place, opened.region_id).get(opened.id)
    made = safeguard_documents(opened, decision=decision, trail=trail, attack=attack_state(place))
    for name, text in made.items():
        path = out / f"routecast-{opened.region_id}-{opened.id}-{name}"
        write_atomically(path, text.encode())
        console.print(str(path))


def attack_result(store: Store) -> Path:
    """The result file of the last attack on a store's withheld counts (`python -m benchmarks.attack`)."""
    return store.root / "safeguards" / "attack.json"


def attack_state(store: Store) -> str:
    """What the last attack on the withheld counts of this store found, as its result file says."""
    path = attack_result(store)
    if not path.is_file():
        return NEVER
    result = json.loads(path.read_text(encoding="utf-8"))
    return (
        f"{result['when']}: {result['cells']:,} cells attacked ({result['nationalities']:,} by nationality group) "
        f"and {result['tried']:,} tried against forecasts, {result['narrow']:,} bounded too narrowly"
    )


def trail_state(state: TrailState) -> str:
    """The trail in one line."""
    whole = "whole" if not state.problems else "BROKEN"
    return f"{whole}, {state.entries:,} entries, last hash {state.head}"


def _rules(region: str) -> list[str]:
    rules = load_region(region).disclosure
    public = rules.public
    return [
        f"counts from 1 to {rules.threshold - 1} are withheld from partners and the public (suppress), with what "
        f"gives them away, so that no range is narrower than {rules.protection_width}",
        *(f"{name}: below {rules.threshold_of(name)}" for name in sorted(rules.indicators)),
        f"partner: {', '.join(rules.partner.levels) if rules.partner.levels else 'all levels'}",
        f"public: {', '.join(public.levels or ())}; means of {public.mean_of_periods} periods, "
        f"{public.delay_periods} periods later, no nationalities",
    ]


def _decisions(store: Store, region: str) -> list[str]:
    known, found = list_editions(store, region), approvals(store, region)
    drafts = [e for e in known if e not in found]
    told = [f"{e}: {v.kind} by {v.user} on {v.at:%Y-%m-%d}: {v.note}" for e, v in sorted(found.items())]
    return [*told, f"drafts: {', '.join(drafts[-5:]) or 'none'}"]


def _retention(store: Store, region: str) -> list[str]:
    events = list_events(open_database(store.database), region)
    held = {e.edition: e.kind for e in events if e.kind in ("held", "released")}
    kept = [e for e, kind in sorted(held.items()) if kind == "held"]
    gone = sum(e.kind == "deleted" for e in events)
    return [
        f"{len(list_editions(store, region))} editions kept, {gone} deleted, on hold: {', '.join(kept) or 'none'}",
        "the audit trail is kept as long as the database",
    ]


def _login() -> str:
    settings = read_login_settings()
    if settings is None:
        return "none: a single user on this machine"
    return f"{settings.metadata}, at most {settings.max_age_hours:g} hours"
