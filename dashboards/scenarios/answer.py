"""The sentence that answers a scenario: if this is assumed, what moves, and where to."""

from collections.abc import Sequence

import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.scenario_changes import MATTERS, difference, most_first, signed
from dashboards.scenarios.assumptions_in_words import assumed_in_words
from dashboards.scenarios.tables import headline_misses, rows_at, sums_of, widest
from dashboards.wording import formats as words, scenarios as texts
from forecasting.scenarios.assumptions import Scenario
from pipelines.scenarios.compare import Compared, span

MOST_NAMED = 2  # assumptions


def answer(compared: Compared, facts: Facts, *, name: str, text: str, summed: bool = True) -> str:
    """What follows from one scenario at the reader's period, and over all of its periods.

    Args:
        compared: Scenarios beside the baseline.
        facts: The edition at a period.
        name: The scenario's name.
        text: The scenario as its file says it.
        summed: Whether the sums over its periods are told too.
    """
    rows = rows_at(compared, level="segment", horizon=facts.horizon)
    rows = most_first(rows[rows["scenario"].eq(name) & rows["difference_mean"].abs().ge(MATTERS)])
    unit = facts.unit_word(compared.base.indicator)  # whatever indicator the reader looks at
    if len(rows):
        most = texts.ANSWER_MOST.format(diff=difference(rows.iloc[0]), unit=unit, at=_at(facts, rows.iloc[0]))
        others = [row for _, row in rows.iloc[1:].iterrows() if signed(row["difference_q50"]) != "0"]
        most += texts.ANSWER_THEN.format(places=_places(facts, others)) if others else ""
    else:
        most = _unchanged(compared, facts, name)
    said = {
        "period": facts.period(compared.base.scope.starts[facts.horizon - 1]),
        "most": most,
        "assumed": _assumed(compared, text),
    }
    told = _whole(compared, facts, name) if len(rows) or most == texts.ANSWER_SAME else ""
    sums = _summed(compared, facts, name) if summed else ""
    return f"{texts.ANSWER.format(**said, whole=told)}{sums}"


def _summed(compared: Compared, facts: Facts, name: str) -> str:
    """What follows over all periods of what is assumed, and over those after it; nothing where no place changes."""
    during, after = (sums_of(compared, name, part=part) for part in texts.ANSWER_SUMS)
    forms = [texts.ANSWER_REACHED if after.empty else texts.ANSWER_SUMS["during"], texts.ANSWER_SUMS["after"]]
    told = ""
    for sums, form in zip((during, after), forms, strict=True):
        moved = most_first(sums[sums["level"].eq("segment") & sums["difference_q50"].map(signed).ne("0")])
        if len(moved) and not (sums is during and sums["periods"].iloc[0] == 1):  # one period alone is its own sum
            first, whole = moved.iloc[0], sums.loc[widest(compared)]
            scope = texts.WIDEST.get(widest(compared), facts.place(whole))
            said = [texts.ANSWER_SUM.format(diff=difference(first), at=_at(facts, first))]
            said += [texts.ANSWER_SUM_WHOLE.format(scope=f"{scope[:1].lower()}{scope[1:]}", diff=difference(whole))]
            told += form.format(n=facts.periods(int(whole["periods"])), sums=", ".join(said))
    return told


def _whole(compared: Compared, facts: Facts, name: str) -> str:
    """What follows for the widest unit; of a headline that stays while places change the sum of all segments too."""
    at = compared.table[compared.table["scenario"].eq(name) & compared.table["horizon"].eq(facts.horizon)]
    rows = at.set_index("unit")
    whole = rows.loc[widest(compared)]
    scope = texts.WIDEST.get(widest(compared), facts.place(whole))
    told = texts.ANSWER_WHOLE.format(scope=scope, diff=difference(whole))
    if headline_misses(compared, name, horizon=facts.horizon):
        told += texts.ANSWER_TOTAL.format(diff=difference(rows.loc["total"]))
    return told


def begins(compared: Compared, name: str) -> int:
    """How far ahead a scenario's first assumption begins."""
    return span(_scenario(compared, name), compared.base.setting.horizon)[0]


def first_change(compared: Compared, name: str) -> int | None:
    """How far ahead the first period lies in which a scenario changes a place; None where it changes none."""
    table = compared.table
    own = table[table["scenario"].eq(name) & table["level"].eq("segment") & table["difference_mean"].abs().ge(MATTERS)]
    return None if own.empty else int(own["horizon"].min())


def _unchanged(compared: Compared, facts: Facts, name: str) -> str:
    """Why no place changes at the reader's period: it lies before or after what is assumed, or little moves."""
    first, last = span(_scenario(compared, name), compared.base.setting.horizon)
    known = {"step": facts.step}
    if facts.horizon < first:
        return texts.ANSWER_BEFORE.format(period=facts.period(compared.base.scope.starts[first - 1]), **known)
    if facts.horizon > last:
        return texts.ANSWER_AFTER.format(period=facts.period(compared.base.scope.starts[last - 1]), **known)
    return texts.ANSWER_SAME


def _scenario(compared: Compared, name: str) -> Scenario:
    return next(s for s in compared.scenarios if s.name == name)


def _at(facts: Facts, row: pd.Series) -> str:
    """Where, in a sentence: "at Merdare", "between X and Y"."""
    place = facts.place(row)
    return place if place.startswith("between ") else f"at {place}"


def _places(facts: Facts, rows: Sequence[pd.Series]) -> str:
    named = [f"{facts.place(row)} ({signed(row['difference_q50'])})" for row in rows]
    return words.listed(named, texts.MOST_ANSWERED)


def _assumed(compared: Compared, text: str) -> str:
    lines = assumed_in_words(compared.base, text)
    rest = len(lines) - MOST_NAMED
    named = [f"{x[:1].lower()}{x[1:]}" if x.startswith(texts.NO_NAMES) else x for x in lines[:MOST_NAMED]]
    return "; ".join([*named, *([texts.ANSWER_REST.format(n=rest)] if rest > 0 else [])])
