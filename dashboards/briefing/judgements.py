"""Three key judgements: where it is worst, how the whole moves, what changed or comes next."""

import numpy as np
import pandas as pd

from dashboards.briefing.model import Judgement
from dashboards.edition_view.facts import Facts, summary
from dashboards.edition_view.statements import Sentence, say
from dashboards.wording import briefing as s
from dashboards.wording import formats as words
from dashboards.wording.bands import ALL_BANDS, band, band_change

REPORT_WINDOW = {"W": 52, "M": 24}
MIN_CUTOFFS, FEW_CUTOFFS = 10, 5


def key_judgements(facts: Facts) -> tuple[Judgement, ...]:
    """The judgements that the edition's numbers can carry, at most three."""
    if not len(facts.ranked):
        nothing = say(s.NOTHING, indicator=facts.indicator_name(facts.indicator).lower())
        return (Judgement(1, nothing, Sentence(""), say(s.CONFIDENCE, word="low", reasons=s.C_NOTHING)),)
    top = facts.ranked.iloc[0]
    parts = [(_worst(facts, top), _worst_evidence(facts, top), confidence(facts, top))]
    whole = facts.widest()
    if whole is not None and len(facts.ranked) > 1:
        parts.append((_whole(facts, whole), _evidence(facts, whole), confidence(facts, whole)))
    parts.append((_change(facts), _bands_evidence(facts), _overall_confidence(facts)))
    return tuple(Judgement(i, *part) for i, part in enumerate(parts, start=1))


def level_word(facts: Facts) -> str:
    """What the ranked units are: "segment", "route", …."""
    return str(facts.ranked["level"].iloc[0]) if len(facts.ranked) else "segment"


def compared_with(facts: Facts) -> str:
    """What this edition's changes are measured against, or empty."""
    compared = facts.edition.manifest.get("compared_with") or {}
    kind = str(compared.get("kind", "none"))
    return "" if kind == "none" else s.COMPARED[kind].format(id=compared.get("id"), step=words.period_word(facts.freq))


# 1. where it is worst
def _worst(facts: Facts, top: pd.Series) -> Sentence:
    period = facts.lead_period()
    now = band(top["pressure_band"])
    if now.order < 0:
        text = say(s.NO_BANDS, level=level_word(facts), period=period)
        largest = facts.ranked.loc[facts.ranked["q50"].idxmax()]
        return text + say(s.NO_BANDS_TOP, unit=facts.unit_word(), at=facts.at(largest))
    if now.order == 0:
        text = say(s.CALM, level=level_word(facts), period=period)
        if words.missing(top["exceedance_probability"]):
            return text + say(s.CALM_FIRST, place=facts.place_with_direction(top)) + _surge(facts, top)
        return text + say(s.CALM_TOP, at=facts.at(top), chance=facts.of(top, "percent", "exceedance_probability"))
    if words.missing(top["exceedance_probability"]):
        return say(s.RELATIVE, place=facts.place_with_direction(top), band=now.word, period=period) + _surge(facts, top)
    return _exceeds(facts, top)


def _exceeds(facts: Facts, row: pd.Series) -> Sentence:
    return say(
        s.EXCEEDS,
        likelihood=facts.of(row, "likelihood", "exceedance_probability"),
        unit=facts.unit_word(),
        at=facts.at(row),
        capacity=facts.of(row, "planned", "capacity"),
        step=words.period_word(facts.freq),
        period=facts.period(row["target_start"]),
    )


def _surge(facts: Facts, row: pd.Series) -> Sentence:
    if words.missing(row["surge_probability"]) or not row["last_mean"] > 0:
        return Sentence("")
    chance = facts.of(row, "likelihood", "surge_probability")
    return say(s.SURGE, likelihood=chance, unit=facts.unit_word(), steps=_steps(facts))


def _worst_evidence(facts: Facts, top: pd.Series) -> Sentence:
    text = _evidence(facts, top)
    now = band(top["pressure_band"])
    if now.order >= 0:
        text += say(s.EVIDENCE_BASIS, band=now.word, basis=top.get("band_rule", top["band_basis"]))
    second = facts.ranked.iloc[1] if len(facts.ranked) > 1 else None
    if now.order > 0 and second is not None and _level_with(top, second):
        text += say(s.EVIDENCE_TIE, place=facts.place_with_direction(second))
    if top["baseline_only"]:
        text += Sentence(s.EVIDENCE_BASELINE)
    return text + Sentence(s.EVIDENCE_REGIME) if top["regime_break"] else text


