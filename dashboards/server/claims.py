"""From what the identity provider says of a person to a visitor, or to the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from dashboards.server.login_settings import LoginSettings
from dashboards.server.roles import PROFILES, ROLES, Profile, Role

Refusal = Literal[
    "not_logged_in", "expired", "logged_out", "wrong_audience", "no_name", "no_role", "no_profile", "not_local"
]
_CLOCK_SKEW: Final = timedelta(minutes=2)  # between the provider's clock and ours


@dataclass(frozen=True)
class Person:
    """Who logged in, as the provider said at that time."""

    user: str
    role: Role
    profile: Profile
    since: datetime  # when the provider said so
    until: datetime  # when it has to say so again


def person_of(claims: Mapping[str, Any], settings: LoginSettings, now: datetime) -> Person | Refusal:
    """Read the claims of an ID token that Streamlit keeps in its signed cookie.

    The cookie lives 30 days, whatever the provider has said since; so age, audience and role are looked at on each run.

    Args:
        claims: Claims of the ID token; `is_logged_in` is Streamlit's own.
        settings: Which claims say what.
        now: The present moment.
    """
    if claims.get("is_logged_in") is not True:
        return "not_logged_in"
    audience = claims.get("aud")
    if settings.client_id not in (audience if isinstance(audience, list) else [audience]):
        return "wrong_audience"
    since = _moment(claims.get("iat"))
    until = None if since is None else since + timedelta(hours=settings.max_age_hours)
    if since is None or until is None or since > now + _CLOCK_SKEW or now >= until:
        return "expired"
    user = _found(claims, settings.user_claim)
    if not isinstance(user, str) or not user.strip() or not _verified(claims):
        return "no_name"
    role = _role(claims, settings)
    if role is None:
        return "no_role"
    profile = _profile(claims, settings, role)
    return "no_profile" if profile is None else Person(user.strip(), role, profile, since, until)


def _verified(claims: Mapping[str, Any]) -> bool:
    """Whether the provider does not say that the address is unverified; some say it as text."""
    return claims.get("email_verified", True) in (True, "true")


def _role(claims: Mapping[str, Any], settings: LoginSettings) -> Role | None:
    """The highest of the roles that a person has."""
    held = {settings.roles[v] for v in _values(claims, settings.role_claim) if v in settings.roles}
    return max(held, key=ROLES.index, default=None)


def _profile(claims: Mapping[str, Any], settings: LoginSettings, role: Role) -> Profile | None:
    """The widest profile that the claim names; by role where no claim is set."""
    if not settings.profile_claim:
        return settings.profiles[role]
    named = set(_values(claims, settings.profile_claim))
    return max((p for p in PROFILES if p in named), key=PROFILES.index, default=None)


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    found = _found(claims, name)
    listed = found if isinstance(found, list) else [found]
    return [value for value in listed if isinstance(value, str)]


def _found(claims: Mapping[str, Any], name: str) -> object:
    """A claim by its name, or by its path with points (`realm_access.roles`)."""
    if name in claims:  # some providers name claims by addresses, which hold points too
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None
