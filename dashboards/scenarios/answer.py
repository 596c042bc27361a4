"""The sentence that answers a scenario: if this is assumed, what moves, and where to."""

import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.scenario_changes import MATTERS, difference, signed
from dashboards.scenarios.assumptions_in_words import assumed_in_words
from dashboards.scenarios.tables import rows_at, widest
from dashboards.wording import formats as words, scenarios as texts
from pipelines.scenarios.compare import Compared

MOST_NAMED = 2  # assumptions


def answer(compared: Compared, facts: Facts, *, name: str, text: str) -> str:
    """What follows from one scenario at the reader's period, in one sentence.

    Args:
        compared: Scenarios beside the baseline.
        facts: The edition at a period.
        name: The scenario's name.
        text: The scenario as its file says it.
    """
    rows = rows_at(compared, level="segment", horizon=facts.horizon)
    rows = rows[rows["scenario"].eq(name) & rows["difference_mean"].abs().ge(MATTERS)].sort_values("difference_mean")
    less, more = rows[rows["difference_mean"] < 0], rows[rows["difference_mean"] > 0].iloc[::-1]
    unit = facts.unit_word(compared.base.indicator)  # whatever indicator the reader looks at
    if len(less):
        most = texts.ANSWER_LESS.format(diff=difference(less.iloc[0]), unit=unit, place=facts.place(less.iloc[0]))
        most += texts.ANSWER_MORE.format(places=_places(facts, more)) if len(more) else ""
    elif len(more):
        most = texts.ANSWER_UP.format(diff=difference(more.iloc[0]), unit=unit, places=facts.place(more.iloc[0]))
    else:
        most = texts.ANSWER_SAME
    at = compared.table[compared.table["scenario"].eq(name) & compared.table["horizon"].eq(facts.horizon)]
    whole = at[at["unit"].eq(widest(compared))].iloc[0]
    scope = texts.WIDEST.get(widest(compared), facts.place(whole))
    said = {
        "period": facts.period(compared.base.scope.starts[facts.horizon - 1]),
        "most": most,
        "assumed": _assumed(compared, text),
    }
    return texts.ANSWER.format(**said, whole=texts.ANSWER_WHOLE.format(scope=scope, diff=difference(whole)))


def _places(facts: Facts, rows: pd.DataFrame) -> str:
    named = [f"{facts.place(row)} ({signed(row['difference_q50'])})" for _, row in rows.iterrows()]
    return words.listed(named, texts.MOST_ANSWERED)


def _assumed(compared: Compared, text: str) -> str:
    lines = assumed_in_words(compared.base, text)
    rest = len(lines) - MOST_NAMED
    named = [f"{x[:1].lower()}{x[1:]}" if x.startswith(texts.NO_NAMES) else x for x in lines[:MOST_NAMED]]
    return "; ".join([*named, *([texts.ANSWER_REST.format(n=rest)] if rest > 0 else [])])
