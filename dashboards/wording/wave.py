"""Every sentence of the page on the wave along the routes, week by week."""

ALT = "Map of {region}: detections at each segment in the period that the slider names. The list holds the same."
REPORTED = "reported"
HIGHEST = "Highest of its places"
BEGIN, LATER, ELSEWHERE = "Where routes begin", "About {periods} later", "Not on the route graph"
CIRCLES = (
    "A circle's area is the count. Grey: reported, once complete; in a band's colour: the forecast's median, its ring "
    "the upper end of the 80 % range."
)
NOTE = (
    "The list goes along the routes; “later” is the route graph's typical time. Bands are of forecasts alone; a border "
    "has the highest of its places beside the sum of their figures. Small counts (1–9) are all drawn alike. No report "
    "is unknown, not zero."
)
LEGEND = {
    "reported": "reported",
    "range": "ring: upper end of the 80 % range",
    "missing": "no report",
    "withheld": "withheld",
}
FIGURES = {
    "r": "{n} reported",
    "c": "about {n} once complete",
    "s": "<10 reported",
    "w": "withheld",
    "m": "no report",
    "ahead": "{n}, {low}–{high} (80 %)",
    "none": "no forecast",
}
TOOLS = {
    "play": "Play",
    "pause": "Pause",
    "slider": "Which {step} is shown",
    "ahead": "forecast from",
    "list": "Along the routes",
    "place": "Place",
    "course": "{n} {steps} back, {m} ahead",
    "now": "{unit}, in the {step} above",
}
