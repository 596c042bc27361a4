"""Leading readers back to an earlier edition, and deleting editions that may go; by default everything is kept."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pipelines.editions.edition import (
    ASIDE,
    MANIFEST,
    Edition,
    EditionError,
    aside,
    edition_order,
    latest_edition,
    list_editions,
    open_edition,
)
from pipelines.publish.edition.publish import point_to
from pipelines.store.atomic import flush_folder, json_bytes, write_atomically
from pipelines.store.ledger import give_up
from pipelines.store.paths import Store
from records.database import Database
from records.decisions import add_event, last_of

LEFT_OVER = ".deleted-"  # a folder on its way out: no reader sees it


@dataclass(frozen=True)
class Rollback:
    """From where to where readers were led; what was newer is set aside."""

    before: str
    now: str
    set_aside: tuple[str, ...]


def roll_back(
    store: Store, region: str, edition_id: str | None, *, database: Database, user: str, reason: str, at: datetime
) -> Rollback:
    """Point `latest` at another edition, atomically, and record who did it and why.

    Editions newer than the one named, up to the one that readers saw, are set aside: no later run leads readers to
    them or compares with them. Naming an edition that was set aside brings it back. The caller holds the store's lock.

    Args:
        store: Where.
        region: The region's id.
        edition_id: The edition to show; None: the one before, of those not set aside.
        database: Where the decision is recorded.
        user: Who decided.
        reason: Why, for those who ask later.
        at: When.

    Raises:
        EditionError: there is no such edition, readers are there already, it is damaged, or it was withdrawn.
    """
    before = latest_edition(store, region)
    wanted = edition_id or _one_before(store, region, before)
    edition = open_edition(store, region, wanted)
    if wanted == before:
        raise EditionError(f"{wanted}: readers see this edition already. Name another: 'routecast editions list'.")
    edition.require_intact()
    decided = last_of(database, region, ("approved", "withdrawn")).get(wanted)
    if decided is not None and decided.kind == "withdrawn":
        raise EditionError(f"{wanted}: withdrawn by {decided.user} ({decided.note}). Name another edition.")
    known = aside(store, region)
    high = edition_order(before or wanted)
    passed = [e for e in list_editions(store, region) if edition_order(wanted) < edition_order(e) <= high]
    left_out = sorted(({*known["set_aside"], *passed} - {wanted}), key=edition_order)
    for one in passed:
        add_event(database, region, one, "set_aside", user=user, note=reason, at=at)
    add_event(database, region, wanted, "rolled_back", user=user, note=reason, at=at)
    # first what is set aside, then the pointer: a run in between leads nobody back
    write_atomically(store.editions(region) / ASIDE, json_bytes({**known, "set_aside": left_out}))
    point_to(store.editions(region), wanted)
    return Rollback(str(before), wanted, tuple(passed))


def _one_before(store: Store, region: str, latest: str | None) -> str:
    left_out = aside(store, region)["set_aside"]
    known = [e for e in list_editions(store, region) if e not in left_out]
    earlier = [e for e in known if latest and edition_order(e) < edition_order(latest)]
    if not earlier:
        raise EditionError(
            f"{store.root}: expected an edition of region '{region}' before {latest or 'the latest'}, there is none. "
            "'routecast editions list' names those there are."
        )
    return earlier[-1]


@dataclass(frozen=True)
class Fate:
    """An edition, and why it stays; None: it goes."""

    edition: str
    kept_because: str | None


def plan_retention(
    store: Store, region: str, *, database: Database, now: datetime, keep: int | None = None, days: int | None = None
) -> list[Fate]:
    """What a rule would do to each edition of a region, oldest first; nothing is touched.

    Kept whatever the rule says: what `latest` points to, held and approved editions, those given out under a profile,
    and those that a kept one is compared with.

    Args:
        store: Where.
        region: The region's id.
        database: Holds and approvals.
        now: The moment of asking.
        keep: Keep so many of the newest editions.
        days: Keep editions published in so many days.
    """
    known = list_editions(store, region)
    ruled = set(known[-keep:] if keep else ())
    if days is not None:
        ruled |= {e for e in known if now - published_at(store.editions(region) / e) <= timedelta(days=days)}
    reasons = dict.fromkeys(ruled, "by the rule") | _protected(store, region, database)
    reasons = {e: why for e, why in reasons.items() if e in known}
    for edition in list(reasons):
        for other in _compared_with(Edition(store.editions(region) / edition)):
            reasons.setdefault(other, f"{edition} is compared with it")
    return [Fate(e, reasons.get(e)) for e in known]


def published_at(folder: Path) -> datetime:
    """When an edition was made, by its `run.json`; else by the date of its manifest's file."""
    try:
        return datetime.fromisoformat(json.loads((folder / "run.json").read_text(encoding="utf-8"))["started"])
    except (OSError, ValueError, KeyError, TypeError):
        return datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, tz=UTC)


def delete_editions(
    store: Store, region: str, fates: list[Fate], *, database: Database, user: str, rule: str, at: datetime
) -> list[str]:
    """Delete the editions whose fate it is; each deletion is recorded before it happens. Returns their ids.

    The caller holds the store's lock. An id that was given once is never given again.
    """
    going = [f.edition for f in fates if f.kept_because is None]
    folder, known = store.editions(region), aside(store, region)
    gone = sorted({*known["deleted"], *going}, key=edition_order)
    if going:
        left_out = [e for e in known["set_aside"] if e not in going]
        write_atomically(folder / ASIDE, json_bytes({"set_aside": left_out, "deleted": gone}))
    for edition in going:
        add_event(database, region, edition, "deleted", user=user, note=rule, at=at)
        out = folder / f"{LEFT_OVER}{edition}-{uuid4().hex}"
        give_up(store, {str((folder / edition).relative_to(store.root)): f"retention: {rule}"})
        (folder / edition).rename(out)  # for readers it is gone at once, and whole until then
        flush_folder(folder)
        shutil.rmtree(out)
    for left in folder.glob(f"{LEFT_OVER}*"):  # of a deletion that was killed
        shutil.rmtree(left)
    return going


def held_editions(database: Database, region: str) -> Mapping[str, str]:
    """Edition → why it is held."""
    return {e: v.note for e, v in last_of(database, region, ("held", "released")).items() if v.kind == "held"}


def _protected(store: Store, region: str, database: Database) -> dict[str, str]:
    found = {p.name: "given out under a profile" for p in (store.root / "profiles").glob(f"*/{region}/*")}
    decided = last_of(database, region, ("approved", "withdrawn"))
    found |= {e: "approved" for e, v in decided.items() if v.kind == "approved"}
    latest = latest_edition(store, region)
    found |= {latest: "readers see it"} if latest else {}
    return found | {e: f"held: {why}" for e, why in held_editions(database, region).items()}


def _compared_with(edition: Edition) -> list[str]:
    """The editions that one is compared with or that held its bands and alerts."""
    compared, before = edition.manifest.get("compared_with") or {}, edition.manifest.get("edition_before") or {}
    named = [before.get("id"), compared.get("id") if compared.get("kind") == "edition" else None]
    return [n for n in named if n]
