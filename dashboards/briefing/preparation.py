"""What to prepare: a line each for what, by when, for how many and whose task it is; page one recommends the first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboards.briefing.four_ps import likely_from, named_ends
from dashboards.briefing.model import Bullets, Heading
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Sentence, number_of, say
from dashboards.wording import actions as told, briefing as s, formats as words
from geo.region.region import Edge
from pipelines.editions.edition import Edition
from records.lines_and_notes import LineAction, LineKey, closed_last, closing_of, owner_of

N_FURTHER, LAST_TOLD = 3, 2


@dataclass(frozen=True)
class PrepareLine:
    """One thing to prepare, in a sentence as page one has it, and in parts as the page of a place has it."""

    key: LineKey
    sentence: Sentence
    what: str
    by_when: str
    how_many: str
    owner: str = s.MISSING

    @property
    def in_one(self) -> str:
        """The parts in one line, for the records."""
        parts = {"what": self.what, "by_when": self.by_when, "how_many": self.how_many, "owner": self.owner}
        return told.ONE_LINE.format(**parts)


def recommended_blocks(facts: Facts, links: Sequence[Edge]) -> list[Heading | Bullets]:
    """Capacities to raise, places to add and partners to tell; nothing where the edition ranks no place."""
    if not len(facts.ranked):
        return []
    top = _tell(facts, facts.ranked.iloc[0], links)
    lines = (*_capacities(facts), *places_sentences(facts), *([top.sentence] if top else []))
    return [Heading(s.H_RECOMMENDED, "preparation"), Bullets(lines)] if lines else []


def lines_of(facts: Facts, unit: str, links: Sequence[Edge], *, today: date | None = None) -> list[PrepareLine]:
    """All that is to be prepared at one unit: its capacity, its places or its country's shortest, cases, partners.

    Args:
        facts: As the briefing reads the edition: at its own lead time, of all nationalities.
        unit: Any unit that is forecast.
        links: The region's route graph.
        today: As of which day periods are over; that of issue if not said.
    """
    row = facts.row(unit)
    if row is None:
        return []
    found = [_capacity_of(facts, row, today), *_places_of(facts, row), *_cases(facts, row), _tell(facts, row, links)]
    return [line for line in found if line is not None]


@dataclass(frozen=True)
class OpenLine:
    """A line that somebody took or spoke of and nobody closed: its place, what it says, and what was done."""

    unit: str
    place: str
    said: str
    done: str


def open_lines(
    edition: Edition, actions: Mapping[LineKey, Sequence[LineAction]], links: Sequence[Edge]
) -> list[OpenLine]:
    """The open ones among the lines that somebody touched, the one touched first first.

    Args:
        edition: Whose words a line has; what it asks for no more has those of the edition that did.
        actions: What was done about each line, oldest first.
        links: The region's route graph.
    """
    found = []
    for key, done in actions.items():
        line = line_for(edition, key, links)
        if closing_of(done, edition.id) is None and not (line is None and closed_last(done)):
            said = told.NOT_ASKED.format(said=done[-1].said) if line is None else line.in_one
            place = risk.unit_name(Facts(edition), key.unit)
            first, *more = done_in_words(done)
            found.append(OpenLine(key.unit, place, said, "; ".join([first, *more[-LAST_TOLD:]])))
    return found


def line_for(edition: Edition, key: LineKey, links: Sequence[Edge]) -> PrepareLine | None:
    """A line as an edition has it at the briefing's own choices; None where it does not ask for it."""
    facts = Facts(edition, key.indicator if key.kind in ("capacity", "tell") else None)
    return next((line for line in lines_of(facts, key.unit, links) if line.key == key), None)


def done_in_words(done: Sequence[LineAction]) -> list[str]:
    """What was done about a line, a phrase each; who has it now first."""
    owner = owner_of(done)
    first = told.NOBODY if owner is None else action_in_words(owner)
    return [first, *(action_in_words(a) for a in done if a is not owner)]


def action_in_words(action: LineAction) -> str:
    """One thing that somebody did about a line."""
    day = words.long_date(action.at.date())
    return told.ACTIONS[action.action].format(user=action.user, day=day, note=action.note)


