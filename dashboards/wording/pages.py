"""Every sentence that the pages show, but for the names and numbers that editions hold."""

from forecasting.models.registry import MODELS

PRODUCT = "Routecast"
REGION, EDITION, INDICATOR, HORIZON = "Region", "Edition", "Indicator", "Horizon"
ROUTE, NATIONALITY = "Route", "Nationality"
ALL, ALL_ROUTES, ALL_NATIONALITIES = "all", "all routes", "all nationalities"
PERIOD_WHEN = "{period} · {when}"
OVER = "over, reports open"  # of a period that is past, of which no figure was known when the edition was made
VIEW_TITLE = "{page}: {about}"  # of the page and of the browser's tab
TAB = f"{{page}} · {PRODUCT}"
ISSUED = "made with what was known on {day}, {ago}"
OLDER = ":orange-badge[An older edition] The newest is {latest}."
EDITION_ON_PAPER = "edition {id}, "  # where the box that names it is not printed
EDITION_NAMED, EDITION_LATEST = "Edition {id}", "Edition {id} (latest)"
REGIME_BADGE = "Regime break"
STALE_BADGE = "Old figures"
STALE = "The newest are of {period}, which ended {periods} ago."
REGIME_AT = "at {places}: ranges are wider there."
WHOLE_PAGE = "This page speaks of the whole region: the route and the nationality chosen elsewhere do not change it."
ONE_NATIONALITY = (
    ":blue-badge[{nationality}] Map, ranking and places show this nationality alone. Capacities, alerts, protection, "
    "scenarios, briefing and past skill speak of all nationalities together."
)
AND_MORE = "{n} more"
YES, NO = "yes", "no"
SYNTHETIC = "Made by a script for demonstration. Nothing on this page describes the real world."
SYNTHETIC_SHORT = "SYNTHETIC DATA"
DETECTIONS = (
    "Detections are not persons: the same person may be detected several times, and detections depend on effort."
)
NO_EDITION = (
    "No edition is published in {store} yet. `routecast demo` makes one from synthetic data; "
    "`routecast ingest` and `routecast run` make one from your figures."
)
PROFILE = "view: {profile}"
DAMAGED = (
    "Edition {edition} is not shown: its files differ from what was published ({problems}). "
    "Choose another edition, and tell whoever keeps the store to run `routecast editions verify`."
)
LATEST_LOST = (
    "The newest edition{named} can't be read: what is shown may be older. Tell whoever keeps the store to run "
    "`routecast doctor`."
)
NO_FORECAST = "This edition holds no forecast. The page on data quality says what was reported."

