"""What moved a forecast, in a plain sentence."""

from collections.abc import Sequence

import pandas as pd

from dashboards.edition_view.facts import Facts, Reasons
from dashboards.edition_view.route_links import Link
from dashboards.edition_view.statements import Number, Sentence, say
from dashboards.wording import briefing as s
from dashboards.wording import formats as words

SAME = 5.0  # % of the reference; a smaller change is "about the same", as in `words.trend`
WORTH = 2.0  # % of the reference that a part must have to be named; and half a count
ALL_OF_IT = 0.95  # share of its side from which on the named parts are not only "mostly" the reason
NAMED = 2  # parts named on each side
N_BORDERS = 2


def why(facts: Facts, row: pd.Series, *, upstream: Sequence[str] = ()) -> Sentence:
    """Whether the forecast of a row of the risk table rises or falls, and through what; empty where nothing is said.

    Args:
        facts: The edition.
        row: A row of the risk table.
        upstream: Borders that the flow comes from, named with the neighbours' part.
    """
    found = facts.reasons(row)
    if found is not None and words.missing(found.reference) and facts.withholds_recent(row):
        return say(s.WHY_WITHHELD, steps=f"{words.period_word(facts.freq)}s")
    return Sentence("") if found is None else reasons_sentence(found, row, freq=facts.freq, upstream=upstream)


def reasons_sentence(found: Reasons, row: pd.Series, *, freq: str, upstream: Sequence[str] = ()) -> Sentence:
    """A forecast's change and its largest parts, those that speak against it apart.

    With fewer than ten counts a period no per cents are given: with the median they would tell the small counts.

    Args:
        found: The parts.
        row: Indicator, unit and horizon of the forecast.
        freq: "W" or "M".
        upstream: Borders that the flow comes from.
    """
    steps = f"{words.period_word(freq)}s"
    if words.missing(found.reference) or not found.parts:
        return say(s.WHY_UNKNOWN, steps=steps)
    amount = Sentence("")
    if found.reference >= words.SMALL_COUNT:
        change = _number(row, "change", ("value", "reference"), found.median, found.reference, quantile="0.5")
        amount = say(s.WHY_AMOUNT, change=change)
    return say(
        _template(found),
        amount=amount,
        ahead=words.periods(int(row["horizon"]), freq),
        steps=steps,
        told=s.WHY_TOLD if abs(found.parts.get("late_reports", 0.0)) >= 0.5 else "",
        parts=_parts(row, found, upstream),
    )


def worth_naming(found: Reasons) -> list[tuple[str, float]]:
    """Parts of some size, the largest first, equal ones in the edition's order."""
    floor = max(WORTH / 100 * found.reference, 0.5)
    large = [part for part in found.parts.items() if abs(part[1]) >= floor]
    return sorted(large, key=lambda part: -abs(words.two_figures(100 * part[1] / max(found.reference, 1.0))))


def _template(found: Reasons) -> str:
    change = found.median - found.reference
    if found.reference == 0:
        return s.WHY_FROM_NONE if words.two_figures(found.median) > 0 else s.WHY_NONE
    if abs(100 * change / found.reference) < SAME:
        return s.WHY_STAY
    return s.WHY_RISE if change > 0 else s.WHY_FALL


def _parts(row: pd.Series, found: Reasons, upstream: Sequence[str]) -> Sentence:
    """The largest parts that speak for the change and those that speak against it."""
    named = worth_naming(found)
    up, down = ([part for part in named if part[1] * sign > 0] for sign in (1, -1))
    rises = found.median > found.reference
    with_it, against = (up, down) if rises else (down, up)
    first, second = (_list(row, found, side[:NAMED], upstream) for side in (with_it, against))
    if _template(found) == s.WHY_STAY and up and down:
        return say(s.WHY_BALANCE, up=first if rises else second, down=second if rises else first)
    if not with_it:
        return Sentence("")
    side = sum(abs(v) for v in found.parts.values() if (v > 0) == rises)
    whole = sum(abs(v) for _, v in with_it[:NAMED]) >= ALL_OF_IT * side
    text = say(s.WHY_FOR, mostly="" if whole else "mostly ", parts=first)
    if not against:
        return text
    speak = "speaks" if len(against[:NAMED]) == 1 else "speak"
    return _joined(text, say(s.WHY_AGAINST, parts=second, speak=speak))


def _list(row: pd.Series, found: Reasons, parts: Sequence[tuple[str, float]], upstream: Sequence[str]) -> Sentence:
    shown = []
    for part, value in parts:
        name = (
            s.WHY_UPSTREAM.format(borders=words.joined(list(upstream))) if part == "neighbours" and upstream else None
        )
        name = name or s.WHY_PARTS[part]
        if found.reference < words.SMALL_COUNT:
            shown.append(Sentence(name))
        else:
            number = _number(row, "effect", ("reason_counts", "reference"), value, found.reference, part=part)
            shown.append(Sentence(s.WHY_PART.format(name=name, effect=number), (number,)))
    return Sentence(words.joined([one.text for one in shown]), tuple(n for one in shown for n in one.numbers))


def _joined(first: Sentence, second: Sentence) -> Sentence:
    return Sentence(first.text + second.text, first.numbers + second.numbers)


def _number(row: pd.Series, form: str, columns: tuple[str, ...], *values: float, **where: str) -> Number:
    """A number of the forecast data set, shown by a function of `dashboards.wording.formats`."""
    key: dict[str, str | int] = {
        "indicator": str(row["indicator"]),
        "unit": str(row["unit"]),
        "horizon": int(row["horizon"]),
    }
    key |= where
    return Number(getattr(words, form)(*values), "forecast", tuple(key.items()), columns, form)


def upstream_borders(facts: Facts, row: pd.Series, links: Sequence[Link] | None) -> list[str]:
    """Borders one step upstream of a segment, the nearest in time first."""
    sources = sorted({(k.lag, k.source) for k in links or () if k.target == row["segment"]})
    segments = [facts.segment(source) for _, source in sources]
    borders = dict.fromkeys(str(one["border"]) for one in segments if one is not None)
    return list(borders)[:N_BORDERS]
