"""Every sentence that the pages show, but for the names and numbers that editions hold."""

from __future__ import annotations

PRODUCT = "Routecast"
PAGES = {
    "overview": "Pressure points",
    "place": "One place",
    "protection": "Protection and alerts",
    "briefing": "Briefing",
    "skill": "Past skill",
    "quality": "Data quality",
    "help": "Help",
}
REGION, EDITION, INDICATOR, HORIZON = "Region", "Edition", "Indicator", "Horizon"
ROUTE, ORIGIN = "Route", "Origin"
ALL, ALL_ROUTES, ALL_ORIGINS = "all", "all routes", "all origins"
IN_PERIODS = "in {periods}: {period}"
EDITION_NAMED, EDITION_LATEST = "Edition {id}", "Edition {id} (latest)"
REGIME_BADGE = "Regime break"
REGIME_AT = "at {places}: ranges are wider there."
AND_MORE = "{n} more"
SYNTHETIC = "Made by a script for demonstration. Nothing on this page describes the real world."
SYNTHETIC_SHORT = "SYNTHETIC DATA"
DETECTIONS = (
    "Detections are not persons: the same person may be detected several times, and detections depend on effort."
)
NO_EDITION = (
    "No edition is published in {store} yet. `routecast demo` makes one from synthetic data; "
    "`routecast ingest` and `routecast run` make one from your figures."
)
DAMAGED = (
    "Edition {edition} is not shown: its files differ from what was published ({problems}). "
    "Choose another edition, and tell whoever keeps the store to run `routecast editions verify`."
)
NO_FORECAST = "This edition holds no forecast. The page on data quality says what was reported."

# pressure points
WORST = "Where it is worst"
WHOLE = "The region as a whole"
WHOLE_ROUTE = "The route as a whole"
CHANGED = "What changed"
MAP_ALT = "Map of {region}: segments by pressure band in {period}. The table beside it holds the same."
NO_MAP = "The region's pack holds no geometry, so there is no map; the table holds everything."
MAP_TITLE = "{region}: {indicator}, pressure in {period}. Routecast, edition {edition}"
MAP_TOOLS = {
    "closer": "Closer",
    "wider": "Wider",
    "svg": "Save the map as SVG",
    "png": "Save the map as PNG",
}
LEGEND = {
    "baseline": "baseline only",
    "boundary": "boundary line",
    "weak": "weak data",
    "flow": "route",
    "regime": "regime break",
}
HOVER_CHANCE = " · {chance} above capacity"
RANKING = "Pressure points in {period}, the highest first"
MORE_ROWS = "{n} more: on the map, and in the list of the page One place."
RECENT_TEXT = "Observed, oldest first: {values}"
TABLE_HEAD = {
    "rank": "#",
    "place": "Place",
    "recent": "{n} {steps}",
    "band": "Pressure",
    "chance": "Exceeds",
    "lead": "Likely in",
    "median": "Median, 80 %",
    "change": "Change",
}
TABLE_HELP = {
    "recent": "Observed figures of the last periods; a gap is a missing report.",
    "band": "Indicative pressure band. With a planned capacity: the chance of exceeding it. Without: own history.",
    "chance": "Probability that the figure exceeds the planned capacity; a dash where no capacity is planned.",
    "lead": "How far ahead it becomes likely (55 % or more) that the capacity is exceeded; a dash where it does not.",
    "median": "As likely as not to be above. Below it the range in which the figure should lie eight times in ten.",
    "change": "Bands moved since {compared}, for the same period.",
}
NOT_COMPARED = "an earlier edition (there is none)"
BRIEFING = "Briefing (PDF)"

