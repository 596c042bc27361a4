"""The list of alerts with who saw and who dismissed each, and the buttons that record it."""

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.components.cached_editions import pack
from dashboards.components.database import keep, read
from dashboards.components.typed_text import UNSENT, tell_lacking, typed
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import visitor
from dashboards.wording import briefing as s, formats as words, pages as texts, records as said
from geo.region.risk_inputs import AlertRule
from records.decisions import AlertAction, AlertKey, is_dismissed, list_actions, record_action

VERBS = {"reopened": "reopen", "seen": "seen", "dismissed": "dismiss"}  # action → what its button's key says
Done = dict[AlertKey, list[AlertAction]]


def open_alerts(facts: Facts) -> pd.DataFrame:
    """Alerts that this edition raised and nobody has dismissed."""
    table = risk.alerts(facts)
    done = _done(facts, table)
    return table[[not is_dismissed(done.get(_key(r), [])) for _, r in table.iterrows()]]


def draw_alerts(facts: Facts) -> None:
    """Each alert with what was done about it; dismissed ones are folded away, never gone."""
    st.markdown(f"**{texts.ALERTS}**")
    table = risk.alerts(facts, with_earlier=True)
    table = table[table["state"].ne("over")] if len(table) else table
    done = _done(facts, table)
    rows = [(row, done.get(_key(row), [])) for _, row in table.iterrows()]
    still = [(row, actions) for row, actions in rows if not is_dismissed(actions)]
    gone = [(row, actions) for row, actions in rows if is_dismissed(actions)]
    if not still:
        st.markdown(s.ALERTS_NONE)
    for row, actions in still:
        _one(facts, row, actions, dismissed=False)
    if gone:
        with st.expander(said.DISMISSED.format(n=len(gone))):
            for row, actions in gone:
                _one(facts, row, actions, dismissed=True)
    _draw_rules(facts)
    st.caption(said.ALERTS_NOTE)


def _draw_rules(facts: Facts) -> None:
    """The limits that a unit has to reach, as the pack has them; they are the institution's own."""
    region = pack(facts.edition.region_id)
    if region is None or not region.alert_rules or visitor().profile != "internal":
        return
    lines = [f"- {words.escaped(rule_line(rule, facts))}" for rule in region.alert_rules]
    st.caption("\n".join([f"{said.RULES}:", *lines]))


def rule_line(rule: AlertRule, facts: Facts) -> str:
    """An alert rule in words: which units meet it, and when one that was told of is told of again."""
    told = said.RULE[rule.measure].format(
        rule=rule.id,
        owner=rule.owner,
        as_of=words.long_date(rule.as_of),
        level=" or ".join(texts.LEVEL_ONE[level] for level in rule.levels),
        chance=words.percent(rule.probability),
        within=facts.periods(rule.within_periods),
        count=words.planned(rule.min_count),
    )
    if not rule.quiet_periods:
        return f"{told}."
    again = said.RULE_QUIET.format(quiet=facts.periods(rule.quiet_periods), rise=round(100 * rule.worsens_by))
    return f"{told}{again}."


def _done(facts: Facts, table: pd.DataFrame) -> Done:
    if table.empty:
        return {}
    first = pd.Timestamp(table["raised_on"].min()).date()
    return read({}, list_actions, facts.edition.region_id, first)


def _key(row: pd.Series) -> AlertKey:
    raised_on = pd.Timestamp(row["raised_on"]).date()
    return AlertKey(str(row["rule"]), str(row["indicator"]), str(row["unit"]), raised_on)


def _one(facts: Facts, row: pd.Series, actions: list[AlertAction], *, dismissed: bool) -> None:
    key, who = _key(row), visitor()
    may = who.may("dismiss_alert")
    line, seen, decide = st.columns([7, 2, 3], vertical_alignment="center") if may else (st.container(), None, None)
    line.markdown(f"- {words.escaped(risk.alert_line(facts, row))}")
    if actions:
        line.caption(words.escaped(" · ".join(_told(a) for a in actions)))
    if seen is None or decide is None:
        return

    def button(box: DeltaGenerator, action: str, label: str, **look: Any) -> None:  # noqa: ANN401
        """One of the alert's buttons."""
        args = (facts.edition.region_id, key, action)
        box.button(label, key=f"{VERBS[action]} {_name(key)}", on_click=_record, args=args, **look)

    if dismissed:
        button(decide, "reopened", said.REOPEN, width="stretch")
        return
    own = any(a.action == "seen" and a.user == who.user for a in actions)
    button(seen, "seen", said.SEEN, disabled=own, width="stretch")
    with decide.popover(said.DISMISS, width="stretch") as box:
        st.text_input(said.WHY_DISMISS, key=f"why {_name(key)}", max_chars=300, **UNSENT)
        st.caption(said.WHY_NEEDED)
        button(box, "dismissed", said.DISMISS)


def _name(key: AlertKey) -> str:
    return f"{key.rule}|{key.indicator}|{key.unit}"


def _record(region: str, key: AlertKey, action: str) -> None:
    note = typed(f"why {_name(key)}") if action == "dismissed" else ""
    if action == "dismissed" and not note:
        tell_lacking(said.WHY_NEEDED)
        return
    keep(record_action, region, key, action, user=visitor().user, note=note)  # type: ignore[arg-type]


def _told(action: AlertAction) -> str:
    day = words.long_date(action.at.date())
    return said.ACTIONS[action.action].format(user=action.user, day=day, note=action.note)
