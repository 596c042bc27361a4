"""Editing a briefing: a text for a key judgement, a comment for a section; before approval ours, then partners'."""

import html
import re
from datetime import date

import streamlit as st

from dashboards.briefing.formats import render
from dashboards.briefing.issue import part_of
from dashboards.briefing.model import Document, Heading, Judgement
from dashboards.components.cached_editions import briefing, store
from dashboards.components.database import keep, read
from dashboards.components.typed_text import UNSENT, tell_kept, typed
from dashboards.edition_view.facts import Facts
from dashboards.server.visitor import require, visitor
from dashboards.wording import formats as words, records as texts
from pipelines.editions.edition import EditionError
from pipelines.publish.release.profiles import PARTNER, open_profile
from records.decisions import (
    FOR_PARTNERS,
    MOST_EDIT,
    BriefingEdit,
    EditionEvent,
    current_edits,
    edit_briefing,
    last_of,
)

PART, TEXT, CHECKED = "edit_part", "edit_text", "edit_checked"
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def draw_editor(facts: Facts, document: Document) -> None:
    """The form for those who may edit; after approval it is for partners' briefing, by those who may approve."""
    edition, region = facts.edition.id, facts.edition.region_id
    if not visitor().may("edit_briefing"):
        return
    nothing: dict[str, EditionEvent] = {}
    decision = read(nothing, last_of, region, ("approved", "withdrawn")).get(edition)
    approved = decision is not None and decision.kind == "approved"
    with st.expander(texts.EDIT):
        if approved:
            st.caption(texts.EDIT_APPROVED)
        else:
            st.caption(texts.EDIT_NOTE)
            _form(region, edition, _parts(document))
    if approved and visitor().may("approve"):
        _for_partners(region, edition)


def _for_partners(region: str, edition: str) -> None:
    """The form for the briefing that partners get, which is there once the edition is approved."""
    try:
        derived = open_profile(store(), region, edition, PARTNER, today=date.max)  # before its delay is over, too
    except EditionError:
        return
    with st.expander(texts.EDIT_PARTNERS):
        st.caption(texts.EDIT_PARTNERS_NOTE)
        _form(region, edition, _parts(briefing(derived)), shown=briefing(derived))


def _form(region: str, edition: str, parts: dict[str, tuple[str, str]], *, shown: Document | None = None) -> None:
    """Choose a part and write it; `shown`: the briefing that partners get, where it is for them."""
    prefix = FOR_PARTNERS if shown else ""
    part = st.selectbox(texts.EDIT_PART, list(parts), format_func=lambda p: parts[p][0], key=f"{prefix}{PART}")
    none: dict[str, BriefingEdit] = {}
    named, generated = f"{prefix}{part}", parts[part][1]
    found = read(none, current_edits, region, edition).get(named)
    now = generated if found is None else found.text
    key = f"{TEXT} {edition} {named}"
    sent = {} if shown else UNSENT  # of what partners get, each figure is looked up before it can be kept
    written = str(st.text_area(texts.EDIT_TEXT, now, key=key, max_chars=MOST_EDIT, height=120, **sent))
    ready = shown is None or _is_checked(written, shown)
    args = (region, edition, named, key, generated)
    st.button(texts.EDIT_KEEP, key=f"{prefix}edit_keep", on_click=_keep, args=args, disabled=not ready)


def _is_checked(written: str, shown: Document) -> bool:
    """Whether somebody has looked again at this very text; its figures that partners see nowhere else are named."""
    elsewhere = html.unescape(re.sub(r"<[^>]*>", " ", render(shown, "html").decode().partition("<main>")[2]))
    seen = set(NUMBER.findall(elsewhere))
    unseen = [number for number in dict.fromkeys(NUMBER.findall(written)) if number not in seen]
    if unseen:
        st.warning(texts.EDIT_UNSEEN.format(numbers=words.joined(unseen)))
    return st.checkbox(texts.EDIT_CHECKED, key=f"{CHECKED} {written}")


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
    who = require("approve" if part.startswith(FOR_PARTNERS) else "edit_briefing")
    written = typed(key)
    text = "" if written == generated else written  # the generated text again: the edit is taken back
    if keep(edit_briefing, region, edition, part, text, generated=generated, user=who.user):
        tell_kept(texts.EDIT_KEPT if text else texts.EDIT_TAKEN_BACK)
