"""Every sentence of the briefing and of risk (of data and method: `caveats`).

Likelihood and confidence never stand in one sentence.
"""

TITLE = {"W": "Weekly risk briefing", "M": "Monthly risk briefing"}
SUBTITLE = "Edition {edition} · last observed: {period} · figures as known on {as_of} · outlook {reach}"
SYNTHETIC = "SYNTHETIC DATA – made-up figures for demonstration, not for decisions"
MARK_SHORT = "SYNTHETIC DATA"
HANDLING = {
    "internal": "INTERNAL · not to be passed on: small counts stand in it",
    "partner": "PARTNERS ONLY",
    "public": "PUBLIC",
}
PAGE_OF = "Page {page} of {pages}"
ISSUE = "Issue {number}"
ISSUED, NOT_ISSUED = "issued on {day}", "draft, not issued yet"
APPROVED = "Approved by {user} on {day}."
APPROVED_DAY = "Approved on {day}."
APPROVED_DERIVED = "Made from an approved edition; who approved it and when stand in the institution's record."
WITHDRAWN = "Withdrawn by {user} on {day}: not to be used."
WITHDRAWN_DAY = "Withdrawn on {day}: not to be used."
DRAFT = "Nobody has approved this edition. Who may, does so on the dashboard's page Account."
CONTACT = "Contact: {contact}."
EDITED_BY, EDITED_ON = "Edited by {user} on {day}.", "Edited on {day}."
GENERATED = "As generated: {text}"
COMMENT_BY, COMMENT_ON = "Comment by {user}, {day}:", "Comment, {day}:"
SHORTENED = "This is a shortened briefing, without: {sections}."
SHORTENED_SLIDES = "These slides are a shortened briefing, without: {sections}."
SHORTENED_COMMENTS = "Comments on these stand in the full one: {sections}."
FOOT_PERSONS = "Detections are not persons. Pressure bands are indicative and are not impact levels under Article 34."

H_JUDGEMENTS = "Key judgements"
H_RECOMMENDED = "Recommended preparation"
H_POINTS = "Top pressure points in {period}"
H_OUTLOOK = "Outlook for the first {points}"
H_CHANGED = "What changed"
H_PREPARE = "Prevention: where and when to prepare"
H_FOUR = "Protection and prosecution"
H_RECORD = "How past forecasts did"

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
WIDE_PLAIN = "{course}{number} ({ends}) {unit} are expected {scope} in {period}{trend}."
COURSES = {"rises": "Pressure rises: ", "holds": "Pressure holds: ", "eases": "Pressure eases: "}
WIDE_TREND = ", {trend} the last four {steps}"
WIDE_TOTAL = "All {level}s together: {number}."
ZERO = {
    "unknown": "Why none: no figure of them is known there",
    "never": "Why none: none has been counted there so far",
    "lately": "Why none: none was counted there in the last four {steps}",
    "gap": "Why none: no figure of the last four {steps} is known there, and earlier ones were few",
    "withheld": "Why none: what was counted there of late is too little to be shown, or none",
    "few": "Why none: so few were counted there of late that none is as likely as not",
}
ZERO_REPORTED = "; {share} of the last {window} was reported"
SCOPE = {
    "headline": "in the region's headline figure",
    "total": "over all {level}s together",
    "route": "on the route “{route}”",
}
MOVED = "For {period}, {up} moved up a band and {down} moved down from what was expected in {compared}."
NOT_MOVED = "For {period}, no {level} has another band than was expected in {compared}."
RISER = "The highest of those that rose is {place}, from {old} to {new}."
EVEN = (
    "{n} with a planned capacity {have} at least an even chance of exceeding it in some single {step} of the "
    "{reach} that are forecast."
)
EVEN_FIRST = "The first is {place}, from {period}."
EVEN_NONE = (
    "None of the {n} with a planned capacity has an even chance of exceeding it in any single {step} of the "
    "{reach} that are forecast."
)
BANDED = "Of {n} with a band, {high} at high or very high pressure in {period}."
COMPARED = {
    "edition": "the edition {id}",
    "replay": "the forecast of the {step} before",
}

