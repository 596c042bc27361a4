"""Every sentence of the briefing on what the data can carry, on the method, and on how it is to be read."""

H_DATA = "What the data can carry"
H_METHOD = "Method in brief"
H_READ = "How to read this"

# data
D_REPORTED = "{full} of {all} {levels} reported at least 80 % of the last {window}; the least: {least} ({share})."
D_REPORTED_ALL = "All {all} {levels} reported at least 80 % of the last {window}."
D_MUCH_REFUSED = (
    "Much of the count of {files} was refused and is not in these figures: what rests on {it} is unknown or too low."
)
D_QUARANTINE = "{rows} in quarantine ({reasons})."
D_UNREADABLE = "{rows} in quarantine ({reasons}); the count of {unreadable} of them can't be read."
D_QUARANTINE_NONE = "No row is in quarantine."
D_UNALLOCATED = "{n} {unit} could not be placed on a segment ({reasons})."
D_UNALLOCATED_NONE = "Every counted figure found its place."
D_SPREAD = (
    "Up to {share} of a segment's figures ({place}) were reported for a wider area or a longer time, and are shared "
    "out by estimate."
)
D_SPREAD_NONE = "Every figure was reported for its own place; none is shared out from a wider one."
D_FAILURES = "{n} failed and took no part; the other models stood in."
D_SOURCE = "{name} (newest figures known on {day})"
D_SOURCES = "Sources: {sources}."
D_SOURCE_FAILED = "Nothing new for this edition: {sources}. The last good figures stand in."
D_SOURCE_PROBLEMS = {"not_reached": "{name} could not be reached", "refused": "a file of {name} was refused"}
D_SOURCE_NEWEST = "{problem} (newest figures known on {day})"
D_SOURCE_NONE = "{problem} (there are no figures of it)"

# method and disclaimers
M_PEOPLE = "people's judgements"
M_MEMBERS = (
    "Each unit's forecast is a mean, quantile by quantile, of the models that ran for it ({members}), weighted by how "
    "good they were at past dates."
)
M_DRAWS = (
    "Joint draws are coupled across places and lead times and summed upward, so that all levels agree in every draw."
)
M_SHOWN = (
    "These figures differ from those that the institution itself reads, by design: forecasts, bands and places are "
    "made anew from the counts that are shown here, so that nothing withheld can be worked out from them."
)
M_BAND = (
    "Bands: with a planned capacity, by the chance of exceeding it (under 20 % low, to 40 moderate, to 60 high, above "
    "very high), unless the region's rules say otherwise; without one, by the highest of the 75th, 90th and 97th "
    "percentile of the own last years that is exceeded with a chance of at least one half. A band falls only once its "
    "chance is clearly below the limit; a stated vulnerability or impact may raise it by one, where the region's rules "
    "say so, and the rule that decided is named."
)
M_CHANCE = (
    "What chance would show is left out. Of the hot and cold spots (local Gi*) about one in twenty may be chance. "
    "“Before” and “after crossings”: changes of log counts, where under 5 % of shifted series agree as well; of "
    "borders, only what stands among all that were tested (Benjamini–Hochberg). Errors: weighted interval score (WIS) "
    "of log counts."
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
