"""Sentences of the year ahead: sums of joint draws over quarters and a year, on its page and in the briefing."""

HEADING = "The year ahead"
SPANS = {  # kind of a sum → how it is called
    "quarter": "quarter {number}",
    "year": "the year",
    "reach": "all {reach}",
}
FROM_TO = "{first}to {last}"
EXPECTED = "{scope}, {sum} {unit}, {range}, are expected from {first} to {last}."
BASELINE = "A simple method expects {baseline}."
LAST_YEAR = "{chance} chance of more than a year before ({level})."
HIGHEST = "{chance} chance of more than in any of the last {years} years ({level})."
HIGHEST_ONE = "No sum of an earlier year is known."
PLANNED = "{chance} chance of more than the planned capacity over that time ({level})."
SHORT = (
    "This edition looks {reach} ahead, so its sums end there. A whole year is forecast where the region's pack asks "
    "for it (horizon: {year})."
)
NOTE = (
    "Sums are of joint draws, the same possible futures over all periods and places, so the range of a sum is narrower "
    "than the sum of the ranges. A year before and the highest year are sums of the same periods in earlier years, "
    "where all of them are known."
)
NONE = "This edition holds no sums over the coming year for {indicator}."
NONE_STOCK = "Sums of what is counted at a moment, such as occupied places, have no meaning."
ONE_NATIONALITY = "The sums are of all nationalities together."
MONTHS = "The coming {reach}, one by one"
QUARTERS, SUM = "By quarters", "Their sum"
QUARTERS_ALT = "Expected sums by quarter with 50, 80 and 95 % ranges, and the same quarters a year before"
ALL_SUMS = "All sums of the indicator: every place, quarter and range, and those of the simple method."
CAPTION = (
    "{what}, sums from {first} to {last}: median, ranges and the chance of exceeding each level. Largest first{shown}."
)
CAPTION_QUARTERS = "{place}: sums of {unit} by quarter and over {whole}."
MORE = "; {n} of {all}"
HEADS = {
    "span": "Span",
    "place": "Place",
    "median": "Median sum",
    "r80": "80 % range",
    "r95": "95 % range",
    "last_year": "A year before",
    "over_last": "Chance of more",
    "highest": "Highest of five years",
    "over_highest": "Chance of more than it",
    "planned": "Capacity",
    "over_planned": "Chance of more than capacity",
}
TRACES = {"median": "median", "last_year": "a year before", "baseline": "simple method"}
