"""The table of roles: who may do what, and that a role may all that those below it may."""

import pytest

from dashboards.server.roles import ACTIONS, PROFILES, ROLES, Action, Role, is_allowed
from dashboards.wording.access import ACTIONS as TOLD

ANALYST: set[Action] = {
    "run_scenario",
    "save_scenario",
    "state_assessment",
    "edit_briefing",
    "annotate",
    "judge",
    "ingest",
}
RIGHTS: dict[Role, set[Action]] = {
    "viewer": {"read", "follow"},
    "analyst": {"read", "follow", *ANALYST},
    "planner": {"read", "follow", *ANALYST, "prepare", "dismiss_alert", "approve"},
    "admin": set(ACTIONS),
}


@pytest.mark.asvs("V8.2.1")
@pytest.mark.parametrize("role", ROLES)
def test_role_may_exactly_what_the_table_says(role: Role) -> None:
    assert {a for a in ACTIONS if is_allowed(a, role, "internal")} == RIGHTS[role]


@pytest.mark.asvs("V8.2.1")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("profile", [p for p in PROFILES if p != "internal"])
def test_outside_profiles_are_read_only_whatever_the_role(role: Role, profile: str) -> None:
    assert {a for a in ACTIONS if is_allowed(a, role, profile)} == {"read"}  # type: ignore[arg-type]


def test_every_action_has_its_words() -> None:
    assert set(TOLD) == set(ACTIONS)
