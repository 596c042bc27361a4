"""Approving and withdrawing editions: what partners and the public see is decided by a person, with a note."""

from geo.region.region import Region
from pipelines.compute.workers import Progress
from pipelines.editions.edition import Edition, EditionError, open_edition
from pipelines.publish.disclosure.derive import derive
from pipelines.publish.disclosure.released_figures import ReleasedForecaster
from pipelines.publish.edition.publish import Renderer
from pipelines.publish.release.audit_heads import keep_head
from pipelines.publish.release.profiles import approvals
from pipelines.store.atomic import exclusive
from pipelines.store.ledger import enter_new, require_complete
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import EditionEvent, add_event


def approve(
    store: Store,
    region: Region,
    edition_id: str,
    *,
    user: str,
    note: str,
    forecast: ReleasedForecaster,
    render: Renderer,
    progress: Progress = lambda *_: None,
) -> tuple[EditionEvent, dict[str, Edition]]:
    """Approve an edition, and derive what partners and the public see of it.

    Args:
        store: Where the edition lies.
        region: The pack, for its disclosure rules.
        edition_id: Which edition; `latest` is not taken, a person names what was looked at.
        user: Who approves.
        note: Why; it stays with the approval.
        forecast: Makes forecasts from the figures that partners see.
        render: Makes the briefings of the derived editions.
        progress: Told of every indicator and every derived edition.

    Returns:
        The record, and profile → derived edition.

    Raises:
        EditionError: no such edition, no note, approved already, or damaged.
        DamagedError: something that was taken in or given out is missing or changed.
    """
    _require_note(note, "approve")
    edition = open_edition(store, region.id, _named(edition_id, "approve"))
    last = approvals(store, region.id).get(edition.id)
    if last is not None and last.kind == "approved":
        raise EditionError(f"{edition.id}: approved already by {last.user} on {last.at:%Y-%m-%d}. Nothing was changed.")
    require_complete(store, region.id)  # without what was shown before, it would be protected as the first one
    with exclusive(store.shown(region.id) / ".lock"):  # two at once would not know of each other's figures
        derived = derive(edition, store, region, forecast=forecast, render=render, progress=progress)
        enter_new(store)
    event = add_event(open_database(store.database), region.id, edition.id, "approved", user=user, note=note)
    keep_head(store)
    return event, derived


def withdraw(store: Store, region_id: str, edition_id: str, *, user: str, note: str) -> EditionEvent:
    """Take an edition out of what partners and the public see; what it showed stays remembered.

    Raises:
        EditionError: no such edition, no note, or it is not approved.
    """
    _require_note(note, "withdraw")
    last = approvals(store, region_id).get(_named(edition_id, "withdraw"))
    if last is None or last.kind != "approved":
        raise EditionError(f"{edition_id}: not withdrawn, it is not approved. See 'routecast editions list'.")
    event = add_event(open_database(store.database), region_id, edition_id, "withdrawn", user=user, note=note)
    keep_head(store)
    return event


def _named(edition_id: str, verb: str) -> str:
    if edition_id == "latest":
        raise EditionError(f"editions {verb}: expected an edition's id, got 'latest'. Name the one that was looked at.")
    return edition_id


def _require_note(note: str, verb: str) -> None:
    if not note.strip():
        raise EditionError(f"editions {verb}: expected a note (why), got none. Say --note …")