def _level_with(a: pd.Series, b: pd.Series) -> bool:
    """Whether a reader sees no difference: same band and the same printed chance."""
    chances = [None if words.missing(r["exceedance_probability"]) else r["exceedance_probability"] for r in (a, b)]
    same_band = a["pressure_band"] == b["pressure_band"]
    return bool(same_band and None not in chances and words.percent(chances[0]) == words.percent(chances[1]))


# 2. how the whole moves
def _whole(facts: Facts, row: pd.Series) -> Sentence:
    scope = s.SCOPE[str(row["level"])].format(level=level_word(facts), route=facts.place(row))
    common = {"unit": facts.unit_word(), "scope": scope, "period": facts.period(row["target_start"])}
    if words.missing(row["surge_probability"]) or not row["last_mean"] > 0:
        return say(s.WIDE_PLAIN, number=facts.of(row, "number", "q50"), **common)
    chance = facts.of(row, "likelihood", "surge_probability")
    return say(s.WIDE, likelihood=chance, steps=_steps(facts), **common)


def _evidence(facts: Facts, row: pd.Series) -> Sentence:
    if not row["last_mean"] > 0:
        unknown = words.missing(row["last_mean"])
        tail = Sentence("") if unknown else say(s.EVIDENCE_ZERO, unit=facts.unit_word(), steps=_steps(facts))
    else:
        tail = say(s.EVIDENCE_TREND, trend=facts.of(row, "trend", "trend_percent"))
    median, ends = facts.of(row, "number", "q50"), facts.of(row, "interval", "q10", "q90")
    last = facts.of(row, "count", "last_mean")
    return say(s.EVIDENCE, median=median, interval=ends, last=last, steps=_steps(facts)) + tail


# 3. what changed, what comes
def _change(facts: Facts) -> Sentence:
    steps = moves(facts)
    compared = compared_with(facts)
    if not compared or all(step is None for step in steps):
        return _even_chances(facts)
    up, down = (sum(1 for x in steps if x and np.sign(x) == sign) for sign in (1, -1))
    if not up and not down:
        return say(s.NOT_MOVED, level=level_word(facts), compared=compared) + _even_chances(facts)
    noun = level_word(facts)
    key: dict[str, str | int] = {"horizon": facts.horizon, "indicator": facts.indicator}
    rose = summary(words.counted(up, noun), "risk", "moved up", **key)
    fell = summary(words.counted(down, noun), "risk", "moved down", **key)
    text = say(s.MOVED, compared=compared, up=rose, down=fell)
    if not up:
        return text + _even_chances(facts)
    riser = facts.ranked[[bool(x and x > 0) for x in steps]].iloc[0]
    old, new = band(riser["previous_band"]).word, band(riser["pressure_band"]).word
    return text + say(s.RISER, place=facts.place_with_direction(riser), old=old, new=new)


def moves(facts: Facts) -> list[int | None]:
    """Bands moved by each ranked unit since what this edition is compared with."""
    pairs = zip(facts.ranked["pressure_band"], facts.ranked["previous_band"], strict=True)
    return [band_change(now, before) for now, before in pairs]


def first_even_chances(facts: Facts) -> pd.DataFrame:
    """Per ranked unit with an even chance of exceeding its capacity: the first period in which it has one."""
    mine = facts.risk["indicator"].eq(facts.indicator) & facts.risk["level"].eq(level_word(facts))
    even = facts.risk[mine & facts.risk["exceedance_probability"].ge(0.5)]
    order = ["horizon", "exceedance_probability", "unit"]
    return even.sort_values(order, ascending=[True, False, True]).drop_duplicates("unit").reset_index(drop=True)


def _even_chances(facts: Facts) -> Sentence:
    n_planned = int(facts.ranked["exceedance_probability"].notna().sum())
    noun, reach = level_word(facts), words.periods(facts.last_horizon, facts.freq)
    if not n_planned:
        return _bands_only(facts)
    first = first_even_chances(facts)
    key: dict[str, str | int] = {"indicator": facts.indicator, "level": noun}
    if first.empty:
        n = summary(words.counted(n_planned, noun), "risk", "units with a capacity", **key)
        return say(s.EVEN_NONE, n=n, reach=reach)
    n = summary(words.counted(len(first), noun), "risk", "units with an even chance", **key)
    text = say(s.EVEN, n=n, have="has" if len(first) == 1 else "have", reach=reach)
    earliest = first.iloc[0]
    place = facts.place_with_direction(earliest)
    return text + say(s.EVEN_FIRST, place=place, period=facts.period(earliest["target_start"]))


