"""What pages write into the audit trail: once per visit and thing for what is seen, each time for what is taken."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards.server.claims import Refusal
from dashboards.server.visitor import NotAdmittedError, Visitor, visitor
from dashboards.wording import access as texts, formats as words
from pipelines.editions.edition import Edition
from pipelines.store.paths import open_store
from records.audit import AuditAction, append_entry
from records.database import DatabaseError, open_database

PAGE, PAGE_TITLE = "trail_page", "trail_page_title"
SEEN, SHOWN = "trail_seen", "trail_shown"


def note(action: AuditAction, who: Visitor, edition: tuple[str, str] = ("", ""), **detail: Any) -> None:  # noqa: ANN401
    """Write an entry.

    Raises:
        DatabaseError: the trail can't be written.
    """
    shown = {"region": edition[0], "edition": edition[1], "profile": who.profile}
    append_entry(open_database(open_store().database), action, user=who.user, role=who.role, detail=detail, **shown)


def note_once(action: AuditAction, edition: tuple[str, str] = ("", ""), **detail: Any) -> None:  # noqa: ANN401
    """Write an entry unless this visit has made the same one; a shared page that can't be recorded isn't shown."""
    who = visitor()
    key = (action, who, edition, tuple(sorted(detail.items())))
    if key in st.session_state.setdefault(SEEN, set()):
        return
    try:
        note(action, who, edition, **detail)
    except DatabaseError as error:
        _tell(error, who)
    st.session_state[SEEN].add(key)


def _tell(error: DatabaseError, who: Visitor) -> None:
    problem = words.escaped(str(error))
    if who.until is not None:
        st.error(texts.NOT_RECORDED.format(problem=problem))
        st.stop()
    st.warning(texts.NOT_RECORDED_LOCAL.format(problem=problem))


def note_viewed(edition: Edition) -> None:
    """An edition is about to be shown on the page that runs."""
    st.session_state[SHOWN] = (edition.region_id, edition.id)
    note_once("viewed", (edition.region_id, edition.id), page=st.session_state.get(PAGE, ""))


def recorded(make: Callable[[str], bytes], name: str) -> Callable[[], bytes]:
    """A file's maker that looks at the log-in again and writes the entry when the file is asked for.

    Streamlit calls it outside the page's run, where nobody can be asked who looks: the visitor of the run is held fast.

    Args:
        make: Makes the file's content, given the line that it is to carry: profile, user and time.
        name: The file's name, for the entry; its content is known there by its SHA-256.
    """
    who, shown = visitor(), st.session_state.get(SHOWN, ("", ""))

    def made() -> bytes:
        """Make the file and record it; not after the log-in has ended."""
        if not who.is_current(now()):
            raise NotAdmittedError("expired")
        content = make(stamp(who, now()))
        note("exported", who, shown, file=name, sha256=hashlib.sha256(content).hexdigest())
        return content

    return made


def note_refused(reason: Refusal, user: str) -> None:
    """Somebody was logged in and not let in; once per visit."""
    seen = st.session_state.setdefault(SEEN, set())
    if (reason, user) not in seen:
        seen.add((reason, user))
        try:
            note("refused", Visitor(user, "viewer", "public"), reason=reason)
        except DatabaseError:  # nothing was shown
            return


def log_out() -> None:
    """End all of the visitor's log-ins here, and the one at the provider where it can be ended."""
    who = visitor()
    if who.since is not None:
        note("log_out", who, since=who.since.isoformat())
    st.logout()


def stamp(who: Visitor, moment: datetime) -> str:
    """The line that what is taken along carries: profile, user, time."""
    return texts.STAMP.format(profile=who.profile, user=who.user, moment=f"{moment:%Y-%m-%d %H:%M}")


def now() -> datetime:
    """The present moment."""
    return datetime.now(tz=UTC)
