"""Sentences on risk, of the briefing and of the pages alike. Likelihood and confidence never stand in one sentence."""

H_CIRAM = "Why these bands: threat, vulnerability, impact"
H_PROTECTION = "Protection: places against need, deaths and missing"
H_PROSECUTION = "Prosecution: expected cases and reports"
H_PER_POINT = "What the first pressure points mean"
H_ALERTS = "Alerts"
H_CLUSTERS = "Hot spots"
H_ALLOCATION = "Where further places would do most"
MISSING = "not stated"

# CIRAM
CIRAM_HEAD = ("Place", "Threat", "Vulnerability", "Impact", "Band", "Rule that decided")
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
POINTS_HEAD = ("Place", "Direction", "Likely from", "Lead time", "In a row", "Expected above", "Capacity owner")
POINTS_CAPTION = (
    "{n} likely exceed their planned capacity (a chance of 55 % or more) within {reach}{shown}. Expected above: "
    "{unit} above the capacity, summed over {reach}."
)
POINTS_SHOWN = "; the first {shown} in time"
POINTS_NONE = "No {level} is likely to exceed its planned capacity within {reach}."

# one point, four Ps
PREVENTION = (
    "Prevention: likely above its capacity of {capacity} from {period}, {lead} ahead, for {run} in a row; {excess} "
    "{unit} above it are expected over {reach}."
)
PREVENTION_NOT = (
    "Prevention: not likely above its capacity of {capacity} within {reach}; the highest chance is {chance}, in "
    "{period}."
)
PREVENTION_SURGE = (
    "Prevention: no planned capacity on record; the chance of more than 1.5 times the mean of the known figures of the "
    "last four {steps} is {chance} at its highest."
)
PREVENTION_UNKNOWN = "Prevention: no planned capacity on record, and no chance of a surge that could be told."
PLACES = "Protection: {name} {at}: {need} needed, range {interval}, against {capacity} in {period}; {short} lacking."
PLACES_OTHERS = "Of the {n} places on record in {country} it lacks most."
PLACES_NONE = "Protection: no forecast of reception or referral places in {country}."
PLACES_NOWHERE = "Protection: the direction is not on record, so no places can be named."
CASES = "Prosecution, {border}: {cases}."
CASE = "{name}, {median} a {step} ({low}–{high}){lead}"
CASES_NONE = "{name}, no data"
PARTNERS = "Partnership: {parts}."
EARLIER = "the same movement is seen earlier in {named}"
LATER = "later in {named}"
TURNING = "if it tightens, movement would turn to {shares}"
ALONE = "no other authority on the route graph sees the same movement"

# protection
PROTECTION_HEAD = ("Places", "Where", "Occupied", "Need ({ahead})", "80 % range", "Planned", "Expected lacking")
PROTECTION_CAPTION = "Places expected to be needed in {period}, the shortest first{shown}."
PROTECTION_NONE = "No figures of reception or referral places; need can't be set against capacity."
DEATHS_NONE = "No figures of deaths and missing."
DEATHS = (
    "Deaths and missing: {year} reported in the last year, {four} in the last four {steps}; newest report {period}."
)
DEATHS_WITHHELD = "Deaths and missing: withheld here, because counts of single {steps} are small."
DEATHS_AT = "Most in the last year: {places}."
DEATHS_PLACE = "{place} ({n})"
DEATHS_SPREAD = "Of the year's figure {share} was given for coarser places and is spread over segments by shares."
DEATHS_GAP = "Of the last year's {steps} {known} of {all} were reported; the sums are of those."

# prosecution
PROSECUTION_HEAD = ("Indicator", "Expected ({ahead})", "80 % range", "Against crossings")
PROSECUTION_CAPTION = (
    "Sums over the region, from these indicators' own figures and never from crossings. Lead and lag: changes of log "
    "counts, told only where under 5 % of shifted series agree as well; of borders, only what stands among "
    "all that were tested (Benjamini–Hochberg). Where cases are counted by months or countries, shorter leads can't be "
    "told apart."
)
LAGS = {
    "behind": "follow by {lag}",
    "ahead": "lead by {lag}",
    "with": "move together",
    "none": "no lead to tell",
    "short": "too few reports to tell",
}
LAG_OPPOSITE = ", the other way: up where crossings go down"

# alerts, clusters, allocation
ALERTS_NONE = "No unit meets an alert rule."
ALERT = {
    "exceedance": "{place}, {indicator}: chance of exceeding the capacity {chance}, in {period} ({state}; rule "
    "“{rule}”, {owner})",
    "surge": "{place}, {indicator}: chance of more than 1.5 times the last level {chance}, in {period} ({state}; rule "
    "“{rule}”, {owner})",
}
STATES = {"new": "new", "worse": "worse than told", "quiet": "told on {on}", "over": "no longer met, told on {on}"}
CLUSTERS = "Expected counts cluster ({what}) at {places}: significant at a false discovery rate of 5 %."
CLUSTERS_NONE = "No significant cluster of expected counts along the segments."
HOT = {"hot": "hot spots", "cold": "cold spots"}
ALLOCATION_HEAD = ("Where", "Planned", "Further", "Lacking before", "Lacking after", "Next place saves")
ALLOCATION_CAPTION = (
    "{budget} further places ({owner}, {as_of}) shared out to where they save most expected shortfall, {name}, "
    "{period}: {before} expected lacking as planned, {after} with them. {kept}"
)
ALLOCATION_KEPT = "{n} would save nothing and stay free."

# scenarios
H_SCENARIOS = "Scenarios"
SCENARIOS_CAPTION = "What follows in {period} from each scenario's assumptions, against the baseline (80 % ranges)."
SCENARIO_LINE = "{name}. Assumed: {assumed}. Changes most: {places}."
SCENARIO_PLACE = "{place} in {period}, {difference}{band}"
SCENARIO_EMPTY, SCENARIO_SAME = "nothing", "no place by as much as one count in twenty"
