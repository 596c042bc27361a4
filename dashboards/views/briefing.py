"""The weekly briefing: a look at it, its sections chosen, its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import texts
from dashboards.downloads import briefing_bytes, offer_briefing
from dashboards.frame import close_view, open_view
from dashboards.reader import briefing
from dashboards.sections import only, section_names
from dashboards.selection import choices

if TYPE_CHECKING:
    from dashboards.briefing.model import Document

HEIGHT_PX = 900


def main() -> None:
    """Choose sections, look, take along; the published briefing where nothing is left out."""
    facts = open_view()
    whole = briefing(facts.edition)
    st.header(texts.BRIEFING_TITLE)
    st.caption(texts.BRIEFING_NOTE.format(edition=facts.edition.id))
    document = _chosen(whole)
    chosen = None if document is whole else document
    offer_briefing(facts, chosen)
    st.iframe(briefing_bytes(facts, chosen, "html").decode(), height=HEIGHT_PX, alt=texts.BRIEFING_TITLE)
    close_view(facts)


def _chosen(whole: Document) -> Document:
    """The document with the reader's sections; all of them where none is chosen."""
    names = section_names(whole)
    offered = {str(i): name for i, name in enumerate(names, start=1)}
    picked = choices("sections", texts.BRIEFING_SECTIONS, offered, most=len(names))
    return only(whole, [offered[p] for p in picked]) if picked and len(picked) < len(names) else whole


main()
