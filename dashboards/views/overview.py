"""First page: where, how bad, how sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import risk, texts, words
from dashboards.briefing.judgements import compared_with, key_judgements
from dashboards.figures.pressure_map import CONFIG, HEIGHT_PX, pressure_map
from dashboards.frame import close_view, open_view
from dashboards.ranking_table import RECENT, coloured, ranking_table
from dashboards.reader import ground
from dashboards.risk_panels import protection_line
from dashboards.selection import choose

if TYPE_CHECKING:
    from dashboards.briefing.facts import Facts


def main() -> None:
    """Judgements, map and ranking; what is chosen on either opens its page."""
    facts = open_view()
    _judgements(facts)
    _protection(facts)
    figure = pressure_map(facts, ground(facts.edition.region_id))
    if figure is None:
        st.caption(texts.NO_MAP)
        unit = _ranking(facts)
    else:
        left, right = st.columns([6, 7], gap="small")
        with left:
            event = st.plotly_chart(
                figure, on_select="rerun", selection_mode="points", theme=None, config=CONFIG, key="map",
                alt=texts.MAP_ALT.format(region=facts.edition.manifest["region_name"], period=facts.lead_period()),
            )  # fmt: skip
            unit = _picked(event["selection"]["points"])
        with right:
            unit = _ranking(facts) or unit
    if unit:
        choose(unit=unit)
        st.switch_page("views/place.py")
    hint, download = st.columns([5, 1])
    hint.caption(texts.MAP_HINT)
    name = f"routecast-{facts.edition.region_id}-{facts.edition.id}-briefing.pdf"
    briefing = (facts.edition.folder / "briefing.pdf").read_bytes()
    download.download_button(texts.BRIEFING, briefing, name, "application/pdf", width="stretch")
    close_view(facts)


def _protection(facts: Facts) -> None:
    """Places and deaths beside the map's pressure, and how many alerts this edition raises."""
    line, raised = protection_line(facts), len(risk.alerts(facts))
    parts = [texts.PROTECTION_LINE.format(facts=words.escaped(line))] if line else []
    parts += [texts.ALERTS_NEW.format(n=words.counted(raised, "alert"))] if raised else []
    if parts:
        st.markdown(" ".join(parts))


def _picked(points: list[dict[str, Any]]) -> str | None:
    """The unit of the first point chosen on the map."""
    found = [p["customdata"] for p in points if p.get("customdata")]
    return None if not found else str(found[0][0] if isinstance(found[0], list) else found[0])


def _judgements(facts: Facts) -> None:
    """The briefing's key judgements, one column each, likelihood apart from confidence."""
    found = key_judgements(facts)
    titles = (texts.WORST, texts.WHOLE, texts.CHANGED) if len(found) == 3 else (texts.WORST, texts.CHANGED)
    for box, title, judgement in zip(st.columns(len(found)), titles, found, strict=False):
        box.markdown(
            f"**{title}**  \n{words.escaped(judgement.statement.text)}",
            help=words.escaped(f"{judgement.evidence.text} {judgement.confidence.text}"),
        )


def _ranking(facts: Facts) -> str | None:
    table = ranking_table(facts)
    compared = compared_with(facts) or texts.NOT_COMPARED
    step = f"{words.period_word(facts.freq)}s"
    label = {key: head.format(n=RECENT, steps=step) for key, head in texts.TABLE_HEAD.items()}
    help_ = {key: text.format(compared=compared) for key, text in texts.TABLE_HELP.items()}
    text, chart = st.column_config.TextColumn, st.column_config.LineChartColumn
    columns = {
        "rank": st.column_config.NumberColumn(label["rank"], width=28),
        "place": text(label["place"], width=144),
        "into": text(label["into"], width=66),
        "recent": chart(label["recent"], help=help_["recent"], width=66, y_min=0),
        **{key: text(label[key], help=help_[key], width=width)
           for key, width in (("band", 74), ("chance", 58), ("lead", 62), ("median", 54), ("range", 80),
                              ("change", 56))},
    }  # fmt: skip
    event = st.dataframe(
        coloured(table), column_config=columns, hide_index=True, height=HEIGHT_PX, on_select="rerun",
        selection_mode=["single-row", "single-cell"], key="ranking", width="stretch",
    )  # fmt: skip
    rows = [*event["selection"]["rows"], *(row for row, _ in event["selection"]["cells"])]
    return str(facts.ranked["unit"].iloc[rows[0]]) if rows else None


main()
