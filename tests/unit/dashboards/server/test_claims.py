"""What a provider's claims make of a person: the role and profile, or the reason why nobody may enter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.server.claims import Person, person_of
from dashboards.server.login_settings import LoginSettings, read_login_settings
from tests.unit.dashboards.server.test_login_settings import GIVEN

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def settings(**more: str) -> LoginSettings:
    found = read_login_settings({**GIVEN, **{f"ROUTECAST_LOGIN_{k.upper()}": v for k, v in more.items()}})
    assert found is not None
    return found


def claims(**changed: Any) -> dict[str, Any]:
    return {
        "is_logged_in": True,
        "aud": "routecast",
        "iat": int(NOON.timestamp()) - 3600,
        "sub": "7",
        "email": "ana@example.org",
        "email_verified": True,
        "roles": ["planner"],
        **changed,
    }


def test_person_has_name_role_profile_and_an_end() -> None:
    since = NOON - timedelta(hours=1)
    found = person_of(claims(), settings(), NOON)
    assert found == Person("ana@example.org", "planner", "internal", since, since + timedelta(hours=8))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"is_logged_in": False}, "not_logged_in"),
        ({"is_logged_in": "true"}, "not_logged_in"),
        ({"aud": "another"}, "wrong_audience"),
        ({"aud": ["another"]}, "wrong_audience"),
        ({"aud": None}, "wrong_audience"),
        ({"aud": "another", "azp": "routecast"}, "wrong_audience"),  # Authlib takes this one
        ({"iat": NOON.timestamp() - 8 * 3600}, "expired"),
        ({"iat": NOON.timestamp() + 3600}, "expired"),
        ({"iat": None}, "expired"),
        ({"iat": "1"}, "expired"),
        ({"iat": True}, "expired"),
        ({"iat": float("nan")}, "expired"),
        ({"iat": 1e300}, "expired"),
        ({"email": ""}, "no_name"),
        ({"email": None}, "no_name"),
        ({"email": ["ana@example.org"]}, "no_name"),
        ({"email_verified": False}, "no_name"),
        ({"email_verified": "false"}, "no_name"),
        ({"email_verified": None}, "no_name"),
        ({"roles": []}, "no_role"),
        ({"roles": None}, "no_role"),
        ({"roles": "Admin"}, "no_role"),
        ({"roles": [{"admin": True}]}, "no_role"),
    ],
    ids=str,
)
def test_person_is_refused_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    assert person_of(claims(**changed), settings(), NOON) == reason


def test_no_claims_are_nobody() -> None:
    assert person_of({}, settings(), NOON) == "not_logged_in"


@pytest.mark.asvs("V7.3.2")
def test_log_in_holds_to_the_last_second_of_its_age_and_no_longer() -> None:
    told = claims(iat=int(NOON.timestamp()))
    assert isinstance(person_of(told, settings(), NOON + timedelta(hours=8, seconds=-1)), Person)
    assert person_of(told, settings(), NOON + timedelta(hours=8)) == "expired"
    assert person_of(told, settings(max_age_hours="0.5"), NOON + timedelta(minutes=30)) == "expired"


def test_highest_of_several_roles_counts() -> None:
    found = person_of(claims(roles=["viewer", "other", "analyst"]), settings(), NOON)
    assert isinstance(found, Person)
    assert found.role == "analyst"


def test_roles_are_found_along_a_path_and_by_the_institutions_own_names() -> None:
    told = claims(roles=None, realm_access={"roles": ["rc-plan"]})
    found = person_of(told, settings(role_claim="realm_access.roles", roles="rc-plan=planner"), NOON)
    assert isinstance(found, Person)
    assert found.role == "planner"


def test_claim_named_by_an_address_is_found() -> None:
    name = "https://example.org/roles"
    assert isinstance(person_of(claims(roles=None, **{name: ["admin"]}), settings(role_claim=name), NOON), Person)


def test_profile_comes_from_the_role_or_from_its_own_claim() -> None:
    viewer = person_of(claims(roles=["viewer"]), settings(), NOON)
    partner = person_of(claims(roles=["viewer"], share=["partner", "public"]), settings(profile_claim="share"), NOON)
    assert isinstance(viewer, Person)
    assert isinstance(partner, Person)
    assert (viewer.profile, partner.profile) == ("public", "partner")


def test_claim_that_names_no_profile_shows_none() -> None:
    assert person_of(claims(share="all"), settings(profile_claim="share"), NOON) == "no_profile"