# key judgements: the numbers behind
EVIDENCE = "Expected: {median}, range {interval}; the last four {steps} had {last} on average."
EVIDENCE_UNKNOWN = "Expected: {median}, range {interval}; no figure of the last four {steps} is known."
EVIDENCE_WITHHELD = "Expected: {median}, range {interval}; figures of the last four {steps} are withheld here."
EVIDENCE_TREND = "The outlook is {trend} that."
EVIDENCE_ZERO = "No {unit} were counted in the last four {steps}."
EVIDENCE_BASIS = "Band: {band} ({basis})."
EVIDENCE_TIE = "{place} stands level with it."
EVIDENCE_NO_BETTER = "In the past, forecasts here were no better than a simple method."
NO_SURGE_SKILL = "no skill to tell"  # past warnings were no better than the usual rate
UNUSUAL = "Unusual, watch: figures left their usual pattern, so no band is given for {period}: {places}."
UNUSUAL_AT = "{place} ({parts})"
UNUSUAL_LAST, UNUSUAL_USUAL, UNUSUAL_FORECAST = "{n} a {step} of late", "usually {n}", "forecast {n}"
UNUSUAL_MEANS = "Usually: the median of the {window} before the last four. Forecast {noun}: {ranges}."
EVIDENCE_REGIME = "A regime break is flagged here: recent counts left the usual pattern."
EVIDENCE_BANDS = "Bands in {period}: {bands}."
CONFIDENCE = "Analytical confidence: {word}. {reasons}"
C_REPORTED = "Reported: {share} of the last {window}."
C_SKILL = "Error of past forecasts: {ratio} of the baseline's."
C_NO_SKILL = "No past forecasts to compare with."
C_BREAK = "A regime break is flagged: the ranges rest on few {steps} after it."
C_NOTHING = "There is nothing to assess."

# recommended preparation, and slides
RECOMMEND_CAPACITY = (
    "{place}: plan for more than the {capacity} {unit} a {step} that are planned, {since}; about {excess} "
    "more than planned in all are expected over {reach}. For: {owner}."
)
SINCE, PASSED, PASSED_RUN = "since {period}", "in {period} alone", "for {run} from {period}"
RECOMMEND_FROM, RECOMMEND_NOW = "from {period} on", "at once (likely needed since {period})"
RECOMMEND_PASSED = "if the reports of that time ask for it (likely {passed}, which is over)"
RECOMMEND_NONE = (
    "No {level} is likely to need more than its planned capacity in any single {step} of {reach}; the plans can stand."
)
RECOMMEND_FURTHER = "Likely needed too, further down the ranking (see prevention): {places}."
RECOMMEND_NO_LINE = "Of the first {n} in the ranking, without a line of their own: {reasons}."
NO_LINE_UNKNOWN = "{place}, as no capacity is stated for it and nobody can say how much to prepare"
NO_LINE_WITHHELD = "{place}, whose figures are withheld here"
NO_LINE_ENOUGH = (
    "{place}, where more than the planned {capacity} is likely in no {step} (highest chance {chance}, in {period})"
)
RECOMMEND_UNKNOWN = "State a planned capacity: without one nobody can say how much to prepare."
RECOMMEND_PLACES = (
    "{at}: about {short} more {name} than the {capacity} planned will be needed in {period}. For: {owner}."
)
RECOMMEND_PLACES_ENOUGH = "Reception and referral: the planned places are enough everywhere in {period}."
RECOMMEND_PLACES_LATER = (
    "Most are expected to lack in {period}, looking over {reach}: about {short} {name}, all places together."
)
RECOMMEND_TELL = "Tell early those who see the same movement later than {place}: {named}."
SLIDE_WHERE, SLIDE_OUTLOOK = "Where", "Outlook"
SLIDE_GOES_ON = "{title} (continued)"

