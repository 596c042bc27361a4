"""Who looks at a page, and what that person may do there."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.roles import Action, Profile, Role, is_allowed

LOCAL_USER = "local"


@dataclass(frozen=True)
class Visitor:
    """One person in front of a page: a name for the records, a role, and the profile that is shown."""

    user: str
    role: Role
    profile: Profile

    def may(self, action: Action) -> bool:
        """Whether this person may do something here."""
        return is_allowed(action, self.role, self.profile)


LOCAL = Visitor(LOCAL_USER, "admin", "internal")


def visitor() -> Visitor:
    """Who looks at the page that runs now: on one's own machine, without log-in, the single user."""
    return LOCAL
