"""Who looks at a page, and what that person may do there; asked anew on each run, never kept."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards.server.claims import Person, Refusal, person_of
from dashboards.server.login_settings import is_loopback, read_login_settings
from dashboards.server.roles import PROFILES, Action, Profile, Role, is_allowed
from dashboards.server.serve import PROFILE_VARIABLE
from records.audit import list_entries
from records.database import exists, open_database

LOCAL_USER = "local"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class NotAdmittedError(Exception):
    """Nobody who may look at a page; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


@dataclass(frozen=True)
class Visitor:
    """One person in front of a page: a name for the records, a role, and the profile that is shown."""

    user: str
    role: Role
    profile: Profile
    since: datetime | None = None  # of the log-in; None without one
    until: datetime | None = None  # when the person has to log in again

    def may(self, action: Action) -> bool:
        """Whether this person may do something here."""
        return is_allowed(action, self.role, self.profile)

    def is_current(self, now: datetime) -> bool:
        """Whether the log-in still holds."""
        return self.until is None or now < self.until


LOCAL = Visitor(LOCAL_USER, "admin", "internal")
_RUN = threading.local()  # each run of a page has a thread to itself


@contextmanager
def asked_once() -> Iterator[None]:
    """While a page runs, who looks is asked once; what buttons call runs before, and asks anew."""
    _RUN.found = []
    try:
        yield
    finally:
        del _RUN.found


def visitor() -> Visitor:
    """Who looks at the page that runs now: whoever logged in, or without a log-in the single user of this machine.

    Raises:
        NotAdmittedError: nobody who may; the frame of the pages says so before it runs any of them.
        AccessError: the log-in is set up in part only.
    """
    run: list[Visitor] = getattr(_RUN, "found", [])
    if not run:
        run.append(_asked())
    return run[0]


def _asked() -> Visitor:
    settings = read_login_settings()
    if settings is None:
        peer = st.context.ip_address  # no text where no browser is connected (Streamlit's AppTest)
        if not is_local_visit(_headers(), peer if isinstance(peer, str) else None):
            raise NotAdmittedError("not_local")
        return _narrowed(LOCAL)
    found = person_of(_claims(), settings, datetime.now(tz=UTC))
    if not isinstance(found, Person):
        raise NotAdmittedError(found)
    if _has_logged_out(found):
        raise NotAdmittedError("logged_out")
    return _narrowed(Visitor(found.user, found.role, found.profile, found.since, found.until))


def require(action: Action) -> Visitor:
    """The visitor, who may do something here.

    Raises:
        NotAdmittedError: nobody, or somebody without the right.
    """
    found = visitor()
    if not found.may(action):
        raise NotAdmittedError("no_role")
    return found


def is_local_visit(headers: Mapping[str, str], peer: str | None) -> bool:
    """Whether a page without log-in was asked for on this machine: no other address, no proxy, no borrowed name.

    Args:
        headers: Of the browser's connection; none in tests without a server.
        peer: The other side's address; None where it is this machine.
    """
    plain = {key.lower(): value for key, value in headers.items()}
    named = [_host(plain[key]) for key in ("host", "origin") if key in plain]
    direct = (peer is None or is_loopback(peer)) and not any(key in plain for key in _FORWARDED)
    return direct and all(is_loopback(name) for name in named)


def _host(address: str) -> str:
    """The host in `host:port` or `scheme://host:port`."""
    bare = address.rpartition("//")[2]
    return bare[1:].partition("]")[0] if bare.startswith("[") else bare.partition(":")[0]


def _narrowed(found: Visitor) -> Visitor:
    """No wider a profile than the server was started with."""
    named = os.environ.get(PROFILE_VARIABLE, "internal")
    widest = next((p for p in PROFILES if p == named), PROFILES[0])
    return found if PROFILES.index(found.profile) <= PROFILES.index(widest) else replace(found, profile=widest)


def _has_logged_out(person: Person) -> bool:
    """Whether this person has logged out, in any window, since the provider spoke: the cookie itself lives on."""
    from pipelines.store.paths import open_store  # noqa: PLC0415 - not before the page needs it

    address = open_store().database
    last = list_entries(open_database(address), user=person.user, action="log_out", last=1) if exists(address) else []
    return bool(last) and json.loads(last[-1].detail).get("since", "") >= person.since.isoformat()


def _headers() -> Mapping[str, str]:
    return st.context.headers.to_dict()


def _claims() -> dict[str, Any]:
    return st.user.to_dict()