# one place
BACK = "← All pressure points"
CHOOSE_PLACE = "Place"
HISTORY = "History and forecast"
HISTORY_NOTE = (
    "Fan: 50, 80 and 95 % ranges; line: median; dotted: the baseline's median. A gap in the history is a missing "
    "report. Hatched: what is still expected of figures that are not complete yet, from how earlier ones were revised."
)
WHY = "Why: from the last four {steps} to {period}"
WHY_NOTE = (
    "Per cent of the mean of the last four {steps} as reported ({reference}). The bars add up to the whole change. "
    "They say what the models leant on, which need not be what causes the movement."
)
WHY_PARTS = {
    "late_reports": "Reports still to come in",
    "level": "Own level",
    "season": "Season",
    "neighbours": "Flow upstream",
    "route": "Whole route",
    "events": "Dated events",
    "volatility": "Unsteadiness",
    "common": "Usual course of all places",
    "other_models": "Models without reasons",
    "calibration": "Calibration",
    "alignment": "Agreement with other levels",
    "other": "Other",
    "small": "Smaller parts",
    "together": "Together",
}
CHANCE = "Chance of exceeding the planned {capacity}, by {step}"
NO_CAPACITY = "No planned capacity is on record for this place, so no chance of exceeding one is shown."
PAST = "Past forecasts against what came"
AHEAD, AHEAD_BOX = "{ahead} ahead", "How far ahead"
PAST_HELD = "The 95 % range held what came in {held} of {n} past forecasts of this lead time."
UNKNOWN_PLACE = "This edition holds no forecast of “{unit}” at these choices; the first place is shown instead."
CHOOSE_OTHERS = "Compare with up to three other places"
COMPARED = "Beside each other; every chart has a scale of its own"
COMPARED_COLUMNS = (
    "Place",
    "Pressure",
    "Exceeds",
    "Median",
    "80 % range",
    "Against the last weeks",
    "Error, baseline = 1",
    "Reported",
)
UPSTREAM, DOWNSTREAM = "Upstream: sees the movement before", "Downstream: sees it after"
EARLIER = "{lag} earlier, {band}, median {median}"
LATER = "{lag} later, {band}, median {median}"
NO_END = "None on the route graph."
NO_NEIGHBOURS = "Neighbours along the routes are known for segments only; choose one above."
AUTHORITIES = "Authorities concerned here: the border authorities of {authorities}. Lags are those of the route graph."
UNNAMED = "the countries on either side"
NO_REASONS = "This edition does not say what moved the forecast of this place."
SKILL_HERE = "How good past forecasts were here"
SKILL_HELD = (
    "Over all lead times the error is {ratio} of the baseline's ({n} forecasts; below 1 is better). The 50 % "
    "range held {c50} of the outcomes, the 95 % range {c95}."
)
DATA_HERE = "What this rests on"
REPORTED_HERE = "{share} of the recent periods were reported."
GAPS_HERE = "Gaps of the whole record: {gaps}. They are unknown, not zero."
MISSING_WORDS = {
    "not_reported": "{share} not reported",
    "suppressed": "{share} suppressed by the source",
    "closed": "{share} closed",
    "invalid": "{share} invalid",
}
SPREAD_HERE = "{share} of the counts were spread from coarser figures by weights."
LAST_HERE = "Newest figure: {period}."
DELAY_HERE = "Figures of “{source}” arrive {median} days after the period (median); nine in ten within {most} days."
JUMP_HERE = "Sudden change ({kind}) in {period}: usually {before}, then {after}."
LEVEL_ONE = {"segment": "segment", "border": "border", "route": "route", "headline": "headline", "total": "total"}
TRACES = {
    "observed": "observed",
    "median": "median",
    "baseline": "baseline",
    "expected": "still expected",
    "missed": "outside 95 %",
}
CAPACITY = "capacity {capacity}"
AHEAD_AXIS, REPORTED_AXIS = "periods ahead", "reported"
BRIEFING_TITLE = "Weekly briefing"
BRIEFING_NOTE = (
    "Edition {edition}, its main indicator and lead time. Every number in it refers to the edition's files. With all "
    "sections the files are those that were published."
)
BRIEFING_SECTIONS = "All sections; choose some to leave the others out"
BRIEFING_HTML = "Briefing (HTML)"
FAN_SVG = "Chart (SVG)"
NO_PAST = "The backtest holds no forecast of this place with a known outcome."
BASELINE_ONLY = "Our models did not beat the baseline here in the backtest: what is shown is the baseline."
REGIME = (
    "Regime break: recent figures left the pattern that past forecasts knew (control chart). Ranges are wider; bands "
    "that rest on own history, or on ranges that failed, are withheld."
)
FACTS = {
    "band": "Pressure in {period}",
    "median": "Median, 80 % range",
    "chance": "Chance above capacity",
    "trend": "Against the last weeks",
}
SKILL_LINE = (
    "Error in the backtest: {ratio} of the baseline's (below 1 is better). Reported: {share} of the last {window}. "
    "Basis of the band: {basis}."
)

# risk of one place
WHY_BAND = "Why this band"
THREAT = "Threat (from the forecast)"
PART_TITLES = {"vulnerability": "Vulnerability (stated)", "impact": "Impact (stated)"}
NOT_STATED = "Nobody has stated it; it is missing, not low."
DECIDED = "Decided by: {rule}."
FOUR_PS = "What it means"

