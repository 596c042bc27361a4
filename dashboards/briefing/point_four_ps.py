"""The four Ps of a pressure point, each from the edition's numbers and the route graph; missing ones say so."""

from collections.abc import Callable, Sequence

import pandas as pd

from dashboards.briefing.model import Block, Box, Heading
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.route_links import Link
from dashboards.edition_view.statements import Number, Sentence, say
from dashboards.wording import formats as words
from dashboards.wording import risk as s

Namer = Callable[[Facts, list[tuple[str, int]]], str]


N_POINTS = 3


def point_blocks(facts: Facts, links: Sequence[Link] | None, named: Namer) -> list[Block]:
    """A box for each of the first pressure points; none in editions without the table of points."""
    chosen = facts.ranked.head(N_POINTS)
    if facts.edition.table("points").empty or chosen.empty:
        return []
    boxes = [Box(facts.place_with_direction(r), tuple(four_ps(facts, r, links, named))) for _, r in chosen.iterrows()]
    return [Heading(s.H_PER_POINT), *boxes]


def four_ps(facts: Facts, row: pd.Series, links: Sequence[Link] | None, named: Namer) -> list[Sentence]:
    """Prevention, protection, prosecution and partnership for one unit of the risk table."""
    found = [_prevention(facts, row), _protection(facts, row), _prosecution(facts, row)]
    return [sentence for sentence in (*found, _partnership(facts, row, links or (), named)) if sentence.text]


def _prevention(facts: Facts, row: pd.Series) -> Sentence:
    point, reach = risk.point_of(facts, str(row["unit"])), words.periods(facts.last_horizon, facts.freq)
    if point is None:
        return Sentence("")
    keys, steps = ("indicator", "unit"), f"{words.period_word(facts.freq)}s"
    if words.missing(point["capacity"]):
        if words.missing(point["peak_surge"]):
            return Sentence(s.PREVENTION_UNKNOWN)
        surge = risk.number(point, "points", keys, form="percent", column="peak_surge")
        return say(s.PREVENTION_SURGE, chance=surge, steps=steps)
    capacity = risk.number(point, "points", keys, form="planned", column="capacity")
    if words.missing(point["lead_periods"]):
        peak = facts.peak(row)
        chance = facts.of(peak, "percent", "exceedance_probability")
        return say(
            s.PREVENTION_NOT, capacity=capacity, reach=reach, chance=chance, period=facts.period(peak["target_start"])
        )
    return say(
        s.PREVENTION,
        capacity=capacity,
        period=facts.period(point["likely_from"]),
        reach=reach,
        lead=words.periods(int(point["lead_periods"]), facts.freq),
        run=words.periods(int(point["likely_run"]), facts.freq),
        unit=facts.unit_word(),
        excess=risk.number(point, "points", keys, form="number", column="total_excess"),
    )


def _protection(facts: Facts, row: pd.Series) -> Sentence:
    """The shortest reception or referral places of the country that is entered."""
    code = str(row["to_country"] or "")
    if not code:
        return Sentence(s.PLACES_NOWHERE)
    country = words.country(code, facts.countries)
    table = risk.places_short(facts)
    mine = table[table["to_country"].eq(code)] if len(table) else table
    if mine.empty:
        return say(s.PLACES_NONE, country=country)
    worst, keys = mine.iloc[0], ("indicator", "unit", "horizon")
    text = say(
        s.PLACES,
        name=facts.indicator_name(str(worst["indicator"])).lower(),
        at=facts.at(worst),
        need=risk.number(worst, "protection", keys, form="number", column="need_q50"),
        interval=risk.interval(worst, "protection", keys, columns=("need_q10", "need_q90")),
        capacity=risk.number(worst, "protection", keys, form="planned", column="capacity"),
        period=facts.period(worst["target_start"]),
        short=risk.number(worst, "protection", keys, form="number", column="shortfall"),
    )
    lacks = len(mine) > 1 and worst["shortfall"] >= 0.5  # where none lacks, none lacks most
    return text + say(s.PLACES_OTHERS, n=len(mine), country=country) if lacks else text


def _prosecution(facts: Facts, row: pd.Series) -> Sentence:
    """Expected cases on the point's border, from those indicators' own figures."""
    border = f"border:{row['border']}"
    table = risk.cases(facts, border)
    if table.empty:
        return Sentence("")
    keys = ("indicator", "unit", "horizon")
    numbers: list[Number] = []
    parts: list[str] = []
    for _, one in table.iterrows():
        name = facts.indicator_name(str(one["indicator"])).lower()
        if one["state"] != "data":
            parts.append(s.CASES_NONE.format(name=name))
            continue
        median = risk.number(one, "prosecution", keys, form="number", column="q50")
        low, high = (risk.number(one, "prosecution", keys, form="number", column=c) for c in ("q10", "q90"))
        numbers += [median, low, high]
        lead = "" if words.missing(one["lag_periods"]) else f", {risk.lead_word(facts, one)}"
        step = words.period_word(facts.freq)
        parts.append(s.CASE.format(name=name, median=median, step=step, low=low, high=high, lead=lead))
    return Sentence(s.CASES.format(border=risk.unit_name(facts, border), cases="; ".join(parts)), tuple(numbers))


def _partnership(facts: Facts, row: pd.Series, links: Sequence[Link], named: Namer) -> Sentence:
    """Who sees the same movement before and after, and where it would turn to; the route graph links segments alone."""
    segment = str(row["segment"] or "")
    if not segment:
        return Sentence("")
    earlier = named(facts, [(k.source, k.lag) for k in links if k.target == segment])
    later = named(facts, [(k.target, k.lag) for k in links if k.source == segment])
    point = risk.point_of(facts, str(row["unit"]))
    shares = "" if point is None else risk.turn_to(facts, point)
    parts = [s.EARLIER.format(named=earlier)] if earlier else []
    parts += [s.LATER.format(named=later)] if later else []
    parts = parts or [s.ALONE]
    parts += [s.TURNING.format(shares=shares)] if shares else []
    return say(s.PARTNERS, parts="; ".join(parts))
