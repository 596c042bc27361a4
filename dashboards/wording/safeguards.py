"""Every sentence of the documents that go with an edition: model card, data sheet, fundamental-rights impact record."""

HEAD = "# {title}: {region}, edition {edition}\n\n{mark}Made from the edition's files (fingerprint {fingerprint})."
MARK = "**SYNTHETIC DATA: nothing here describes the real world.** "
OPEN = "**Open** (nobody has stated it): {question}"
TITLES = {"model-card": "Model card", "data-sheet": "Data sheet", "impact-record": "Fundamental-rights impact record"}

MODEL_CARD = """
## What it is for

{purpose}

It forecasts counts per route, border and segment, with ranges. It makes no statement about any person, and its
pressure band is indicative: no impact level under Article 34 of Regulation (EU) 2019/1896.

## What speaks

{members}

Models that failed in this run: {failures}. Partners' forecasts heard: {partners}. Seed {seed}, code {code}.

## How good it was

Error (WIS) against a log-scale random walk on the region's headline figure, over {cutoffs} past cutoffs; below 1 is
better:

{skill}

Vintages: {vintages}. Where forecasts were no better than a simple method, it says so.

## What it must not be used for

- Decisions about persons, scores of persons or nationalities, or anything that points at a small group.
- As a count of people: detections are not persons, and depend on effort.
- As a forecast of what a measure will cause: scenarios are consequences of stated assumptions.

## Open questions

{open}
"""
MODEL_OPEN = (
    "Who looks at the errors of the last weeks, and when is the model stopped?",
    "What do the users do with a wrong forecast, and have they been asked?",
)

DATA_SHEET = """
## Where the figures come from

{sources}

## What was taken in, and what was not

Counts in = on the grid + in quarantine + unallocated:

{account}

Refused rows by reason: {quarantine}. Changed figures by correction: {corrections}.

## What they lack

Aggregates only: columns or values about persons are refused at the door and not kept. A missing report is not a zero.
Share of segments' periods that nobody reported: {missing}. Sources that gave nothing for this edition: {silent}.

## Open questions

{open}
"""
DATA_OPEN = (
    "Under which agreement does each source give its figures, and may they be used for this purpose?",
    "How does the effort of those who count differ between places and over time?",
)

IMPACT = """
This record helps those who answer for the use to make their own assessment (for high-risk uses: Article 27 of
Regulation (EU) 2024/1689). Routecast can state what the program does; it can't state what an institution does with it.

## Purpose and persons concerned

{purpose} Concerned are people on the move along the region's routes, and those who live and work there. No data on any
of them are taken in.

## Risks, and what the program does against them

| risk | what is built in | state for this edition |
| --- | --- | --- |
| a small count points at people | \
counts under a threshold are withheld from partners and the public, with what gives them away \
| {disclosure} |
| use against the people counted, not for them | \
purpose on every page and file; reception, referral, deaths and missing stand beside pressure \
| {protection} |
| a wrong forecast is taken for certain | \
ranges, probability words, confidence apart, past errors shown; no skill: said beside the figure \
| {quality} |
| nobody answers for what is published | approval by a named person with a note; audit trail | {approval} |
| drift to other purposes | roles, profiles, trail of who saw and took what | {audit} |

## Open questions

{open}
"""
IMPACT_OPEN = (
    "Which decisions rest on this edition, and who takes them?",
    "What is done so that a forecast of pressure does not lead to refusing access to an asylum procedure?",
    "Who was consulted: civil society, the people concerned, the data protection officer?",
    "Where can somebody complain, and who answers?",
    "When is this record looked at again, and who signs it?",
)
PROTECTION = "protection figures are in it"
NONE, NOT_STATED, NEVER = "none", "not stated", "never run on this store"
DRAFT = "draft: approved by nobody"
DECIDED = "{kind} by {user} on {day}: {note}"