# protection and alerts
ALERTS = "Alerts"
ALERTS_NOTE = "Rules are data of the region's pack, with an owner. Who saw or dismissed an alert is not recorded yet."
ALERTS_NEW = "🔔 **{n} raised**: see *Protection and alerts*."
PROTECTION = "Reception and referral places against need"
PROTECTION_TITLE = "Protection:"
DEATHS = "Deaths and missing"
DEATHS_COLUMNS = {"place": "Place", "year": "Last year", "four": "Last four {steps}", "newest": "Newest report"}
PROSECUTION = "Expected cases and reports"
ALLOCATION_NONE = "No budget of further places is stated in the region's pack, so none is shared out."
OLD_EDITION = "This edition was made before risk was published in this form; run a new one."

# past skill
SKILL_TITLE = "How good were past forecasts?"
SKILL_NONE = "This edition holds no backtest."
RATIO = "Error against the baseline, by lead time"
RATIO_NOTE = (
    "Weighted interval score of log counts, mean over places and past dates. Below 1 is better than the baseline."
)
COVERAGE = "How often the ranges held what came"
COVERAGE_NOTE = "A calibrated 95 % range holds 95 % of the outcomes, a 50 % range half of them."
SKILL_SUMMARY = (
    "For {level}, all lead times together, the error was **{ratio}** of the baseline's; the 50 % ranges held {c50} of "
    "the outcomes and the 95 % ranges {c95} ({n} forecasts from {dates}, each seeing only what was known then)."
)
LEVEL = "Level"
LEVELS = {
    "segment": "segments",
    "border": "borders",
    "route": "routes",
    "headline": "the headline figure",
    "total": "the region's total",
}
CALIBRATION = "Promise and outcome"
CALIBRATION_NOTE = (
    "Share of outcomes below the 2.5, 25, 50, 75 and 97.5 % quantiles. The bars span outcomes that equal the quantile."
)
CALIBRATION_X, CALIBRATION_Y = "promised", "came true"
CALIBRATION_HOVER = "promised %{customdata[0]}, came %{customdata[1]}–%{customdata[2]}<extra></extra>"
BY_MODEL_TITLE = "By model, the simple ones among them"
BY_MODEL = {
    "model": "Model",
    "ratio": "Error, logs",
    "ratio_counts": "Error, counts",
    "covered_50": "In 50 %",
    "covered_95": "In 95 %",
    "forecasts": "Forecasts",
}
MISSES = "The worst misses: what came lay outside the 95 % range, furthest from the median"
MISSES_NONE = "No outcome lay outside its 95 % range."
MISSES_COLUMNS = ("Place", "Period", "Ahead", "Median", "95 % range", "What came")
SKILL_TABLE = "By place, the worst first"
BY_PLACE = {
    "place": "Place",
    "ratio": "Error",
    "covered_50": "In 50 %",
    "covered_95": "In 95 %",
    "forecasts": "Forecasts",
}
SURGE_TITLE = "Warnings of a surge"
SURGE_NOTE = (
    "A surge is a count above 1.5 times the mean of the last four {steps}. Skill is 1 − the warnings' Brier score ÷ "
    "that of the usual rate of surges, or of the baseline's warnings; 0 or less means no skill to tell. A place's "
    "chance of a surge is shown only where its own warnings and its level's, taken together, had skill."
)
SURGE_NO_SKILL = "no skill to tell"
SURGE_NONE = "This edition holds no scored warnings of a surge."
SURGE_TABLE = {
    "level": "Level",
    "horizon": "Periods ahead",
    "n": "Warnings",
    "surges": "Surges that came",
    "brier": "Brier score",
    "skill": "Skill against the usual rate",
    "skill_to_baseline": "Skill against the baseline",
}
SURGE_SCORES = "Warnings by lead time"
RELIABILITY_NOTE = "On the line, chances mean what they say. Hollow: fewer than 20 warnings."
RELIABILITY_X, RELIABILITY_Y = "chance given", "a surge came"
RELIABILITY_HOVER = "%{customdata[0]} given, came in %{customdata[1]} of %{customdata[2]}<extra></extra>"
WARNINGS, OUTCOMES, PERFECT = "warnings", "outcomes", "as promised"
WORDS_TITLE = "How often each word came true"
WORDS_NOTE = (
    "Past chances of a surge, grouped as the edition holds them (steps of 5 or 10 points) and named by the word for "
    "their mean."
)
WORDS_TABLE = {
    "word": "Word",
    "chance": "Stands for",
    "n": "Times said",
    "mean_probability": "Mean chance",
    "observed_share": "Came true in",
}
RELIABILITY_TITLE = "When a chance was given, how often did a surge come?"
SKILL_PSEUDO = (
    "Scored on figures as known later where their first version is not on record; real forecasts would have known less."
)
MODEL_NAMES = {
    "routecast": "Routecast",
    "baseline": "baseline",
    "ets": "exponential smoothing",
    "ucm": "unobserved components",
    "nb_autoregression": "negative binomial autoregression",
    "endemic_epidemic": "endemic–epidemic model",
    "boosted": "boosted trees over all places",
    "seasonal_naive": "seasonal naive",
    "prophet": "Prophet",
    "combined": "combination, uncalibrated",
}

