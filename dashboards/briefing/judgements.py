"""The key judgements: where it is worst, how the whole moves, what changed or comes next, what is unusual."""

import numpy as np
import pandas as pd

from dashboards.briefing.model import Judgement
from dashboards.edition_view.comparison import compared_with, moves
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number, Sentence, number_of, say, summary
from dashboards.edition_view.unusual import usual_count, usual_window, watched
from dashboards.wording import briefing as s, formats as words, trends
from dashboards.wording.bands import ALL_BANDS, band
from forecasting.base.contracts import reaches

MIN_CUTOFFS, FEW_CUTOFFS = 10, 5
LEAST_SURGED = 1.0  # counts a period: half as much again of less is no surge that anybody would see


def key_judgements(facts: Facts) -> tuple[Judgement, ...]:
    """The judgements that the edition's numbers can carry, at most four; one on unusual places is the last."""
    if not len(facts.ranked):
        nothing = say(s.NOTHING, indicator=facts.indicator_name(facts.indicator).lower())
        return (Judgement(1, nothing, Sentence(""), say(s.CONFIDENCE, word="low", reasons=s.C_NOTHING)),)
    top = facts.ranked.iloc[0]
    parts = [(_worst(facts, top), _worst_evidence(facts, top), confidence(facts, top))]
    whole = facts.widest()
    if whole is not None and len(facts.ranked) > 1:
        parts.append((_whole(facts, whole), _evidence(facts, whole), confidence(facts, whole)))
    bands = say(s.EVIDENCE_BANDS, period=facts.lead_period(), bands=band_counts(facts))
    parts.append((_change(facts), bands, _overall_confidence(facts)))
    odd = watched(facts)
    if len(odd):
        parts.append((_unusual(facts, odd), _unusual_evidence(facts, odd), confidence(facts, odd.iloc[0])))
    return tuple(Judgement(i, *part) for i, part in enumerate(parts, start=1))


# 1. where it is worst
def _worst(facts: Facts, top: pd.Series) -> Sentence:
    period = facts.lead_period()
    now = band(top["pressure_band"])
    if now.order < 0:
        text = say(s.NO_BANDS, level=facts.level, period=period)
        largest = facts.ranked.loc[facts.ranked["q50"].idxmax()]
        return text + say(s.NO_BANDS_TOP, unit=facts.unit_word(), at=facts.at(largest))
    if now.order == 0:
        text = say(s.CALM, level=facts.level, period=period)
        if words.missing(top["exceedance_probability"]):
            return text + say(s.CALM_FIRST, place=facts.place_with_direction(top)) + _surge(facts, top)
        return text + say(s.CALM_TOP, at=facts.at(top), chance=number_of(top, words.percent, "exceedance_probability"))
    if words.missing(top["exceedance_probability"]):
        return say(s.RELATIVE, place=facts.place_with_direction(top), band=now.word, period=period) + _surge(facts, top)
    return _exceeds(facts, top)


def _exceeds(facts: Facts, row: pd.Series) -> Sentence:
    return say(
        s.EXCEEDS,
        likelihood=number_of(row, words.likelihood, "exceedance_probability"),
        unit=facts.unit_word(),
        at=facts.at(row),
        capacity=number_of(row, words.planned, "capacity"),
        step=facts.step,
        period=facts.period(row["target_start"]),
    )


def _surge(facts: Facts, row: pd.Series) -> Sentence:
    if words.missing(row["surge_probability"]) or not row["last_mean"] >= LEAST_SURGED:
        return Sentence("")
    chance = number_of(row, words.likelihood, "surge_probability")
    return say(s.SURGE, likelihood=chance, unit=facts.unit_word(), steps=facts.steps)