# pressure points
POINTS_SURGE = (
    "Surge: chance of more than 1.5 times the mean of the known figures of the last four {steps}; no planned capacity "
    "is on record."
)
POINTS_CAPTION = "Highest {n} of {all} by band, then by {second}. {Unit} per {step}."
POINTS_WATCHED = "“{mark}”: figures left their usual pattern, so there is no band and no rank{more}."
POINTS_WATCHED_MORE = "; {n} more such places are on the dashboard"
NO_CAPACITY = "no capacity"
NO_BETTER_AT = "No better than a simple method in past forecasts: {places}."
ALL_OF_THEM = "all {n} of them"
BASIS_AT = "What decided the band – {bases}."
BASIS = {
    "planned capacity": "the planned capacity",
    "relative to own history": "the place's own last years, as no capacity is on record",
    "withheld: regime break": "none given: these years, or the ranges, hold no longer since the break",
}
REGIME_AT = (
    "Regime break flagged (recent counts left the usual pattern; ranges are wider, and a band stands only where a "
    "planned capacity decides it): {places}."
)
WEAK_AT = "Weak data (under 80 % of the last {window} reported): {places}."
MAP_CAPTION = (
    "Indicative pressure bands in {period}: colour and line width show the band, circled numbers{watched} the table's "
    "rows."
)
MAP_WATCHED = " and “{mark}”"
MAP_ALT = "Map of {region}: {n} by pressure band in {period}. {bands}. The first: {first}."
NO_MAP = "No map: this edition of {region} holds no geometry of segments."