def _capacities(facts: Facts) -> list[Sentence]:
    """A line for each of the first places that likely needs more, in rank order; why others of them have none."""
    if not facts.ranked["exceedance_probability"].notna().any():
        of_profile = facts.edition.manifest.get("profile")  # whose readers can't state one
        return [] if of_profile else [Sentence(s.RECOMMEND_UNKNOWN)]
    likely = risk.likely_points(facts, facts.level).set_index("unit", drop=False)
    first = [str(unit) for unit in facts.top["unit"]]
    lines = [_capacity(facts, likely.loc[unit]).sentence for unit in first if unit in likely.index]
    further = likely[~likely["unit"].isin(first)]
    if likely.empty:
        lines.append(say(s.RECOMMEND_NONE, level=facts.level, step=facts.step, reach=facts.reach))
    if len(further):
        places = words.listed([facts.place(point) for _, point in further.iterrows()], N_FURTHER)
        lines.append(say(s.RECOMMEND_FURTHER, places=places))
    return [*lines, *_without_line(facts, [row for _, row in facts.top.iterrows() if row["unit"] not in likely.index])]


def _without_line(facts: Facts, rows: Sequence[pd.Series]) -> list[Sentence]:
    """Why some of the first places have no line of their own."""
    reasons = [_why_no_line(facts, row) for row in rows]
    numbers = tuple(n for reason in reasons for n in reason.numbers)
    listed = Sentence("; ".join(reason.text for reason in reasons), numbers)
    return [say(s.RECOMMEND_NO_LINE, n=len(facts.top), reasons=listed)] if reasons else []


def _why_no_line(facts: Facts, row: pd.Series) -> Sentence:
    place = facts.place(row)
    if words.missing(row["capacity"]):
        return Sentence(s.NO_LINE_UNKNOWN.format(place=place))
    if words.missing(row["exceedance_probability"]):
        return Sentence(s.NO_LINE_WITHHELD.format(place=place))
    peak = facts.peak(row)
    capacity, chance = (
        number_of(row, words.planned, "capacity"),
        number_of(peak, words.percent, "exceedance_probability"),
    )
    period = facts.dated(peak["target_start"])
    text = s.NO_LINE_ENOUGH.format(place=place, capacity=capacity, chance=chance, period=period, step=facts.step)
    return Sentence(text, (capacity, chance))


def _capacity_of(facts: Facts, row: pd.Series, today: date | None) -> PrepareLine | None:
    """More than is planned, where that is likely needed; a plan, where there is none."""
    point = risk.point_of(facts, str(row["unit"]))
    if point is None:
        return None
    if words.missing(point["capacity"]):
        key = LineKey("capacity", str(row["unit"]), facts.indicator)
        return PrepareLine(
            key, Sentence(s.RECOMMEND_UNKNOWN), told.STATE_CAPACITY, told.AT_ONCE, told.STATE_CAPACITY_MANY
        )
    return None if words.missing(point["lead_periods"]) else _capacity(facts, point, today)


def _capacity(facts: Facts, point: pd.Series, today: date | None = None) -> PrepareLine:
    capacity = number_of(point, words.planned, "capacity", table="points")
    excess = number_of(point, words.number, "total_excess", table="points")
    unit, owner = facts.unit_word(), str(point["capacity_owner"] or s.MISSING)
    since = _since(facts, point, today)
    sentence = say(
        s.RECOMMEND_CAPACITY,
        place=facts.place_with_direction(point),
        capacity=capacity,
        unit=unit,
        step=facts.step,
        since=since,
        excess=excess,
        reach=facts.reach,
        owner=owner,
    )
    what = told.CAPACITY.format(capacity=capacity, unit=unit, step=facts.step)
    key = LineKey("capacity", str(point["unit"]), facts.indicator)
    return PrepareLine(key, sentence, what, since, told.CAPACITY_MANY.format(excess=excess, reach=facts.reach), owner)


def _since(facts: Facts, point: pd.Series, today: date | None) -> str:
    """From when; a period that is over asks for it at once, and where all of them are, what came says."""
    start = point["likely_from"]
    if facts.is_over(start, today) and risk.has_passed(facts, point, today):
        return s.RECOMMEND_PASSED.format(passed=likely_from(facts, point, today=today))
    return (s.RECOMMEND_NOW if facts.is_over(start, today) else s.RECOMMEND_FROM).format(period=facts.period(start))


