"""Every sentence about judgements: what people expect of a place, stated before the outcome, and how good it was."""

# one place
STATE = "State what you expect here"
STATE_NOTE = (
    "Three counts for one {step}: in one case of ten it is lower than the first, as often lower as higher than the "
    "second, in one of ten higher than the third. They show on the chart while you type. Kept with your name and the "
    "day, read by analysts inside, never changed; a later one of yours counts from then on. Nothing about persons."
)
PERIOD, LOW, MIDDLE, HIGH = "For", "10 %", "50 %", "90 %"
REASON, GROUP = "Why", "Group (if you speak for one)"
KEEP = "State it"
LACKING = "Fill in three counts that rise from 10 to 90 %, and why."
NO_PERIOD = "All periods of this edition are over: nothing can be stated before its outcome."
HERE = "What is expected here by people"
LINE = "{period}: {middle} ({ends}) – {speaker}, {day}: {reason}"
MEMBER = "{owner} for {group}"
TYPED, KEPT = "as you type", "people's judgements"
HOVER = "{period}: {middle} ({ends}), {speaker}"

# the page
LEAD = (
    "What people expect is scored beside the models from the day it was stated. It is heard in the published forecast "
    "of a level once it made past ones 1 % better there, and then weighs by its skill. Partners and the public get "
    "forecasts made without it."
)
NONE = (
    "Nobody has stated anything of this indicator. "
    "Choose a place on *One place*, and open “State what you expect here”."
)
OPEN = "Open: stated, and the outcome not known by this edition"
OPEN_NONE = "No judgement is open."
OPEN_COLUMNS = ("Place", "For", "When", "50 %", "10–90 %", "Who", "Stated on", "Weight", "Why")
NEXT_EDITION, NOT_HEARD = "next edition", "not yet"
RECORD = "How good they were beside the models"
RECORD_NOTE = (
    "At the past cutoffs of this edition's backtest, each on the same forecasts as the model and the baseline. Error: "
    "mean WIS of log counts ÷ the baseline's; below 1 is better. A group is scored by the median of its members."
)
RECORD_NONE = (
    "None is scored yet: the outcome of what was stated has to come, and a cutoff of the backtest to lie between."
)
RECORD_COLUMNS = (
    "Who",
    "Error",
    "Routecast there",
    "In 50 %",
    "In 95 %",
    "Leaning",
    "Forecasts",
    "Most weight now",
)
LEANS = {
    "high": "expects too many",
    "low": "expects too few",
    "even": "to neither side",
    "few": "too few to say",
}
CALIBRATION = "Whose ranges held"
CALIBRATION_NOTE = (
    "Each owner's last word on what is known by now, alone or for a group. Of a good range 80 % of the outcomes lie "
    "inside, and half of them above its middle."
)
CALIBRATION_COLUMNS = ("Who", "Outcomes", "Inside 10–90 %", "Above the 50 %", "Ranges", "Leaning")
RANGES = {
    "wide": "wider than needed",
    "narrow": "too narrow",
    "right": "about right",
    "few": "too few to say",
}
MINE = "You: of {n}, {inside} lay inside your ranges (80 % should); ranges {ranges}, leaning: {leaning}."
MINE_NONE = "No outcome of what you stated is known yet."
OUTCOME = ("outcome", "outcomes")
ALL = "All that was stated"
ALL_COLUMNS = ("Stated on", "Who", "Place", "For", "50 %", "10–90 %", "What came", "Held", "Why")
HELD = {"inside": "inside", "below": "below the range", "above": "above the range", "open": "open"}
REPLACED, NO_OUTCOME = "replaced", "–"
