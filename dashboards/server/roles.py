"""Who may do what on the dashboard: the one table of roles, actions and profiles."""

from typing import Final, Literal, get_args

Role = Literal["viewer", "analyst", "planner", "admin"]
Profile = Literal["public", "partner", "internal"]
Action = Literal[
    "read",
    "follow",
    "run_scenario",
    "save_scenario",
    "state_assessment",
    "edit_briefing",
    "annotate",
    "judge",
    "ingest",
    "prepare",
    "dismiss_alert",
    "approve",
    "withdraw",
    "read_audit",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)  # each may do all that those before it may
PROFILES: Final[tuple[Profile, ...]] = get_args(Profile)  # each sees all that those before it see
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
LEAST_ROLE: Final[dict[Action, Role]] = {
    "read": "viewer",
    "follow": "viewer",
    "run_scenario": "analyst",
    "save_scenario": "analyst",
    "state_assessment": "analyst",
    "edit_briefing": "analyst",
    "annotate": "analyst",
    "judge": "analyst",
    "ingest": "analyst",
    "prepare": "planner",
    "dismiss_alert": "planner",
    "approve": "planner",
    "withdraw": "admin",
    "read_audit": "admin",
}
# Scenarios, assessments and approvals work on the whole edition: they are for the institution's own staff.
OPEN_OUTSIDE: Final[frozenset[Action]] = frozenset({"read"})


def is_allowed(action: Action, role: Role, profile: Profile) -> bool:
    """Whether a role may do something while it looks at a profile.

    >>> is_allowed("approve", "planner", "internal"), is_allowed("approve", "analyst", "internal")
    (True, False)
    >>> is_allowed("run_scenario", "admin", "partner")
    False
    """
    if profile != "internal" and action not in OPEN_OUTSIDE:
        return False
    return ROLES.index(role) >= ROLES.index(LEAST_ROLE[action])
