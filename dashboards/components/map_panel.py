"""Map and ranking of the first page as one element of the browser's own: drawn at once, no library, no other host.

`st.plotly_chart` and `st.dataframe` would fetch and start 6 MB of scripts before anything stands. Names, numbers and
colours go as data and are set as text and attributes, never as markup.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboards.edition_view.comparison import compared_with, moved
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.risk_rows import band_note, has_passed
from dashboards.edition_view.unusual import watched
from dashboards.figures.map_data import Shapes, flags, map_data
from dashboards.wording import formats as words, pages as texts, trends
from dashboards.wording.bands import band

ASSETS = Path(__file__).parent / "assets"
RECENT = 12  # periods in the small chart
SAVED = (
    *("rank", "unit", "name", "from_country", "to_country", "indicator", "target_start", "target_end", "pressure_band"),
    *("previous_band", "band_rule", "exceedance_probability", "capacity", "q10", "q50", "q90"),
    *("trend_percent", "regime_break", "no_better", "reported_share"),
)
ROWS = 150  # of the ranking; more are on the map and on the page of one place
HEAD = ("rank", "place", "recent", "band", "chance", "lead", "median", "trend", "change")
_draw = st.components.v2.component(
    "routecast_panel",
    css=(ASSETS / "panel.css").read_text(encoding="utf-8"),
    js="".join((ASSETS / name).read_text(encoding="utf-8") for name in ("map.js", "panel.js")),
)


def draw_panel(data: Mapping[str, Any]) -> str | None:
    """Draw map and ranking; the unit that was chosen on either, in the one run that follows the choice."""
    dark = st.context.theme.type == "dark"
    result = _draw(data={**data, "dark": dark}, key="panel", on_unit_change=lambda: None)
    return str(result.unit) if result.unit else None


def with_links(data: Mapping[str, Any], view: Mapping[str, str]) -> dict[str, Any]:
    """The panel of a reader, whose links to places keep the choices in `view`."""
    kept = urlencode({key: value for key, value in view.items() if key != "unit"})
    return {**data, "rows": [{**r, "href": f"place?{kept}&{urlencode({'unit': r['id']})}"} for r in data["rows"]]}


def panel_data(facts: Facts, shapes: Shapes | None, *, line: str, today: date | None = None) -> dict[str, Any]:
    """What the browser draws, but for the links; without shapes there is no map.

    Args:
        facts: The edition at an indicator, lead time and route.
        shapes: Lines of its segments.
        line: A sentence that stands under the ranking; may be empty.
        today: As of which day periods are over; that of issue if not said.
    """
    manifest = facts.edition.manifest
    rows = ranking_rows(facts, top=ROWS, today=today)
    rest = len(facts.ranked) - len(rows)
    synthetic = f"{texts.SYNTHETIC_SHORT}. {texts.SYNTHETIC}" if manifest.get("synthetic") else ""
    return {
        "map": None if shapes is None else map_data(facts, shapes),
        "head": _head(facts),
        "rows": rows,
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
            "label": texts.TABLE_HEAD[key].format(n=RECENT, steps=steps).replace(" %", "\u00a0%"),
            "help": texts.TABLE_HELP.get(key, "").format(
                compared=compared, period=facts.lead_period(), step=facts.step, steps=steps
            ),
        }
        for key in HEAD
    ]


def ranking_rows(facts: Facts, *, top: int, today: date | None = None) -> list[dict[str, Any]]:
    """One row per ranked unit, in order, everything but the small chart as text.

    Args:
        facts: The edition at an indicator and lead time.
        top: At most so many rows.
        today: As of which day periods are over; that of issue if not said.

    Returns:
        `id, colour, ink, group`, and what `HEAD` names; `recent` is a list of counts, None where there is no report,
        `recent_text` says it in words.
    """
    first = set(watched(facts)["unit"])  # above the ranking; further ones below it
    ranked = sorted(facts.ranked_rows, key=lambda row: row["unit"] not in first)[:top]
    recent, leads = _recent(facts, [row["unit"] for row in ranked]), _leads(facts, today)
    groups = {row["unit"]: texts.GROUPS[row["unit"] not in first] if first else "" for row in ranked}
    return [{**_row(facts, row, recent[row["unit"]], leads), "group": groups[row["unit"]]} for row in ranked]


def _row(facts: Facts, row: Mapping[str, Any], recent: list[float | None], leads: Mapping[str, str]) -> dict[str, Any]:
    unit, now = str(row["unit"]), band(row["pressure_band"])
    chance, odd = row["exceedance_probability"], row["unit"] in facts.unusual
    return {
        "id": unit,
        "colour": now.colour,
        "ink": now.ink,
        "rank": texts.WATCH_MARK if odd else int(row["rank"]),
        "place": facts.title(row),
        "way": " · ".join(part for part in (facts.direction(row), flags(row)) if part),
        "recent": recent,
        "recent_text": texts.RECENT_TEXT.format(values=", ".join(map(words.count, recent))),
        "band": texts.WATCH if odd else now.word,
        "why": band_note(row, facts.step),
        "chance": "–" if words.missing(chance) else words.percent(chance),
        "lead": leads.get(unit, "–"),
        "median": words.number(row["q50"]),
        "range": words.interval(row["q10"], row["q90"]).removesuffix(" (80 %)"),
        "trend": trends.trend_arrow(row["trend_percent"], row["last_mean"]),
        "change": _change(row),
    }


def ranking_table(facts: Facts) -> pd.DataFrame:
    """The ranking to download: every ranked unit, numbers as the edition holds them."""
    kept = pd.DataFrame(facts.ranked[list(SAVED)])
    return kept.assign(name=kept["name"].map(words.starred))


def _leads(facts: Facts, today: date | None) -> dict[str, str]:
    """From when an exceedance is likely, of the units where it is: "30 Nov", "since 16 Nov", "16 Nov, over"."""
    table = facts.table("points")
    mine = table[table["indicator"].eq(facts.indicator)].dropna(subset=["likely_from"])
    found = {}
    for _, point in mine.iterrows():
        start = pd.Timestamp(point["likely_from"])
        day = words.tick(start.date(), facts.freq)
        if facts.is_over(start, today):
            day = (texts.PASSED if has_passed(facts, point, today) else texts.SINCE).format(day=day)
        found[str(point["unit"])] = day
    return found


def _change(row: Mapping[str, Any]) -> str:
    steps = moved(row)
    return "" if steps is None else f"{'▲' if steps > 0 else '▼'} {abs(steps)}" if steps else "–"


def _recent(facts: Facts, units: list[str]) -> dict[str, list[float | None]]:
    history = facts.edition.forecast["history"].sel(
        indicator=facts.indicator, nationality=facts.nationality, unit=units
    )
    last = history.isel(time=slice(-RECENT, None)).to_numpy()
    return {unit: [None if pd.isna(v) else float(v) for v in values] for unit, values in zip(units, last, strict=True)}
