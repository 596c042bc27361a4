"""Map and list of the wave along the routes as one element of the browser's own, with a slider through time."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboards.components.map_panel import ASSETS
from dashboards.components.selection import view
from dashboards.edition_view.facts import Facts
from dashboards.wording import formats as words, pages as texts, wave as told

_draw = st.components.v2.component(
    "routecast_wave",
    css="".join((ASSETS / name).read_text(encoding="utf-8") for name in ("panel.css", "wave.css")),
    js="".join((ASSETS / name).read_text(encoding="utf-8") for name in ("map.js", "wave.js")),
)


def draw_wave(facts: Facts, wave: Mapping[str, Any], today: date) -> tuple[str | None, int | None]:
    """Draw it; the unit that was chosen, and the lead time at which the slider came to rest, each in the next run."""
    lengths = {
        "n": wave["past"],
        "m": len(wave["horizons"]),
        "step": facts.step,
        "steps": facts.steps,
        "unit": facts.unit_word(),
    }
    data = {
        **{key: value for key, value in wave.items() if key != "starts"},
        "periods": period_words(facts, wave, today),
        "texts": {
            **texts.MAP_TOOLS,
            **{key: text.format(**lengths) for key, text in told.TOOLS.items()},
            "band": told.HIGHEST if wave["whole"] else texts.TABLE_HEAD["band"],
        },
        "figures": {**told.FIGURES, "locale": words.LOCALE},
        "legend": told.LEGEND,
        "kept": urlencode({key: value for key, value in view().items() if key != "unit"}),
        "withheld": any("w" in unit["known"] for unit in wave["units"].values()),
        "dark": st.context.theme.type == "dark",
    }
    edition, choices = facts.edition, (facts.indicator, facts.chosen_route, facts.nationality)
    data["id"] = repr((str(edition.folder), edition.seal, choices, today, data["dark"]))  # the slider's place apart
    result = _draw(data=data, key="wave", on_unit_change=lambda: None, on_horizon_change=lambda: None)
    return (str(result.unit) if result.unit else None), (int(result.horizon) if result.horizon else None)


def period_words(facts: Facts, wave: Mapping[str, Any], today: date) -> list[dict[str, str]]:
    """Each period as the slider tells it ("week 49 (from 30 Nov) · next week"), and short for the axis ("30 Nov")."""
    found = []
    for i, start in enumerate(wave["starts"]):
        when = told.REPORTED if i < wave["past"] else facts.when(start, today)
        title = texts.PERIOD_WHEN.format(period=facts.period(start), when=when)
        found.append({"title": title, "short": words.tick(start, facts.freq)})
    return found
