"""Editions by profile: `internal` as published, `partner` and `public` as separate, approved derivations."""

from datetime import UTC, date, datetime

from pipelines.editions.edition import (
    MANIFEST,
    Edition,
    EditionError,
    edition_order,
    is_edition_id,
    list_editions,
    open_edition,
)
from pipelines.publish.release.audit_heads import require_heads
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import EditionEvent, last_of

INTERNAL, PARTNER, PUBLIC = PROFILES = ("internal", "partner", "public")


def require_profile(profile: str) -> str:
    """The profile, if there is such a one.

    Raises:
        EditionError: there is none of that name.
    """
    if profile not in PROFILES:
        raise EditionError(f"no profile '{profile}'. There are: {', '.join(PROFILES)}.")
    return profile


def approvals(store: Store, region: str) -> dict[str, EditionEvent]:
    """Edition → whether it was approved or withdrawn last, by whom, when and why; absent: it is a draft."""
    return last_of(open_database(store.database), region, ("approved", "withdrawn"))


def list_profile(store: Store, region: str, profile: str = INTERNAL, *, today: date | None = None) -> list[str]:
    """Ids of the editions that a profile may see, oldest period first.

    Args:
        store: Where the editions lie.
        region: The region's id.
        profile: One of `PROFILES`.
        today: The day of reading; a delayed edition is seen from its day on. Now where it is left out.

    Raises:
        DamagedError: the database is an older one, or another: what was withdrawn since would be seen again.
    """
    if require_profile(profile) == INTERNAL:
        return list_editions(store, region)
    folder = store.profiles(profile, region)
    if not folder.is_dir():
        return []
    require_heads(store)
    approved = {e for e, event in approvals(store, region).items() if event.kind == "approved"}
    day = (today or datetime.now(tz=UTC).date()).isoformat()
    there = [e for e in approved if (folder / e / MANIFEST).is_file()]
    ready = [e for e in there if str(Edition(folder / e).manifest["available_from"]) <= day]
    return sorted(ready, key=edition_order)


def lost_derived(store: Store, region: str, profile: str) -> str | None:
    """The newest approved edition where it is not there as the profile sees it, and newer than all that are; else None.

    Before the end of its delay the public is told nothing of an edition that is there.
    """
    folder = store.profiles(profile, region)
    approved = [e for e, event in approvals(store, region).items() if event.kind == "approved"]
    newest = max(approved, key=edition_order, default=None)
    return newest if newest is not None and not (folder / newest / MANIFEST).is_file() else None


def open_profile(
    store: Store, region: str, edition_id: str = "latest", profile: str = INTERNAL, *, today: date | None = None
) -> Edition:
    """Open one edition as a profile may see it.

    Args:
        store: Where the editions lie.
        region: The region's id.
        edition_id: An edition's id, or `latest`: the newest that this profile may see.
        profile: One of `PROFILES`; anything but `internal` opens approved derivations only.
        today: The day of reading; now where it is left out.

    Raises:
        EditionError: there is no such edition or profile, or this profile may not see it.
    """
    if require_profile(profile) == INTERNAL:
        return open_edition(store, region, edition_id)
    known = list_profile(store, region, profile, today=today)
    lost = lost_derived(store, region, profile) if edition_id == "latest" else None
    if lost:
        raise EditionError(
            f"{store.root}: edition '{lost}' of region '{region}' is approved, and can't be read as '{profile}'. Put "
            f"it back from a backup ('routecast doctor'), or name another: {', '.join(known) or 'there is none'}."
        )
    wanted = known[-1] if edition_id == "latest" and known else edition_id
    if wanted not in known:
        raise EditionError(_refusal(store, region, wanted, profile, known))
    return Edition(store.profiles(profile, region) / wanted)


def derived_editions(store: Store, region: str) -> list[Edition]:
    """All editions that were ever derived of a region's, approved still or not."""
    folders = (f for profile in PROFILES[1:] for f in sorted(store.profiles(profile, region).glob("*")))
    return [Edition(f) for f in folders if is_edition_id(f.name) and (f / MANIFEST).is_file()]  # not one in the making


def unrecorded(store: Store, region: str) -> list[str]:
    """Ids of derived editions of which the database knows no decision: it was lost, or the approval was broken off."""
    derived = {f.folder.name for f in derived_editions(store, region)}
    return sorted(derived - set(approvals(store, region)), key=edition_order)


def _refusal(store: Store, region: str, wanted: str, profile: str, known: list[str]) -> str:
    """Says no more than that it may not be seen: what there is besides is not this profile's business."""
    what = "no edition" if wanted == "latest" else f"edition '{wanted}' of region '{region}' is not one that"
    may = f"There are: {', '.join(known)}." if known else "There is none so far."
    how = "An edition is seen once it is approved ('routecast editions approve ID --note …') and its delay is over."
    if wanted == "latest":
        return f"{store.root}: {what} of region '{region}' may be seen as '{profile}'. {how}"
    return f"{store.root}: {what} may be seen as '{profile}'. {may} {how}"