def _worst_evidence(facts: Facts, top: pd.Series) -> Sentence:
    text = _evidence(facts, top)
    now = band(top["pressure_band"])
    if now.order >= 0:
        text += say(s.EVIDENCE_BASIS, band=now.word, basis=top["band_rule"])
    second = facts.ranked.iloc[1] if len(facts.ranked) > 1 else None
    if now.order > 0 and second is not None and _level_with(top, second):
        text += say(s.EVIDENCE_TIE, place=facts.place_with_direction(second))
    return text + Sentence(s.EVIDENCE_REGIME) if top["regime_break"] else text


def _level_with(a: pd.Series, b: pd.Series) -> bool:
    """Whether a reader sees no difference: same band and the same printed chance."""
    chances = [None if words.missing(r["exceedance_probability"]) else r["exceedance_probability"] for r in (a, b)]
    same_band = a["pressure_band"] == b["pressure_band"]
    return bool(same_band and None not in chances and words.percent(chances[0]) == words.percent(chances[1]))


# 2. how the whole moves
def _whole(facts: Facts, row: pd.Series) -> Sentence:
    scope = s.SCOPE[str(row["level"])].format(level=facts.level, route=facts.place(row))
    common = {"unit": facts.unit_word(), "scope": scope, "period": facts.period(row["target_start"])}
    median, ends = number_of(row, words.number, "q50"), number_of(row, words.ends, "q10", "q90")
    course, trend = "", Sentence("")
    if row["last_mean"] > 0 and not words.missing(row["trend_percent"]):
        course = s.COURSES[trends.course(row["trend_percent"])] if trends.has_base(row["last_mean"]) else ""
        trend = say(s.WIDE_TREND, trend=number_of(row, trends.trend, "trend_percent", "last_mean"), steps=facts.steps)
    text = say(s.WIDE_PLAIN, course=course, number=median, ends=ends, trend=trend, **common)
    text += _why_none(facts, row) + _total_beside(facts, row)
    if words.missing(row["surge_probability"]) or not row["last_mean"] >= LEAST_SURGED:
        return text
    chance = number_of(row, words.likelihood, "surge_probability")
    return text + say(s.WIDE, likelihood=chance, steps=facts.steps, **common)


def _why_none(facts: Facts, row: pd.Series) -> Sentence:
    """Why nothing is expected: what was counted, and how much of it was reported, where that is not all."""
    if words.number(row["q50"]) != "0":
        return Sentence("")
    mine = {"indicator": facts.indicator, "nationality": facts.nationality, "unit": row["unit"]}
    known, last = facts.edition.forecast["history"].sel(mine).to_series().dropna(), row["last_mean"]
    if facts.withholds_recent(row):
        key = "withheld"
    elif not known.any():
        key = "unknown" if known.empty else "never"
    else:
        key = "gap" if words.missing(last) else "few" if last > 0 else "lately"
    share = number_of(row, words.share, "reported_share")
    whole = share.shown == words.share(1.0)
    told = {} if whole else {"share": share, "window": facts.report_window}
    return say(f"{s.ZERO[key]}{'' if whole else s.ZERO_REPORTED}.", steps=facts.steps, **told)


def _total_beside(facts: Facts, row: pd.Series) -> Sentence:
    """The sum of all places beside a headline that is not it: a route may stand above the headline, and is no fault."""
    total = facts.row("total") if row["level"] == "headline" else None
    if total is None or words.number(total["q50"]) == words.number(row["q50"]):
        return Sentence("")
    return say(s.WIDE_TOTAL, level=facts.level, number=number_of(total, words.number, "q50"))


def _evidence(facts: Facts, row: pd.Series) -> Sentence:
    median, ends = number_of(row, words.number, "q50"), number_of(row, words.interval, "q10", "q90")
    expected = {"median": median, "interval": ends, "steps": facts.steps}
    if words.missing(row["last_mean"]):
        text = say(s.EVIDENCE_WITHHELD if facts.withholds_recent(row) else s.EVIDENCE_UNKNOWN, **expected)
    else:
        text = say(s.EVIDENCE, last=number_of(row, words.count, "last_mean"), **expected)
        if row["last_mean"] > 0:
            text += say(s.EVIDENCE_TREND, trend=number_of(row, trends.trend, "trend_percent", "last_mean"))
        else:
            text += say(s.EVIDENCE_ZERO, unit=facts.unit_word(), steps=facts.steps)
    return text + Sentence(s.EVIDENCE_NO_BETTER if row["no_better"] else "")