# pressure points
WORST = "Where it is worst"
WHOLE = "The region as a whole"
HEADLINE = (
    "The headline figure is the sum at those places alone that the region's pack names for it, the figure that is "
    "published of the region{at}. All segments together is more, as the same movement is counted at each border that "
    "it crosses."
)
HEADLINE_AT = ": {borders}"
WHOLE_ROUTE = "The route as a whole"
CHANGED = "What changed"
UNUSUAL = "What is unusual"
MAP_ALT = "Map of {region}: segments by pressure band in {period}. The table beside it holds the same."
UNREPORTED = "No figures, so no forecast: {places}."
NO_MAP = "This view holds no geometry of segments, so there is no map; the table holds everything."
MAP_TITLE = "{region}: {indicator}, pressure in {period}. Routecast, edition {edition}"
MAP_TOOLS = {
    "closer": "Closer",
    "wider": "Wider",
    "whole": "Whole map",
    "full": "Full screen",
    "svg": "Save the map as SVG",
    "png": "Save the map as PNG",
    "keys": "Arrow keys move the map, + and − zoom, 0 shows all of it.",
    "skip": "Skip the list of places",
    "back": "Back to the list of places",
}
LEGEND = {
    "no_better": "no better than a simple method",
    "boundary": "boundary line",
    "weak": "weak data",
    "flow": "route",
    "regime": "regime break",
}
HOVER_CHANCE = " · chance of exceeding {chance}"
RANKING = "Pressure points in {period}, the highest first"
MORE_ROWS = "{n} more: on the map, and in the list of the page One place."
RECENT_TEXT = "Observed, oldest first: {values}"
TABLE_HEAD = {
    "rank": "#",
    "place": "Place",
    "recent": "{n} {steps}",
    "band": "Pressure",
    "chance": "Chance of exceeding",
    "lead": "Likely from",
    "median": "Median, 80 %",
    "trend": "Trend",
    "change": "Change",
}
TABLE_HELP = {
    "recent": "Observed figures of the last periods; a gap is a missing or withheld report.",
    "band": "Indicative pressure band. With a planned capacity: the chance of exceeding it. Without: own history. "
    "After a regime break a band by planned capacity stays while its ranges hold; one by own history is not given "
    "(“watch”).",
    "chance": "Probability that the figure exceeds the planned capacity; a dash where no capacity is planned.",
    "lead": "First day of the first {step} in which exceeding the capacity is likely (55 % or more); “since”: that "
    "{step} is over, and it goes on; “over”: it was likely then, and is no more; a dash: none.",
    "median": "As likely as not to be above. Below it the range in which the figure should lie eight times in ten.",
    "trend": "The median against the mean of the last four {steps}, once complete; per cents where that is 10 or more.",
    "change": "Bands up or down for {period}, from what was expected of the same {step} in {compared}.",
}
WATCH, WATCH_MARK = "watch", "!"
RULE_RAISED, RULE_HELD = "raised by one: {part}", "; held at "  # as the edition's rule says it
BAND_RAISED, BAND_HELD = "{threat} ↑ {parts}", "held as the last issue had it for this {step}"
SINCE, PASSED = "since {day}", "{day}, over"
GROUPS = ("Unusual, watch: recent figures left the pattern that a band would rest on", "By pressure")
NOT_COMPARED = "an earlier edition (there is none)"

