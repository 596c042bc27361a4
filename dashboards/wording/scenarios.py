"""Every sentence of scenarios, on the page and on the command line."""

CAVEAT = "A scenario shows what follows from stated assumptions. It is not a prediction of what a measure will cause."
SUMS = (
    "Differences are of common draws: the same futures with and without the assumptions. Larger areas are sums of "
    "their cells' draws."
)
LEDGER_WORDS = {
    "inflow_changed": "comes in more (or less) than in the baseline",
    "left": "of those held back, leave the region",
    "waiting_at_end": "of those held back, still wait at the end",
    "under_way_at_end": "more (or fewer) under way at the end",
    "ended_changed": "more (or fewer) go no further on their way",
}
CHANGES = {
    "place": "Place",
    "period": "Period",
    "baseline": "Baseline",
    "scenario": "Scenario",
    "difference": "Difference (80 %)",
    "higher": "P(higher)",
    "band": "Band",
    "excess": "Expected above capacity",
}

TITLE = "What if …?"
INTRO = (
    "State assumptions, and see what follows from them for every place: the same futures as in the edition's forecast, "
    "with and without what you assume. What is held back at one place turns to others, waits, or leaves."
)
NO_DRAWS = "Scenarios can't be run on this edition: {problem}"
OTHER_INDICATOR = "Scenarios move {main}; the choice of {chosen} above does not change this page."
READY = "Or one of these:"
NOTHING_YET = "No scenario yet. Take one of these to start with, build your own, or upload one."
STARTERS = {
    "close": "{place} lets at most a tenth through",
    "border": "The whole border {border} lets at most a tenth through",
    "more": "10–40 % more arrivals at every entry",
    "late": "The season comes three to five {steps} later",
}
COMPARE = "Set side by side"
COPY, REMOVE, SAVE_YAML = "Copy into the form", "Remove", "Save as YAML"
MANAGE, SHOWN = "Read, save, copy", "Scenario"
NEW, CLOSE = "New scenario", "Close the form"
FORM, UPLOAD = "Build", "Upload a file"
UPLOAD_LABEL = "Scenario file (YAML, at most {kb} kB)"
UPLOAD_BUTTON = "Take it"
UPLOAD_NOTE = "The same file that `routecast scenario compare` takes; save any scenario of this page as such a file."
TOO_LARGE = "{name}: expected at most {kb} kB, got {got} kB. A scenario is a short list of assumptions."
NOT_TEXT = "{name}: expected UTF-8 text. Save the file as UTF-8."
PROBLEMS = "The scenario can't be used yet:"
TOO_MANY = "At most {n} scenarios are kept in a session: remove one first."
LINK_BROKEN = "The address holds a scenario that can't be read; it is left out."
LINK_LONG = "These scenarios are too long for an address: send them as files."
SESSION_ONLY = (
    "The list is of this visit. The address in the browser holds the scenarios that are set side by side; “Keep for "
    "good” and a file keep one."
)

# form
NAME, NAME_HINT = "Name of the scenario", "e.g. Hungary's border with Serbia closes"
KIND = "Assumption"
CAPACITY_PLACE, CAPACITY_FACTOR = "Place", "New capacity, % of the planned one"
CAPACITY_VALUE = "New capacity, counts a {step}"
NO_PLAN = "no capacity is planned"
WHOLES = {
    "into": "{shown}: all ways in ({n})",
    "border": "{shown}: the whole border ({id}, {n})",
    "along": "{shown}: the whole route ({n})",
}
AS_ONE = {
    "into": "{shown} (all ways in, {n})",
    "border": "the whole border {shown} ({id}, {n})",
    "along": "the whole route {shown} ({n})",
}
NO_NAMES = ("The ", "Arrivals ", "New way ", "Capacity ")  # so begin assumptions that go on in lower case after “If”
BEGINS, ENDS, TO_THE_END = "From", "To the end of", "the outlook"
FOR_PERIODS = "{end} · {n}"
MISSING = "To run it, {what}."
NEEDS = "It runs with the assumption on the left, or those added, and a name."
MISSING_ASSUMPTION, MISSING_NAME = "choose what is assumed on the left", "give it a name"
RAMP = "Comes in over, {steps}"
HELD = "Held back, %"
DIVERT, WAIT, LEAVE = "turn elsewhere", "wait for the next {step}", "leave the region: {share} %"
ADD, DROP, DONE, CLEAR = "Add this assumption", "✕", "Run this scenario", "Start again"
DRAFT_EMPTY = "Assumed so far: what stands on the left. Add it to assume more than one thing."
RANGE_NOTE = "A range is drawn evenly, once in each future: not knowing widens the result."

