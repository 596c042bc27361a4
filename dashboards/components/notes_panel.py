"""Notes on a place or a period: in its chart and list, and the form for those who may write one."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st

from dashboards.components.database import keep, read
from dashboards.components.typed_text import UNSENT, tell_lacking, typed
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import visitor
from dashboards.wording import actions as texts, formats as words
from records.lines_and_notes import MOST_NOTE, Note, add_note, current_notes, take_note_back

WHOLE = ""  # in the box: the place as a whole
LAST_PERIODS = 26  # of the history, in the box


def notes_on(facts: Facts, unit: str) -> list[Note]:
    """The notes on a place and those on all places, as inside readers see them; oldest first."""
    if not visitor().may("follow"):
        return []
    nothing: list[Note] = []
    return [note for note in read(nothing, current_notes, facts.edition.region_id) if note.place in (unit, "")]


def on_chart(facts: Facts, notes: Sequence[Note]) -> list[tuple[date, str]]:
    """What of notes stands in a chart: those on a period."""
    return [(note.period, in_words(facts, note)) for note in notes if note.period is not None]


def in_words(facts: Facts, note: Note) -> str:
    """A note with what it is about, its author and its day."""
    about = texts.NOTE_WHOLE if note.period is None else facts.period(note.period)
    about = about if note.place else texts.NOTE_EVERYWHERE.format(about=about)
    day = words.long_date(note.at.date())
    return texts.NOTE_LINE.format(about=about[:1].upper() + about[1:], text=note.text, user=note.user, day=day)


def draw_notes(facts: Facts, unit: str, notes: Sequence[Note]) -> None:
    """The list under the chart, and the form."""
    may = visitor().may("annotate")
    if notes:
        st.markdown(f"**{texts.NOTES}**")
    for note in notes:
        line, back = st.columns([10, 2], vertical_alignment="center") if may else (st.container(), None)
        line.markdown(f"- {words.escaped(in_words(facts, note))}")
        if back is not None:
            args = (facts.edition.region_id, note)
            back.button(texts.NOTE_BACK, key=f"note_back {note.label}", on_click=_take_back, args=args, width="stretch")
    if may:
        with st.expander(texts.NOTE_ADD.format(step=facts.step)):
            _form(facts, unit)


def _form(facts: Facts, unit: str) -> None:
    st.caption(texts.NOTE_HINT + texts.NOTE_PERSONS)
    options = {WHOLE: texts.NOTE_WHOLE, **_periods(facts)}
    about, text, wide, button = st.columns([4, 8, 2, 2], vertical_alignment="bottom")
    about.selectbox(texts.NOTE_ABOUT, list(options), format_func=options.__getitem__, key="note_about", **UNSENT)
    text.text_input(texts.NOTE_TEXT, key="note_text", max_chars=MOST_NOTE, **UNSENT)
    wide.checkbox(texts.NOTE_ALL_PLACES, key="note_all", **UNSENT)
    args = (facts.edition.region_id, unit, facts.step)
    button.button(texts.NOTE_KEEP, key="note_keep", on_click=_add, args=args, width="stretch")


def _periods(facts: Facts) -> Mapping[str, str]:
    """ISO day → name: the forecast's periods, then the newest of the past."""
    forecast = facts.edition.forecast
    ahead = pd.DatetimeIndex(forecast["target_start"].to_numpy())
    past = pd.DatetimeIndex(forecast["time"].to_numpy())[-LAST_PERIODS:]
    return {f"{day:%Y-%m-%d}": facts.period(day) for day in [*reversed(past), *ahead]}


def _add(region: str, unit: str, step: str) -> None:
    """What the button does: the note is kept, for the place or for all."""
    period, text, everywhere = typed("note_about"), typed("note_text"), st.session_state["note_all"]
    if not text:
        tell_lacking(texts.NOTE_NEEDS_TEXT)
    elif everywhere and not period:
        tell_lacking(texts.NOTE_NEEDS_PERIOD.format(step=step))
    else:
        day = date.fromisoformat(period) if period else None
        if keep(add_note, region, place="" if everywhere else unit, period=day, text=text, user=visitor().user):
            st.session_state["note_text"] = ""


def _take_back(region: str, note: Note) -> None:
    keep(take_note_back, region, note, user=visitor().user)


def new_note(facts: Facts, note: Note) -> str:
    """A note in a few words, with its place."""
    place = risk.unit_name(facts, note.place) if note.place else ""
    period = "" if note.period is None else facts.period(note.period)
    return texts.NEW_NOTE.format(about=", ".join(filter(None, (place, period))), text=note.text, user=note.user)