def _bands_only(facts: Facts) -> Sentence:
    orders = [band(b).order for b in facts.ranked["pressure_band"]]
    known, high = sum(o >= 0 for o in orders), sum(o >= 2 for o in orders)
    if not known:
        return say(s.NO_BANDS, level=level_word(facts), period=facts.lead_period())
    stand = "1 stands" if high == 1 else f"{high or 'none'} stand{'' if high else 's'}"
    n = words.counted(known, level_word(facts))
    return say(s.BANDED, n=n, high=stand, period=facts.lead_period())


def band_counts(facts: Facts) -> str:
    """How many ranked units stand in each band, highest first, in words."""
    found = [band(b) for b in facts.ranked["pressure_band"]]
    parts = [f"{n} {known.word}" for known in reversed(ALL_BANDS) if (n := sum(b == known for b in found))]
    without = sum(b.order < 0 for b in found)
    return ", ".join([*parts, *([f"{without} without a band"] if without else [])])


def _bands_evidence(facts: Facts) -> Sentence:
    return say(s.EVIDENCE_BANDS, period=facts.lead_period(), bands=band_counts(facts))


# confidence
def n_cutoffs(facts: Facts) -> int:
    """Cutoffs in the backtest of the main indicator."""
    return facts.n_cutoffs


def report_window(facts: Facts) -> str:
    """The periods that shares of reports speak of: the last year (two years of months), or all there are."""
    return words.periods(min(REPORT_WINDOW[facts.freq], facts.edition.forecast.sizes["time"]), facts.freq)


def confidence(facts: Facts, row: pd.Series) -> Sentence:
    """Analytical confidence in a judgement on one unit, with its reasons."""
    reported, skill = float(row["reported_share"]), row["skill"]
    doubtful = bool(row["regime_break"] or row["baseline_only"])
    word = confidence_word(reported, None if words.missing(skill) else float(skill), doubtful, n_cutoffs(facts))
    window = report_window(facts)
    reasons = say(s.C_REPORTED, share=facts.of(row, "share", "reported_share"), window=window)
    if words.missing(skill):
        reasons += Sentence(s.C_NO_SKILL)
    else:
        reasons += say(s.C_SKILL, ratio=facts.of(row, "ratio", "skill"))
    return say(s.CONFIDENCE, word=word, reasons=reasons)


def confidence_word(reported: float, skill: float | None, doubtful: bool, cutoffs: int) -> str:
    """High, moderate or low by the rule that the method box states.

    >>> [confidence_word(share, skill, False, 10) for share, skill in ((0.95, 0.8), (0.95, None), (0.7, 0.9))]
    ['high', 'low', 'moderate']
    """
    if doubtful or reported < 0.5 or skill is None or skill >= 1 or cutoffs < FEW_CUTOFFS:
        return "low"
    return "high" if reported >= 0.9 and skill < 0.9 and cutoffs >= MIN_CUTOFFS else "moderate"


def _overall_confidence(facts: Facts) -> Sentence:
    """Confidence in a statement on all ranked units: by their medians."""
    ranked = facts.ranked
    reported = float(ranked["reported_share"].median())
    skills = ranked["skill"].dropna()
    skill = float(skills.median()) if len(skills) else None
    doubtful = bool((ranked["regime_break"] | ranked["baseline_only"]).mean() > 0.5)
    word = confidence_word(reported, skill, doubtful, n_cutoffs(facts))
    window = report_window(facts)
    key: dict[str, str | int] = {"indicator": facts.indicator, "horizon": facts.horizon}
    of_reported = summary(words.share(reported), "risk", "median of reported_share", **key)
    reasons = say(s.C_REPORTED, share=of_reported, window=window)
    if skill is None:
        return say(s.CONFIDENCE, word=word, reasons=reasons + Sentence(s.C_NO_SKILL))
    of_skill = summary(words.ratio(skill), "risk", "median of skill", **key)
    return say(s.CONFIDENCE, word=word, reasons=reasons + say(s.C_SKILL, ratio=of_skill))


def _steps(facts: Facts) -> str:
    return f"{words.period_word(facts.freq)}s"
