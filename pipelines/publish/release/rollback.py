"""Lead readers back to an earlier edition; what they were led away from is set aside until somebody asks for it."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.editions.edition import (
    ASIDE,
    EditionError,
    aside,
    edition_order,
    latest_edition,
    list_editions,
    open_edition,
)
from pipelines.publish.edition.publish import point_to
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.paths import Store
from records.database import Database
from records.decisions import add_event, last_of


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
    problems = edition.verify()
    if problems:
        raise EditionError(f"{wanted}: not what was published ({'; '.join(problems[:3])}). Name another edition.")
    decided = last_of(database, region, ("approved", "withdrawn")).get(wanted)
    if decided is not None and decided.kind == "withdrawn":
        raise EditionError(f"{wanted}: withdrawn by {decided.user} ({decided.note}). Name another edition.")
    known = aside(store, region)
    passed = _between(store, region, wanted, before)
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


def _between(store: Store, region: str, wanted: str, before: str | None) -> list[str]:
    """Editions newer than the wanted one, up to the one that readers saw."""
    if before is None:
        return []
    low, high = edition_order(wanted), edition_order(before)
    return [e for e in list_editions(store, region) if low < edition_order(e) <= high]
