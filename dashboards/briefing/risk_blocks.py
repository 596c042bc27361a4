"""Risk in the briefing: why the bands, protection, prosecution, alerts, hot spots, further places."""

from collections.abc import Callable

import pandas as pd

from dashboards.briefing.model import Block, Bullets, Heading, Paragraph
from dashboards.briefing.tables import Column, Shown, numbers, table_of
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Form, Sentence, number_of, say
from dashboards.wording import briefing as s, formats as words
from dashboards.wording.bands import band
from geo.region.region import PERIODS_A_YEAR

N_PLACES, N_ALERTS, N_SHARED, N_DEATHS, N_CLUSTERS = 4, 6, 6, 3, 4

CIRAM = (
    Column("Place", Facts.title, width=2.4),
    Column("Threat", lambda _, row: band(row["threat_band"]), width=1.3),
    Column("Vulnerability", lambda _, row: risk.level_word(row["vulnerability"]), width=1.7),
    Column("Impact", lambda _, row: risk.level_word(row["impact"]), width=1.4),
    Column("Band", lambda _, row: band(row["pressure_band"]), width=1.3),
    Column("Rule that decided", lambda _, row: words.starred(str(row["band_rule"])), width=4.2),
)


def ciram_blocks(facts: Facts) -> list[Block]:
    """Threat, vulnerability and impact of the first pressure points side by side, and the rule that decided."""
    if facts.top.empty:
        return []
    blocks: list[Block] = [Heading(s.H_CIRAM, "bands"), table_of(facts, s.CIRAM_CAPTION, CIRAM, facts.top)]
    of_profile = facts.edition.manifest.get("profile")  # whose table may lack what is stated of levels it does not show
    if not len(facts.edition.table("assessments")) and not of_profile:
        blocks.append(Paragraph(Sentence(s.CIRAM_NONE), style="note"))
    return blocks


PLACES = (
    Column("Places", lambda facts, row: facts.indicator_name(str(row["indicator"])), width=2.2),
    Column("Where", Facts.place_with_direction, width=3),
    Column("Occupied", numbers(words.count, "occupied_last", table="protection"), right=True, width=1.3),
    Column("Need", numbers(words.number, "need_q50", table="protection"), right=True, width=1.5),
    Column("80 % range", numbers(words.ends, "need_q10", "need_q90", table="protection"), right=True, width=1.8),
    Column("Planned", numbers(words.planned, "capacity", table="protection"), right=True, width=1.2),
    Column("Expected lacking", numbers(words.number, "shortfall", table="protection"), right=True, width=1.5),
)


def protection_blocks(facts: Facts, most: int = N_PLACES) -> list[Block]:
    """Reception and referral places against need, at most so many of them, deaths and missing."""
    heading, deaths = Heading(s.H_PROTECTION, "protection"), Paragraph(deaths_sentence(facts))
    places = risk.places_short(facts)
    if places.empty:
        return [heading, Paragraph(Sentence(s.PROTECTION_NONE)), deaths]
    shown = f"; {most} of {len(places)} places" if len(places) > most else ""
    told = s.PROTECTION_CAPTION if places["shortfall"].iloc[0] >= risk.WORTH else s.PROTECTION_ENOUGH
    caption = told.format(period=facts.period(places["target_start"].iloc[0]), shown=shown)
    return [heading, table_of(facts, caption, PLACES, places.head(most)), deaths]


def deaths_sentence(facts: Facts) -> Sentence:
    """Deaths and missing as reported, over the region and where most; sums of 1 to 9 are not printed."""
    table = facts.edition.table("deaths")
    whole = table[table["level"].eq("total")] if len(table) else table
    if whole.empty:
        return Sentence(s.DEATHS_NONE)
    row, steps = whole.iloc[0], facts.steps
    if int(row["known_year"]) and words.missing(row["last_year"]):  # known, and not shown
        return say(s.DEATHS_WITHHELD, steps=steps)
    year, four = (number_of(row, words.count, column, table="deaths") for column in ("last_year", "last_4"))
    text = say(s.DEATHS, year=year, four=four, steps=steps, period=facts.period(row["newest_period"]))
    most = table[table["level"].eq("segment") & table["last_year"].ge(words.SMALL_COUNT)]
    most = most.sort_values(["last_year", "unit"], ascending=[False, True]).head(N_DEATHS)
    counts = [(facts.place(r), number_of(r, words.count, "last_year", table="deaths")) for _, r in most.iterrows()]
    if counts:
        places = words.joined([s.DEATHS_PLACE.format(place=place, n=n) for place, n in counts])
        text += Sentence(s.DEATHS_AT.format(places=places), tuple(n for _, n in counts))
    if row["spread_year"] >= 0.005:
        text += say(s.DEATHS_SPREAD, share=number_of(row, words.share, "spread_year", table="deaths"))
    known, full = int(row["known_year"]), PERIODS_A_YEAR[facts.freq]
    return text if known >= full else text + say(s.DEATHS_GAP, steps=steps, known=known, all=full)


def _expected(none: str, withheld: str, form: Form, *names: str) -> Callable[[Facts, pd.Series], Shown]:
    """The form of a column that states an indicator's forecast, or that it has no figures, or none that are shown."""

    def shown(_: Facts, row: pd.Series) -> Shown:
        """A cell of the column."""
        if row["state"] != "data":
            return none
        return withheld if words.missing(row[names[0]]) else number_of(row, form, *names, table="prosecution")

    return shown


