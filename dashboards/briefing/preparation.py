"""What page one recommends to prepare: the four Ps in a line each, with whose task it is."""

from collections.abc import Sequence

import pandas as pd

from dashboards.briefing.four_ps import named_ends
from dashboards.briefing.model import Bullets, Heading
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Sentence, number_of, say
from dashboards.wording import briefing as s, formats as words
from geo.region.region import Edge

N_LIKELY = 2
WORTH = 0.5  # of a place: less prints as none


def recommended_blocks(facts: Facts, links: Sequence[Edge]) -> list[Heading | Bullets]:
    """Capacities to raise, places to add and partners to tell; nothing where the edition ranks no place."""
    if not len(facts.ranked):
        return []
    lines = (*_capacities(facts), *_places(facts), *_partners(facts, links))
    return [Heading(s.H_RECOMMENDED, "preparation"), Bullets(lines)] if lines else []


def _capacities(facts: Facts) -> list[Sentence]:
    if not facts.ranked["exceedance_probability"].notna().any():
        of_profile = facts.edition.manifest.get("profile")  # whose readers can't state one
        return [] if of_profile else [Sentence(s.RECOMMEND_UNKNOWN)]
    likely = risk.likely_points(facts, facts.level)
    if likely.empty:
        return [say(s.RECOMMEND_NONE, level=facts.level, reach=facts.reach)]
    return [_capacity(facts, point) for _, point in likely.head(N_LIKELY).iterrows()]


def _capacity(facts: Facts, point: pd.Series) -> Sentence:
    return say(
        s.RECOMMEND_CAPACITY,
        place=facts.place_with_direction(point),
        capacity=number_of(point, words.planned, "capacity", table="points"),
        unit=facts.unit_word(),
        step=facts.step,
        since=_since(facts, pd.Timestamp(point["likely_from"])),
        excess=number_of(point, words.number, "total_excess", table="points"),
        reach=facts.reach,
        owner=str(point["capacity_owner"] or s.MISSING),
    )


def _since(facts: Facts, start: pd.Timestamp) -> str:
    """From when; a period that was over when the figures were known asks for it at once."""
    known = pd.Timestamp(facts.edition.manifest["as_of"]).date()
    over = words.when(start.date(), facts.freq, known) == "over"
    return (s.RECOMMEND_NOW if over else s.RECOMMEND_FROM).format(period=facts.period(start))


def _places(facts: Facts) -> list[Sentence]:
    places = risk.places_short(facts)
    if places.empty or not places["capacity"].notna().any():
        return []
    first = places.iloc[0]
    period = facts.period(first["target_start"])
    if not first["shortfall"] >= WORTH:
        return [say(s.RECOMMEND_PLACES_ENOUGH, period=period)]
    return [
        say(
            s.RECOMMEND_PLACES,
            at=facts.place_with_direction(first),
            short=number_of(first, words.number, "shortfall", table="protection"),
            name=facts.indicator_name(str(first["indicator"])).lower(),
            capacity=number_of(first, words.planned, "capacity", table="protection"),
            period=period,
            owner=str(first.get("capacity_owner") or s.MISSING),
        )
    ]


def _partners(facts: Facts, links: Sequence[Edge]) -> list[Sentence]:
    top = facts.ranked.iloc[0]
    later = named_ends(facts, [(k.target, k.lag) for k in links if k.source == str(top["segment"] or "")])
    return [say(s.RECOMMEND_TELL, place=facts.place_with_direction(top), named=later)] if later else []