def places_sentences(facts: Facts) -> list[Sentence]:
    """What lacks most in the reader's period; where none does, when most will, which other sentences may speak of."""
    places = risk.places_short(facts)
    if places.empty or not places["capacity"].notna().any():
        return []
    first, lacking = places.iloc[0], risk.most_lacking(facts)
    if first["shortfall"] >= risk.WORTH:
        return [_place(facts, first).sentence]
    later = Sentence("")
    if lacking is not None:
        name, start, short = lacking
        told = {"name": facts.indicator_name(name).lower(), "period": facts.period(start)}
        later = say(s.RECOMMEND_PLACES_LATER, short=short, reach=facts.reach, **told)
    return [say(s.RECOMMEND_PLACES_ENOUGH, period=facts.period(first["target_start"])) + later]


def _places_of(facts: Facts, row: pd.Series) -> Iterator[PrepareLine]:
    """The unit's own places that lack, and what lacks most in the country that is entered."""
    places = risk.places_short(facts)
    if places.empty:
        return
    short = places[places["shortfall"].ge(risk.WORTH)]
    own, entered = short["unit"].eq(row["unit"]), short["to_country"].eq(str(row["to_country"] or "-"))
    for _, one in short[own | (short.index == next(iter(short.index[entered]), None))].iterrows():
        yield _place(facts, one)


def _place(facts: Facts, row: pd.Series) -> PrepareLine:
    short = number_of(row, words.number, "shortfall", table="protection")
    capacity = number_of(row, words.planned, "capacity", table="protection")
    name, period = facts.indicator_name(str(row["indicator"])).lower(), facts.period(row["target_start"])
    owner = str(row.get("capacity_owner") or s.MISSING)
    sentence = say(
        s.RECOMMEND_PLACES,
        at=facts.place_with_direction(row),
        short=short,
        name=name,
        capacity=capacity,
        period=period,
        owner=owner,
    )
    key = LineKey("places", str(row["unit"]), str(row["indicator"]))
    many = told.PLACES_MANY.format(short=short, capacity=capacity)
    return PrepareLine(key, sentence, told.PLACES.format(name=name, at=facts.at(row)), period, many, owner)


def _cases(facts: Facts, row: pd.Series) -> Iterator[PrepareLine]:
    """Cases that are expected on the unit's border."""
    border = f"border:{row['border']}"
    cases = risk.cases(facts, border)
    known = cases[cases["state"].eq("data") & cases["q50"].ge(risk.WORTH)] if len(cases) else cases
    for _, case in known.iterrows():
        name = facts.indicator_name(str(case["indicator"])).lower()
        low, median, high = (number_of(case, words.number, c, table="prosecution") for c in ("q10", "q50", "q90"))
        what = told.CASES.format(name=name, border=risk.on_border(facts, str(row["border"])))
        many = told.CASES_MANY.format(median=median, step=facts.step, low=low, high=high)
        period = facts.period(row["target_start"])
        key = LineKey("cases", border, str(case["indicator"]))
        yield PrepareLine(key, Sentence(f"{what}: {many}, {period}.", (median, low, high)), what, period, many)


def _tell(facts: Facts, row: pd.Series, links: Sequence[Edge]) -> PrepareLine | None:
    """Whom to tell early; nobody where the route graph leads no further."""
    segment = str(row["segment"] or "")
    later = named_ends(facts, [(k.target, k.lag) for k in links if segment and k.source == segment])
    if not later:
        return None
    sentence = say(s.RECOMMEND_TELL, place=facts.place_with_direction(row), named=later)
    many = told.TELL_MANY.format(
        median=words.number(row["q50"]),
        unit=facts.unit_word(),
        step=facts.step,
        ends=words.ends(row["q10"], row["q90"]),
    )
    key = LineKey("tell", str(row["unit"]), facts.indicator)
    return PrepareLine(key, sentence, told.TELL.format(named=later), told.AT_ONCE, many)
