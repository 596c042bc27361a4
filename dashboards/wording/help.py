"""What the help page says."""

HELP_ASKED = """
## Three questions, three clicks
- **Where will it get worst next?** The first page says it in one sentence, on the map and in the ranking. The third
  box at its top is the period that it speaks of; it opens near today, as reports come late, and later ones lead on.
- **How sure are you?** Beside each judgement stands how confident the analysis is; point at its question mark for the
  reasons. Every place has its ranges, its chance of exceeding the capacity, and how earlier forecasts of it did (*One
  place*). *Past skill* shows all of them, the worst misses too.
- **What if a border closes?** *Scenarios* compares stated assumptions with the baseline, where that page is there; on
  the command line it is `routecast scenario compare`. Without it, *One place* says under *What it means* where
  movement would turn to.

## What you see
Routecast forecasts the *count of detections* (and other aggregate indicators) per border segment for the coming
periods. It holds no data on persons. **Detections are not persons**: the same person may be detected several times,
along the route and at one place, and detections depend on effort. Sums along a route are sums of detections. The
region's *headline figure* is the sum at those places alone that its pack names for it, the figure that is published of
the region; *all segments together* is more, as the same movement is counted at each border that it crosses.

## The map
Colour and width of a line say the band, both together. A dark outline: less than 80 % of the recent periods were
reported. Dashed: *no better than a simple method*. Dotted: boundary line, without prejudice to positions on status.
Grey: no band. Arrows: the routes, from one border to the next. Numbers: the first five of the ranking; “!”: figures
left their usual pattern. Drag or use the arrow keys to move; zoom by the buttons or the keys “+” and “−”. From near,
crossing points have their names, if the region's pack knows them; their places are approximate. A route that is chosen
above is shown near.

## Week by week
The same map through time: a slider goes through the last periods reported and those ahead, by hand, by the arrow keys
or by *Play*. Circles show counts, colours the bands of forecasts; the list goes along the routes, so that a wave is
seen to move down it, and shows of a border the highest band of its places. “Over, reports open”: the period has
passed, and no figure of it was known by the edition.

## The year ahead
What is counted in the coming quarters and the year, as sums: each possible future is added up by itself, so the range
of a sum is right for it. The chances say how likely more is than a year before, than in any of the last five years, and
than the planned capacity over that time.

## The ranking
By band, then by the chance of exceeding the planned capacity, then by the median. *Chance of exceeding*: that chance.
*Likely from*: the first period in which that is likely (55 % or more). *Median, 80 %*: as likely as not to be above;
below it the range that should hold the outcome eight times in ten. *Trend*: against the last periods, in per cent
where these had ten counts or more. *Change*: bands moved, for the same period, since the edition before.

## Pressure band
*Indicative*: it is not an impact level under Article 34 of Regulation (EU) 2019/1896. With a planned capacity, the
chance of exceeding it decides: under 20 % low, 20–40 % moderate, 40–60 % high, from 60 % very high. Without one, the
highest of the 75th, 90th and 97th percentile of the place's own last three years that is exceeded with a chance of at
least one half; the page says so ("relative to own history").

*Threat* comes from the forecast alone; *vulnerability* and *impact* are what someone stated, in the region's pack or
on *One place*, with a name and a date. They stand side by side and are never multiplied. A band that the last edition
gave to the same period falls only once its chance is clearly below the limit (by 5 points, unless the pack says
otherwise); a rise is never delayed. The pack may let a stated vulnerability or impact raise a band by one: the page
names the rule that decided. What nobody stated is missing, not low.

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

## No better than a simple method, regime break
*No better than a simple method*: in the backtest our forecasts did not beat a log-scale random walk here; the figure is
still ours, so that places add up. *Regime break*: recent figures left the pattern that past forecasts knew; ranges are
wider there, and bands that rest on own history, or on ranges that failed, are withheld; one by planned capacity stays.

## Judgements
Inside, analysts state on *One place* what they expect: 10, 50 and 90 % for one period, before its outcome, and why.
*Judgements* says what is open, how good each person or group was beside the model and the baseline, and whose ranges
held. What was good is heard in the forecast; its weight is shown. Partners and the public see none of it.

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
Each chart has a camera in its corner, each map of scenarios its picture, each table its CSV and Excel file; the map
goes as SVG, PNG and GeoPackage from the first page. Files carry the edition and these caveats.
"""
HELP_PURPOSE = "- What it is for: {purpose}"
HELP_FOOTNOTE = "## Footnote\n{footnote}"