# 3. what changed, what comes
def _change(facts: Facts) -> Sentence:
    steps, noun = moves(facts), facts.level
    compared = {"compared": compared_with(facts), "period": facts.lead_period()}
    if not compared["compared"] or all(step is None for step in steps):
        return _even_chances(facts)
    up, down = (sum(1 for x in steps if x and np.sign(x) == sign) for sign in (1, -1))
    if not up and not down:
        return say(s.NOT_MOVED, level=noun, **compared) + _even_chances(facts)
    key: dict[str, str | int] = {"horizon": facts.horizon, "indicator": facts.indicator}
    rose = summary(words.counted(up, noun), "risk", "moved up", **key)
    fell = summary(words.counted(down, noun), "risk", "moved down", **key)
    text = say(s.MOVED, up=rose, down=fell, **compared)
    if not up:
        return text + _even_chances(facts)
    riser = facts.ranked[[bool(x and x > 0) for x in steps]].iloc[0]
    old, new = band(riser["previous_band"]).word, band(riser["pressure_band"]).word
    return text + say(s.RISER, place=facts.place_with_direction(riser), old=old, new=new)


def first_even_chances(facts: Facts) -> pd.DataFrame:
    """Per ranked unit with an even chance of exceeding its capacity: the first period in which it has one."""
    mine = facts.mine[facts.mine["level"].eq(facts.level)]
    even = mine[reaches(mine["exceedance_probability"].to_numpy(), 0.5)]
    order = ["horizon", "exceedance_probability", "unit"]
    return even.sort_values(order, ascending=[True, False, True]).drop_duplicates("unit").reset_index(drop=True)


def _even_chances(facts: Facts) -> Sentence:
    n_planned = int(facts.ranked["exceedance_probability"].notna().sum())
    noun, reach = facts.level, facts.reach
    if not n_planned:
        return _bands_only(facts)
    first = first_even_chances(facts)
    key: dict[str, str | int] = {"indicator": facts.indicator, "level": noun}
    if first.empty:
        n = summary(words.counted(n_planned, noun), "risk", "units with a capacity", **key)
        return say(s.EVEN_NONE, n=n, step=facts.step, reach=reach)
    n = summary(words.counted(len(first), noun), "risk", "units with an even chance", **key)
    text = say(s.EVEN, n=n, have="has" if len(first) == 1 else "have", step=facts.step, reach=reach)
    earliest = first.iloc[0]
    place = facts.place_with_direction(earliest)
    return text + say(s.EVEN_FIRST, place=place, period=facts.dated(earliest["target_start"]))


def _bands_only(facts: Facts) -> Sentence:
    orders = [band(b).order for b in facts.ranked["pressure_band"]]
    known, high = sum(o >= 0 for o in orders), sum(o >= 2 for o in orders)
    if not known:
        return say(s.NO_BANDS, level=facts.level, period=facts.lead_period())
    stand = "1 stands" if high == 1 else f"{high or 'none'} stand{'' if high else 's'}"
    n = words.counted(known, facts.level)
    return say(s.BANDED, n=n, high=stand, period=facts.lead_period())


def band_counts(facts: Facts) -> str:
    """How many ranked units stand in each band, highest first, in words."""
    found = [band(b) for b in facts.ranked["pressure_band"]]
    parts = [f"{n} {known.word}" for known in reversed(ALL_BANDS) if (n := sum(b == known for b in found))]
    without = sum(b.order < 0 for b in found)
    return ", ".join([*parts, *([f"{without} without a band"] if without else [])])


