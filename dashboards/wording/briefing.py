"""Every sentence of the briefing in one place. Likelihood and confidence never stand in one sentence."""

TITLE = {"W": "Weekly risk briefing", "M": "Monthly risk briefing"}
SUBTITLE = "Edition {edition} · last observed: {period} · figures as known on {as_of} · outlook {reach}"
SYNTHETIC = "SYNTHETIC DATA – made-up figures for demonstration, not for decisions"
FOOT_PERSONS = "Detections are not persons. Pressure bands are indicative and are not impact levels under Article 34."

H_JUDGEMENTS = "Key judgements"
H_POINTS = "Top pressure points in {period}"
H_OUTLOOK = "Outlook for the first {points}"
H_CHANGED = "What changed"
H_PREPARE = "Prevention: where and when to prepare"
H_FOUR = "Protection and prosecution"
H_PARTNERS = "Partnership: who sees the same movement"
H_RECORD = "How past forecasts did"
H_DATA = "What the data can carry"
H_METHOD = "Method in brief"
H_READ = "How to read this"

# key judgements: the statement
EXCEEDS = "{likelihood} that {unit} {at} exceed the planned capacity of {capacity} a {step} in {period}."
RELATIVE = (
    "{place} stands at {band} pressure in {period}, relative to its own last years; "
    "it has no planned capacity on record."
)
SURGE = "{likelihood} that {unit} there stand above 1.5 times the mean of the known figures of the last four {steps}."
CALM = "No {level} stands above low pressure in {period}."
CALM_TOP = "The highest chance of exceeding a planned capacity is {at}: {chance}."
CALM_FIRST = "First in the ranking is {place}."
NO_BANDS = "No {level} has a pressure band in {period}: the history is too short, and no capacity is on record."
NO_BANDS_TOP = "The largest number of {unit} is expected {at}."
NOTHING = "This edition holds no forecast for {indicator}; no judgement is possible."
WIDE = (
    "{likelihood} that {unit} {scope} stand above 1.5 times the mean of the known figures of the last four {steps} in "
    "{period}."
)
WIDE_PLAIN = "{number} {unit} are expected {scope} in {period}."
SCOPE = {
    "headline": "in the region's headline figure",
    "total": "over all {level}s together",
    "route": "on the route “{route}”",
}
MOVED = "Since the {compared}, {up} moved up a band and {down} moved down."
NOT_MOVED = "No {level} changed its band since the {compared}."
RISER = "The highest of those that rose is {place}, from {old} to {new}."
EVEN = "{n} with a planned capacity {have} at least an even chance of exceeding it at some time within {reach}."
EVEN_FIRST = "The first is {place}, from {period}."
EVEN_NONE = "None of the {n} with a planned capacity has an even chance of exceeding it within {reach}."
BANDED = "Of {n} with a band, {high} at high or very high pressure in {period}."
COMPARED = {
    "edition": "edition {id}",
    "replay": "forecast as it would have been made one {step} earlier",
    "none": "last edition",
}

# key judgements: the numbers behind
EVIDENCE = "Median {median}, range {interval}; mean of the last four {steps} {last}."
EVIDENCE_TREND = "The median is {trend} that mean."
EVIDENCE_ZERO = "No {unit} were counted in the last four {steps}."
EVIDENCE_BASIS = "Band: {band} ({basis})."
EVIDENCE_TIE = "{place} stands level with it."
EVIDENCE_BASELINE = "Baseline only: no model has shown in past forecasts that it does better here."
NO_SURGE_SKILL = "no skill to tell"  # past warnings were no better than the usual rate
EVIDENCE_REGIME = "A regime break is flagged here: recent counts left the usual pattern."
EVIDENCE_BANDS = "Bands in {period}: {bands}."
CONFIDENCE = "Analytical confidence: {word}. {reasons}"
C_REPORTED = "Reported: {share} of the last {window}."
C_SKILL = "Error of past forecasts: {ratio} of the baseline's."
C_NO_SKILL = "No past forecasts to compare with."
C_NOTHING = "There is nothing to assess."

