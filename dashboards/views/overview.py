"""First page: where, how bad, how sure."""

from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from dashboards.briefing.judgements import key_judgements
from dashboards.components.cached_editions import made, pack, shapes
from dashboards.components.downloads import offer_edition
from dashboards.components.map_panel import draw_panel, panel_data, with_links
from dashboards.components.my_places import draw_mine
from dashboards.components.page_frame import close_view, open_view
from dashboards.components.risk_panels import protection_line
from dashboards.components.selection import choose, view
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.headline import headline_in_words
from dashboards.wording import formats as words, pages as texts

WIDTHS = {
    1: [1],
    2: [1, 1],
    3: [7, 10, 13],
    4: [7, 9, 9, 9],
}  # of the judgements, by their length


def main() -> None:
    """Judgements, map and ranking; what is chosen on either opens its page."""
    facts = open_view()
    _judgements(facts)
    unit = draw_panel(with_links(made(_panel, facts, datetime.now(tz=UTC).date()), view()))
    if unit:
        choose(unit=unit)
        st.switch_page("views/place.py")
    draw_mine(facts)
    if facts.unreported:
        st.caption(words.escaped(texts.UNREPORTED.format(places=words.listed(facts.unreported))))
    if shapes(facts.edition) is None:
        st.caption(texts.NO_MAP)
    close_view(facts)
    offer_edition(facts)


def _panel(facts: Facts, today: date) -> dict[str, Any]:
    return panel_data(facts, shapes(facts.edition), line=protection_line(facts), today=today)


def _judgements(facts: Facts) -> None:
    """The briefing's key judgements, one column each; confidence stands apart from likelihood."""
    found = made(key_judgements, facts)
    whole = texts.WHOLE if facts.chosen_route is None else texts.WHOLE_ROUTE
    middle = [whole] if len(found) - bool(facts.unusual) > 2 else []
    titles = (texts.WORST, *middle, texts.CHANGED, texts.UNUSUAL)
    boxes = st.container(key="judgements").columns(WIDTHS[len(found)])  # their place is kept, so that the map stays
    for box, title, judgement in zip(boxes, titles, found, strict=False):
        sure, _, reasons = judgement.confidence.text.partition(". ")
        said = [
            judgement.evidence.text,
            f"{sure}: {reasons}",
            *([made(_headline, facts)] if title == texts.WHOLE else []),
        ]
        evidence = words.escaped(" ".join(said))
        box.markdown(f"**{title}** · {sure}  \n{words.escaped(judgement.statement.text)}", help=evidence)


def _headline(facts: Facts) -> str:
    """What the headline figure is, with the borders at which it is counted, where the pack is at hand."""
    return headline_in_words(pack(facts.edition.region_id), facts.countries)


main()
