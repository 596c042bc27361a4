"""Judgements: what people expect, how good that was against model and baseline, whose ranges held."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards.components.cached_editions import at_any_lead, made
from dashboards.components.draw_table import draw_table
from dashboards.components.judgement_form import all_stated, who
from dashboards.components.page_frame import close_view, open_view
from dashboards.edition_view import judgements as judged, risk_rows as risk, shared_tables
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import visitor
from dashboards.wording import formats as words, judgements as texts
from records.judgements import StatedJudgement, standing


def main() -> None:
    """Open ones, the record beside the models, calibration, and all that was stated."""
    facts = open_view(whole=True, titled=("indicator",))
    st.caption(texts.LEAD)
    stated = all_stated(facts)
    if stated:
        settled = made(judged.settled_counts, at_any_lead(facts))
        known = [(one, judged.outcome(settled, one)) for one in standing(stated)]
        _open(facts, [one for one, came in known if pd.isna(came)])
        _record(facts)
        _calibration(known)
        _all(facts, stated, settled)
    else:
        st.info(texts.NONE)
    close_view(facts)


def _open(facts: Facts, stated: Sequence[StatedJudgement]) -> None:
    st.markdown(f"**{texts.OPEN}**")
    if not stated:
        st.caption(texts.OPEN_NONE)
        return
    weights, today = judged.weights(facts), datetime.now(tz=UTC).date()
    rows = [
        (
            risk.unit_name(facts, one.unit),
            facts.period(one.period),
            facts.when(one.period, today),
            *_numbers(one),
            who(one),
            words.long_date(one.day),
            _weight(weights.get((shared_tables.PEOPLE + one.speaker, one.unit, pd.Timestamp(one.period)))),
            one.reason,
        )
        for one in sorted(stated, key=lambda one: (one.period, one.unit, one.owner))
    ]
    _table(rows, texts.OPEN_COLUMNS)


def _numbers(one: StatedJudgement) -> tuple[str, str]:
    return words.number(one.q50), words.ends(one.q10, one.q90)


def _weight(weight: float | None) -> str:
    if weight is None:
        return texts.NEXT_EDITION
    return words.percent(weight) if weight else texts.NOT_HEARD


def _scored(facts: Facts) -> pd.DataFrame:
    return judged.record(shared_tables.all_scores(facts.edition, facts.indicator))


def _record(facts: Facts) -> None:
    st.markdown(f"**{texts.RECORD}**")
    table = made(_scored, at_any_lead(facts))
    if table.empty:
        st.caption(texts.RECORD_NONE)
        return
    most: dict[str, float] = {}
    for (member, *_), weight in judged.weights(facts).items():
        most[member] = max(most.get(member, 0.0), weight)
    rows = [
        (
            row.member.removeprefix(shared_tables.PEOPLE),
            words.ratio(row.error),
            words.ratio(row.ours),
            words.share(row.covered_50),
            words.share(row.covered_95),
            texts.LEANS[row.leaning],
            row.n,
            _weight(most[row.member]) if row.member in most else words.NO_DATA,
        )
        for row in table.itertuples(index=False)
    ]
    _table(rows, texts.RECORD_COLUMNS)
    st.caption(texts.RECORD_NOTE)


def _calibration(known: Sequence[tuple[StatedJudgement, float]]) -> None:
    st.markdown(f"**{texts.CALIBRATION}**")
    by_owner: dict[str, list[tuple[StatedJudgement, float]]] = {}
    for one, came in known:
        by_owner.setdefault(one.owner, []).append((one, came))
    found = {owner: result for owner, mine in by_owner.items() if (result := judged.calibration(mine))}
    mine = found.get(visitor().user)
    if mine is None:
        st.markdown(texts.MINE_NONE)
    else:
        told = {"n": words.counted(mine.outcomes, *texts.OUTCOME), "inside": words.share(mine.inside)}
        st.markdown(texts.MINE.format(**told, ranges=texts.RANGES[mine.ranges], leaning=texts.LEANS[mine.leaning]))
    if found:
        rows = [
            (
                owner,
                one.outcomes,
                words.share(one.inside),
                words.share(one.above),
                texts.RANGES[one.ranges],
                texts.LEANS[one.leaning],
            )
            for owner, one in sorted(found.items())
        ]
        _table(rows, texts.CALIBRATION_COLUMNS)
        st.caption(texts.CALIBRATION_NOTE)


def _all(facts: Facts, stated: Sequence[StatedJudgement], settled: pd.Series) -> None:
    st.markdown(f"**{texts.ALL}**")
    last = {one.key: one for one in stated}
    rows = []
    for one in reversed(stated):
        came = judged.outcome(settled, one)
        verdict = texts.HELD[judged.held(one, came)] if last[one.key] is one else texts.REPLACED
        outcome = texts.NO_OUTCOME if pd.isna(came) else words.count(came)
        place, day = risk.unit_name(facts, one.unit), words.long_date(one.day)
        rows.append((day, who(one), place, facts.period(one.period), *_numbers(one), outcome, verdict, one.reason))
    _table(rows, texts.ALL_COLUMNS)


def _table(rows: Sequence[tuple[object, ...]], heads: Sequence[str]) -> None:
    draw_table(pd.DataFrame(rows, columns=list(heads)))


main()
