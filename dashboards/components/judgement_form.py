"""What people expect of a place: over its fan while it is typed, listed, and the form for those who may state it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pandas as pd
import streamlit as st

from dashboards.components.cached_editions import at_any_lead, made
from dashboards.components.database import keep, read
from dashboards.components.typed_text import UNSENT, tell_lacking
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.judgements import outcome, settled_counts
from dashboards.figures.judgements import DrawnRange
from dashboards.server.visitor import visitor
from dashboards.wording import formats as words, judgements as texts
from pipelines.store.periods import period_ends
from records.judgements import (
    LEVELS,
    MOST_NAME,
    MOST_REASON,
    JudgementRefusedError,
    StatedJudgement,
    judgement_history,
    require_range,
    standing,
    state_judgement,
)

REFUSED = "judgement_refused"
LABELS = dict(zip(LEVELS, (texts.LOW, texts.MIDDLE, texts.HIGH), strict=True))


def all_stated(facts: Facts) -> list[StatedJudgement]:
    """All that was stated of the indicator, in the order in which it came; nothing for those who may not read it."""
    if not (visitor().may("judge") and facts.of_all_nationalities):
        return []
    nothing: list[StatedJudgement] = []
    found = read(nothing, judgement_history, facts.edition.region_id)
    return [one for one in found if one.indicator == facts.indicator]


def open_here(facts: Facts, unit: str) -> list[StatedJudgement]:
    """What stands of a place whose outcome this edition does not know, the nearest period first."""
    mine = [one for one in standing(all_stated(facts)) if one.unit == unit]
    if not mine:
        return []
    settled = made(settled_counts, at_any_lead(facts))
    return sorted((one for one in mine if pd.isna(outcome(settled, one))), key=lambda one: one.period)


def drawn(facts: Facts, stated: Sequence[StatedJudgement]) -> list[DrawnRange]:
    """Judgements as the chart draws them."""
    return [_drawn(facts, one) for one in stated]


def typed(facts: Facts, unit: str) -> DrawnRange | None:
    """What stands in the form now; None until it is a range."""
    one = _written(facts, unit)
    return None if one is None else _drawn(facts, one)


def _drawn(facts: Facts, one: StatedJudgement) -> DrawnRange:
    said = texts.HOVER.format(
        period=facts.period(one.period), middle=words.number(one.q50), ends=_ends(one), speaker=who(one)
    )
    return DrawnRange(one.period, one.q10, one.q50, one.q90, said)


def _ends(one: StatedJudgement) -> str:
    return words.ends(one.q10, one.q90)


def who(one: StatedJudgement) -> str:
    """The owner, and the group spoken for."""
    return texts.MEMBER.format(owner=one.owner, group=one.group) if one.group else one.owner


def draw_judgements(facts: Facts, unit: str, stated: Sequence[StatedJudgement]) -> None:
    """The list under the chart, and the form."""
    if not (visitor().may("judge") and facts.of_all_nationalities):
        return
    if stated:
        st.markdown(f"**{texts.HERE}**")
        st.markdown("\n".join(f"- {words.escaped(_line(facts, one))}" for one in stated))
    with st.expander(texts.STATE):
        _form(facts, unit)


def _line(facts: Facts, one: StatedJudgement) -> str:
    period = facts.period(one.period)
    shown = {"middle": words.number(one.q50), "ends": _ends(one), "speaker": who(one), "reason": one.reason}
    return texts.LINE.format(period=period[:1].upper() + period[1:], day=words.long_date(one.day), **shown)


def _form(facts: Facts, unit: str) -> None:
    st.caption(texts.STATE_NOTE.format(step=facts.step))
    options = _periods(facts)
    if not options:
        st.info(texts.NO_PERIOD)
        return
    boxes = st.columns([4, 2, 2, 2, 6, 3, 2], vertical_alignment="bottom")
    boxes[0].selectbox(texts.PERIOD, list(options), format_func=options.__getitem__, key=_key("period", unit))
    for box, (name, label) in zip(boxes[1:4], LABELS.items(), strict=True):
        box.number_input(label, min_value=0, value=None, step=1, key=_key(name, unit))
    boxes[4].text_input(texts.REASON, key=_key("reason", unit), max_chars=MOST_REASON, **UNSENT)
    boxes[5].text_input(texts.GROUP, key=_key("group", unit), max_chars=MOST_NAME, **UNSENT)
    boxes[6].button(texts.KEEP, key="judge_keep", on_click=_state, args=(facts, unit), width="stretch")
    if _written(facts, unit) is None:
        st.caption(texts.LACKING)
    refused = st.session_state.pop(REFUSED, "")
    if refused:
        st.warning(words.escaped(refused))


def _key(name: str, unit: str) -> str:
    return f"judge_{name} {unit}"


def _periods(facts: Facts) -> dict[str, str]:
    """ISO day → name of the periods ahead that are not over today."""
    starts = pd.DatetimeIndex(facts.edition.forecast["target_start"].to_numpy())
    ends, today = period_ends(starts, facts.freq), datetime.now(tz=UTC).date()
    return {
        f"{start:%Y-%m-%d}": facts.period(start) for start, end in zip(starts, ends, strict=True) if end.date() >= today
    }


def _written(facts: Facts, unit: str) -> StatedJudgement | None:
    """What stands in the form's boxes; None until the numbers are a range."""
    if not (visitor().may("judge") and facts.of_all_nationalities):
        return None
    state, options = st.session_state, _periods(facts)
    low, middle, high = (state.get(_key(name, unit)) for name in LEVELS)
    if low is None or middle is None or high is None or not options:
        return None
    try:
        require_range(low, middle, high)
    except JudgementRefusedError:
        return None
    chosen = state.get(_key("period", unit))
    period = date.fromisoformat(chosen if chosen in options else next(iter(options)))
    reason, group = (str(state.get(_key(name, unit)) or "").strip() for name in ("reason", "group"))
    user = visitor().user
    return StatedJudgement(facts.indicator, unit, period, low, middle, high, reason, user, group, user)


def _state(facts: Facts, unit: str) -> None:
    """What the button does: what stands in the boxes is kept, where it is whole."""
    one = _written(facts, unit)
    if one is None or not one.reason:
        tell_lacking(texts.LACKING)
        return
    ends = period_ends(pd.DatetimeIndex([one.period]), facts.freq)[0].date()
    origin = date.fromisoformat(facts.edition.manifest["origin_date"])
    try:
        kept = keep(state_judgement, facts.edition.region_id, one, ends=ends, reported_until=origin)
    except JudgementRefusedError as error:
        st.session_state[REFUSED] = str(error)
        return
    if kept:
        for name in (*LEVELS, "reason"):
            st.session_state[_key(name, one.unit)] = "" if name == "reason" else None
