"""What the figures rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboards import texts, words
from dashboards.figures.reported import reported_figure
from dashboards.frame import close_view, open_view, palette

if TYPE_CHECKING:
    from dashboards.briefing.facts import Facts

PLAIN = {"displayModeBar": False}


def main() -> None:
    """Account of the counts, sources, reports, and what was left out with its reason."""
    facts = open_view()
    quality, manifest = facts.edition.quality, facts.edition.manifest
    st.subheader(texts.QUALITY_TITLE)
    st.caption(
        texts.RUNS_ON.format(
            edition=facts.edition.id, origin=manifest["origin_date"], as_of=manifest["as_of"],
            code=manifest["code_version"], pack=manifest["pack_version"], seed=manifest["seed"],
        )
    )  # fmt: skip
    _table(texts.ACCOUNT, quality["conservation"], facts)
    _table(texts.SOURCES, quality["sources"], facts)
    st.markdown(f"**{texts.REPORTED.format(step=words.period_word(facts.freq))}**")
    figure = reported_figure(facts.edition.forecast, facts.indicator, palette(), freq=facts.freq)
    st.plotly_chart(figure, theme=None, config=PLAIN, key="reported")
    if "anomalies" in quality:  # older editions don't say; an empty table would claim that there is nothing
        _table(texts.ANOMALIES, _of_indicator(quality["anomalies"], facts), facts, empty=texts.ANOMALIES_NONE)
    if quality.get("nowcast_sources"):
        _table(texts.NOWCAST_SOURCES, quality["nowcast_sources"], facts)
    if "nowcast" in quality:
        _table(texts.NOWCAST, _completed(quality["nowcast"]), facts, empty=texts.NOWCAST_NONE)
    if quality.get("censored"):
        _table(texts.CENSORED, quality["censored"], facts)
    if "revisions" in quality:
        _table(texts.REVISIONS, quality["revisions"], facts, empty=texts.REVISIONS_NONE)
    if quality.get("corrections"):
        _table(texts.CORRECTIONS, quality["corrections"], facts)
    _table(texts.UNALLOCATED, quality["unallocated"], facts, empty=texts.UNALLOCATED_NONE)
    _table(texts.QUARANTINE, quality["quarantine"], facts, empty=texts.QUARANTINE_NONE)
    if manifest.get("failures"):
        _table(texts.FAILURES, manifest["failures"], facts)
    close_view(facts)


def _of_indicator(rows: list[dict[str, object]], facts: Facts) -> list[dict[str, object]]:
    return [r for r in rows if r["indicator"] == facts.indicator]


def _completed(classes: list[dict[str, object]]) -> list[dict[str, object]]:
    """The classes whose figures are completed; the others are taken as reported."""
    return [c for c in classes if c["completed"]]


def _table(title: str, rows: list[dict[str, object]], facts: Facts, *, empty: str = "–") -> None:
    st.markdown(f"**{title}**")
    if not rows:
        st.caption(empty)
        return
    table = pd.DataFrame(rows)
    if "indicator" in table:
        table["indicator"] = table["indicator"].map(facts.indicator_name)
        table.insert(0, "indicator", table.pop("indicator"))
    named = table.rename(columns=lambda c: texts.COLUMNS.get(str(c), str(c).replace("_", " ")))
    numbers = named.select_dtypes("number").columns
    localised = {c: st.column_config.NumberColumn(format="localized") for c in numbers}
    st.dataframe(named, hide_index=True, column_config=localised)


main()