# results
ASSUMED, ASSUMED_NOTHING, SHEET = "Scenario “{name}”. Assumed:", "nothing", "Differences"
HELD_BACK = "Of those held back, {divert} turn elsewhere, {wait} wait for the next {step}, {leave} leave the region."
ANSWER = "If {assumed} – in {period}: {most}{whole}."
ANSWER_REST = "{n} more like it"
ANSWER_MOST = "{diff} {unit} {at}"
ANSWER_THEN = "; then {places}"
ANSWER_SAME = "no place changes by as much as one count in twenty"
ANSWER_BEFORE = "nothing changes yet: it begins in {period}, and the {step} shown is before it"
ANSWER_AFTER = "nothing changes any more: it ends with {period}, and the {step} shown is after it"
SHOW_FIRST = "First change: {period}"
BEGINS_OVER = (
    "{period}, in which it begins, is over: what it assumes of a {step} that has passed can't come about any more. "
    "Build it anew to let it begin later."
)
ANSWER_WHOLE = ". {scope}: {diff}"
ANSWER_TOTAL = ", though places change; all segments together: {diff}"
ANSWER_SUMS = {
    "during": " All {n} of it together: {sums}.",
    "after": " In the {n} after its end that the forecast still reaches: {sums}.",
}
ANSWER_REACHED = " All {n} of it together that the forecast reaches: {sums}."
ANSWER_SUM, ANSWER_SUM_WHOLE = "{diff} {at}", "{scope} {diff}"
SUMMED = "{diff}, {n}"
MOST_ANSWERED = 3  # places
WIDEST = {"headline": "Headline", "total": "Whole region"}
SUMMARY = {
    "scenario": "In {period}",
    "whole": "{unit}: difference (80 %)",
    "sum": "The same, all {steps} together (80 %)",
    "total": "All segments together (80 %)",
    "higher": "Headline: chance of more",
    "up": "Bands up",
    "down": "Bands down",
    "lacking": "Reception places lacking",
    "left": "Leave the region, sum of {reach} (80 %)",
}
SUMMARY_HELP = {
    "whole": "Difference to the baseline in this {step}, median and 80 % range over common futures.",
    "sum": "The same, summed in each future over all {steps} from the begin to the end of what is assumed, as far as "
    "the forecast reaches.",
    "total": "The same of every segment's figures, also of those that the headline leaves out.",
    "higher": "Share of futures in which the figure is higher than in the baseline.",
    "up": "Segments whose indicative pressure band is higher than in the baseline.",
    "down": "Segments whose band is lower.",
    "lacking": "Expected reception places lacking: baseline → scenario.",
    "left": "Of those held back, all {steps} of the outlook together.",
}
TABS = {
    "where": "Where",
    "time": "Over time",
    "table": "Differences",
    "bands": "Bands",
    "places": "Reception places",
    "turn": "Where it would turn to",
    "account": "Balance of the flow",
}
MAP_NOTE = (
    "Median difference to the baseline in {period}. Red, solid: more; blue, dashed: less; the thicker, the more. "
    "The largest are given in figures as far as there is room, none before a larger one; the table *Differences* "
    "holds all."
)
MAP_ALT = "Map of {region}: difference between “{scenario}” and the baseline in {period}. The table holds the same."
MAPS_ALT = "Maps of {region}: difference between {scenarios} and the baseline in {period}. The table holds the same."
NO_MAP = "The region's pack holds no geometry, so there is no map; the tables hold everything."
LEVEL = "Level"
LEVELS = {"segment": "Segments", "border": "Borders", "route": "Routes", "total": "Whole region"}
SHOW_PLACES = "Places (none: those that change most)"
MULTIPLES_NOTE = (
    "Line: median; shade: 80 % range; grey, dashed: the baseline; dotted upright: the {step} chosen above; long "
    "dashes: planned capacity. A scenario that hardly changes a place is not drawn there; of the whole region all are."
)
MULTIPLES_ALT = "{place}: baseline and scenarios over {steps}; the table under “Differences” holds the same."
NOTHING_CHANGES = "No place changes by as much as one count in twenty."
TABLE = {
    "place": "Place",
    "into": "Into",
    "baseline": "Baseline (80 %)",
    "scenario": "Scenario",
    "value": "Scenario's (80 %)",
    "difference": "Difference (80 %)",
    "higher": "Headline: chance of more",
    "band": "Band",
    "excess": "Expected above capacity",
}
TABLE_NOTE = (
    "In {period}; places that a scenario does not change are left out. “Expected above capacity”: expected counts "
    "above the planned capacity, baseline → scenario; a dash where none is planned."
)
EXCEEDS = "How surely one exceeds the other, at"
EXCEEDS_NOTE = (
    "Share of futures in which the row's figure is higher than the column's, in {period}. Where two are equal in many "
    "futures, both shares are small."
)
BASELINE = "baseline"
BANDS_NOTE = (
    "Indicative pressure band by {step}: L low, M moderate, H high, V very high, – none. The baseline's stands first "
    "in each place; then the scenarios that change it."
)
BANDS_NONE = "No band changes in any of these scenarios."
RECEPTION = {
    "place": "Place",
    "scenario": "Scenario",
    "baseline": "Baseline: needed (80 %)",
    "need": "Needed (80 %)",
    "capacity": "Capacity",
    "lacking": "Lacking",
    "difference": "Difference (80 %)",
    "chance": "Lacks in",
}
RECEPTION_TITLE = "Reception and referral places"
RECEPTION_SUM = "{known} of {places} places"
RECEPTION_ALL = "All places with a stated capacity ({known} of {places})"
NO_STATED_CAPACITY = "not stated"
RECEPTION_NOTE = (
    "In {period}. Need follows the flow beside each place: what comes more takes places, and part of them stays taken "
    "({carry} from {step} to {step}), both estimated from the past with their uncertainty. Lacking: expected places "
    "above capacity, baseline → scenario; “lacks in”: share of futures. A capacity that nobody stated is missing, not "
    "zero, and not in the sum."
)
RECEPTION_NONE = "This edition forecasts no reception or referral places."
RECEPTION_SAME = "No scenario changes what lacks by as much as one place in twenty."
OF_WHAT = "Capacity of"
TIGHTENS = "If this place tightens, where would what it diverts go?"
TURN_TABLE = {
    "alternative": "Turns to",
    "share": "Share",
    "range": "80 % range",
    "lag": "Arrives after",
    "hops": "Steps away",
    "history": "From past counts",
}
TURN_NOTE = (
    "The displacement matrix that every scenario uses. Shares come from recent counts of the other ways out of the "
    "same country, and from the steps along the borders where counts say little; the range is how they have wandered. "
    "Routes that share a place count by their recent flow. Arrows: width by share; shares under 2 % stand in the table."
)
TURN_NONE = "No other way out of the same country is known."
TURN_ALT = "Map: arrows from {place} to where its diverted movement would turn. The table beside it holds the same."
TURN_CSV = "Whole matrix (CSV)"
AT_ONCE = "same {step}"
ONE_PAGE, ALL_ON_ONE_PAGE = "This result on one page (PDF)", "The comparison (PDF)"
CSV, XLSX = "All differences (CSV)", "All differences (Excel)"
ACCOUNT_NOTE = (
    "Flow is conserved in every future: what comes in more (or less) leaves, waits, is under way, or ends its way in "
    "between. Passages, all {steps} together, mean and 80 % range."
)
ACCOUNT = {"scenario": "Scenario", "flow": "Flow", "amount": "Passages, sum of {steps} (80 %)"}
MOVEMENT = "What the movement rests on"
MOVEMENT_NOTE = (
    "Estimated from the edition's counts: recent counts a {step}, detections for each passage (1: as at the entries), "
    "and the mean time to the next border."
)
MOVEMENT_TABLE = {"place": "Place", "level": "Recent counts", "detection": "Detections a passage", "lag": "Mean lag"}