# data quality
QUALITY_TITLE = "What the figures rest on"
REPORTED = "Share of each {step} that was reported"
REPORTED_ALT = "Heat map of the share reported by place and period"
QUALITY_TABLES = {
    "account": "Nothing is lost: counted in = on the grid + quarantined + unallocated",
    "sources": "Sources, with licence and date",
    "inputs": "Files read, with their checksums",
    "anomalies": "Sudden jumps and level shifts of the last year, to be looked at; nothing is mended",
    "nowcast_sources": "Recent figures: completed, or taken as reported and why",
    "nowcast": "Recent figures that are completed, from how earlier ones of their age were revised",
    "censored": "Figures that their source prints as an upper bound (<5 and the like): unknown, never a zero",
    "revisions": "Figures that their sources have changed",
    "corrections": "Corrections",
    "unallocated": "Not placed on a segment, with the reason",
    "quarantine": "Refused rows, with the reason",
    "failures": "Models that failed and took no part",
}
QUALITY_NONE = {
    "anomalies": "No sudden jump or level shift.",
    "nowcast": "Recent figures are taken as reported: completing them has not brought them nearer to the final ones.",
    "revisions": "No figure was changed.",
    "corrections": "No figure was corrected by hand.",
    "unallocated": "Every counted figure found its place.",
    "quarantine": "No row was refused.",
}
SOURCE_COLUMNS = ("source", "description", "licence", "as_of_newest", "delay_days_median", "delay_days_90", "rows")
COLUMNS = {
    "kind": "Kind",
    "before": "Before",
    "after": "After",
    "delay_days_median": "Delay, days (median)",
    "delay_days_90": "Delay, days (nine in ten)",
    "told_after_days": "Told after, days",
    "age_days": "Age, days, from",
    "figures": "Figures",
    "earlier": "Earlier ones",
    "usual_share": "Usually complete",
    "completed": "Completed",
    "error_saved": "Error saved",
    "revised": "Changed",
    "median_relative_change": "Median change, share",
    "median_relative_size": "Median size of a change, share",
    "largest_change": "Largest change",
    "outcome": "What was done",
    "at_most": "Together at most",
    "indicator": "Indicator",
    "segment": "Place",
    "period": "Period",
    "file": "File",
    "sha256": "SHA-256",
    "counted_in": "Counted in",
    "on_grid": "On the grid",
    "quarantined": "Quarantined",
    "unallocated": "Unallocated",
    "source": "Source",
    "rows": "Rows",
    "first": "From",
    "last": "To",
    "as_of_newest": "Newest figure known on",
    "as_of_assumed_share": "Share with assumed date",
    "absence": "Absence means",
    "description": "What it is",
    "licence": "Licence",
    "reason": "Reason",
    "count": "Count",
    "member": "Model",
    "unit": "Unit",
}
RUNS_ON = "Edition {edition}, origin {origin}, figures known on {as_of}, code {code}, pack {pack}, seed {seed}."

