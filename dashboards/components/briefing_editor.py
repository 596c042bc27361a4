"""Editing a briefing before approval: a text for a key judgement, a comment for a section; both texts are kept."""

import streamlit as st

from dashboards.briefing.issue import part_of
from dashboards.briefing.model import Document, Heading, Judgement
from dashboards.components.database import keep, read
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import visitor
from dashboards.wording import records as texts
from records.decisions import MOST_EDIT, BriefingEdit, EditionEvent, current_edits, edit_briefing, last_of

PART, TEXT = "edit_part", "edit_text"


def draw_editor(facts: Facts, document: Document) -> None:
    """The form for those who may edit; after approval it says that nothing more is taken."""
    edition, region = facts.edition.id, facts.edition.region_id
    if not visitor().may("edit_briefing"):
        return
    with st.expander(texts.EDIT):
        nothing: dict[str, EditionEvent] = {}
        decision = read(nothing, last_of, region, ("approved", "withdrawn")).get(edition)
        if decision is not None and decision.kind == "approved":
            st.caption(texts.EDIT_APPROVED)
        else:
            st.caption(texts.EDIT_NOTE)
            _form(region, edition, _parts(document))


def _form(region: str, edition: str, parts: dict[str, tuple[str, str]]) -> None:
    part = st.selectbox(texts.EDIT_PART, list(parts), format_func=lambda p: parts[p][0], key=PART)
    none: dict[str, BriefingEdit] = {}
    found, (_, generated) = read(none, current_edits, region, edition).get(part), parts[part]
    now = generated if found is None else found.text
    key = f"{TEXT} {edition} {part}"
    st.text_area(texts.EDIT_TEXT, now, key=key, max_chars=MOST_EDIT, height=120)
    st.button(texts.EDIT_KEEP, key="edit_keep", on_click=_keep, args=(region, edition, part, key, generated))


def _parts(document: Document) -> dict[str, tuple[str, str]]:
    """Part → its name for the reader, and what is generated there; judgements first."""
    found: dict[str, tuple[str, str]] = {}
    for block in document.blocks:
        part = part_of(block)
        if part and isinstance(block, Judgement):
            found[part] = texts.EDIT_JUDGEMENT.format(order=block.order), block.statement.text
        elif part and isinstance(block, Heading):
            found[part] = texts.EDIT_COMMENT.format(section=block.text), ""
    return dict(sorted(found.items(), key=lambda item: not item[1][1]))


def _keep(region: str, edition: str, part: str, key: str, generated: str) -> None:
    written = str(st.session_state[key]).strip()
    text = "" if written == generated else written  # the generated text again: the edit is taken back
    keep(edit_briefing, region, edition, part, text, generated=generated, user=visitor().user)