# 4. what is unusual
def _unusual(facts: Facts, odd: pd.DataFrame) -> Sentence:
    """The places whose figures left their usual pattern, each with what is counted of late, usual and forecast."""
    places = [_left_pattern(facts, row) for _, row in odd.iterrows()]
    named = words.listed([p.text for p in places] + [""] * (len(facts.unusual) - len(odd)), most=len(odd))
    return say(
        s.UNUSUAL, places=Sentence(named, tuple(n for p in places for n in p.numbers)), period=facts.lead_period()
    )


def _left_pattern(facts: Facts, row: pd.Series) -> Sentence:
    told = {
        s.UNUSUAL_LAST: None if words.missing(row["last_mean"]) else number_of(row, words.count, "last_mean"),
        s.UNUSUAL_USUAL: usual_count(facts, row),
        s.UNUSUAL_FORECAST: number_of(row, words.number, "q50"),
    }
    known = {template: n for template, n in told.items() if n is not None}
    parts = ", ".join(template.format(n=n, step=facts.step) for template, n in known.items())
    return Sentence(s.UNUSUAL_AT.format(place=facts.place(row), parts=parts), tuple(known.values()))


def _unusual_evidence(facts: Facts, odd: pd.DataFrame) -> Sentence:
    ends = [number_of(row, words.interval, "q10", "q90") for _, row in odd.iterrows()]
    ranges = Sentence(words.joined([e.shown for e in ends]), tuple(ends))
    noun = "range" if len(ends) == 1 else "ranges"
    return say(s.UNUSUAL_MEANS, window=usual_window(facts), noun=noun, ranges=ranges)


# confidence
def confidence(facts: Facts, row: pd.Series) -> Sentence:
    """Analytical confidence in a judgement on one unit, with its reasons."""
    reported = row["reported_share"], number_of(row, words.share, "reported_share")
    skill = row["skill"], number_of(row, words.ratio, "skill")
    found = _confidence(facts, reported, skill, doubtful=bool(row["regime_break"] or row["no_better"]))
    return found + say(s.C_BREAK, steps=facts.steps) if row["regime_break"] else found


def _overall_confidence(facts: Facts) -> Sentence:
    """Confidence in a statement on all ranked units: by their medians."""
    ranked = facts.ranked
    key: dict[str, str | int] = {"indicator": facts.indicator, "horizon": facts.horizon}
    reported, skill = (float(ranked[c].dropna().median()) for c in ("reported_share", "skill"))
    of_reported = summary(words.share(reported), "risk", "median of reported_share", **key)
    of_skill = summary(words.ratio(skill), "risk", "median of skill", **key)
    doubtful = bool((ranked["regime_break"] | ranked["no_better"]).mean() > 0.5)
    return _confidence(facts, (reported, of_reported), (skill, of_skill), doubtful=doubtful)


def _confidence(
    facts: Facts, reported: tuple[float, Number], skill: tuple[float, Number], *, doubtful: bool
) -> Sentence:
    known = None if words.missing(skill[0]) else float(skill[0])
    reasons = say(s.C_REPORTED, share=reported[1], window=facts.report_window)
    reasons += Sentence(s.C_NO_SKILL) if known is None else say(s.C_SKILL, ratio=skill[1])
    return say(s.CONFIDENCE, word=confidence_word(reported[0], known, doubtful, facts.n_cutoffs), reasons=reasons)


def confidence_word(reported: float, skill: float | None, doubtful: bool, cutoffs: int) -> str:
    """High, moderate or low by the rule that the method box states.

    >>> [confidence_word(share, skill, False, 10) for share, skill in ((0.95, 0.8), (0.95, None), (0.7, 0.9))]
    ['high', 'low', 'moderate']
    """
    if doubtful or reported < 0.5 or skill is None or skill >= 1 or cutoffs < FEW_CUTOFFS:
        return "low"
    return "high" if reported >= 0.9 and skill < 0.9 and cutoffs >= MIN_CUTOFFS else "moderate"
