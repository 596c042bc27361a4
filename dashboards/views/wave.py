"""Week by week: the wave along the routes, what was reported and what is forecast."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboards.components.cached_editions import links, made, shapes
from dashboards.components.page_frame import close_view, open_view
from dashboards.components.selection import choose
from dashboards.components.wave_panel import draw_wave
from dashboards.edition_view.facts import Facts
from dashboards.figures.wave import wave_data
from dashboards.wording import pages as texts, wave as told


def main() -> None:
    """A slider through time; a place chosen on map or list opens its page."""
    facts = open_view(titled=("indicator",))
    wave = made(_wave, facts)
    unit, horizon = draw_wave(facts, wave, datetime.now(tz=UTC).date())
    if unit:
        choose(unit=unit)
        st.switch_page("views/place.py")
    if horizon and horizon != facts.horizon:
        choose(horizon=horizon)
        st.rerun()
    st.caption(f"{told.CIRCLES if wave['map'] else texts.NO_MAP} {told.NOTE}")
    close_view(facts)


def _wave(facts: Facts) -> dict[str, Any]:
    return wave_data(facts, shapes(facts.edition), links(facts.edition))


main()
