"""Map and ranking of the first page as one element of the browser's own: drawn at once, no library, no other host.

`st.plotly_chart` and `st.dataframe` would fetch and start 6 MB of scripts before anything stands. Names, numbers and
colours go as data and are set as text and attributes, never as markup.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboards.briefing.judgements import compared_with
from dashboards.components.ranking_table import RECENT, ranking_rows
from dashboards.edition_view.facts import Facts
from dashboards.figures.map_data import Shapes, map_data
from dashboards.wording import formats as words
from dashboards.wording import pages as texts

ASSETS = Path(__file__).parent / "assets"
ROWS = 150  # of the ranking; more are on the map and on the page of one place
HEAD = ("rank", "place", "recent", "band", "chance", "lead", "median", "change")
_draw = st.components.v2.component(
    "routecast_panel",
    css=(ASSETS / "panel.css").read_text(encoding="utf-8"),
    js=(ASSETS / "panel.js").read_text(encoding="utf-8"),
)


def draw_panel(data: Mapping[str, Any]) -> str | None:
    """Draw map and ranking; the unit that was chosen on either, in the one run that follows the choice."""
    result = _draw(data=dict(data), key="panel", on_unit_change=lambda: None)
    return str(result.unit) if result.unit else None


def panel_data(facts: Facts, shapes: Shapes | None, *, line: str, view: Mapping[str, str]) -> dict[str, Any]:
    """What the browser draws; without shapes there is no map.

    Args:
        facts: The edition at an indicator, lead time and route.
        shapes: Lines of its segments.
        line: A sentence that stands under the ranking; may be empty.
        view: The choices that a link to a place keeps.
    """
    manifest = facts.edition.manifest
    rows = ranking_rows(facts, top=ROWS)
    rest = len(facts.ranked) - len(rows)
    synthetic = f"{texts.SYNTHETIC_SHORT}. {texts.SYNTHETIC}" if manifest.get("synthetic") else ""
    return {
        "map": None if shapes is None else map_data(facts, shapes),
        "head": _head(facts),
        "rows": [{**row, "href": f"place?{urlencode({**view, 'unit': row['id']})}"} for row in rows],
        "caption": texts.RANKING.format(period=facts.lead_period()),
        "more": texts.MORE_ROWS.format(n=f"{rest:,}") if rest else "",
        "line": line,
        "line_title": texts.PROTECTION_TITLE,
        "texts": texts.MAP_TOOLS,
        "file": f"routecast-{facts.edition.region_id}-{facts.edition.id}-map",
        "marks": [m for m in (synthetic, texts.DETECTIONS, str(manifest.get("footnote") or "")) if m],
    }


def _head(facts: Facts) -> list[dict[str, str]]:
    steps = f"{words.period_word(facts.freq)}s"
    compared = compared_with(facts) or texts.NOT_COMPARED
    return [
        {
            "key": key,
            "label": texts.TABLE_HEAD[key].format(n=RECENT, steps=steps),
            "help": texts.TABLE_HELP.get(key, "").format(compared=compared),
        }
        for key in HEAD
    ]
