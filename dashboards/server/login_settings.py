"""Settings of the log-in, from the environment: provider, roles and profiles. None of them: a single local user."""

import ipaddress
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from dashboards.server.roles import PROFILES, ROLES, Profile, Role
from pipelines.store.atomic import scratch

PREFIX = "ROUTECAST_LOGIN_"
CALLBACK = "/oauth2callback"  # where Streamlit takes the provider's answer
ROLE_PROFILES: dict[Role, Profile] = {
    "viewer": "public",
    "analyst": "internal",
    "planner": "internal",
    "admin": "internal",
}


class AccessError(Exception):
    """The dashboard must not start like this: it would be open, or nobody could log in. Exit code 2."""


class LoginSettings(BaseModel):
    """What is known about the identity provider; each field is `ROUTECAST_LOGIN_<NAME>` in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str  # the dashboard's own public address
    metadata: str  # address of the provider's openid-configuration
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    cookie_secret: SecretStr = Field(default_factory=lambda: SecretStr(secrets.token_urlsafe(48)), min_length=32)
    user_claim: str = "email"
    role_claim: str = "roles"
    roles: dict[str, Role] = Field(default_factory=lambda: {str(role): role for role in ROLES})
    profile_claim: str = ""
    profiles: dict[Role, Profile] = Field(default_factory=lambda: dict(ROLE_PROFILES))
    prompt: Literal["login", "select_account", "consent"] = "login"  # whoever sits down says who they are
    max_age_hours: float = Field(default=8, gt=0, le=8)

    @field_validator("url", "metadata")
    @classmethod
    def _require_tls(cls, address: str) -> str:
        parts = urlsplit(address)
        if not parts.hostname or (parts.scheme != "https" and not is_loopback(parts.hostname)):
            raise ValueError("expected an address that begins with https://")
        return address.rstrip("/")

    @field_validator("roles", "profiles", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """`a=b,c=d` as pairs."""
        if not isinstance(value, str):
            return value
        pairs = [part.strip().rpartition("=") for part in value.split(",") if part.strip()]
        if not pairs or not all(left.strip() and right.strip() for left, _, right in pairs):
            raise ValueError("expected pairs like 'left=right,left=right'")
        return {left.strip(): right.strip() for left, _, right in pairs}

    @field_validator("profiles")
    @classmethod
    def _every_role(cls, value: dict[Role, Profile]) -> dict[Role, Profile]:
        return {**ROLE_PROFILES, **value}


def read_login_settings(environment: Mapping[str, str] = os.environ) -> LoginSettings | None:
    """The log-in's settings; None where the environment says nothing of a log-in.

    Raises:
        AccessError: some are there, but not all, or one can't be meant; all problems at once, never a secret.
    """
    given = {k.removeprefix(PREFIX).lower(): v for k, v in environment.items() if k.startswith(PREFIX)}
    if not given:
        return None
    try:
        return LoginSettings.model_validate(given)
    except ValidationError as error:
        told = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {_reason(e)}" for e in error.errors())
        raise AccessError(f"log-in: {told}. The settings are listed in docs/access.md.") from None


def _reason(error: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    """What is wrong, in words that hold no value: it may be a secret."""
    if error["type"] == "missing":
        return "expected a value, got none"
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    if error["type"] == "literal_error":
        known = ROLES if "Role" in str(error["loc"]) or "viewer" in str(error["ctx"]) else PROFILES
        return f"expected one of {', '.join(known)}"
    return str(error["msg"]).removeprefix("Value error, ").lower()


def is_loopback(host: str) -> bool:
    """Whether a host's name or address means this machine and nobody else.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, True, False, True)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def require_login_for(address: str, settings: LoginSettings | None) -> None:
    """Refuse to listen for others without a log-in.

    Raises:
        AccessError: the address is not this machine's own, and there is no log-in.
    """
    if settings is None and not is_loopback(address):
        raise AccessError(
            f"dashboard: expected a log-in before others can reach '{address}', there is none. Set one up as "
            "docs/access.md says, or leave --address out to serve this machine alone."
        )


@contextmanager
def secrets_file(settings: LoginSettings) -> Iterator[Path]:
    """The settings as the file that Streamlit reads, for its owner's eyes only; gone when the block ends."""
    auth = {
        "redirect_uri": settings.url + CALLBACK,
        "cookie_secret": settings.cookie_secret.get_secret_value(),
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "server_metadata_url": settings.metadata,
    }
    with scratch() as folder:
        path = folder / "secrets.toml"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write("[auth]\n")
            # a JSON string is a TOML basic string, but for the one control character that JSON leaves as it is
            stream.writelines(
                f"{k} = {json.dumps(v, ensure_ascii=True)}\n".replace("\x7f", "\\u007f") for k, v in auth.items()
            )
            stream.write(f'[auth.client_kwargs]\nscope = "openid email profile"\nprompt = "{settings.prompt}"\n')
        yield path