# in the briefing
SCENARIO_TITLE, COMPARISON_TITLE = "Scenario: {name}", "{n} scenarios side by side"
H_ANSWER, H_ASSUMED, SCENARIO_SAID = "What follows", "What is assumed", "{name}: {said}"
SCENARIO_MAP = (
    "Median difference to the forecast in {period}: red more, blue less, the wider, the more; the "
    "largest in figures where there is room."
)
MAPS_OF_MOST = "The {n} of {all} scenarios that change a place most."
MAP_PICTURE, PICTURE_TITLE = "Map (PNG)", "{mark}{what}. Routecast, edition {edition}"
DIFFERENCE_PICTURE, TURN_PICTURE = "{name}: difference in {period}", "Where what {place} diverts would turn to"
SCENARIO_CHANGES = "Where it changes most in {period}: median and 80 % range, and the indicative pressure band."
SCENARIOS_CHANGES = "Where they change most in {period}: median difference to the baseline and its 80 % range."
H_SCENARIOS = "Scenarios"
SCENARIOS_CAPTION = "What follows in {period} from each scenario's assumptions, against the baseline (80 % ranges)."
SCENARIO_LINE = "{name}. Assumed: {assumed}. Changes most: {places}."
SCENARIO_PLACE = "{place} in {period}, {difference}{band}"
SCENARIO_EMPTY, SCENARIO_SAME = "nothing", "no place by as much as one count in twenty"
