"""Page three: lead times, other indicators where no places are forecast, and the four Ps of the first points."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from dashboards.briefing.model import Block, Box, Heading, Paragraph
from dashboards.briefing.tables import Column, Shown, TableCell, numbers, place_columns, range_cell, table_of
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts, rank_units
from dashboards.edition_view.statements import Number, Sentence, number_of, say
from dashboards.wording import briefing as s, formats as words
from forecasting.base.contracts import reaches
from geo.region.region import Edge

N_POINTS = 3
DEATHS = "deaths_missing"  # told in sentences of their own
LAST = 4


def likely_from(
    facts: Facts, point: pd.Series, *, today: date | None = None, ahead: str = s.RECOMMEND_FROM, passed: str = ""
) -> str:
    """From when exceeding is likely: "from week 49 on", "since week 46" where that is over, "in week 46 alone".

    `ahead` and `passed` are the forms of what is to come, and of what is over as a whole (by itself if not said).
    """
    period = facts.period(point["likely_from"])
    if not facts.is_over(point["likely_from"], today):
        return ahead.format(period=period)
    if not risk.has_passed(facts, point, today):
        return s.SINCE.format(period=period)
    run = int(point["likely_run"])
    return (passed or (s.PASSED if run == 1 else s.PASSED_RUN)).format(period=period, run=facts.periods(run))


LIKELY = (
    *place_columns(2.4, 2.8),
    Column("Likely from", lambda facts, row: likely_from(facts, row, ahead="{period}", passed="{period}"), width=2.4),
    Column("Seen from the issue", lambda facts, row: facts.when(row["likely_from"]), width=1.6),
    Column("For how long", lambda facts, row: facts.periods(row["likely_run"]), right=True, width=1.2),
    Column("Expected above", numbers(words.number, "total_excess", table="points"), right=True, width=1.2),
    Column("Capacity owner", lambda _, row: str(row["capacity_owner"]), width=2),
)


def prepare_blocks(facts: Facts) -> list[Block]:
    """Who likely exceeds the capacity, from when and for how long."""
    heading = Heading(s.H_PREPARE, "prevention")
    if not facts.ranked["exceedance_probability"].notna().any():
        return [heading, Paragraph(Sentence(s.PREPARE_UNKNOWN))]
    likely = risk.likely_points(facts, facts.level)
    if likely.empty:
        return [heading, Paragraph(say(s.LIKELY_NONE, level=facts.level, step=facts.step, reach=facts.reach))]
    over = [risk.has_passed(facts, point) for _, point in likely.iterrows()]
    shown = likely.assign(over=over).sort_values("over", kind="stable").head(len(facts.top))
    more = s.LIKELY_SHOWN.format(shown=len(shown)) if len(shown) < len(likely) else ""
    n = words.counted(len(likely), facts.level)
    caption = s.LIKELY_CAPTION.format(
        n=n[:1].upper() + n[1:],
        step=facts.step,
        steps=facts.steps,
        reach=facts.reach,
        shown=more,
        unit=facts.unit_word(),
    )
    return [heading, table_of(facts, caption, LIKELY, shown)]


def _last_known(facts: Facts, indicator: str) -> pd.Series:
    row = facts.whole(indicator)
    if row is None:
        return pd.Series(dtype=float)
    history = facts.edition.forecast["history"].sel(indicator=indicator, nationality="TOTAL", unit=row["unit"])
    return history.to_series().dropna().tail(LAST)


def _observed(facts: Facts, indicator: str) -> TableCell:
    key = (("indicator", indicator), ("unit", "total"))
    observed = tuple(
        Number(words.count(v), "forecast", (*key, ("time", f"{t:%Y-%m-%d}")), ("history",), words.count)
        for t, v in _last_known(facts, indicator).items()
    )
    return TableCell(" · ".join(n.shown for n in observed) or words.NO_DATA, numbers=observed)


def _newest(facts: Facts, indicator: str) -> str:
    known = _last_known(facts, indicator)
    return facts.period(known.index[-1]) if len(known) else "–"


def _outlook(facts: Facts, indicator: str) -> Shown:
    row = facts.whole(indicator)
    return words.NO_DATA if row is None else number_of(row, words.number, "q50")


def _range(facts: Facts, indicator: str) -> Shown:
    row = facts.whole(indicator)
    return "–" if row is None else range_cell(facts, row)


INDICATORS = (
    Column("Indicator", lambda facts, i: f"{facts.indicator_name(i)} ({facts.unit_word(i)})", width=3.4),
    Column("Last four known {steps}", _observed, width=2.4),
    Column("Last known", _newest, width=2),
    Column("Outlook, {period}", _outlook, right=True, width=1.6),
    Column("80 % range", _range, right=True, width=1.6),
)


def panel_blocks(facts: Facts) -> list[Block]:
    """Every other indicator of the region: what was observed last and what is expected; "no data" where none is."""
    others = [i for i in facts.edition.manifest["indicators"] if i != facts.indicator]
    if not others:
        none = say(s.PANEL_NONE, indicator=facts.indicator_name(facts.indicator).lower())
        return [Heading(s.H_FOUR, "protection"), Paragraph(none)]
    table = table_of(facts, s.PANEL_CAPTION.format(level=facts.level), INDICATORS, others)
    return [Heading(s.H_FOUR, "protection"), table, *(Paragraph(p) for i in others for p in _capacity_short(facts, i))]


def further_blocks(facts: Facts) -> list[Block]:
    """Indicators with a forecast that stand in no table of protection and prosecution, such as refusals of entry."""
    told = [facts.edition.table(name) for name in ("protection", "prosecution")]
    shown = {facts.indicator, DEATHS, *(i for table in told if len(table) for i in table["indicator"].unique())}
    others = [i for i in facts.indicators if i not in shown]
    if not others:
        return []
    return [
        Heading(s.H_FURTHER, "further"),
        table_of(facts, s.PANEL_CAPTION.format(level=facts.level), INDICATORS, others),
    ]


def _capacity_short(facts: Facts, indicator: str) -> list[Sentence]:
    """Where a planned capacity of another indicator is as likely as not to be exceeded."""
    ranked = rank_units(facts.risk, indicator=indicator, horizon=facts.horizon, level=facts.level)
    return [
        say(
            s.RECEPTION,
            likelihood=number_of(row, words.likelihood, "exceedance_probability"),
            unit=facts.indicator_name(indicator).lower(),
            at=facts.at(row),
            capacity=number_of(row, words.planned, "capacity"),
            period=facts.period(row["target_start"]),
        )
        for _, row in ranked[reaches(ranked["exceedance_probability"].to_numpy(), 0.4)].head(1).iterrows()
    ]


def point_blocks(facts: Facts, links: Sequence[Edge]) -> list[Block]:
    """A box for each of the first pressure points."""
    chosen = facts.ranked.head(N_POINTS)
    boxes = [Box(facts.place_with_direction(r), tuple(four_ps(facts, r, links))) for _, r in chosen.iterrows()]
    return [Heading(s.H_PER_POINT, "four-ps"), *boxes] if boxes else []


def four_ps(facts: Facts, row: pd.Series, links: Sequence[Edge], *, today: date | None = None) -> list[Sentence]:
    """Prevention, protection, prosecution and partnership for one unit of the risk table; missing ones say so.

    Args:
        facts: The edition.
        row: The unit's.
        links: The region's route graph.
        today: As of which day periods are over; that of issue if not said.
    """
    partners = _partnership(facts, row, links)
    found = _prevention(facts, row, today), _protection(facts, row), _prosecution(facts, row), partners
    return [sentence for sentence in found if sentence.text]


def _prevention(facts: Facts, row: pd.Series, today: date | None) -> Sentence:
    point = risk.point_of(facts, str(row["unit"]))
    if point is None:
        return Sentence("")
    if words.missing(point["capacity"]):
        if words.missing(point["peak_surge"]):
            return Sentence(s.PREVENTION_UNKNOWN)
        surge = number_of(point, words.percent, "peak_surge", table="points")
        return say(s.PREVENTION_SURGE, chance=surge, steps=facts.steps)
    capacity = number_of(point, words.planned, "capacity", table="points")
    if words.missing(point["lead_periods"]):
        peak = facts.peak(row)
        chance, period = number_of(peak, words.percent, "exceedance_probability"), facts.dated(peak["target_start"])
        return say(
            s.PREVENTION_NOT, capacity=capacity, step=facts.step, reach=facts.reach, chance=chance, period=period
        )
    run = int(point["likely_run"])
    return say(
        s.PREVENTION,
        capacity=capacity,
        since=likely_from(facts, point, today=today),
        reach=facts.reach,
        when=facts.when(point["likely_from"], today),
        run="" if run < 2 or risk.has_passed(facts, point, today) else s.PREVENTION_RUN.format(run=facts.periods(run)),
        unit=facts.unit_word(),
        excess=number_of(point, words.number, "total_excess", table="points"),
    )


def _protection(facts: Facts, row: pd.Series) -> Sentence:
    """The shortest reception or referral places of the country that is entered."""
    code = str(row["to_country"] or "")
    if not code:
        return Sentence(s.PLACES_NOWHERE)
    country = words.country(code, facts.countries)
    table = risk.places_short(facts)
    inside = table[table["to_country"].eq(code)] if len(table) else table
    if inside.empty:
        return say(s.PLACES_NONE, country=country)
    text = places_sentence(facts, inside.iloc[0])
    lacks = len(inside) > 1 and inside.iloc[0]["shortfall"] >= risk.WORTH  # where none lacks, none lacks most
    return text + say(s.PLACES_OTHERS, n=len(inside), country=country) if lacks else text


def places_sentence(facts: Facts, row: pd.Series) -> Sentence:
    """What is needed, planned and lacking of one row of the table of protection."""
    short = number_of(row, words.number, "shortfall", table="protection")
    return say(
        s.PLACES_ENOUGH if short.shown == "0" else s.PLACES,
        name=facts.indicator_name(str(row["indicator"])).lower(),
        at=facts.at(row),
        need=number_of(row, words.number, "need_q50", table="protection"),
        interval=number_of(row, words.ends, "need_q10", "need_q90", table="protection"),
        capacity=number_of(row, words.planned, "capacity", table="protection"),
        period=facts.period(row["target_start"]),
        short=short,
    )


def _prosecution(facts: Facts, row: pd.Series) -> Sentence:
    """Expected cases on the point's border, from those indicators' own figures."""
    border = f"border:{row['border']}"
    cases = [_case(facts, one) for _, one in risk.cases(facts, border).iterrows()]
    if not cases:
        return Sentence("")
    stated = tuple(n for case in cases for n in case.numbers)
    return Sentence(
        s.CASES.format(border=risk.on_border(facts, str(row["border"])), cases="; ".join(c.text for c in cases)), stated
    )


def _case(facts: Facts, row: pd.Series) -> Sentence:
    name = facts.indicator_name(str(row["indicator"])).lower()
    if row["state"] != "data":
        return Sentence(s.CASES_NONE.format(name=name))
    if words.missing(row["q50"]):  # by a profile
        return Sentence(s.CASES_WITHHELD.format(name=name))
    low, median, high = (number_of(row, words.number, c, table="prosecution") for c in ("q10", "q50", "q90"))
    lead = "" if words.missing(row["lag_periods"]) else s.CASE_LAG.format(lag=risk.lead_word(facts, row))
    doubt = s.CASE_NO_BETTER if risk.is_no_better(facts, row) else ""
    if high.shown == "0":
        return Sentence(s.CASE_NO.format(name=name), (median, low, high))
    template = s.CASE_FEW if median.shown == "0" else s.CASE
    text = template.format(name=name, median=median, step=facts.step, low=low, high=high, doubt=doubt, lead=lead)
    return Sentence(text, (median, low, high))


def _partnership(facts: Facts, row: pd.Series, links: Sequence[Edge]) -> Sentence:
    """Who sees the same movement before and after, and where it would turn to; the route graph links segments alone."""
    segment = str(row["segment"] or "")
    if not segment:
        return Sentence("")
    earlier = named_ends(facts, [(k.source, k.lag) for k in links if k.target == segment])
    later = named_ends(facts, [(k.target, k.lag) for k in links if k.source == segment])
    point = risk.point_of(facts, str(row["unit"]))
    shares = "" if point is None else risk.alternatives(facts, point)
    parts = [s.EARLIER.format(named=earlier)] if earlier else []
    parts += [s.LATER.format(named=later)] if later else []
    parts = parts or [s.ALONE]
    parts += [s.TURNING.format(shares=shares)] if shares else []
    return say(s.PARTNERS, parts="; ".join(parts))


def named_ends(facts: Facts, ends: list[tuple[str, int]]) -> str:
    """Segments at the other end of the links, by direction (the authorities): the nearest in time, then the largest."""
    groups: dict[str, list[tuple[int, str]]] = {}
    known = [end for end in set(ends) if facts.segment(end[0]) is not None]  # where the edition forecasts
    for segment, lag in sorted(known or set(ends), key=lambda end: (end[1], -facts.expected_at(end[0]), end[0])):
        row = facts.segment(segment)
        name = segment if row is None else facts.place(row)
        way = "" if row is None else facts.direction(row) or str(row["border"])
        groups.setdefault(way or name, []).append((lag, name))
    parts = [_group(facts, way, members) for way, members in groups.items()]
    return "; ".join([*parts[:3], *([f"{len(parts) - 3} more"] if len(parts) > 3 else [])])


def _group(facts: Facts, way: str, members: list[tuple[int, str]]) -> str:
    names = list(dict.fromkeys(name for _, name in members))
    first, last = members[0][0], members[-1][0]
    lag = facts.periods(first) if first == last else f"{first}–{facts.periods(last)}"
    where = names[0] if len(names) == 1 else words.counted(len(names), facts.level)
    return f"{way} ({lag})" if where == way else f"{way} ({where}, {lag})"