# pressure points
POINTS_COLUMNS = {
    "rank": "",
    "place": "Place",
    "direction": "Direction",
    "band": "Band",
    "median": "Median",
    "range": "80 % range",
    "exceedance": "Over capacity",
    "surge": "Surge",
    "change": "Change of band",
}
POINTS_SURGE = (
    "Surge: chance of more than 1.5 times the mean of the known figures of the last four {steps}; no planned capacity "
    "is on record."
)
POINTS_CAPTION = "Highest {n} of {all} by band, then by {second}. {Unit} per {step}, {ahead} ahead."
NO_CAPACITY = "no capacity"
BASELINE_AT = "Baseline only (no better model in past forecasts): {places}."
ALL_OF_THEM = "all {n} of them"
REGIME_AT = "Regime break flagged (recent counts left the usual pattern; ranges are wider): {places}."
WEAK_AT = "Weak data (under 80 % of the last {window} reported): {places}."
MAP_CAPTION = (
    "Indicative pressure bands in {period}: colour and line width show the band, circled numbers the table's rows."
)
MAP_ALT = "Map of {region}: {n} by pressure band in {period}. {bands}. The first: {first}."
NO_MAP = "No map: this edition of {region} holds no geometry of segments."

# outlook
FAN_CAPTION = "{place}: median {median} in {period}, range {interval}{baseline}. {chance} {why}"
FAN_BASELINE = "; baseline's median {baseline}"
FAN_CHANCE = "Chance of exceeding the planned {capacity}: {now} then, {peak} at its highest, in {peak_period}."
FAN_NO_CAPACITY = "No planned capacity on record."
FAN_ALT = "Fan chart of {place}: {n} observed, then the median and the 50, 80 and 95 % ranges for {ahead}."
# reasons; the names stand as subjects of a sentence
WHY_RISE = "Expected to rise{amount} in {ahead} against the last four {steps}{told}{parts}."
WHY_FALL = WHY_RISE.replace("rise", "fall")
WHY_STAY = "Expected to stay about where it was in the last four {steps}{told}{parts}."
WHY_FROM_NONE = "Expected to rise from none in the last four {steps}{told}{parts}."
WHY_NONE = "Expected to stay at none, as in the last four {steps}{told}."
WHY_AMOUNT = " by about {change}"
WHY_TOLD = " as reported so far"
WHY_UNKNOWN = "No figure of the last four {steps} is known, so no reasons for a change can be given."
WHY_WITHHELD = "Figures of the last four {steps} are withheld here, and with them the reasons, which start from these."
WHY_FOR = ": {mostly}{parts}"
WHY_AGAINST = "; {parts} {speak} against it"
WHY_BALANCE = ": {up} against {down}"
WHY_PART = "{name} ({effect})"
WHY_UPSTREAM = "the flow upstream at {borders}"
WHY_PARTS = {
    "late_reports": "reports still to come in",
    "level": "its own level",
    "season": "the season",
    "neighbours": "the flow upstream",
    "route": "the movement on the whole route",
    "events": "dated events",
    "volatility": "its unsteadiness",
    "common": "what all places usually do",
    "other_models": "models that give no reasons",
    "calibration": "calibration",
    "alignment": "agreement with the wider and narrower areas",
    "other": "other causes",
}
CHANGED_UP = "Up: {places}."
CHANGED_DOWN = "Down: {places}."
CHANGED_NONE = "No {level} changed its band for {period}."
CHANGED_UNKNOWN = "There is no earlier edition to compare with; changes will be stated from the next one on."
CHANGED_BASIS = "Compared with the {compared}, for the same {step}."
EVENTS = "On the calendar of events: {events}."

# four Ps
PREPARE_HEAD = ("Place", "Direction", "Even chance from", "Lead time", "Highest chance", "Reached in")
PREPARE_ALL = "{n} reach at least an even chance of exceeding their planned capacity within {reach}."
PREPARE_FIRST = PREPARE_ALL.removesuffix(".") + "; the first {shown} in time."
PREPARE_ONE = "One {level} reaches at least an even chance of exceeding its planned capacity within {reach}."
PREPARE_UNKNOWN = "No planned capacity is on record, so the time left before one is exceeded can't be stated."
PANEL_HEAD = ("Indicator", "Last four known {steps}", "Last known", "Outlook ({ahead})", "80 % range")
PANEL_CAPTION = "Sums over all {level}s. Observed counts of 1 to 9 are not printed."
PANEL_NONE = "The edition holds no other indicator than {indicator}."
RECEPTION = "{likelihood} that “{unit}” {at} stands above the planned capacity of {capacity} in {period}."
PARTNERS_HEAD = ("Place", "At the line itself", "Earlier (upstream)", "Later (downstream)")
PARTNERS_CAPTION = "Neighbouring authorities along the routes, with the usual lag of the route graph."
NO_GRAPH = "The edition's route graph is not at hand; neighbours along the routes can't be named."
NO_LINKS = "The route graph links none of the top pressure points to another segment."
START = "start of the route"
END = "end of the route"

