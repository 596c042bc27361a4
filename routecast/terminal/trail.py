"""Entries of the audit trail that commands make: whoever runs the command is named by the system's log-in name."""

import getpass
from datetime import UTC, datetime
from typing import Any

from dashboards.wording.access import STAMP
from pipelines.editions.edition import Edition
from pipelines.publish.release.audit_heads import keep_head
from pipelines.store.paths import Store
from records.audit import AuditAction, append_entry
from records.database import open_database
from routecast.terminal.progress import console


def command_user() -> str:
    """Log-in name of whoever runs the command; "unknown" where the system has none.

    >>> bool(command_user())
    True
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def note_done(store: Store, action: AuditAction, edition: Edition, *, profile: str = "internal", **detail: Any) -> None:  # noqa: ANN401
    """Write into the trail what a command did with an edition.

    Raises:
        DatabaseError: the trail can't be written; what can't be accounted for is not done.
    """
    facts = {"region": edition.region_id, "edition": edition.id, "profile": profile, "detail": detail}
    append_entry(open_database(store.database), action, user=command_user(), role="command", **facts)


def say_head(store: Store) -> str | None:
    """Print the trail's last hash, which stands in the store too: mailed with a briefing, it is out of all reach."""
    head = keep_head(store)
    if head is not None:
        console.print(f"Audit trail's last hash, to be kept elsewhere: {head}", soft_wrap=True)
    return head


def stamp(profile: str) -> str:
    """The line that files for others carry: profile, user, time."""
    moment = datetime.now(tz=UTC)
    return STAMP.format(profile=profile, user=command_user(), moment=f"{moment:%Y-%m-%d %H:%M}")