# one place
BACK = "← All pressure points"
CHOOSE_PLACE = "Place"
HISTORY = "History and forecast"
HISTORY_NOTE = (
    "Fan: 50, 80 and 95 % ranges; line: median; dotted: the baseline's median. A gap in the history is a missing "
    "or withheld report. Hatched: what is still expected of figures that are not complete yet, from how earlier ones "
    "were revised."
)
WHY = "Why: from the last four {steps} to {period}"
WHY_NOTE = (
    "Per cent of the mean of the last four {steps} once complete ({reference}). The bars add up to the whole change. "
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
    "Chance of exceeding",
    "Median",
    "80 % range",
    "Against the last {step}s",
    "Error, baseline = 1",
    "Reported",
)
UPSTREAM, DOWNSTREAM = "Upstream: sees the movement before", "Downstream: sees it after"
EARLIER = "{lag} earlier, {band}, median {median}"
LATER = "{lag} later, {band}, median {median}"
NO_END = "None on the route graph."
NO_LINKS = "No way between segments is on record in this region, so no neighbours are known."
NO_NEIGHBOURS = "Neighbours along the routes are known for segments only; choose one above."
AUTHORITIES = "Authorities concerned here: the border authorities of {authorities}. Lags are those of the route graph."
UNNAMED = "the countries on either side"
NO_REASONS = "This edition does not say what moved the forecast of this place."
SKILL_HERE = "How good past forecasts were here"
SKILL_HELD = (
    "Of this place alone, over all lead times, the error is {ratio} of the baseline's ({n} forecasts; below 1 is "
    "better). The 50 % range held {c50} of the outcomes, the 95 % range {c95}."
)
DATA_HERE = "What this rests on"
REPORTED_HERE = "{share} of the recent periods were reported."
GAPS_HERE = "Gaps of the last {window}: {gaps}. They are unknown, not zero."
MISSING_WORDS = {
    "not_reported": "{share} not reported",
    "suppressed": "{share} suppressed by the source",
    "closed": "{share} closed",
    "invalid": "{share} invalid",
}
SPREAD_HERE = "{share} of the figures were reported for a wider area or a longer time, and are shared out by estimate."
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
MADE = "made {day}"
OVER_WHEN_MADE = " (over when the forecast was made, not reported yet)"
AHEAD_AXIS, REPORTED_AXIS = "periods ahead", "reported"
BRIEFING_TITLE = "Weekly briefing"
BRIEFING_NOTE = "Edition {edition}, its main indicator and lead time. Every number in it refers to the edition's files."
BRIEFING_PAPER = "To have the briefing on paper, print its PDF, which this page offers on the screen."
BRIEFING_SECTIONS = "Sections: untick what is to be left out"
BRIEFING_FORMATS = {
    "pdf": "Briefing (PDF)",
    "docx": "Briefing (Word)",
    "pptx": "Slides (PowerPoint)",
    "html": "Briefing (HTML)",
}
BRIEFING_SCENARIOS = "With the {n} that stand side by side on the page Scenarios"
FAN_SVG = "Chart (SVG)"
NO_PAST = "The backtest holds no forecast of this place with a known outcome."
NO_BETTER = "Forecasts here were no better than a simple method in the backtest (the baseline: dotted in the fan)."
UNSCORED = (
    "No past forecast could be scored here (the history is short, or holds only zeros), so nothing says that this one "
    "is better than a simple method."
)
REGIME = (
    "Regime break: recent figures left the pattern that past forecasts knew (control chart). Ranges are wider; {band}."
)
REGIME_BAND = {  # what becomes of the band
    "stays": "the band stays, as it rests on the planned capacity and the ranges have held",
    "history": "no band is given, as it would rest on the place's own history, a pattern that no longer holds",
    "ranges": "no band is given, though a capacity is planned, as the ranges have failed",
}
REGIME_NOTE = {"stays": "by planned capacity", "history": "no planned capacity", "ranges": "ranges failed"}
FACTS = {
    "band": "Pressure in {period}",
    "median": "Median, 80 % range",
    "chance": "Chance of exceeding",
    "trend": "Against the last {step}s",
}
ERROR_LINE = "Error of past forecasts about {ahead} ahead{drawn}: {ratio} of the baseline's (below 1 is better)."
ERROR_DRAWN = " (drawn towards that of all {level}, as few speak of one place)"
NO_ERROR_LINE = "Error in the backtest: none is known."
HIGHEST_HERE = "The band is that of all places of this border together; the highest of them is {band}, {at}."
SKILL_LINE = "{error} Reported: {share} of the last {window}. Basis of the band: {basis}."

# risk of one place
WHY_BAND = "Why this band"
THREAT = "Threat (from the forecast)"
PART_TITLES = {"vulnerability": "Vulnerability (stated)", "impact": "Impact (stated)"}
NOT_STATED = "Nobody has stated it; it is missing, not low."
DECIDED = "Decided by: {rule}."
FOUR_PS = "What it means"

# protection and alerts
ALERTS = "Alerts"
ALERTS_NEW = "🔔 **{n} raised**: see *Protection and alerts*."
PROTECTION_TITLE = "Protection:"
DEATHS = "Deaths and missing"
DEATHS_COLUMNS = {
    "place": "Place",
    "year": "Last year",
    "four": "Last four {steps}",
    "newest": "Newest report",
    "spread": "Shared out",
}
ALLOCATION_NONE = "No budget of further places is stated in the region's pack, so none is shared out."