# outlook
FAN_CAPTION = "{place}: median {median} in {period}, range {interval}{baseline}. {chance} {why}"
FAN_BASELINE = "; baseline's median {baseline}"
FAN_CHANCE = "Chance of exceeding the planned {capacity}: {now} then, {peak} at its highest, in {peak_period}."
FAN_NO_CAPACITY = "No planned capacity on record."
FAN_ALT = "Fan chart of {place}: {n} observed, then the median and the 50, 80 and 95 % ranges for {ahead}."
# reasons; the names stand as subjects of a sentence
WHY_RISE = "Expected to rise{amount} in {period}, against the last four {steps}{parts}."
WHY_FALL = WHY_RISE.replace("rise", "fall")
WHY_STAY = "Expected to stay about where it was in the last four {steps}{parts}."
WHY_FROM_NONE = "Expected to rise from none in the last four {steps}{parts}."
WHY_NONE = "Expected to stay at none, as in the last four {steps}."
WHY_AMOUNT = " by about {change}"
WHY_UNKNOWN = "No figure of the last four {steps} is known, so no reasons for a change can be given."
WHY_WITHHELD = "Figures of the last four {steps} are withheld here, and with them the reasons, which start from these."
WHY_FOR = ": {mostly}{parts}"
WHY_AGAINST = "; {parts} {speak} against it"
WHY_BALANCE = ": {up} against {down}"
WHY_PART = "{name} ({effect})"
WHY_UPSTREAM = "the flow upstream at {borders}"
WHY_PARTS = {
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
CHANGED_NONE = "No {level} changed its band."
CHANGED_UNKNOWN = "There is no earlier edition to compare with; changes will be stated from the next one on."
CHANGED_BASIS = "Compared: what was expected of {period} in {compared}, and what is expected of it now."
CHANGED_REPLAY = (
    "No edition was published then; its figures were worked out afterwards from what was known by that day."
)
EVENTS = "On the calendar of events: {events}."

# four Ps
PREPARE_UNKNOWN = "No planned capacity is on record, so the time left before one is exceeded can't be stated."
PANEL_CAPTION = "Sums over all {level}s. Observed counts of 1 to 9 are not printed."
H_FURTHER = "Further indicators"
PANEL_NONE = "The edition holds no other indicator than {indicator}."
RECEPTION = "{likelihood} that “{unit}” {at} stands above the planned capacity of {capacity} in {period}."

# record
RECORD_NONE = "The edition holds no backtest; nothing can be said about past forecasts."
RECORD_FEW = "Only {cutoffs} in the backtest: too few to judge; read the figures below as a first impression."
RECORD = (
    "Tried on {cutoffs}, the error was {ratio} of the baseline's, a simple method's; below 1 is better. The 95 % "
    "ranges held {c95} of what came, the 50 % ranges {c50}."
)
RECORD_PSEUDO = "Figures of past dates were taken as known later where their first version is not on record."
RECORD_CAPTION = "Past forecasts of {level}s by lead time, {indicator}."
MISS = "{place}, {period}: 95 % range {interval} as seen {ahead} before, {observed} came."
MISSES = "Largest misses, {ahead} ahead:"
MISSES_NONE = "None of the {n} past forecasts {ahead} ahead missed its 95 % range."
PAST_CAPTION = "{place}: forecasts made {ahead} earlier (median, 50 and 95 % range) against what came."
PAST_ALT = "Past forecasts of {place} with their ranges against what came, {n}."

# risk
H_CIRAM = "Why these bands: threat, vulnerability, impact"
H_PROTECTION = "Protection: places against need, deaths and missing"
H_PROSECUTION = "Prosecution: expected cases and reports"
H_PER_POINT = "What the first pressure points mean"
H_ALERTS = "Alerts"
H_CLUSTERS = "Hot spots"
H_ALLOCATION = "Where further places would do most"
MISSING = "not stated"

# CIRAM
CIRAM_CAPTION = (
    "The parts stand side by side and are not multiplied. Threat comes from the forecast; vulnerability and impact are "
    "inputs with an owner and a date."
)
CIRAM_NONE = "Nobody has stated a vulnerability or an impact; the bands come from the threat alone."
STATED = "{kind}: {level} ({owner}, {as_of})"
STATED_FOR = "{kind}: {level}, stated for {place} ({owner}, {as_of})"
CHANCES = "Chance of exceeding what the band asks: moderate {moderate}, high {high}, very high {very_high}."
CHANCE_ONE = "Chance of exceeding the capacity: {chance}; expected above it: {excess} a {step}."
ARTICLE_34 = (
    "For comparison: impact level {level} under Article 34 of Regulation (EU) 2019/1896, as stated by {owner} "
    "({as_of}). It is not Routecast's."
)

# pressure points
LIKELY_CAPTION = (
    "{n} likely exceed their planned capacity in some single {step} of the {reach} that are forecast (chance of "
    "exceeding 55 % or more){shown}; those in which it is over stand last. “For how long”: so many {steps} in a row, "
    "each likely by itself; that all of them exceed it is less likely. Expected above: {unit} above the capacity, "
    "summed over {reach}."
)
LIKELY_SHOWN = "; the first {shown} in time"
LIKELY_NONE = (
    "No {level} is likely to exceed its planned capacity in any single {step} of the {reach} that are forecast."
)

# one point, four Ps
PREVENTION = (
    "Prevention: likely above its capacity of {capacity} {since} ({when}){run}; {excess} {unit} above it are expected "
    "over {reach}."
)
PREVENTION_RUN = ", for {run} in a row, each likely by itself"
PREVENTION_NOT = (
    "Prevention: in no single {step} of the {reach} that are forecast likely above its capacity of {capacity}; the "
    "highest chance of exceeding it is {chance}, in {period}."
)
PREVENTION_SURGE = (
    "Prevention: no planned capacity on record; the chance of more than 1.5 times the mean of the known figures of the "
    "last four {steps} is {chance} at its highest."
)
PREVENTION_UNKNOWN = "Prevention: no planned capacity on record, and no chance of a surge that could be told."
PLACES = "Protection: {name} {at}: {need} needed, range {interval}, against {capacity} in {period}; {short} lacking."
PLACES_ENOUGH = (
    "Protection: {name} {at}: {need} needed, range {interval}, in {period}; the {capacity} planned are enough."
)
PLACES_OTHERS = "Of the {n} places on record in {country} it lacks most."
PLACES_NONE = "Protection: no forecast of reception or referral places in {country}."
PLACES_NOWHERE = "Protection: the direction is not on record, so no places can be named."
CASES = "Prosecution {border}: {cases}."
ON_BORDER, ON_NO_BORDER = "on the border {border}", "over all places of “{border}” together"  # e.g. sea areas
CASE = "{name}, {median} a {step} ({low}–{high}){doubt}{lead}"
CASE_FEW = "{name}, seldom more than {high} a {step}{doubt}{lead}"
CASE_NO = "{name}, none expected"
CASE_NO_BETTER = " (no better than a simple method)"
CASES_NONE, CASES_WITHHELD, WITHHELD = "{name}, no data", "{name}, withheld here", "withheld"
PARTNERS = "Partnership: {parts}."
EARLIER = "the same movement is seen earlier in {named}"
LATER = "later in {named}"
TURNING = "if it tightens, movement would turn to {shares}"
ALONE = "no other authority on the route graph sees the same movement"

# protection
PROTECTION_CAPTION = "Places expected to be needed in {period}, those that lack most first{shown}."
PROTECTION_ENOUGH = "No place is expected to lack any in {period}; the fullest first{shown}."
PROTECTION_NONE = "No figures of reception or referral places; need can't be set against capacity."
DEATHS_NONE = "No figures of deaths and missing."
DEATHS = (
    "Deaths and missing: {year} reported in the last year, {four} in the last four {steps}; newest report {period}."
)
DEATHS_WITHHELD = "Deaths and missing: withheld here, because counts of single {steps} are small."
DEATHS_AT = "Most in the last year: {places}."
DEATHS_PLACE = "{place} ({n})"
DEATHS_SPREAD = (
    "Of the year's figure {share} was reported for a wider area, such as a country or a sea, and is shared out over "
    "its places by estimate."
)
DEATHS_GAP = "Of the last year's {steps} {known} of {all} were reported; the sums are of those."

# prosecution
PROSECUTION_CAPTION = (
    "Sums over the region, from these indicators' own figures and never from crossings. “2 {steps} before "
    "crossings”: they rise and fall as crossings do, two {steps} earlier. That is told only where chance "
    "would seldom show it; where cases are counted by months or countries, shorter times can't be told apart."
)
LAGS = {
    "behind": "{lag} after crossings",
    "ahead": "{lag} before crossings",
    "with": "at the same time as crossings",
    "none": "no link in time to tell",
    "short": "too few reports to tell",
}
CASE_LAG = ", rising and falling {lag}"
LAG_OPPOSITE = ", the other way: up where crossings go down"

# alerts, clusters, allocation
ALERTS_NONE = "No unit meets an alert rule."
ALERTS_MORE = "{n} more on the dashboard."
ALERT = {
    "exceedance": "{place}, {indicator}: chance of exceeding the capacity {chance}, in {period} ({state}; rule "
    "“{rule}”, {owner})",
    "surge": "{place}, {indicator}: chance of more than 1.5 times the last level {chance}, in {period} ({state}; rule "
    "“{rule}”, {owner})",
}
STATES = {"new": "new", "worse": "worse than told", "quiet": "told on {on}", "over": "no longer met, told on {on}"}
CLUSTERS = "Neighbouring places where {what} is expected together: {places}."
CLUSTERS_NONE = "Nowhere is unusually much or little expected at neighbouring places together."
HOT = {"hot": "much (hot spots)", "cold": "little (cold spots)"}
ALLOCATION_CAPTION = (
    "{budget} further places ({owner}, {as_of}; {name}), shared out to where they save most in {period}. Over {reach} "
    "most are expected to lack then: {before} as planned, {after} with the further ones{other} (at the {n}, each "
    "place's need above its plan, as a mean over all that may come). {kept}"
)
ALLOCATION_OTHER = ", against {short} as planned in {period}, of which the table of places speaks"
ALLOCATION_TO = "Most to {places}."
ALLOCATION_PLACE = "{place} ({n})"
ALLOCATION_KEPT = "{n} would save nothing and stay free."
