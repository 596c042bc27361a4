"""What is to be prepared at a place, with who took it and what was said of it, and the buttons that record it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.briefing.preparation import OpenLine, PrepareLine, done_in_words, lines_of, open_lines
from dashboards.components.cached_editions import facts_of, links, made
from dashboards.components.database import keep, read
from dashboards.components.selection import view
from dashboards.components.typed_text import UNSENT, tell_lacking, typed
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import visitor
from dashboards.wording import actions as texts, formats as words
from records.lines_and_notes import (
    MOST_NOTE,
    LineAction,
    LineKey,
    LineVerb,
    act_on_line,
    closing_of,
    line_actions,
    owner_of,
)

Done = dict[LineKey, list[LineAction]]
SPOKEN = ("commented", "closed")  # what takes a comment


def draw_prepare(facts: Facts, row: pd.Series) -> None:
    """The lines of one place; those that are closed are folded away, never gone."""
    if not (visitor().may("follow") and facts.of_all_nationalities):
        return
    unit = str(row["unit"])
    st.markdown(f"**{texts.PREPARE}**")
    of_briefing = facts_of(facts.edition, facts.chosen_indicator)
    shown = [
        (line.key, _shown(line), line.in_one) for line in made(_lines, of_briefing, unit, datetime.now(tz=UTC).date())
    ]
    nothing: Done = {}
    done = read(nothing, line_actions, facts.edition.region_id)
    asked = {key for key, _, _ in shown}
    shown += [
        (key, texts.NOT_ASKED.format(said=actions[-1].said), actions[-1].said)
        for key, actions in done.items()
        if key.unit == unit and key not in asked
    ]
    closed = [one for one in shown if closing_of(done.get(one[0], []), facts.edition.id)]
    still = [one for one in shown if one not in closed]
    if not still:
        st.caption(texts.PREPARE_NONE)
    for key, text, said in still:
        _one(facts, key, text, said, done.get(key, []))
    if closed:
        with st.expander(texts.CLOSED.format(n=len(closed))):
            for key, text, said in closed:
                _one(facts, key, text, said, done[key], closed=True)
    st.caption(texts.PREPARE_NOTE)


def draw_under_way(facts: Facts) -> None:
    """All open lines of the region that somebody took or spoke of, each with its place's page."""
    if not visitor().may("follow"):
        return
    st.markdown(f"**{texts.UNDER_WAY}**")
    found = under_way(facts)
    if not found:
        st.caption(texts.UNDER_WAY_NONE)
    for line in found:
        label = words.escaped(texts.LINE_OF.format(**vars(line)))
        st.page_link("views/place.py", label=label, query_params={**view(), "unit": line.unit})


def under_way(facts: Facts) -> list[OpenLine]:
    """The open lines that somebody took or spoke of."""
    nothing: Done = {}
    done = read(nothing, line_actions, facts.edition.region_id)
    return open_lines(facts.edition, done, links(facts.edition)) if done else []


def _lines(facts: Facts, unit: str, today: date) -> list[PrepareLine]:
    return lines_of(facts, unit, links(facts.edition), today=today)


def _shown(line: PrepareLine) -> str:
    parts = {"what": line.what, "by_when": line.by_when, "how_many": line.how_many, "owner": line.owner}
    return texts.LINE.format(**{name: words.escaped(part) for name, part in parts.items()})


def _one(
    facts: Facts, key: LineKey, text: str, said: str, actions: Sequence[LineAction], *, closed: bool = False
) -> None:
    may = visitor().may("prepare")
    line, take, more = st.columns([8, 2, 2], vertical_alignment="center") if may else (st.container(), None, None)
    line.markdown(f"- {text}")
    if actions:
        line.caption(words.escaped(" · ".join(done_in_words(actions))))
    if take is None or more is None:
        return

    def button(box: DeltaGenerator, verb: LineVerb, label: str) -> None:
        """One of the line's buttons."""
        args = (facts.edition.region_id, facts.edition.id, key, verb, said)
        box.button(label, key=f"{verb} {_name(key)}", on_click=_record, args=args, width="stretch")

    if closed:
        button(take, "reopened", texts.REOPEN)
        return
    owner = owner_of(actions)
    own = owner is not None and owner.user == visitor().user
    button(take, "given_back" if own else "taken", texts.GIVE_BACK if own else texts.TAKE)
    # another key once something was recorded: a box that stayed open would ask for the next comment
    with more.popover(texts.SAY, width="stretch", key=f"more {len(actions)} {_name(key)}") as box:
        st.text_input(texts.COMMENT, key=f"say {_name(key)}", max_chars=MOST_NOTE, **UNSENT)
        button(box, "commented", texts.COMMENT_KEEP)
        button(box, "closed", texts.CLOSE)


def _name(key: LineKey) -> str:
    return f"{key.kind}|{key.indicator}|{key.unit}"


def _record(region: str, edition: str, key: LineKey, verb: LineVerb, said: str) -> None:
    box = f"say {_name(key)}"
    note = typed(box) if verb in SPOKEN else ""
    if verb in SPOKEN and not note:
        tell_lacking(texts.COMMENT_NEEDED)
    elif keep(act_on_line, region, edition, key, verb, said=said, user=visitor().user, note=note) and note:
        st.session_state[box] = ""
