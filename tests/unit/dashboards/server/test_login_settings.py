"""Settings of the log-in: all or none, nothing secret in messages, and a file for its owner's eyes alone."""

import stat
import tomllib
from pathlib import Path

import pytest

from dashboards.server.login_settings import AccessError, read_login_settings, require_login_for, secrets_file
from dashboards.server.serve import serve

GIVEN = {
    "ROUTECAST_LOGIN_URL": "https://routecast.example.org",
    "ROUTECAST_LOGIN_METADATA": "https://id.example.org/.well-known/openid-configuration",
    "ROUTECAST_LOGIN_CLIENT_ID": "routecast",
    "ROUTECAST_LOGIN_CLIENT_SECRET": 'top"secret\\',
}


def test_no_setting_means_no_log_in() -> None:
    assert read_login_settings({"HOME": "/root"}) is None


def test_settings_have_defaults_that_let_nobody_see_too_much() -> None:
    settings = read_login_settings(GIVEN)
    assert settings is not None
    assert (settings.role_claim, settings.user_claim, settings.max_age_hours) == ("roles", "email", 8)
    assert settings.roles == {r: r for r in ("viewer", "analyst", "planner", "admin")}
    assert settings.profiles["viewer"] == "public"


def test_pairs_are_read_from_one_line() -> None:
    pairs = {
        "ROUTECAST_LOGIN_ROLES": "rc-a=analyst,rc-p=planner",
        "ROUTECAST_LOGIN_PROFILES": "viewer=partner, analyst=internal",
    }
    settings = read_login_settings(GIVEN | pairs)
    assert settings is not None
    assert settings.roles == {"rc-a": "analyst", "rc-p": "planner"}
    assert settings.profiles == {"viewer": "partner", "analyst": "internal", "planner": "internal", "admin": "internal"}


@pytest.mark.parametrize("missing", GIVEN)
def test_settings_in_part_are_refused_by_name(missing: str) -> None:
    with pytest.raises(AccessError, match=f"{missing}: expected a value, got none"):
        read_login_settings({k: v for k, v in GIVEN.items() if k != missing})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("URL", "http://routecast.example.org", "expected an address that begins with https://"),
        ("METADATA", "http://id.example.org/x", "expected an address that begins with https://"),
        ("ROLES", "boss", "expected pairs like"),
        ("ROLES", "boss=king", "expected one of viewer, analyst, planner, admin"),
        ("PROFILES", "viewer=all", "expected one of public, partner, internal"),
        ("MAX_AGE_HOURS", "9", "input should be less than or equal to 8"),
        ("COOKIE_SECRET", "short", "value should have at least 32"),
        ("CLIENT_SECRETS", "x", "there is no such setting"),
    ],
)
def test_wrong_setting_is_told_by_its_name(name: str, value: str, message: str) -> None:
    with pytest.raises(AccessError, match=f"ROUTECAST_LOGIN_{name}: {message}"):
        read_login_settings({**GIVEN, f"ROUTECAST_LOGIN_{name}": value})


@pytest.mark.asvs("V16.2.5")
def test_messages_and_prints_hold_no_secret() -> None:
    given = {**GIVEN, "ROUTECAST_LOGIN_COOKIE_SECRET": "hush", "ROUTECAST_LOGIN_ROLES": "hush"}
    with pytest.raises(AccessError) as caught:
        read_login_settings(given)
    assert "hush" not in str(caught.value)
    assert "secret" not in repr(read_login_settings(GIVEN)).replace("client_secret", "").replace("cookie_secret", "")


@pytest.mark.asvs("V13.3.2")
def test_secrets_file_holds_the_settings_for_its_owner_alone_and_goes() -> None:
    settings = read_login_settings(GIVEN)
    assert settings is not None
    with secrets_file(settings) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        auth = tomllib.loads(path.read_text(encoding="utf-8"))["auth"]
    assert auth["client_secret"] == 'top"secret\\'
    assert auth["redirect_uri"] == "https://routecast.example.org/oauth2callback"
    assert len(auth["cookie_secret"]) >= 48
    assert not path.parent.exists()


def test_secrets_file_goes_when_the_server_falls() -> None:
    settings = read_login_settings(GIVEN)
    assert settings is not None
    with pytest.raises(ZeroDivisionError), secrets_file(settings) as path:
        raise ZeroDivisionError
    assert not path.parent.exists()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "dashboard.example.org"])
def test_shared_address_is_refused_without_a_log_in(address: str) -> None:
    with pytest.raises(AccessError, match="expected a log-in before others can reach"):
        require_login_for(address, None)
    require_login_for(address, read_login_settings(GIVEN))


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_own_address_needs_no_log_in(address: str) -> None:
    require_login_for(address, None)


@pytest.mark.asvs("V6.3.2", "V6.3.4")
def test_server_does_not_start_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AccessError, match="expected a log-in"):
        serve(tmp_path, region="western_balkans", port=1, address="0.0.0.0")
