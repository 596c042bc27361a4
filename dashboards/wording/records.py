"""Every sentence about what people keep and decide on the pages: saved scenarios, alerts, assessments."""

OUT_OF_REACH = "What people have saved or decided can't be read or kept now: {problem}"

# saved scenarios
SAVED = "Saved scenarios"
SAVED_NOTE = "Kept for {user} in this store's database, whichever edition is open."
SAVED_NONE = "None saved yet: set one up, then *Read, save, copy* keeps it."
SAVED_ON = "{name} · {day}"
SAVE, OPEN, FORGET = "Keep for good", "Open", "Delete"
SAVED_AS = "“{name}” is kept."
SAVED_AGAIN = "“{name}” is kept as it is here; an earlier one of this name gives way."

# alerts
SEEN, DISMISS, REOPEN = "Seen", "Dismiss", "Open again"
WHY_DISMISS = "Why (others will read it)"
WHY_NEEDED = "Say why: whoever opens the list next has to understand it."
DISMISSED = "Dismissed ({n})"
ALERTS_NOTE = (
    "Rules are data of the region's pack, with an owner. Who saw or dismissed an alert stays on record; one that is "
    "raised anew after its quiet time is another alert."
)
RULES = "Limits of the rules"
RULE = {
    "exceedance": (
        "“{rule}” ({owner}, {as_of}): a {level} with a chance of {chance} or more of exceeding its planned capacity in "
        "one of the next {within}, and {count} or more expected"
    ),
    "surge": (
        "“{rule}” ({owner}, {as_of}): a {level} with a chance of {chance} or more of more than 1.5 times its last "
        "level in one of the next {within}, and {count} or more expected"
    ),
}
RULE_QUIET = "; told again within {quiet} only where the chance rises by {rise} points or more"
ACTIONS = {
    "seen": "seen by {user}, {day}",
    "dismissed": "dismissed by {user}, {day}: {note}",
    "reopened": "opened again by {user}, {day}",
}

# assessments
STATE = "State vulnerability or impact of this place"
STATE_NOTE = (
    "What you state has an owner and a date. It counts in the next edition, where the region's rule may raise the band "
    "by it; the forecast itself does not change."
)
PART, KIND, LEVEL, OWNER, AS_OF = "Part", "Kind", "Level", "Owner (who answers for it)", "As of"
PARTS = {"vulnerability": "Vulnerability", "impact": "Impact"}
KINDS = {
    "vulnerability": {
        "staff": "Staff",
        "crossing_points": "Crossing points",
        "reception_places": "Reception places",
        "referral_places": "Referral places",
        "response_time": "Response time",
    },
    "impact": {
        "reception_shortfall": "Reception shortfall",
        "deaths_missing": "Deaths and missing",
        "minors_share": "Share of minors",
        "border": "For the border",
    },
}
RECORD, WITHDRAW = "State it", "Withdraw"
EDIT = "Edit judgements, comment on sections"
EDIT_NOTE = (
    "Who wrote what and when stands in the briefing beside what was generated, in the database and in the audit trail. "
    "What you write is for this profile: partners and the public get none of it."
)
EDIT_PARTNERS = "Edit judgements, comment on sections of the partners' briefing"
OTHERS_READ = (
    "Partners and the public read other figures than these, by design: theirs are forecast anew from the counts that "
    "they may see, so bands, ranks and places differ."
)
EDIT_PARTNERS_NOTE = (
    "Partners get what you write, as it is and at once, without your name; who wrote what and when stands in the "
    "database and in the audit trail. Their briefing rests on the figures shown to them: nothing here holds your words "
    "against what is withheld, so name no figure that is not in it. The public gets none of it."
)
EDIT_UNSEEN = "Stands nowhere else in the partners' briefing: {numbers}. Is it a figure that is withheld from them?"
EDIT_CHECKED = "I have read it again: no figure stands in it that partners are not shown"
EDIT_APPROVED = "This edition is approved: nothing more is taken here. Withdraw the approval to edit it again."
EDIT_PART, EDIT_TEXT, EDIT_KEEP = (
    "What",
    "Text (none, or the generated one, takes an edit back)",
    "Keep it",
)
EDIT_KEPT, EDIT_TAKEN_BACK = "Kept: it stands in the briefing below", "Taken back: the generated text stands again"
EDIT_JUDGEMENT, EDIT_COMMENT = "Key judgement {order}", "Comment on: {section}"
OWNER_NEEDED = "Name an owner: a statement that nobody answers for is not taken."
STATED_HERE = "Stated on the dashboard:"
STATED_LINE = "{part}, {kind}: **{level}** · {owner}, {as_of} · entered by {user}{pending}"
PENDING = " · *counts from the next edition on*"
