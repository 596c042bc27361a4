"""What moved a forecast, in a plain sentence."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from dashboards.edition_view.facts import Attribution, Facts
from dashboards.edition_view.statements import Number, Sentence, number_of, say
from dashboards.wording import briefing as s, formats as words, trends
from geo.region.region import Edge

WORTH = 2.0  # % of the reference that a part must have to be named; and half a count
ALL_OF_IT = 0.95  # share of its side from which on the named parts are not only "mostly" the reason
NAMED = 2  # parts named on each side
N_BORDERS = 2


def attribution_sentence(facts: Facts, row: pd.Series, *, upstream: Sequence[str] = ()) -> Sentence:
    """Whether the forecast of a row of the risk table rises or falls, and through what; empty where nothing is said.

    Args:
        facts: The edition.
        row: A row of the risk table.
        upstream: Borders that the flow comes from, named with the neighbours' part.
    """
    moved = facts.attribution(row)
    if moved is None:
        return Sentence("")
    if words.missing(moved.reference) and facts.withholds_recent(row):
        return say(s.WHY_WITHHELD, steps=facts.steps)
    return sentence_of(moved, row, freq=facts.freq, upstream=upstream)


def sentence_of(moved: Attribution, row: pd.Series, *, freq: str, upstream: Sequence[str] = ()) -> Sentence:
    """A forecast's change and its largest parts, those that speak against it apart.

    With fewer than ten counts a period no per cents are given: with the median they would tell the small counts.

    Args:
        moved: The parts.
        row: Indicator, unit, horizon and first day of the forecast.
        freq: "W" or "M".
        upstream: Borders that the flow comes from.
    """
    steps = f"{words.period_word(freq)}s"
    if words.missing(moved.reference) or words.missing(row["last_mean"]) or not moved.parts:
        return say(s.WHY_UNKNOWN, steps=steps)
    moved = once_complete(moved, row)
    amount = Sentence("")
    if trends.has_base(moved.reference):
        change = number_of(row, words.change, "q50", "last_mean")
        amount = say(s.WHY_AMOUNT, change=change)
    period = words.period_name(pd.Timestamp(row["target_start"]).date(), freq)
    return say(_template(moved), amount=amount, period=period, steps=steps, parts=_parts(row, moved, upstream))


def once_complete(moved: Attribution, row: pd.Series) -> Attribution:
    """Against the mean of the last periods as completed, like every other sentence: late reports are no movement."""
    parts = {part: value for part, value in moved.parts.items() if part != "late_reports"}
    return Attribution(float(row["last_mean"]), moved.median, parts)


def worth_naming(moved: Attribution) -> list[tuple[str, float]]:
    """Parts of some size, the largest first, equal ones in the edition's order."""
    floor = max(WORTH / 100 * moved.reference, 0.5)
    large = [part for part in moved.parts.items() if abs(part[1]) >= floor]
    return sorted(large, key=lambda part: -abs(words.two_figures(100 * part[1] / max(moved.reference, 1.0))))


def _template(moved: Attribution) -> str:
    change = moved.median - moved.reference
    if moved.reference == 0:
        return s.WHY_FROM_NONE if words.two_figures(moved.median) > 0 else s.WHY_NONE
    if abs(100 * change / moved.reference) < trends.SAME:
        return s.WHY_STAY
    return s.WHY_RISE if change > 0 else s.WHY_FALL


def _parts(row: pd.Series, moved: Attribution, upstream: Sequence[str]) -> Sentence:
    """The largest parts that speak for the change and those that speak against it."""
    named = worth_naming(moved)
    up, down = ([part for part in named if part[1] * sign > 0] for sign in (1, -1))
    rises = moved.median > moved.reference
    with_it, against = (up, down) if rises else (down, up)
    first, second = (_list(row, moved, side[:NAMED], upstream) for side in (with_it, against))
    if _template(moved) == s.WHY_STAY and up and down:
        return say(s.WHY_BALANCE, up=first if rises else second, down=second if rises else first)
    if not with_it:
        return Sentence("")
    side = sum(abs(v) for v in moved.parts.values() if (v > 0) == rises)
    whole = sum(abs(v) for _, v in with_it[:NAMED]) >= ALL_OF_IT * side
    text = say(s.WHY_FOR, mostly="" if whole else "mostly ", parts=first)
    if not against:
        return text
    speak = "speaks" if len(against[:NAMED]) == 1 else "speak"
    second = say(s.WHY_AGAINST, parts=second, speak=speak)
    return Sentence(text.text + second.text, text.numbers + second.numbers)


def _list(row: pd.Series, moved: Attribution, parts: Sequence[tuple[str, float]], upstream: Sequence[str]) -> Sentence:
    shown: list[str] = []
    numbers: list[Number] = []
    for part, value in parts:
        name = s.WHY_PARTS[part]
        if part == "neighbours" and upstream:
            name = s.WHY_UPSTREAM.format(borders=words.joined(list(upstream)))
        if trends.has_base(moved.reference):
            numbers.append(_effect(row, value, moved.reference, part))
            name = s.WHY_PART.format(name=name, effect=numbers[-1])
        shown.append(name)
    return Sentence(words.joined(shown), tuple(numbers))


def _effect(row: pd.Series, value: float, reference: float, part: str) -> Number:
    """A part in whole per cents of the level, from the forecast data set."""
    key: list[tuple[str, str | int]] = [(k, str(row[k])) for k in ("indicator", "unit")]
    key += [("horizon", int(row["horizon"])), ("part", part)]
    form = partial(_of_level, reference=reference)
    return Number(form(value), "forecast", tuple(key), ("reason_counts",), form)


def _of_level(value: float, reference: float) -> str:
    return words.effect(value, reference)


def upstream_borders(facts: Facts, row: pd.Series, links: Sequence[Edge]) -> list[str]:
    """Borders one step upstream of a segment, the nearest in time first, of those the largest."""
    ends = {(k.lag, -facts.expected_at(k.source), k.source) for k in links if k.target == row["segment"]}
    segments = [facts.segment(source) for *_, source in sorted(ends)]
    borders = dict.fromkeys(str(one["border"]) for one in segments if one is not None)
    return list(borders)[:N_BORDERS]
