"""Every sentence about logging in, roles, approval and the audit trail."""

LOG_IN, LOG_OUT = "Log in", "Log out"
LOG_IN_NOTE = "Your institution's log-in opens in this window. What you look at, export and decide is recorded."
WELCOME = "Log in to see the editions."
REFUSED = {
    "not_logged_in": WELCOME,
    "expired": "Your log-in is too old. Log in again: roles and accounts are checked anew each time.",
    "logged_out": "You have logged out. Log in to see the editions.",
    "wrong_audience": "This log-in was made for another program. Log in here.",
    "no_name": "Your log-in names no (verified) user. Ask whoever manages the accounts.",
    "no_role": "Your account has no role for this. Ask whoever manages the accounts for one.",
    "no_profile": "Your account may see no profile here. Ask whoever manages the accounts.",
    "not_local": (
        "This dashboard has no log-in, so it answers to its own machine alone. To share it, set up a log-in as "
        "docs/access.md says."
    ),
}
NOT_SET_UP = "The log-in is not set up, so nothing is shown. {problem}"
NOT_RECORDED = "What is shown has to be recorded, and the record can't be written now, so nothing is shown. {problem}"
NOT_RECORDED_LOCAL = "What you look at can't be recorded now: {problem}"
PAGE_REFUSED = "The page “{page}” is not open to you: it needs the role {role} and the profile internal."
NO_EDITION_FOR_PROFILE = (
    "No edition may be seen with the profile “{profile}” yet: one is seen once it is approved and its delay is over."
)

ROLES = {"viewer": "viewer", "analyst": "analyst", "planner": "planner", "admin": "administrator"}
PROFILES = {
    "public": "The public profile: approved editions, delayed and coarsened, without small counts and nationalities.",
    "partner": "The partner profile: approved editions without small counts, nationalities grouped.",
    "internal": "The internal profile: every edition as it was published.",
}
ACTIONS = {
    "read": "see and export editions",
    "follow": "follow places, read notes and lines of preparation",
    "run_scenario": "run scenarios",
    "save_scenario": "save scenarios",
    "state_assessment": "state vulnerability and impact",
    "edit_briefing": "edit a briefing's judgements and comment on it before approval",
    "annotate": "note something of a place or a week",
    "judge": "state what is expected of a place, and read others' judgements",
    "ingest": "describe tables and take their figures in",
    "prepare": "take on, comment and close lines of preparation",
    "dismiss_alert": "dismiss alerts",
    "approve": "approve editions for partners and the public",
    "withdraw": "withdraw approvals",
    "read_audit": "read the audit trail",
}
USER, ROLE, PROFILE = "Who", "Role", "Profile"
WHO_LOCAL = "Without a log-in, on this machine alone, you may do everything."
UNTIL = "Logged in {since} UTC; again needed from {until} UTC."
YOU_MAY, YOU_MAY_NOT = "You may", "You may not"
TRAIL = "Audit trail"
TRAIL_WHOLE = "The trail is whole: {entries} entries, last hash `{head}`."
TRAIL_BROKEN = "The trail is broken:"
TRAIL_COLUMNS = {
    "id": "No.",
    "at": "When (UTC)",
    "user": "Who",
    "role": "Role",
    "action": "What",
    "region": "Region",
    "edition": "Edition",
    "profile": "Profile",
    "detail": "More",
}
TRAIL_NOTE = "The newest {n} entries. All of them: `routecast audit export`."

APPROVAL, APPROVAL_EDITION = "Approval", "Edition"
APPROVED = "Approved by {user} on {day}: {note}"
WITHDRAWN = "Withdrawn by {user} on {day}: {note}"
DRAFT = "A draft: partners and the public don't see it."
APPROVE_HERE = "Nobody has approved this edition: approve it on the page Account"
APPROVE, WITHDRAW = "Approve", "Withdraw"
APPROVE_NOTE = "What was checked, and by whom"
WITHDRAW_NOTE = "Why it is withdrawn"
NOTE_NEEDED = "A note is needed: it stays beside the decision."
APPROVE_TAKES = (
    "What partners and the public see is forecast anew from the figures that they may see; that takes minutes, and "
    "goes on when this page is left."
)
APPROVE_STAGES = {  # how a stage begins → what it does
    "indicators protected": "What partners and the public may see is worked out",
    "forecasts of": "Forecast anew from that:{of}",
    "put together": "The forecasts are put together",
    "derived editions": "Their editions and briefings are written",
}
NO_APPROVER = "To approve it: routecast editions approve {edition} --region {region} --note WHY"
NO_PACK = "{region}: not approved, its pack is not at hand. Start the dashboard with --region FOLDER."

STAMP = "Profile: {profile}. Downloaded by {user} on {moment} UTC."
PURPOSE = "Purpose: {purpose}"