CASES = (
    Column("Indicator", lambda f, r: f"{f.indicator_name(r['indicator'])} ({f.unit_word(r['indicator'])})", width=4),
    Column("Expected, {period}", _expected(words.NO_DATA, s.WITHHELD, words.number, "q50"), right=True, width=2),
    Column("80 % range", _expected("–", "–", words.ends, "q10", "q90"), right=True, width=2),
    Column("Rise and fall", lambda f, r: risk.lead_word(f, r) if r["state"] == "data" else "–", width=3),
)


def prosecution_blocks(facts: Facts) -> list[Block]:
    """Expected cases and reports of the region, and whether they come before or after crossings; else "no data"."""
    cases = risk.cases(facts, "total")
    if cases.empty:
        return []
    known = [r for _, r in cases.iterrows() if r["state"] == "data" and risk.is_no_better(facts, r)]
    names = words.listed([facts.indicator_name(r["indicator"]) for r in known])
    notes = [Paragraph(say(s.NO_BETTER_AT, places=names), style="note")] if known else []
    caption = s.PROSECUTION_CAPTION.format(steps=facts.steps)
    return [Heading(s.H_PROSECUTION, "prosecution"), table_of(facts, caption, CASES, cases), *notes]


def alert_blocks(facts: Facts) -> list[Block]:
    """Alerts that this edition raises, and the hot spots."""
    raised = risk.alerts(facts)
    lines = [Sentence(risk.alert_line(facts, r)) for _, r in raised.head(N_ALERTS).iterrows()]
    if len(raised) > N_ALERTS:
        lines.append(Sentence(s.ALERTS_MORE.format(n=len(raised) - N_ALERTS)))
    return [Heading(s.H_ALERTS, "alerts"), Bullets((*(lines or [Sentence(s.ALERTS_NONE)]), clusters_sentence(facts)))]


def clusters_sentence(facts: Facts) -> Sentence:
    """Where expected counts cluster along the borders, only where that is significant."""
    table = facts.edition.table("clusters")
    significant = table[table["indicator"].eq(facts.indicator) & table["hot"].ne("")]
    text = Sentence("")
    for kind, group in significant.groupby("hot"):
        places = [risk.unit_name(facts, u) for u in group.sort_values(["gi_q", "unit"])["unit"]]
        text += say(s.CLUSTERS, what=s.HOT[str(kind)], places=words.listed(places, most=N_CLUSTERS))
    return text if text.text else Sentence(s.CLUSTERS_NONE)


ALLOCATION = (
    Column("Where", lambda facts, row: risk.unit_name(facts, str(row["unit"])), width=4),
    Column("Planned", numbers(words.planned, "capacity", table="allocation"), right=True, width=1),
    Column("Further", numbers(words.planned, "places", table="allocation"), right=True, width=1),
    Column("Lacking before", numbers(words.number, "shortfall_before", table="allocation"), right=True, width=1.5),
    Column("Lacking after", numbers(words.number, "shortfall_after", table="allocation"), right=True, width=1.5),
    Column("Next place saves", numbers(words.ratio, "next_value", table="allocation"), right=True, width=1.5),
)


def allocation_blocks(facts: Facts) -> list[Block]:
    """The stated budget of further places, shared out; nothing where no budget is stated."""
    blocks: list[Block] = []
    for indicator, group in facts.edition.table("allocation").groupby("indicator", sort=False):
        given = group.sort_values(["places", "next_value", "unit"], ascending=[False, False, True]).head(N_SHARED)
        caption = allocation_caption(facts, str(indicator), group)
        blocks.append(table_of(facts, caption, ALLOCATION, given))
    return [Heading(s.H_ALLOCATION, "allocation"), *blocks] if blocks else []


def allocation_sentences(facts: Facts) -> list[Block]:
    """The same in a sentence for each kind of places: what is shared out, and where most of it goes."""
    told: list[Block] = []
    for indicator, group in facts.edition.table("allocation").groupby("indicator", sort=False):
        given = group[group["places"] > 0].sort_values(["places", "unit"], ascending=[False, True]).head(N_SHARED)
        text = Sentence(allocation_caption(facts, str(indicator), group))
        numbers_ = [number_of(row, words.planned, "places", table="allocation") for _, row in given.iterrows()]
        named = [
            s.ALLOCATION_PLACE.format(place=risk.unit_name(facts, str(unit)), n=n)
            for unit, n in zip(given["unit"], numbers_, strict=True)
        ]
        if named:
            text += Sentence(s.ALLOCATION_TO.format(places=words.joined(named)), tuple(numbers_))
        told.append(Paragraph(text))
    return [Heading(s.H_ALLOCATION, "allocation"), *told] if told else []


def allocation_caption(facts: Facts, indicator: str, group: pd.DataFrame) -> str:
    """What was shared out, and what it saves against the status quo."""
    row, left = group.iloc[0], int(group["budget"].iloc[0] - group["places"].sum())
    start = pd.DatetimeIndex(facts.edition.forecast["target_start"].to_numpy())[int(row["horizon"]) - 1]
    now = risk.places_short(facts)["target_start"].iloc[0]
    other = (
        ""
        if start == now
        else s.ALLOCATION_OTHER.format(period=facts.period(now), short=risk.lacking_in(facts, indicator, now))
    )
    return s.ALLOCATION_CAPTION.format(
        budget=words.planned(float(row["budget"])),
        owner=row["owner"],
        as_of=row["as_of"],
        name=facts.indicator_name(indicator).lower(),
        period=facts.period(start),
        reach=facts.reach,
        other=other,
        n=words.counted(len(group), "place with a plan", "places with a plan"),
        before=words.number(float(group["shortfall_before"].sum())),
        after=words.number(float(group["shortfall_after"].sum())),
        kept=s.ALLOCATION_KEPT.format(n=words.counted(left, "place")) if left else "",
    ).strip()
