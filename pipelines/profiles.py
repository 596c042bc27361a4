"""Editions by profile: `internal` as published, `partner` and `public` as separate, approved derivations (design §4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.editions import EditionError, open_edition

if TYPE_CHECKING:
    from pipelines.editions import Edition
    from pipelines.store import Store

INTERNAL, PARTNER, PUBLIC = PROFILES = ("internal", "partner", "public")


def require_profile(profile: str) -> str:
    """The profile, if there is such a one.

    Raises:
        EditionError: there is none of that name.
    """
    if profile not in PROFILES:
        raise EditionError(f"no profile '{profile}'. There are: {', '.join(PROFILES)}.")
    return profile


def open_profile(store: Store, region: str, edition_id: str = "latest", profile: str = INTERNAL) -> Edition:
    """Open one edition as a profile may see it.

    Args:
        store: Where the editions lie.
        region: The region's id.
        edition_id: An edition's id, or `latest`: the newest that this profile may see.
        profile: One of `PROFILES`; anything but `internal` opens approved derivations only.

    Raises:
        EditionError: there is no such edition or profile, or this profile may not see it.
    """
    if require_profile(profile) == INTERNAL:
        return open_edition(store, region, edition_id)
    raise EditionError(f"{store.root}: no edition of region '{region}' is approved for profile '{profile}'.")
