"""The weekly briefing: a look at it, its sections chosen, its files."""

import streamlit as st

from dashboards.briefing.document import briefing_document, sections, without
from dashboards.briefing.formats import render
from dashboards.briefing.model import Document
from dashboards.components.approval_panel import draw_draft
from dashboards.components.briefing_editor import draw_editor
from dashboards.components.cached_editions import briefing, issued
from dashboards.components.downloads import offer_briefing
from dashboards.components.page_frame import close_view, open_view
from dashboards.components.scenarios import session
from dashboards.components.scenarios.compute import compared_on
from dashboards.components.selection import unticked
from dashboards.edition_view.facts import Facts
from dashboards.wording import formats as words, pages as texts, records
from pipelines.editions.edition import EditionError
from pipelines.scenarios.read_file import ScenarioError
from records.database import DatabaseError

HEIGHT_PX = 900


def main() -> None:
    """Choose sections, look, take along; the published briefing where nothing is left out."""
    facts = open_view(whole=True, titled=())  # of the main indicator and lead time
    published = briefing(facts.edition)
    st.header(texts.BRIEFING_TITLE)
    st.caption(texts.BRIEFING_NOTE.format(edition=facts.edition.id))
    if not facts.edition.manifest.get("profile"):
        st.caption(records.OTHERS_READ)
    draw_draft(facts)
    draw_editor(facts, published)
    document = _chosen(_with_scenarios(facts, published))
    offer_briefing(facts, document)
    st.html(f'<p class="for-paper">{texts.BRIEFING_PAPER}</p>')
    st.iframe(_looked_at(facts, document), height=HEIGHT_PX, alt=texts.BRIEFING_TITLE)
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


def _looked_at(facts: Facts, document: Document) -> str:
    """The briefing as a page; as published where the decisions can't be read, and that is told."""
    try:
        document = issued(facts.edition, document)
    except DatabaseError as error:
        st.warning(words.escaped(str(error)))
    return render(document, "html").decode()


def _chosen(whole: Document) -> Document:
    """The document without the sections that the reader ticks off."""
    names = {key: words.escaped(name) for key, name in sections(whole).items()}
    with st.expander(texts.BRIEFING_SECTIONS), st.container(horizontal=True):
        off = unticked("without", names)
    return without(whole, off) if off else whole


main()