# record
RECORD_NONE = "The edition holds no backtest; nothing can be said about past forecasts."
RECORD_FEW = "Only {cutoffs} in the backtest: too few to judge; read the figures below as a first impression."
RECORD = (
    "Over {cutoffs} in the backtest the error (WIS of log counts) was {ratio} of the baseline's; below 1 is better. "
    "The 95 % ranges held {c95} of what came, the 50 % ranges {c50}."
)
RECORD_PSEUDO = "Figures of past dates were taken as known later where their first version is not on record."
RECORD_HEAD = ("Ahead", "Error against the baseline", "50 % range held", "95 % range held", "Forecasts")
RECORD_CAPTION = "Past forecasts of {level}s by lead time, {indicator}."
MISS = "{place}, {period}: 95 % range {interval} as seen {ahead} before, {observed} came."
MISSES = "Largest misses, {ahead} ahead:"
MISSES_NONE = "None of the {n} past forecasts {ahead} ahead missed its 95 % range."
PAST_CAPTION = "{place}: forecasts made {ahead} earlier (median, 50 and 95 % range) against what came."
PAST_ALT = "Past forecasts of {place} with their ranges against what came, {n}."

# data
D_REPORTED = "{full} of {all} {levels} reported at least 80 % of the last {window}; the least: {least} ({share})."
D_REPORTED_ALL = "All {all} {levels} reported at least 80 % of the last {window}."
D_QUARANTINE = "{rows} in quarantine ({reasons})."
D_QUARANTINE_NONE = "No row is in quarantine."
D_UNALLOCATED = "{n} {unit} could not be placed on a segment ({reasons})."
D_UNALLOCATED_NONE = "Every counted figure found its place."
D_SPREAD = "Up to {share} of a segment's figures ({place}) were spread by weights from a coarser place."
D_SPREAD_NONE = "No figure was spread from a coarser place."
D_FAILURES = "{n} failed and took no part; the other models stood in."
D_SOURCES = "Sources: {sources}."
D_SOURCE_FAILED = "Nothing new for this edition: {sources}. The last good figures stand in."
D_SOURCE_PROBLEMS = {"not_reached": "{name} could not be reached", "refused": "a file of {name} was refused"}
D_SOURCE_NEWEST = "{problem} (newest figures of {day})"
D_SOURCE_NONE = "{problem} (there are no figures of it)"

# method and disclaimers
M_MEMBERS = (
    "Each unit's forecast is a mean, quantile by quantile, of the models that ran for it ({members}), weighted by how "
    "good they were at past dates."
)
M_DRAWS = (
    "Joint draws are coupled across places and lead times and summed upward, so that all levels agree, but where the "
    "baseline alone is shown."
)
M_BAND = (
    "Bands: with a planned capacity, by the chance of exceeding it (under 20 % low, to 40 moderate, to 60 high, above "
    "very high), unless the region's rules say otherwise; without one, by the highest of the 75th, 90th and 97th "
    "percentile of the own last years that is exceeded with a chance of at least one half. A band falls only once its "
    "chance is clearly below the limit; a stated vulnerability or impact may raise it by one, where the region's rules "
    "say so, and the rule that decided is named."
)
M_WORDS = "Likelihood words: PHIA probability yardstick (2025). {rule} {scale}"
M_CONFIDENCE = (
    "Analytical confidence is a statement on data and method, apart from likelihood: high with at least 90 % reported, "
    "an error below 0.9 of the baseline's and ten or more past cutoffs; low with under half reported, fewer than five "
    "cutoffs, an error not below the baseline's, or a regime break; else moderate."
)
DISCLAIMERS = (
    "Detections are not persons: the same person may be detected several times, along a route and at one place, and "
    "detections depend on effort.",
    "The indicative pressure band is not an impact level under Article 34 of Regulation (EU) 2019/1896.",
    "Forecasts rest on aggregate statistics alone; no data on persons are taken, held or shown, and no person or "
    "nationality is scored.",
)
PURPOSE = "Purpose: {purpose}"