# past skill
SKILL_TITLE = "How good were past forecasts?"
SKILL_NONE = "This edition holds no backtest."
RATIO = "Error against the baseline, by lead time"
RATIO_NOTE = (
    "Weighted interval score of log counts, mean over places and past dates. Below 1 is better than the baseline."
)
COVERAGE = "How often the ranges held what came"
COVERAGE_NOTE = "A calibrated 95 % range holds 95 % of the outcomes, a 50 % range half of them."
SKILL_GOOD = (
    "**Better than a simple method.** Over {n} forecasts of {level} from {dates}, each seeing only what was known "
    "then, the error was **{ratio}** of the baseline's."
)
SKILL_NOT_GOOD = SKILL_GOOD.replace("Better", "No better")
SKILL_RANGES = {
    "kept": "Ranges hold what they promise",
    "wide": "Ranges are on the wide side: they hold more than they promise",
    "narrow": "Ranges are too narrow: they hold less than they promise",
    "uneven": "Ranges are uneven: one holds more than it promises, the other less",
}
SKILL_HELD_ALL = "**{verdict}.** The 50 % ranges held {c50} of what came, the 95 % ranges {c95}."
SKILL_DOUBT = "**Do not rest on it alone** {what}: there it was no better than the baseline."
DOUBT_PLACES, DOUBT_LEADS = "at {n} of {all} places ({places})", "{leads} {steps} ahead"
SKILL_NO_DOUBT = "**No place stands out as one not to trust**: at none of the {n} was it worse than the baseline."
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
BY_MODEL_NOTE = "All on the same {n} forecasts, which every one of these models made."
RAN_AT_FEW_NOTE = (
    "Not ranked, as they ran at few places or dates. Error against the baseline on their own forecasts, and ours on "
    "the same: {models}."
)
RAN_AT_FEW = "{model} {ratio}, ours {ours} ({n} forecasts)"
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
    "A surge is a count above 1.5 times the mean of the known figures of the last four {steps}. Skill is 1 − the "
    "warnings' Brier score ÷ that of the usual rate of surges, or of the baseline's warnings; 0 or less means no skill "
    "to tell. A place's chance of a surge is shown only where its own warnings and its level's, taken together, had "
    "skill."
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
RELIABILITY_NOTE = "On the line, chances mean what they say. Hollow: fewer than 20 chances."
RELIABILITY_X, RELIABILITY_SURGE, RELIABILITY_CAPACITY = "chance given", "a surge came", "capacity was exceeded"
RELIABILITY_HOVER = (
    "%{customdata[0]} given, came in %{customdata[1]} of %{customdata[2]}, from %{customdata[3]} past dates: "
    "%{customdata[4]}<extra></extra>"
)
WARNINGS, OUTCOMES, PERFECT = "chances", "outcomes", "as promised"
WORDS_TITLE = "How often each word came true"
WORDS_NOTE = (
    "Past chances, grouped as the edition holds them (steps of 5 or 10 points) and named by the word for their mean. "
    "Chances of one date err together: the range is by dates and not by chances, the widest of its groups."
)
WORDS_TABLE = {
    "word": "Word",
    "chance": "Stands for",
    "n": "Times said",
    "mean_probability": "Mean chance",
    "observed_share": "Came true in",
    "cutoffs": "Past dates",
    "range": "Range by dates (90 %)",
}
RELIABILITY_TITLE = "When a chance was given, how often did a surge come?"
CHANCES_TITLE = "Chances of exceeding the planned capacity"
CHANCES_NOTE = "Of places with a planned capacity, as it stands today, over all past dates of the backtest."
CHANCES_NONE = "No place of this level has both a planned capacity and past forecasts."
CHANCES_RELIABILITY = "When a chance was given, how often was the capacity exceeded?"
SKILL_PSEUDO = (
    "Scored on figures as known later where their first version is not on record; real forecasts would have known less."
)
MODEL_NAMES = {"routecast": "Routecast", "combined": "combination, uncalibrated"}
MODEL_NAMES |= {name: model.title for name, model in MODELS.items()}

# files
CSV, WORKBOOK = "CSV", "Excel"
RANKING_CSV, RANKING_XLSX = "Ranking (CSV)", "Ranking (Excel)"
EDITION_FILE = {"csv": "All forecasts (CSV)", "xlsx": "All forecasts (Excel)", "geopackage": "Map (GeoPackage)"}
SHEET = "Table"
FROM_EDITION = "Routecast, {region}, edition {edition}, figures as known on {as_of}."
UNITS = "Counts are those of one {step}, each indicator in its own unit: {units}."
RANGE_ENDS = ("{head}, low", "{head}, high")
