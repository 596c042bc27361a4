"""What stands around every page: the choices above, the marks and caveats below, and words when there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboards import texts, words
from dashboards.briefing.facts import Facts
from dashboards.figures.palette import DARK, LIGHT, Palette
from dashboards.reader import DamagedEditionError, checked_edition, first_region, store
from dashboards.selection import choice
from pipelines.editions import EditionError, latest_edition, list_editions

if TYPE_CHECKING:
    from pipelines.editions import Edition

STYLE = (
    "<style>.block-container{padding:3.4rem 1.6rem 1rem}[data-testid='stMetricValue']{font-size:1.5rem}"
    ".stMarkdown p,.stMarkdown li{font-size:0.92rem}[data-testid='stAlertContainer']{padding:0.4rem 0.8rem}</style>"
)


def open_view() -> Facts:
    """Draw the choices and open what they name; where nothing can be opened, say why and stop the page."""
    st.markdown(STYLE, unsafe_allow_html=True)
    regions = [r for r in store().regions() if list_editions(store(), r)]
    if not regions:
        st.title(texts.PRODUCT)
        st.info(texts.NO_EDITION.format(store=store().root))
        st.stop()
    boxes = st.columns([2, 2, 3, 3], vertical_alignment="bottom")
    first = first_region() if first_region() in regions else regions[0]
    with boxes[0]:
        region = choice("region", texts.REGION, {r: _region_name(r) for r in regions}, default=first)
    with boxes[1]:
        edition = _open(region)
    with boxes[2]:
        indicator = _indicator(edition)
    with boxes[3]:
        facts = Facts(edition, indicator, _horizon(edition, indicator))
    if edition.manifest.get("synthetic"):
        st.markdown(f":orange-badge[⚠️ {texts.SYNTHETIC_SHORT}] {texts.SYNTHETIC}")
    return facts


def close_view(facts: Facts) -> None:
    """The caveats that stand under every page."""
    st.divider()
    lines = [texts.DETECTIONS, str(facts.edition.manifest.get("footnote") or "")]
    if facts.edition.manifest.get("synthetic"):
        lines.insert(0, texts.SYNTHETIC_SHORT)
    st.caption(" · ".join(words.escaped(line) for line in lines if line))


def palette() -> Palette:
    """Colours of lines and text for the reader's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def _region_name(region: str) -> str:
    try:
        return words.starred(str(checked_edition(region, "latest").manifest["region_name"]))
    except (EditionError, DamagedEditionError):
        return region


def _open(region: str) -> Edition:
    ids = list(reversed(list_editions(store(), region)))
    latest = latest_edition(store(), region) or ids[0]
    labels = {i: f"{i} ({texts.LATEST})" if i == latest else i for i in ids}
    edition_id = choice("edition", texts.EDITION, labels, default=latest)
    try:
        return checked_edition(region, edition_id)
    except DamagedEditionError as error:
        st.error(texts.DAMAGED.format(edition=edition_id, problems=error))
        st.stop()


def _indicator(edition: Edition) -> str:
    facts = Facts(edition)
    names = {i: facts.indicator_name(i) for i in facts.indicators}
    if not names:
        st.info(texts.NO_FORECAST)
        st.stop()
    return choice("indicator", texts.INDICATOR, names, default=facts.indicator)


def _horizon(edition: Edition, indicator: str) -> int:
    facts = Facts(edition, indicator)
    starts = pd.DatetimeIndex(edition.forecast["target_start"].to_numpy())
    ahead = [int(h) for h in edition.forecast["horizon"].to_numpy()]
    options = {
        str(h): f"in {words.periods(h, facts.freq)}: {facts.period(start)}"
        for h, start in zip(ahead, starts, strict=True)
    }
    return int(choice("horizon", texts.HORIZON, options, default=str(facts.horizon)))
