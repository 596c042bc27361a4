"""Who is looking, what that person may do, and for those who may: approval and the audit trail."""

import pandas as pd
import streamlit as st

from dashboards.components.approval_panel import draw_approval
from dashboards.components.cached_editions import first_region, store
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import draw_limits, open_plain
from dashboards.server.audit_trail import log_out, note_once
from dashboards.server.roles import ACTIONS
from dashboards.server.visitor import Visitor, visitor
from dashboards.wording import access as told, formats as words
from records.audit import list_entries
from records.database import DatabaseError, open_database
from records.verify import verify_trail

SHOWN_ENTRIES = 200


def main() -> None:
    """The visitor first, then what the role opens."""
    who = visitor()
    open_plain()
    shown = (told.USER, who.user), (told.ROLE, told.ROLES[who.role]), (told.PROFILE, who.profile)
    for box, (label, value) in zip(st.columns([4, 2, 2]), shown, strict=True):
        box.metric(label, value)
    st.caption(words.escaped(told.PROFILES[who.profile]))
    if who.since is None or who.until is None:
        st.caption(told.WHO_LOCAL)
    else:
        st.caption(told.UNTIL.format(since=f"{who.since:%Y-%m-%d %H:%M}", until=f"{who.until:%Y-%m-%d %H:%M}"))
        st.button(told.LOG_OUT, on_click=log_out)
    _rights(who)
    draw_approval(who, first_region())
    if who.may("read_audit"):
        _trail()
    draw_limits()


def _rights(who: Visitor) -> None:
    titles = {True: told.YOU_MAY, False: told.YOU_MAY_NOT}
    for box, (allowed, title) in zip(st.columns(2), titles.items(), strict=True):
        listed = [f"- {told.ACTIONS[action]}" for action in ACTIONS if who.may(action) is allowed]
        if listed:
            box.markdown("\n".join([f"**{title}**", *listed]))


def _trail() -> None:
    st.header(told.TRAIL)
    try:
        database = open_database(store().database)
        note_once("audit_read")
        state, entries = verify_trail(database), list_entries(database, last=SHOWN_ENTRIES)
    except DatabaseError as error:
        st.warning(words.escaped(str(error)))
        return
    if state.problems:
        st.error("\n".join([told.TRAIL_BROKEN, *(f"- {words.escaped(p)}" for p in state.problems)]))
    else:
        st.caption(told.TRAIL_WHOLE.format(entries=state.entries, head=state.head))
    rows = pd.DataFrame([vars(e) for e in reversed(entries)])[list(told.TRAIL_COLUMNS)]
    rows["at"] = rows["at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    draw_table(rows.rename(columns=told.TRAIL_COLUMNS))
    st.caption(told.TRAIL_NOTE.format(n=len(rows)))


main()