HELP_ASKED = """
## Three questions, three clicks
- **Where will it get worst in three weeks?** The first page says it in one sentence, on the map and in the ranking.
  The lead time is the third box at the top.
- **How sure are you?** Beside each judgement stands how confident the analysis is; point at its question mark for the
  reasons. Every place has its ranges, its chance of exceeding the capacity, and how earlier forecasts of it did (*One
  place*). *Past skill* shows all of them, the worst misses too.
- **What if a border closes?** *Scenarios* compares stated assumptions with the baseline, where that page is there; on
  the command line it is `routecast scenario compare`. Without it, *One place* says under *What it means* where
  movement would turn to.

## What you see
Routecast forecasts the *count of detections* (and other aggregate indicators) per border segment for the coming
periods. It holds no data on persons. **Detections are not persons**: the same person may be detected several times,
along the route and at one place, and detections depend on effort. Sums along a route are sums of detections.

## The map
Colour and width of a line say the band, both together. A dark outline: less than 80 % of the recent periods were
reported. Dashed: *baseline only*. Dotted: boundary line, without prejudice to positions on status. Grey: no band.
Arrows: the routes, from one border to the next. Numbers: the first five of the ranking. Drag to move, + and − to
zoom.

## The ranking
By band, then by the chance of exceeding the planned capacity, then by the median. *Exceeds*: that chance. *Likely
in*: how far ahead it becomes likely (55 % or more). *Median, 80 %*: as likely as not to be above; below it the range
that should hold the outcome eight times in ten. *Change*: bands moved, for the same period, since the edition before.

## Pressure band
*Indicative*: it is not an impact level under Article 34 of Regulation (EU) 2019/1896. With a planned capacity, the
chance of exceeding it decides: under 20 % low, 20–40 % moderate, 40–60 % high, from 60 % very high. Without one, the
highest of the 75th, 90th and 97th percentile of the place's own last three years that is exceeded with a chance of at
least one half; the page says so ("relative to own history").

*Threat* comes from the forecast alone; *vulnerability* and *impact* are what someone stated in the region's pack,
with a name and a date. They stand side by side and are never multiplied. A band that the last edition gave to the
same period falls only once its chance is clearly below the limit (by 5 points, unless the pack says otherwise); a
rise is never delayed. The pack may let a stated vulnerability or impact raise a band by one: the page names the rule
that decided. What nobody stated is missing, not low.

## Words of probability
PHIA probability yardstick (2025). How often each word came true is on the page *Past skill*.
"""
HELP_WORDS = {"word": "Word", "chance": "Stands for"}
HELP_MORE = """
{rule} Likelihood says how probable something is; *analytical confidence* (high, moderate, low) says how good data and
method are. They are stated apart.

## Ranges
The 50, 80 and 95 % ranges should hold the outcome five, eight and nineteen times in ten, ten and twenty. How often
they did is on the page *Past skill*.

## Baseline only, regime break
*Baseline only*: our models did not beat a log-scale random walk in the backtest here, so the baseline is what is
published. *Regime break*: recent figures left the pattern that past forecasts knew; ranges are wider there, and bands
that rest on own history are withheld.

## Alerts and hot spots
Alert rules are data of the pack: a chance of exceeding the capacity, or of a surge, for a figure of at least a
minimum size. A place that was told of stays silent for the rule's quiet time, unless its chance has clearly risen.
*Hot spots* are places where high expected counts lie together along the borders (Getis–Ord Gi*), shown only where
chance explains it in fewer than one in twenty of the places named (Benjamini–Hochberg).

## Safeguards
- Aggregates only: a file with person-level columns is refused at the door and not kept.
- No scores of persons or nationalities, and no decisions about persons.
- Small observed counts (1–9) are not printed in sentences and tables: they could point at people.
- A missing report is not a zero. What is not known is shown as a gap.
- Nothing you do here leaves this machine.
{purpose}

## Send a view, take it along
The address in the browser holds edition, indicator, lead time, route, place and comparison: copy it to a colleague.
Each chart has a camera in its corner, each table its CSV and Excel file; the map goes as SVG, PNG and GeoPackage from
the first page. Files carry the edition and these caveats.
"""
HELP_PURPOSE = "- What it is for: {purpose}"
HELP_FOOTNOTE = "## Footnote\n{footnote}"

# scenarios
SCENARIO_CAVEAT = (
    "A scenario shows what follows from stated assumptions. It is not a prediction of what a measure will cause."
)
SCENARIO_SUMS = (
    "Differences are of common draws: the same futures with and without the assumptions. Coarser places are sums of "
    "their cells' draws, so where the edition publishes the baseline alone for a place, its figures here differ."
)
LEDGER_WORDS = {
    "inflow_changed": "comes in more (or less) than in the baseline",
    "left": "of those held back, leave the region",
    "waiting_at_end": "of those held back, still wait at the end",
    "under_way_at_end": "more (or fewer) under way at the end",
    "ended_changed": "more (or fewer) end their way in between",
}
SCENARIO_TABLE = {
    "place": "Place",
    "period": "Period",
    "baseline": "Baseline",
    "scenario": "Scenario",
    "difference": "Difference (80 %)",
    "higher": "P(higher)",
    "band": "Band",
    "excess": "Over capacity",
}

# files
CSV, WORKBOOK = "CSV", "Excel"
RANKING_CSV, RANKING_XLSX = "Ranking (CSV)", "Ranking (Excel)"
EDITION_FILE = {"csv": "All forecasts (CSV)", "xlsx": "All forecasts (Excel)", "geopackage": "Map (GeoPackage)"}
SHEET, SHEET_NOTES = "Table", "About"
FROM_EDITION = "Routecast, {region}, edition {edition}."
