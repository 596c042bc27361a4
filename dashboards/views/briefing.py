"""The weekly briefing: a look at it, its sections chosen, its files."""

import streamlit as st

from dashboards.briefing.document import briefing_document, only, section_names
from dashboards.briefing.model import Document
from dashboards.components.cached_editions import briefing
from dashboards.components.downloads import briefing_bytes, offer_briefing
from dashboards.components.page_frame import close_view, open_view
from dashboards.components.scenarios import session
from dashboards.components.scenarios.compute import compared_on
from dashboards.components.selection import choices
from dashboards.edition_view.facts import Facts
from dashboards.wording import formats as words, pages as texts
from pipelines.editions.edition import EditionError
from pipelines.scenarios.read_file import ScenarioError

HEIGHT_PX = 900


def main() -> None:
    """Choose sections, look, take along; the published briefing where nothing is left out."""
    facts = open_view()
    published = briefing(facts.edition)
    st.header(texts.BRIEFING_TITLE)
    st.caption(texts.BRIEFING_NOTE.format(edition=facts.edition.id))
    document = _chosen(_with_scenarios(facts, published))
    chosen = None if document is published else document
    offer_briefing(facts, chosen)
    st.iframe(briefing_bytes(facts, chosen, "html").decode(), height=HEIGHT_PX, alt=texts.BRIEFING_TITLE)
    close_view(facts)


def _with_scenarios(facts: Facts, published: Document) -> Document:
    """The briefing with the visit's scenarios, where the reader wants them in it."""
    scenarios = session.compared()
    label = texts.BRIEFING_SCENARIOS.format(n=words.counted(len(scenarios), "scenario"))
    if not scenarios or not st.checkbox(label, key="briefing_scenarios"):
        return published
    written = tuple(k.text for k in scenarios)
    try:
        compared = compared_on(facts.edition, written)
    except (EditionError, ScenarioError) as error:
        st.warning(words.escaped(str(error)))
        return published
    return briefing_document(facts.edition, region=compared.base.region, what_if=(compared, written))


def _chosen(whole: Document) -> Document:
    """The document with the reader's sections; all of them where none is chosen."""
    names = section_names(whole)
    offered = {str(i): name for i, name in enumerate(names, start=1)}
    picked = choices("sections", texts.BRIEFING_SECTIONS, offered, most=len(names))
    return only(whole, [offered[p] for p in picked]) if picked and len(picked) < len(names) else whole


main()
