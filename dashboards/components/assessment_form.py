"""Stating vulnerability and impact of a place on the dashboard, each with an owner and a date."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.components.database import keep, read
from dashboards.components.typed_text import UNSENT, tell_lacking, typed
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import visitor
from dashboards.wording import formats as words, records as texts
from geo.region.risk_inputs import LEVELS, PARTS
from records.decisions import StatedAssessment, current_assessments, state_assessment

STATABLE = ("segment", "border", "route")


def draw_statements(facts: Facts, row: pd.Series) -> None:
    """What was stated of this place on the dashboard, and the form for those who may state something."""
    unit = str(row["unit"])
    if unit.partition(":")[0] not in STATABLE:
        return
    stated = read([], current_assessments, facts.edition.region_id)
    mine = [a for a in stated if a.place == unit]
    may = visitor().may("state_assessment")
    if mine:
        st.markdown(texts.STATED_HERE)
    for number, one in enumerate(mine):
        line, drop = st.columns([10, 2], vertical_alignment="center")
        line.markdown(f"- {_line(facts, one)}")
        if may:
            args = facts.edition.region_id, one
            drop.button(texts.WITHDRAW, key=f"withdraw {number} {unit}", on_click=_withdraw, args=args)
    if may:
        with st.expander(texts.STATE):
            _form(facts, unit)


def _form(facts: Facts, unit: str) -> None:
    st.caption(texts.STATE_NOTE)
    first, second, third = st.columns(3)
    part = first.selectbox(texts.PART, PARTS, format_func=texts.PARTS.__getitem__, key="stated_part")
    kinds = texts.KINDS[part]
    second.selectbox(texts.KIND, list(kinds), format_func=kinds.__getitem__, key="stated_kind", **UNSENT)
    third.select_slider(texts.LEVEL, LEVELS, format_func=risk.level_word, key="stated_level", **UNSENT)
    first, second, third = st.columns(3, vertical_alignment="bottom")
    first.text_input(texts.OWNER, key="stated_owner", max_chars=120, **UNSENT)
    today = datetime.now(tz=UTC).date()
    second.date_input(texts.AS_OF, today, max_value=today, key="stated_as_of", format="YYYY-MM-DD", **UNSENT)
    args = (facts.edition.region_id, unit)
    third.button(texts.RECORD, key="stated_record", type="primary", width="stretch", on_click=_state, args=args)
    st.caption(texts.OWNER_NEEDED)


def _state(region: str, unit: str) -> None:
    """What the button does: what stands in the boxes is kept, where somebody answers for it."""
    part, kind, level, as_of = (st.session_state[f"stated_{name}"] for name in ("part", "kind", "level", "as_of"))
    owner = typed("stated_owner")
    if not owner:
        tell_lacking(texts.OWNER_NEEDED)
        return
    keep(state_assessment, region, StatedAssessment(part, unit, kind, level, None, owner, as_of), user=visitor().user)


def _withdraw(region: str, one: StatedAssessment) -> None:
    today = datetime.now(tz=UTC).date()
    gone = StatedAssessment(one.part, one.place, one.kind, None, None, one.owner, today)
    keep(state_assessment, region, gone, user=visitor().user)


def _line(facts: Facts, one: StatedAssessment) -> str:
    pending = "" if _counts(facts, one) else texts.PENDING
    kind = texts.KINDS.get(one.part, {}).get(one.kind, one.kind.replace("_", " "))
    shown: dict[str, Any] = {
        "part": texts.PARTS[one.part],
        "kind": kind,
        "level": risk.level_word(one.level),
        "owner": words.escaped(one.owner),
        "as_of": words.long_date(one.as_of),
        "user": words.escaped(one.user),
    }
    return texts.STATED_LINE.format(**shown, pending=pending)


def _counts(facts: Facts, one: StatedAssessment) -> bool:
    """Whether the edition that is open was made with this entry."""
    table = facts.edition.table("assessments")
    if table.empty:
        return False
    same = table["stated_for"].eq(one.place) & table["part"].eq(one.part) & table["kind"].eq(one.kind)
    return bool((same & table["level"].eq(one.level) & table["as_of"].astype(str).eq(one.as_of.isoformat())).any())
